/* Walking the list of keys, for the texts made from it. */
#ifndef LANYARD_TOPOLOGY_DESCRIBE_H
#define LANYARD_TOPOLOGY_DESCRIBE_H

#include "topology/keys.h"

typedef void describe_fn(const struct key *k, const char *path, void *opaque);

/* Each key with its path ("pcs.NAME.memory"), what is above first. The keys of
 * templates, which are those of PCs, are left out; the options of network cards
 * stand behind the keys of every card. */
void describe_walk(const struct key *table, const char *path, describe_fn *fn, void *opaque);
/* "size 1M to 3G"; "list: ..."; g_free() it. */
char *describe_type(const struct key *k);
/* The path in front of the keys of k's map; g_free() it. */
char *describe_inside(const struct key *k, const char *path);

#endif
