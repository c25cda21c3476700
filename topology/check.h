/* Checks a whole tree against the list of keys: names, shapes, values. What
 * refers to something else is checked when the plan is made (plan_maker.h). */
#ifndef LANYARD_TOPOLOGY_CHECK_H
#define LANYARD_TOPOLOGY_CHECK_H

#include "topology/keys.h"
#include "topology/tree.h"

void check_tree(struct tree *t, const struct node *root);

/* Values of a checked tree, for the makers of the plan. A value that is wrong
 * (and was reported) counts as absent. */

/* The value of a key of `map`, else its default, else all zero. True if it was
 * written. map may be NULL. */
bool value_get(const struct node *map, const struct key *table, const char *name, struct option_value *v);
/* Its text, if it was written and is right; borrowed. */
const char *value_text(const struct node *map, const struct key *table, const char *name);
/* What stands there as one text: a value, or a map "{a: 1, b: 2}". g_free() it. */
char *value_flat(const struct node *n);
/* The model of a card, by its own map or by that of `defaults`; NULL: there is
 * no such card. */
const struct nic_model *value_model(const struct node *card, const struct node *defaults);
/* The value of an option in a card's map; false: not written there. */
bool value_option(const struct node *map, const struct key *row, struct option_value *v);
/* Is the name of n, in a map that row describes, right? */
bool value_name_ok(const struct node *n, const struct key *row);
/* The items of a map in order of their keys, c2 before c10, maps only if `maps`; of what is no
 * map, none. g_ptr_array_unref() it. */
GPtrArray *value_sorted(const struct node *map, bool maps);

#endif
