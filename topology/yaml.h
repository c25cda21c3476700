/* YAML text to a tree. One document of maps, lists and scalars that YAML 1.1 and
 * 1.2 readers understand alike: what they would read differently ("no", 0644,
 * 12:30 ...), tags, and merge keys are errors. Aliases become copies. */
#ifndef LANYARD_TOPOLOGY_YAML_H
#define LANYARD_TOPOLOGY_YAML_H

#include "topology/tree.h"

enum { YAML_DEPTH = 24 }; /* of maps and lists inside one another */

/* The root, or NULL if nothing can be read; mistakes are in the report. file:
 * a name from report_file(). */
struct node *yaml_read(struct tree *t, const char *file, const char *text, gsize size);

/* text.c: the file's bytes (UTF-8 or, with a byte order mark, UTF-16) as UTF-8 of
 * *out bytes, without the mark and without characters that only some readers take
 * for line breaks, which were said. g_free() it. NULL: nothing to read, *out is 0
 * then or it was said why. */
char *yaml_text(struct tree *t, const char *file, const char *text, gsize size, gsize *out);

/* scalar.c: NULL if the plain scalar is read alike by all, else what it is to
 * each, such as "true or false in YAML 1.1, text in YAML 1.2". */
const char *scalar_ambiguous(const char *text);

#endif
