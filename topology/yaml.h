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

/* scalar.c: NULL if the plain scalar is read alike by all, else what it is to
 * each, such as "true or false in YAML 1.1, text in YAML 1.2". */
const char *scalar_ambiguous(const char *text);

#endif
