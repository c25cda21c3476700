/* The Intel 8254 timer (data sheet 231164) at ports 0x40-0x43: channel 0 is
 * IRQ 0, channel 1 was the memory refresh, channel 2 is the speaker, gated and
 * read by port 0x61 (system_ports.h).
 *
 * Its clock is a function of virtual time, so a channel is a start and a
 * count, and nothing happens until somebody looks. Channel 0's output makes
 * events only while IRQ 0 is unmasked at the 8259 or the I/O APIC; otherwise
 * pit_sync() says afterwards whether an edge came. */
#ifndef LANYARD_PC_PIT_H
#define LANYARD_PC_PIT_H

#include "engine/base/types.h"

#define PIT_HZ 1193182u

struct board;

struct pit_channel {
	uint64_t start;  /* the CLK after which the counter holds `count` */
	uint64_t change; /* the CLK at which `reload` becomes the period (modes 2, 3); TIME_NEVER */
	uint32_t count;  /* the period in modes 2 and 3; if held, where it stands */
	uint32_t reload; /* the count register: 1..65536; 0: never written */
	uint16_t latch;
	uint8_t mode, access, bcd;
	uint8_t gate;
	uint8_t state;      /* PIT_EMPTY ... */
	uint8_t done;       /* modes 0, 4: terminal count came before `start` */
	uint8_t null_count; /* modes 1, 5: a count waits for its trigger */
	uint8_t write_low;  /* the first byte of two */
	uint8_t write_high; /* the second is next */
	uint8_t read_high;
	uint8_t latched; /* bytes of latch still to be read */
	uint8_t status, status_latched;
	uint8_t pad;
};

struct pit {
	struct pit_channel channel[3];
	uint64_t synced; /* the CLK up to which IRQ 0 follows channel 0 */
	uint8_t irq;     /* IRQ 0 as driven */
	uint8_t pad[7];
};
_Static_assert(sizeof(struct pit_channel) == 40 && sizeof(struct pit) == 136, "no padding");

void pit_attach(struct board *b);
void pit_reset(struct board *b);
void pit_timer(struct board *b, unsigned unit);
const char *pit_validate(const struct board *b);

/* IRQ 0 as of now. The 8259 and the I/O APIC call it before IRQ 0's mask or
 * latches change or are read. */
void pit_sync(struct board *b);
/* IRQ 0's mask has changed: events are needed, or no longer. */
void pit_irq_visible_changed(struct board *b);
/* Channel 2: input GATE and output OUT. */
void pit_set_gate2(struct board *b, bool level);
bool pit_out2(struct board *b);

#endif
