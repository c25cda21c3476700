/* From the lab file as written to the lab file meant: overlays merged, templates
 * used, counted PCs written out. Each step changes the tree in place and reports
 * mistakes. */
#ifndef LANYARD_TOPOLOGY_EXPAND_H
#define LANYARD_TOPOLOGY_EXPAND_H

#include "topology/tree.h"

/* include.c: reads a file with all that it includes; the file's own keys win
 * over those of its includes, later includes over earlier ones. root: the lab's
 * folder (real path); name: as in messages. NULL if nothing could be read. */
struct node *include_load(struct tree *t, const char *root, const char *path, const char *name);
/* The same for text that is in memory and may include nothing. */
struct node *include_text(struct tree *t, const char *name, const char *text, gsize size);
/* Lays `over` on `base`, both maps without a place elsewhere: maps merge,
 * everything else replaces, null deletes. Takes over's nodes. */
void include_merge(struct node *base, struct node *over);

/* template.c: `use: NAME` of each PC and template: the template below, what is
 * written beside `use` on top. */
void template_apply(struct tree *t, struct node *root);

/* count.c: `c<n>: {count: 20 ...}` becomes c1 ... c20, with <n>, <n+8> and the like
 * replaced in all keys and values. */
void count_apply(struct tree *t, struct node *root);
/* Does it contain <n>, <n+8> or the like? */
bool count_has_place(const char *text);

#endif
