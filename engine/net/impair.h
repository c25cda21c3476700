/* What can befall a frame on a link: one direction's dice. Each misfortune has a
 * random stream of its own, and one that is not asked for draws nothing: so to set
 * a loss on one link, or to take it away, moves no other dice. */
#ifndef LANYARD_NET_IMPAIR_H
#define LANYARD_NET_IMPAIR_H

#include "engine/base/rng.h"
#include "engine/net/link.h"

enum dice { DICE_LOSS, DICE_JITTER, DICE_DUPLICATE, DICE_REORDER, DICE_CORRUPT, DICE_COUNT };

struct impair {
	struct rng dice[DICE_COUNT];
	bool bad; /* in a burst of loss */
};

void impair_seed(struct impair *m, uint64_t seed, const char *link, unsigned dir);
bool impair_lost(struct impair *m, const struct link_params *p);
bool impair_duplicated(struct impair *m, const struct link_params *p);
/* ns on the wire, after the last bit was sent: LINK_DELAY_MIN at least. A frame
 * that overtakes others (reorder) takes no longer than that. */
uint64_t impair_delay(struct impair *m, const struct link_params *p);
/* The least that impair_delay() can say. */
uint64_t impair_delay_min(const struct link_params *p);
/* Is a frame of `size` bytes damaged? Then *bit is one that is wrong. */
bool impair_damaged(struct impair *m, const struct link_params *p, uint32_t size, uint32_t *bit);

#endif
