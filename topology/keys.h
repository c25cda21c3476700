/* THE LIST of the lab file's keys: what may be written where. Checking, the
 * defaults, error texts, `lanyard keys`, docs/lab-format.md and the JSON Schema
 * come from it. */
#ifndef LANYARD_TOPOLOGY_KEYS_H
#define LANYARD_TOPOLOGY_KEYS_H

#include "engine/base/option.h"

struct nic_model;
struct uplink_kind;
struct uplink_key;

enum key_shape {
	KEY_VALUE,        /* one value */
	KEY_LIST,         /* a list of values */
	KEY_EITHER,       /* one value, or a map with `keys` that says the same in parts */
	KEY_MAP,          /* a map with `keys` */
	KEY_NAMED,        /* a map from names to maps with `keys` */
	KEY_NAMED_VALUE,  /* a map from names to values */
	KEY_NAMED_EITHER, /* a map from names to values or maps with `keys` */
};

struct key {
	struct option option; /* of its values, where it has values */
	enum key_shape shape;
	const struct key *keys; /* of its map or maps; ends with a NULL name */
	struct option names;    /* KEY_NAMED*: what a name is */
	bool required;
	const char *absent;               /* what is true without it, where that is no fixed default; NULL */
	bool agent;                       /* done by the agent in the PC: other images cannot */
	bool model;                       /* its value is a network card's model, whose own options stand beside it */
	bool kind;                        /* its value is a kind of uplink, whose own keys stand beside it */
	const struct nic_model *card;     /* not NULL: an option that only this card has */
	const struct uplink_kind *uplink; /* not NULL: a key that only this kind has ... */
	const struct uplink_key *uplink_row; /* ... and its row there */
	bool template;                       /* <n> and what a PC adds are missing: values are not checked */
};

extern const struct key keys_lab[]; /* the top of the file */
extern const struct key keys_defaults[], keys_image[], keys_hub[], keys_switch[], keys_switch_port[],
	keys_spanning_tree[], keys_pc[], keys_nic[], keys_file[], keys_route[], keys_link[], keys_from[], keys_uplink[],
	keys_capture[], keys_event[], keys_check[];
/* What `set` of an event may change. */
extern const struct key keys_set_link[];

/* The key that another program's word means in a map of this table; NULL: none. */
const char *keys_meant(const struct key *table, const char *word);
/* NULL if there is none. */
const struct key *key_find(const struct key *table, const char *name);
/* Network cards that will come; ends with NULL. */
extern const char *const keys_models_later[];
/* "e1000, ne2k_pci": all models there are. g_free() it. */
char *keys_models(void);

/* ---- own options of cards and kinds of uplinks, as keys of the maps that have a
 * `model` or `kind` ---- */

/* May a map with this table have such options? */
bool keys_have_options(const struct key *table);
/* Calls fn for the options of all models, or kinds, in their order. */
typedef void key_option_fn(const struct key *k, void *opaque);
void keys_options(const struct key *table, key_option_fn *fn, void *opaque);
/* The option `name` of a model as a key. False if it has none. */
bool keys_option(const struct nic_model *model, const char *name, struct key *k);
/* The same of a kind of uplink. */
bool keys_uplink_option(const struct uplink_kind *kind, const char *name, struct key *k);
/* Whose option it is: "e1000", "socket"; NULL: everybody's. */
const char *key_owner(const struct key *k);
/* "user, tap, socket". g_free() it. */
char *keys_kinds(void);

#endif
