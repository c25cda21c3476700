/* Intel 82093AA I/O APIC (data sheet 290566, section 3). A pin becomes a
 * message to the local APIC: at its rising edge, or as long as it is asserted
 * and the last message has not been answered by an EOI (Remote IRR). */
#include "engine/pc/ioapic.h"

#include "engine/pc/pc.h"

#define IOAPIC_BASE 0xfec00000ull
#define IOAPIC_SIZE 0x1000ull

#define IOREGSEL 0x00
#define IOWIN 0x10

#define IOAPICID 0x00
#define IOAPICVER 0x01
#define IOAPICARB 0x02
#define IOREDTBL 0x10
#define ID_MASK 0x0f000000u
#define VER_82093AA (0x11u | (IOAPIC_PINS - 1) << 16)

/* Redirection table entry. */
#define RED_VECTOR 0xffull
#define RED_DELMOD 0x700ull
#define RED_LOGICAL (1ull << 11)
#define RED_DELIVS (1ull << 12)
#define RED_REMOTE_IRR (1ull << 14)
#define RED_LEVEL (1ull << 15)
#define RED_RESERVED 0x00fffffffffe0000ull
#define RED_READ_ONLY (RED_DELIVS | RED_REMOTE_IRR)

static enum apic_delivery delivery(uint64_t red)
{
	return (enum apic_delivery)((red & RED_DELMOD) >> 8);
}

static bool send(struct board *b, uint64_t red)
{
	struct apic_message m = {
		.vector = (uint8_t)red,
		.delivery = delivery(red),
		.level = !!(red & RED_LEVEL),
		.logical = !!(red & RED_LOGICAL),
		.dest = (uint8_t)(red >> 56),
	};

	return lapic_accept(b, &m);
}

/* Only fixed and lowest-priority messages know a level trigger mode. */
static bool is_level(uint64_t red)
{
	return (red & RED_LEVEL) && delivery(red) <= APIC_LOWEST;
}

static void service_level(struct board *b, unsigned pin)
{
	uint64_t *red = &b->pc->ioapic.redir[pin];

	if (!is_level(*red) || (*red & (IOAPIC_MASKED | RED_REMOTE_IRR)) || !(b->pc->ioapic.lines >> pin & 1))
		return;
	if (send(b, *red))
		*red |= RED_REMOTE_IRR;
}

void ioapic_set_pin(struct board *b, unsigned pin, bool level)
{
	struct ioapic *io = &b->pc->ioapic;
	bool rises = level && !(io->lines >> pin & 1);
	uint64_t red = io->redir[pin];

	if (level)
		io->lines |= 1u << pin;
	else
		io->lines &= ~(1u << pin);
	if (is_level(red))
		service_level(b, pin);
	else if (rises && !(red & IOAPIC_MASKED)) /* an edge on a masked pin is lost */
		send(b, red);
}

void ioapic_retry(struct board *b)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		service_level(b, pin);
}

void ioapic_eoi(struct board *b, uint8_t vector)
{
	struct ioapic *io = &b->pc->ioapic;

	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t *red = &io->redir[pin];

		if (!(*red & RED_REMOTE_IRR) || (*red & RED_VECTOR) != vector)
			continue;
		*red &= ~RED_REMOTE_IRR;
		service_level(b, pin);
	}
}

bool ioapic_extint(const struct ioapic *io)
{
	return !(io->redir[0] & IOAPIC_MASKED) && delivery(io->redir[0]) == APIC_EXTINT;
}

/* ---- registers ---- */

static void write_redir(struct board *b, unsigned index, uint32_t v)
{
	struct ioapic *io = &b->pc->ioapic;
	unsigned pin = index / 2, shift = index % 2 * 32;
	uint64_t old = io->redir[pin];
	uint64_t red = (old & ~(0xffffffffull << shift)) | (uint64_t)v << shift;
	bool irq0 = pin == 2 && ((old ^ red) & IOAPIC_MASKED);

	red = (red & ~(RED_RESERVED | RED_READ_ONLY)) | (old & RED_READ_ONLY);
	/* Changing to edge clears Remote IRR: how Linux answers a stuck level
	 * interrupt on this version of the chip, which has no EOI register. */
	if (!(red & RED_LEVEL))
		red &= ~RED_REMOTE_IRR;
	if (irq0)
		pit_sync(b); /* edges until now see the old mask */
	io->redir[pin] = red;
	if (irq0)
		pit_irq_visible_changed(b);
	TRACE(b, APIC, "ioapic pin %u <- %016llx", pin, (unsigned long long)red);
	service_level(b, pin);
	board_update_intr(b);
}

static void write_register(struct board *b, uint8_t index, uint32_t v)
{
	if (index == IOAPICID)
		b->pc->ioapic.id = v & ID_MASK;
	else if (index >= IOREDTBL && index < IOREDTBL + 2 * IOAPIC_PINS)
		write_redir(b, index - IOREDTBL, v);
}

static uint32_t read_register(const struct ioapic *io, uint8_t index)
{
	if (index >= IOREDTBL && index < IOREDTBL + 2 * IOAPIC_PINS) {
		index -= IOREDTBL;
		return (uint32_t)(io->redir[index / 2] >> index % 2 * 32);
	}
	switch (index) {
	case IOAPICID:
	case IOAPICARB: return io->id;
	case IOAPICVER: return VER_82093AA;
	}
	return 0;
}

static uint64_t ioapic_read(void *owner, unsigned unit, uint64_t addr, unsigned size)
{
	const struct board *b = owner;
	const struct ioapic *io = &b->pc->ioapic;
	uint32_t v = 0;

	if ((addr & ~3ull) == IOREGSEL)
		v = io->select;
	else if ((addr & ~3ull) == IOWIN)
		v = read_register(io, io->select);
	return v >> (addr & 3) * 8;
}

static void ioapic_write(void *owner, unsigned unit, uint64_t addr, uint64_t value, unsigned size)
{
	struct board *b = owner;

	if (addr == IOREGSEL)
		b->pc->ioapic.select = (uint8_t)value;
	else if (addr == IOWIN && size >= 4)
		write_register(b, b->pc->ioapic.select, (uint32_t)value);
}

/* ---- the chip ---- */

void ioapic_attach(struct board *b)
{
	bool ok = mem_map(&b->mem, &(struct mem_region){.base = IOAPIC_BASE,
							.size = IOAPIC_SIZE,
							.owner = b,
							.read = ioapic_read,
							.write = ioapic_write});

	assert(ok);
	(void)ok;
}

void ioapic_reset(struct board *b)
{
	b->pc->ioapic = (struct ioapic){0};
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		b->pc->ioapic.redir[pin] = IOAPIC_MASKED;
}

const char *ioapic_validate(const struct board *b)
{
	const struct ioapic *io = &b->pc->ioapic;

	if ((io->id & ~ID_MASK) || io->lines >> IOAPIC_PINS)
		return "ioapic: impossible register";
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		if (io->redir[pin] & (RED_RESERVED | RED_DELIVS))
			return "ioapic: reserved bits in a redirection entry";
	for (unsigned n = 0; n < sizeof(io->pad); n++)
		if (io->pad[n])
			return "ioapic: padding";
	return NULL;
}
