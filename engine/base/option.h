/* Option tables: every setting that a person can write is a row with its name,
 * type, range, default and help. Parsing, error texts, `lanyard keys`, the
 * manual and the JSON Schema all come from the rows. */
#ifndef LANYARD_BASE_OPTION_H
#define LANYARD_BASE_OPTION_H

#include <glib.h>

#include "engine/base/address.h"

enum option_type {
	OPTION_STRING, /* one line of text */
	OPTION_TEXT,   /* any lines of text */
	OPTION_BOOL,
	OPTION_NUMBER,      /* min..max */
	OPTION_TIME,        /* ns, min..max */
	OPTION_SIZE,        /* bytes, min..max */
	OPTION_RATE,        /* bit/s, min..max */
	OPTION_SPEED,       /* the same, or "auto" (0) or "unlimited" (UINT64_MAX) */
	OPTION_PERCENT,     /* parts per million */
	OPTION_PROBABILITY, /* 0.001, 1e-6: in 10^-12 */
	OPTION_LOSS,        /* a share, or bursts: {good_to_bad: 1%, bad_to_good: 20%, in_bad: 50%} */
	OPTION_QUEUE,       /* a number of frames, or in `last` bytes (64K) */
	OPTION_CHOICE,      /* one of choices; the value is its index */
	OPTION_NAME,        /* letters, digits, '-', '_', '.' */
	OPTION_HOST,        /* a host name */
	OPTION_CARD,        /* a card's name inside a PC: eth0 */
	OPTION_IMAGE,       /* a name, perhaps with @sha256:... */
	OPTION_MAC,         /* of one card */
	OPTION_IP,          /* 10.0.1.1, 2001:db8::1 */
	OPTION_NETWORK,     /* 10.0.1.0/24 */
	OPTION_DESTINATION, /* a network, an address or "default" */
	OPTION_INTERFACE,   /* 10.0.1.1/24 or "dhcp" */
	OPTION_PORT,        /* alice:eth0, sw1:3 */
	OPTION_END,         /* the same, or a name */
	OPTION_RANGE,       /* 3 or 1-8: numbers min..max */
	OPTION_FILE,        /* a path below the lab's folder */
	OPTION_OUT_FILE,    /* a path below the folder that results go to */
	OPTION_GUEST_FILE,  /* an absolute path in a PC */
	OPTION_MODE,        /* "0644" */
	OPTION_REGEX,
	OPTION_TYPES
};

struct option {
	const char *name; /* NULL ends a table */
	enum option_type type;
	uint64_t min, max;          /* max 0: no limits */
	const char *standard;       /* the default, as written; NULL: none */
	const char *const *choices; /* ends with NULL */
	const char *help;
	const char *later;    /* not NULL: not available yet, and what it will be */
	const char *formerly; /* not NULL: its old name, which is an error that tells the new one */
};

enum { OPTION_BURST_PARTS = 3 };
extern const char *const option_burst_names[]; /* ends with NULL */

struct option_value {
	uint64_t number;                    /* number, time, size, rate, share, bool, choice, mode, first of a range */
	uint64_t last;                      /* of a range; bytes of a queue */
	uint32_t burst[OPTION_BURST_PARTS]; /* of a loss, in the order of option_burst_names; 0: none */
	struct address address;             /* addresses; family 0: "dhcp", "default" */
	uint8_t mac[6];
};

enum option_error { OPTION_ERROR_VALUE };
#define OPTION_ERROR option_error_quark()
GQuark option_error_quark(void);

/* Understands text; *value is all zero but for what the type says. The error
 * says what was written and what is expected. */
bool option_parse(const struct option *o, const char *text, struct option_value *value, GError **error);
/* The value as it could have been written; for types that are numbers (with the
 * largest unit that leaves it whole) and choices. g_free() it. */
char *option_show(const struct option *o, const struct option_value *value);
/* For people: "time", "one of a, b", "number 1 to 4094". g_free() it. */
char *option_describe(const struct option *o);
/* A regular expression (ECMA 262) that each value of the type matches, for a
 * JSON Schema; NULL: any text. */
const char *option_pattern(enum option_type type);
/* The row of a table with this name; NULL: none. */
const struct option *option_find(const struct option *table, const char *name);

#endif
