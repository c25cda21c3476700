/* A board with one network card, what the card sends, and frames to send to it. */
#ifndef LANYARD_TESTS_UNIT_NICS_H
#define LANYARD_TESTS_UNIT_NICS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/net/net.h"
#include "engine/nic/nic.h"
#include "engine/pc/pc.h"

#define RAM (16u << 20)
#define BAR 0xe0000000u
#define BAR_STEP 0x100000u
#define IOBASE 0xc000u
#define MAX_SENT 256

extern const uint8_t mac[6];
extern const uint8_t peer[6];

struct wire {
	unsigned count;
	size_t size[MAX_SENT];
	uint8_t data[MAX_SENT][2048]; /* the beginning of each */
};
/* What the card of new_board() has sent. */
extern struct wire wire;

/* ---- the board's side ---- */

void out(struct board *b, unsigned port, uint32_t value, unsigned size);
uint32_t in(struct board *b, unsigned port, unsigned size);
uint32_t rd(struct board *b, unsigned reg);
void wr(struct board *b, unsigned reg, uint32_t v);
bool irq(struct board *b);

/* Time goes by, with the card's timer. */
void pass(struct board *b, uint64_t ns);
/* A board without a card, its wire tied to `wire`. */
struct board *wired_board(void);
struct board *new_board(const char *model);
void done(struct board *b);

/* ---- frames ---- */

void make_frame(uint8_t *f, const uint8_t *to, unsigned size);

/* Offers a frame; why: the reason if the card does not take it. */
bool receive(struct board *b, const uint8_t *f, size_t size, int why);

#endif
