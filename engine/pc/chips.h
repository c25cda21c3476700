/* The chips of a PC: chips.c is THE LIST of them, in the order in which they are
 * powered on. */
#ifndef LANYARD_PC_CHIPS_H
#define LANYARD_PC_CHIPS_H

#include <stddef.h>

#include "engine/base/state.h"
#include "engine/pc/board.h"

/* A member that is NULL or 0: the chip has no such thing. */
struct chip {
	const char *name;                /* of its file: "pit" */
	void (*attach)(struct board *b); /* claims ports and memory; host side only, once */
	void (*reset)(struct board *b);  /* RESET# */
	/* One of its timers is due; unit counts from `first_timer` on. */
	void (*timer)(struct board *b, unsigned unit);
	enum pc_timer first_timer;
	unsigned timers;
	/* Its registers within struct pc: flat, without pointers or implicit padding, so
	 * that hashing, saving and loading them are one walk over bytes. */
	struct {
		size_t offset, size;
	} state;
	/* NULL, or what is wrong with a loaded state (hostile). */
	const char *(*validate)(const struct board *b);
};

extern const struct chip chips[];
extern const unsigned chip_count;

void chips_attach(struct board *b);
void chips_reset(struct board *b);
/* A chip's timer is due; false: the timer is no chip's. */
bool chips_timer(struct board *b, unsigned timer);
/* Walks their registers, in the order of the list (pc_state.c). */
void chips_state(struct board *b, struct state *s);
const char *chips_validate(const struct board *b);

#endif
