/* Cloning a PC: the value is copied, its pages are shared, and the host side
 * is wired afresh from what the value says. */
#include <string.h>

#include "engine/pc/chips.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

/* The clock and what no chip has. Times far beyond any run are refused, so that
 * nothing that is added to them wraps. */
static const char *clock_validate(const struct board *b)
{
	const struct pc *pc = b->pc;

	if (!pc->mips || pc->mips > PC_MIPS_MAX)
		return "pc: impossible speed";
	if (pc->idle_ns >> 62 || pc->cpu.count >> 62)
		return "pc: impossible time";
	if (pc->state > BOARD_EXITED || pc->test_exit_port > UINT16_MAX)
		return "pc: impossible state";
	return NULL;
}

const char *board_validate(const struct board *b)
{
	const char *wrong = clock_validate(b);

	wrong = wrong ? wrong : cpu_validate(&b->pc->cpu);
	wrong = wrong ? wrong : board_doze_validate(b);
	return wrong ? wrong : chips_validate(b);
}

void board_restore(struct board *b)
{
	pci_restore(b);
	lapic_base_changed(b);
	core_reload(b->core);
	board_update_intr(b);
}

static void clone_disks(struct board *dst, const struct board *src)
{
	for (unsigned n = 0; n < ARRAY_LEN(src->ide_drive); n++)
		if (src->ide_drive[n])
			dst->ide_drive[n] = disk_clone(src->ide_drive[n]);
	for (unsigned n = 0; n < ARRAY_LEN(src->floppy); n++)
		if (src->floppy[n])
			dst->floppy[n] = disk_clone(src->floppy[n]);
}

struct board *board_clone(const struct board *src)
{
	struct board *b = board_new(src->mem.ram.count << PAGE_SHIFT);

	mem_clone(&b->mem, &src->mem);
	pages_free(&b->vram);
	pages_clone(&b->vram, &src->vram);
	clone_disks(b, src);
	fw_cfg_clone(b, src);
	pci_clone_roms(b, src);
	boot_port_clone(b, src);
	memcpy(b->pc, src->pc, sizeof(*b->pc));
	b->trace_mask = src->trace_mask;
	board_restore(b);
	return b;
}
