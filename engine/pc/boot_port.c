/* The port that starts a kernel; see boot_port.h. */
#include "engine/pc/boot_port.h"

#include <string.h>

#include "engine/pc/board.h"
#include "engine/pc/pc.h"

/* ---- the kernel behind it ---- */

void boot_port_set(struct board *b, const struct boot_loader *loader, struct boot_kernel *kernel)
{
	assert(!b->kernel);
	b->loader = loader;
	b->kernel = kernel;
	b->pc->boot.armed = 1;
}

void boot_port_clone(struct board *dst, const struct board *src)
{
	dst->loader = src->loader;
	dst->kernel = src->kernel ? src->loader->share(src->kernel) : NULL;
}

void boot_port_free(struct board *b)
{
	if (b->kernel)
		b->loader->release(b->kernel);
	b->kernel = NULL;
}

/* ---- the port ---- */

static uint32_t boot_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return b->pc->boot.armed && b->kernel ? b->pc->boot.status : UINT32_MAX;
}

static void boot_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct boot_port *s = &b->pc->boot;

	if (!s->armed || !b->kernel || size != 2)
		return;
	if (value == BOOT_CMD_PLAN) {
		s->status = b->loader->plan(b, b->kernel);
	} else if (value == BOOT_CMD_ENTER && (s->status & BOOT_STATUS_READY)) {
		/* Not now: the OUT would go on with its own next instruction. */
		s->enter = 1;
		board_timer_set(b, TIMER_EXIT, board_now(b));
	}
}

void boot_port_timer(struct board *b, unsigned unit)
{
	struct boot_port *s = &b->pc->boot;

	if (!s->enter || !b->kernel)
		return;
	s->enter = 0;
	if (b->loader->enter(b, b->kernel)) {
		s->armed = 0;
		s->status = 0;
	}
}

void boot_port_attach(struct board *b)
{
	const struct io_range r = {BOOT_PORT, 2, 0, 2, boot_in, boot_out};

	board_map_io(b, &r);
}

void boot_port_reset(struct board *b)
{
	struct boot_port *s = &b->pc->boot;

	s->armed = b->kernel ? 1 : 0;
	s->status = 0;
	s->enter = 0;
}

const char *boot_port_validate(const struct board *b)
{
	static const uint8_t zeros[sizeof(b->pc->boot.pad)];
	const struct boot_port *s = &b->pc->boot;

	if (s->armed > 1 || s->enter > 1)
		return "boot: a switch is neither on nor off";
	if (s->status & ~(BOOT_STATUS_READY | BOOT_STATUS_MASK_PIC | BOOT_STATUS_FAIL))
		return "boot: unknown status bits";
	if (memcmp(s->pad, zeros, sizeof(zeros)))
		return "boot: padding is not zero";
	return NULL;
}
