/* One PC put together: the processor, its bus, memory and the chips of chips.c;
 * power and RESET#. */
#include "engine/pc/pc.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/cpu/interp/bind.h"
#include "engine/pc/chips.h"
#include "engine/pc/disk.h"
#include "engine/pc/intr_line.h"

#define VRAM_PAGES 64 /* 256 KiB */

void pc_timer_run(struct board *b, unsigned timer)
{
	if (chips_timer(b, timer))
		return;
	if (timer == TIMER_DOZE)
		board_doze_end(b);
	else if (timer >= TIMER_NIC0 && timer <= TIMER_NIC_LAST && b->nic_timer)
		b->nic_timer(b, timer - TIMER_NIC0);
	else if (timer == TIMER_INPUT && b->input_due)
		b->input_due(b);
}

/* ---- what the CPU calls ---- */

static int bus_intack(void *owner)
{
	return board_intack(owner);
}
static uint64_t bus_now(void *owner)
{
	return board_now(owner);
}
static uint64_t bus_cr8_read(void *owner)
{
	return lapic_cr8_read(owner);
}
static void bus_cr8_write(void *owner, uint64_t value)
{
	lapic_cr8_write(owner, value);
}
static void bus_apic_base(void *owner)
{
	lapic_base_changed(owner);
}
/* FERR# drives IRQ 13 (AT bus). */
static void bus_ferr(void *owner, bool level)
{
	board_set_irq(owner, 13, level);
}

static void bus_trace(void *owner, const char *subject, const char *text)
{
	struct board *b = owner;

	if (b->host.trace)
		b->host.trace(b->host.opaque, subject, text);
}

/* clang-format off */
static const struct cpu_bus bus = {
	.in = board_in, .out = board_out, .intack = bus_intack, .now = bus_now, .cr8_read = bus_cr8_read,
	.cr8_write = bus_cr8_write, .apic_base = bus_apic_base, .ferr = bus_ferr, .trace = bus_trace, .io_time = board_io_time,
	.doze = board_doze, .doze_end = board_doze_end, .doze_pass = board_doze_pass,
};
/* clang-format on */

/* ---- power ---- */

struct board *board_new(uint64_t ram_bytes)
{
	struct board *b = alloc_checked(calloc(1, sizeof(*b)));

	b->pc = alloc_checked(aligned_alloc(64, (sizeof(struct pc) + 63) & ~63ull));
	memset(b->pc, 0, sizeof(struct pc));
	b->pc->mips = 1000;
	b->pc->cpu.model = CPU_X86_64;
	b->pc->cpu.a20_mask = UINT32_MAX;
	rng_seed(&b->pc->cpu.rng, 0, "rdrand");
	mem_init(&b->mem, ram_bytes);
	pages_init(&b->vram, VRAM_PAGES);
	for (unsigned t = 0; t < PC_TIMERS; t++)
		b->pc->due[t] = TIME_NEVER;
	cpu_reset(&b->pc->cpu);
	b->core = core_new(&b->pc->cpu, &b->mem, &bus, b, &interp_executor);
	chips_attach(b);
	board_reset(b);
	return b;
}

void board_free(struct board *b)
{
	if (!b)
		return;
	for (unsigned n = 0; n < ARRAY_LEN(b->ide_drive); n++)
		disk_free(b->ide_drive[n]);
	for (unsigned n = 0; n < ARRAY_LEN(b->floppy); n++)
		disk_free(b->floppy[n]);
	boot_port_free(b);
	fw_cfg_free(b);
	pci_free(b);
	core_free(b->core);
	pages_free(&b->vram);
	mem_free(&b->mem);
	free(b->pc);
	free(b);
}

void board_reset(struct board *b)
{
	struct pc *pc = b->pc;

	for (unsigned t = 0; t < PC_TIMERS; t++)
		pc->due[t] = TIME_NEVER;
	pc->state = BOARD_RUNNING;
	cpu_reset(&pc->cpu);
	core_reload(b->core);
	chips_reset(b);
	if (b->nic_reset)
		b->nic_reset(b);
	core_reload(b->core);
	board_update_intr(b);
}
