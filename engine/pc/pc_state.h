/* The walk over a PC: its value and its pages. Everything that the guest can observe
 * is in it, and nothing else. A page of zeros counts the same whether it was ever
 * touched or not. */
#ifndef LANYARD_PC_PC_STATE_H
#define LANYARD_PC_PC_STATE_H

#include "engine/base/state.h"
#include "engine/pc/board.h"

/* Between two runs. When loading, b is a PC of the same plan: the same memory, drives
 * and kinds of cards; its value is judged (but for the cards' slots: nic_validate())
 * and its host side wired (but for the cards: nic_restore_all()). */
void board_state(struct board *b, struct state *s);

/* How many pages the walk can have at most: memory and what drives may be overwritten
 * with. */
uint64_t board_pages(const struct board *b);

#define PC_HASH_BYTES STATE_HASH_BYTES
/* Equal values have equal hashes, on every host. */
void board_hash(struct board *b, uint8_t out[PC_HASH_BYTES]);

#endif
