/* The properties of a link by name. THE LIST is below: a row makes the key of the
 * lab file (for the link and for one direction), of `set`, of events, of `graph`, of
 * `show`, of `lanyard keys`, of the schema and of docs/lab-format.md; its reader and
 * writer are in link_keys.c. */
#ifndef LANYARD_NET_LINK_KEYS_H
#define LANYARD_NET_LINK_KEYS_H

#include "engine/base/option.h"
#include "engine/net/link.h"

extern const char *const link_jitter_kinds[], *const link_queue_kinds[], *const link_states[];

/* X(name, type, default, more members of struct option). A new row needs
 * read_NAME() and write_NAME(). */
/* clang-format off */
#define LINK_KEYS(X) \
	X(delay, OPTION_TIME, "100us", .min = LINK_DELAY_MIN, .max = LINK_DELAY_MAX, \
	  .help = "one way, after the last bit was sent; frames on their way keep theirs, so a lower one lets others overtake") \
	X(jitter, OPTION_TIME, "0ns", .max = LINK_DELAY_MAX, \
	  .help = "how much the delay of each frame varies; frames may overtake each other") \
	X(jitter_kind, OPTION_CHOICE, "uniform", .choices = link_jitter_kinds, \
	  .help = "all delays within the jitter alike, or normal with the jitter as standard deviation") \
	X(rate, OPTION_SPEED, "auto", .min = LINK_RATE_MIN, .max = LINK_RATE_MAX, \
	  .help = "slower than the cable, which runs at the speed of its slower end (auto; between hubs or switches " \
		  "1Gbit); the ends do not see it. unlimited: faster than any card, for measurements") \
	X(queue, OPTION_QUEUE, "1000", .max = LINK_QUEUE_MAX, \
	  .help = "frames that may wait to be sent, or their bytes (64K)") \
	X(queue_kind, OPTION_CHOICE, "droptail", .choices = link_queue_kinds, \
	  .help = "droptail loses what finds the queue full; codel also what waited above 5 ms for too long (RFC 8289)") \
	X(loss, OPTION_LOSS, "0%", .help = "frames lost at random, or in bursts") \
	X(duplicate, OPTION_PERCENT, "0%", .help = "frames that arrive twice") \
	X(reorder, OPTION_PERCENT, "0%", .help = "frames that take no delay, and so overtake others") \
	X(corrupt, OPTION_PERCENT, "0%", .help = "frames with a bit changed: switches and cards drop them") \
	X(bit_errors, OPTION_PROBABILITY, "0", .help = "how probable it is for each bit to be changed, such as 1e-6") \
	X(mtu, OPTION_NUMBER, "0", .max = 16370, \
	  .help = "longer frames are lost: bytes after the Ethernet header and tags; 0: no limit")
/* clang-format on */

struct link_key {
	struct option option; /* no name: the end of the list */
	void (*read)(struct link_params *p, const struct option_value *v);
	void (*write)(const struct link_params *p, struct option_value *v);
};
extern const struct link_key link_keys[];

/* All defaults. */
void link_params_init(struct link_params *p);
bool link_params_equal(const struct link_params *a, const struct link_params *b);
const struct link_key *link_key_find(const char *name);
/* Understands a value; p is as before if it is wrong. The error names it and what
 * is expected, and for a key that there is not, those that there are. */
bool link_key_set(struct link_params *p, const char *key, const char *value, GError **error);
/* The value as it could have been written. g_free() it. */
char *link_key_text(const struct link_key *k, const struct link_params *p);
bool link_key_is_default(const struct link_key *k, const struct link_params *p);
/* The key that another program's word means ("bandwidth" of netlab, "limit" of tc);
 * NULL: none. */
const char *link_key_meant(const char *word);

#endif
