/* System control ports of the PIIX3 (data sheet 290550, sections 2.5 and 2.8)
 * and the A20 gate. */
#include "engine/pc/system_ports.h"

#include "engine/cpu/x87.h"
#include "engine/pc/pc.h"

/* Port 0x61, NMI status and control. */
#define NSC_GATE2 0x01
#define NSC_WRITABLE 0x0f
#define NSC_REFRESH 0x10
#define NSC_OUT2 0x20
#define REFRESH_NS 15085 /* PIT channel 1: 18 pulses of CLK */

/* Port 0x92. */
#define P92_FAST_INIT 0x01
#define P92_A20 0x02

/* Port 0xCF9, reset control (RC). */
#define RC_WRITABLE 0x06
#define RC_RCPU 0x04

#define A20_BIT (1u << 20)

void system_ports_set_a20(struct board *b, bool on)
{
	struct pc *pc = b->pc;

	if (pc->system_ports.a20 == on)
		return;
	pc->system_ports.a20 = on;
	pc->cpu.a20_mask = on ? UINT32_MAX : ~A20_BIT;
	/* Every address translated so far may mean another page now. */
	tlb_flush_all(b->core);
	if (b->mem.watch.remapped)
		b->mem.watch.remapped(b->mem.watch.opaque);
}

static uint32_t port61_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	uint32_t v = b->pc->system_ports.port61;

	if (board_now(b) / REFRESH_NS & 1)
		v |= NSC_REFRESH;
	if (pit_out2(b))
		v |= NSC_OUT2;
	return v;
}

static void port61_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	b->pc->system_ports.port61 = value & NSC_WRITABLE;
	pit_set_gate2(b, value & NSC_GATE2);
}

static uint32_t port92_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return b->pc->system_ports.port92 | (b->pc->system_ports.a20 ? P92_A20 : 0);
}

static void port92_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct system_ports *s = &b->pc->system_ports;
	bool init = (value & P92_FAST_INIT) && !(s->port92 & P92_FAST_INIT);

	s->port92 = (uint8_t)(value & ~(uint32_t)P92_A20);
	system_ports_set_a20(b, value & P92_A20);
	if (init)
		board_stop(b, BOARD_RESET);
}

static uint32_t rst_cnt_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return b->pc->system_ports.rst_cnt;
}

/* Bit 2 going from 0 to 1 resets; bit 1 tells a hard from a soft reset, which
 * are one and the same here. */
static void rst_cnt_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct system_ports *s = &b->pc->system_ports;
	bool reset = (value & RC_RCPU) && !(s->rst_cnt & RC_RCPU);

	s->rst_cnt = value & RC_WRITABLE;
	if (reset)
		board_stop(b, BOARD_RESET);
}

/* Port 0xF0, coprocessor error: the handler of IRQ 13 clears its request, and
 * IGNNE# is asserted while FERR# is, so that it can use the x87 (SDM 1 8.7.2). */
static void port_f0_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	if (b->pc->cpu.x87.fsw & FSW_ES)
		b->pc->cpu.ignne = 1;
	board_set_irq(b, 13, false);
}

void system_ports_attach(struct board *b)
{
	static const struct io_range port_f0 = {0xf0, 1, 0, 1, NULL, port_f0_out};

	board_map_io(b, &port_f0);
	board_map_io(b,
		     &(struct io_range){.base = 0x61, .count = 1, .max_size = 1, .in = port61_in, .out = port61_out});
	board_map_io(b,
		     &(struct io_range){.base = 0x92, .count = 1, .max_size = 1, .in = port92_in, .out = port92_out});
	board_map_io(
		b, &(struct io_range){.base = 0xcf9, .count = 1, .max_size = 1, .in = rst_cnt_in, .out = rst_cnt_out});
}

/* A20 passes after reset: the reset vector is above 1 MiB, and a BIOS expects
 * no other state. */
void system_ports_reset(struct board *b)
{
	b->pc->system_ports = (struct system_ports){0};
	system_ports_set_a20(b, true);
}

const char *system_ports_validate(const struct board *b)
{
	const struct system_ports *s = &b->pc->system_ports;

	if ((s->port61 & ~NSC_WRITABLE) || (s->port92 & P92_A20) || (s->rst_cnt & ~RC_WRITABLE) || s->a20 > 1)
		return "system ports: impossible register";
	if (b->pc->cpu.a20_mask != (s->a20 ? UINT32_MAX : ~A20_BIT))
		return "system ports: A20 gate and CPU disagree";
	for (unsigned n = 0; n < sizeof(s->pad); n++)
		if (s->pad[n])
			return "system ports: padding";
	return NULL;
}
