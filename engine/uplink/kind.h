/* What a kind of uplink is: its keys in the lab file and its functions. A kind is
 * one file that ends in `const struct uplink_kind uplink_foo`, and one row in
 * kinds.c. */
#ifndef LANYARD_UPLINK_KIND_H
#define LANYARD_UPLINK_KIND_H

#include "engine/base/option.h"
#include "engine/base/state.h"
#include "engine/net/frame.h"

struct uplink;
struct spawner_side;

/* One of a kind's own keys. */
struct uplink_key {
	struct option option;     /* name NULL: the end of the table */
	bool list;                /* any number of values */
	const struct option *map; /* a value may also be a map with these; NULL: it may not */
	char *(*from_map)(const char *const values[], GError **error); /* such a map as text, by row; NULL: absent */
};

/* What the lab file says: one for each value of each key. */
struct uplink_setting {
	const struct uplink_key *key;
	char *text;
	struct option_value value;
};
struct uplink_settings {
	GArray *items; /* struct uplink_setting, in order of the file */
	char *folder;  /* the lab's, absolute; NULL: it has none */
	bool ipv6;     /* defaults.ipv6 */
};

struct uplink_settings *uplink_settings_new(const char *folder);
void uplink_settings_free(struct uplink_settings *s);
/* Adds a value that option_parse() of the key's row has taken. */
void uplink_settings_add(struct uplink_settings *s, const struct uplink_key *key, const char *text,
			 const struct option_value *value);
/* The n-th value of a key; NULL: there is none. */
const struct uplink_setting *uplink_setting(const struct uplink_settings *s, const char *key, unsigned n);
/* The text of the first; NULL: not written. */
const char *uplink_text(const struct uplink_settings *s, const char *key);

/* What a lab needs permission for. */
enum {
	UPLINK_ASKS_OUTSIDE = 1, /* --allow-uplinks: it is seen beyond this machine's loopback */
	UPLINK_ASKS_COMMANDS = 2 /* --allow-host-commands: it runs programs on the host */
};

/* Its functions; `self` is what make() returned. Those that may be NULL say so. */
struct uplink_kind {
	const char *name, *help;
	const struct uplink_key *keys;
	/* What the rows alone cannot tell. *key: the one that the error is about; NULL:
	 * the uplink itself. */
	bool (*check)(const struct uplink_settings *s, const char **key, GError **error);
	/* Neighbours at a time, each with a port of its own on a VLAN. NULL: one. */
	unsigned (*places)(const struct uplink_settings *s);
	/* The door in one line, for people: "listens at 127.0.0.1:9000". g_free() it. */
	char *(*describe)(const struct uplink_settings *s);
	unsigned (*asks)(const struct uplink_settings *s); /* UPLINK_ASKS_*; NULL: nothing */
	/* Does it reach outside from the start? NULL: always. */
	bool (*open)(const struct uplink_settings *s);
	/* In the spawner: what uplink_ask() wants. A descriptor, -1 with error. NULL: it has
	 * no tasks. */
	int (*task)(const struct uplink_settings *s, unsigned number, const char *argument, struct spawner_side *side,
		    GError **error);
	void *(*make)(struct uplink *u, const struct uplink_settings *s);
	void (*free)(void *self);
	/* Opens what it needs of the host; false with error. `sealed`: it must reach
	 * nothing outside. Not called in a replay. */
	bool (*start)(void *self, bool sealed, GError **error);
	/* Closes all that again; after start(). */
	void (*stop)(void *self);
	/* Adds struct pollfd. NULL: it waits for nothing. */
	void (*poll)(void *self, GArray *fds);
	/* Takes all that has come; never waits. */
	void (*input)(void *self);
	/* A frame leaves the lab by a place (1..). Also in a replay. */
	void (*send)(void *self, unsigned place, struct frame *f, uint64_t when);
	/* Frames sent before must be on their way. NULL: they are. */
	void (*flush)(void *self);
	/* NULL: it has no timers. */
	void (*timer)(void *self, uint8_t kind, uint64_t id, uint64_t when);
	void (*state)(void *self, struct state *s); /* NULL: it has none */
	/* Its rows in `show`: add(opaque, name, value). NULL: none. */
	void (*show)(void *self, void (*add)(void *opaque, const char *name, const char *value), void *opaque);
	/* A key changed by `set`; false with error. NULL: none can be. */
	bool (*set)(void *self, const char *key, const char *value, GError **error);
};

/* THE LIST (kinds.c); ends with NULL. */
extern const struct uplink_kind *const uplink_kinds[];
const struct uplink_kind *uplink_kind_find(const char *name);

#endif
