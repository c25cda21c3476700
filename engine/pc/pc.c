/* One PC put together: which chips there are, in which order they are powered
 * on, and what their timers call. Reads top to bottom like a bill of
 * materials. */
#include "engine/pc/pc.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/pc/boot.h"
#include "engine/pc/debug_port.h"
#include "engine/pc/disk.h"
#include "engine/pc/i440fx.h"
#include "engine/pc/intr_line.h"
#include "engine/pc/piix3.h"

#define VRAM_PAGES 64 /* 256 KiB */

static void ide0_timer(struct board *b)
{
	ide_timer(b, 0);
}
static void ide1_timer(struct board *b)
{
	ide_timer(b, 1);
}

/* By enum pc_timer. */
static void (*const timer_functions[PC_TIMERS])(struct board *b) = {
	[TIMER_LAPIC] = lapic_timer, [TIMER_PIT] = pit_timer,     [TIMER_RTC] = rtc_timer,   [TIMER_PM] = acpi_pm_timer,
	[TIMER_UART0] = uart0_timer, [TIMER_UART1] = uart1_timer, [TIMER_KBC] = i8042_timer, [TIMER_IDE0] = ide0_timer,
	[TIMER_IDE1] = ide1_timer,   [TIMER_FDC] = fdc_timer,     [TIMER_EXIT] = boot_timer,
};

void pc_timer_run(struct board *b, unsigned timer)
{
	if (timer < PC_TIMERS && timer_functions[timer])
		timer_functions[timer](b);
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
	.cr8_write = bus_cr8_write, .apic_base = bus_apic_base, .ferr = bus_ferr, .trace = bus_trace,
};
/* clang-format on */

/* ---- power ---- */

static void attach_chips(struct board *b)
{
	pic_attach(b);
	ioapic_attach(b);
	lapic_attach(b);
	pit_attach(b);
	rtc_attach(b);
	i8042_attach(b);
	dma8237_attach(b);
	sysctl_attach(b);
	pci_attach(b);
	i440fx_attach(b);  /* 00:00.0 */
	piix3_attach(b);   /* 00:01.0 */
	ide_attach(b);     /* 00:01.1 */
	acpi_pm_attach(b); /* 00:01.3 */
	vga_attach(b);     /* 00:02.0 */
	fdc_attach(b);
	uart_attach(b);
	fw_cfg_attach(b);
	debug_port_attach(b);
	boot_attach(b);
}

static void reset_chips(struct board *b)
{
	pci_reset(b); /* first: frees shadow RAM and what BARs had mapped */
	pic_reset(b);
	ioapic_reset(b);
	lapic_reset(b);
	pit_reset(b);
	rtc_reset(b);
	i8042_reset(b);
	dma8237_reset(b);
	sysctl_reset(b);
	ide_reset(b);
	acpi_pm_reset(b);
	vga_reset(b);
	fdc_reset(b);
	uart_reset(b);
	fw_cfg_reset(b);
	boot_reset(b);
	if (b->nic_reset)
		b->nic_reset(b);
}

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
	b->core = core_new(&b->pc->cpu, &b->mem, &bus, b);
	attach_chips(b);
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
	boot_free(b);
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
	reset_chips(b);
	core_reload(b->core);
	board_update_intr(b);
}
