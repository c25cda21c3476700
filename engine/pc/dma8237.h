/* Two Intel 8237A DMA controllers and their page registers: channels 0-3 move
 * bytes, 5-7 words; channel 4 is the cascade. Only devices that call
 * dma8237_transfer() use them (the floppy controller, on channel 2). */
#ifndef LANYARD_PC_DMA8237_H
#define LANYARD_PC_DMA8237_H

#include "engine/base/types.h"

struct board;

struct dma8237_channel {
	uint16_t base_addr, base_count;
	uint16_t addr, count;
	uint8_t mode;
	uint8_t pad;
};

struct dma8237_chip {
	struct dma8237_channel channel[4];
	uint8_t command;
	uint8_t status;   /* bits 0-3: terminal count reached */
	uint8_t request;  /* bits 0-3 */
	uint8_t mask;     /* bits 0-3 */
	uint8_t flipflop; /* 1: the high byte is next */
	uint8_t pad;
};

struct dma8237 {
	struct dma8237_chip chip[2]; /* channels 0-3, channels 4-7 */
	uint8_t page[16];            /* ports 0x80-0x8F; those without a channel only store */
	uint8_t pad[4];
};
_Static_assert(sizeof(struct dma8237) == 2 * 46 + 20, "no padding");

void dma8237_attach(struct board *b);
void dma8237_reset(struct board *b);
const char *dma8237_validate(const struct board *b);

/* A device moves up to size bytes through channel 0-3 or 5-7 (words: size is
 * rounded down): to_memory from buf into RAM, else from RAM into buf. Returns
 * the bytes moved, fewer if the count ends first, 0 if the guest has not
 * enabled the channel. *tc tells whether terminal count was reached. */
unsigned dma8237_transfer(struct board *b, unsigned channel, uint8_t *buf, unsigned size, bool to_memory, bool *tc);

#endif
