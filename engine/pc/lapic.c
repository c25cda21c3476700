/* Local APIC (SDM volume 3A chapter 11). What it has to say to the CPU is read
 * by intr_line.c; functions that the header lists under "the caller updates
 * INTR" only change IRR, ISR and the NMI and INIT requests. */
#include "engine/pc/lapic.h"

#include <string.h>

#include "engine/pc/lapic_timer.h"
#include "engine/pc/pc.h"

#define LAPIC_SIZE 0x1000ull
#define LAPIC_VERSION (0x14u | (LVT_COUNT - 1) << 16)

/* Register offsets (table 11-1). */
enum {
	R_ID = 0x020,
	R_VERSION = 0x030,
	R_TPR = 0x080,
	R_APR = 0x090,
	R_PPR = 0x0a0,
	R_EOI = 0x0b0,
	R_RRD = 0x0c0,
	R_LDR = 0x0d0,
	R_DFR = 0x0e0,
	R_SVR = 0x0f0,
	R_ISR = 0x100,
	R_TMR = 0x180,
	R_IRR = 0x200,
	R_ESR = 0x280,
	R_ICR_LOW = 0x300,
	R_ICR_HIGH = 0x310,
	R_LVT_TIMER = 0x320,
	R_LVT_ERROR = 0x370,
	R_INITIAL = 0x380,
	R_CURRENT = 0x390,
	R_DIVIDE = 0x3e0,
};

#define SVR_ENABLE (1u << 8)
#define SVR_MASK 0x3ffu

#define ESR_SEND_ILLEGAL 0x20u
#define ESR_RECEIVED_ILLEGAL 0x40u
#define ESR_ILLEGAL_REGISTER 0x80u

#define ICR_LOGICAL (1u << 11)
#define ICR_ASSERT (1u << 14)
#define ICR_LEVEL (1u << 15)
#define ICR_SHORTHAND 0xc0000u
#define ICR_MASK 0x000ccfffu
enum { TO_DEST, TO_SELF, TO_ALL, TO_OTHERS };

#define DEST_ALL 0xff

/* Writable bits of the LVT entries. */
static const uint32_t lvt_mask[LVT_COUNT] = {
	[LVT_TIMER] = 0x300ff, [LVT_THERMAL] = 0x107ff, [LVT_PERF] = 0x107ff,
	[LVT_LINT0] = 0x1a7ff, [LVT_LINT1] = 0x1a7ff,   [LVT_ERROR] = 0x100ff,
};

/* ---- IRR, ISR, priorities ---- */

static void vec_set(uint32_t *set, uint8_t v)
{
	set[v / 32] |= 1u << v % 32;
}
static void vec_clear(uint32_t *set, uint8_t v)
{
	set[v / 32] &= ~(1u << v % 32);
}
static bool vec_test(const uint32_t *set, uint8_t v)
{
	return set[v / 32] >> v % 32 & 1;
}

static int vec_highest(const uint32_t *set)
{
	for (int n = 7; n >= 0; n--)
		if (set[n])
			return n * 32 + 31 - __builtin_clz(set[n]);
	return -1;
}

static uint32_t ppr(const struct lapic *l)
{
	int serving = vec_highest(l->isr);
	uint32_t class = serving < 0 ? 0 : (uint32_t)serving & 0xf0;

	return (l->tpr & 0xf0) >= class ? l->tpr : class;
}

int lapic_pending(const struct lapic *l)
{
	int v = vec_highest(l->irr);

	if (v < 0 || !(l->svr & SVR_ENABLE) || ((uint32_t)v & 0xf0) <= (ppr(l) & 0xf0))
		return -1;
	return v;
}

int lapic_intack(struct board *b)
{
	struct lapic *l = &b->pc->lapic;
	int v = lapic_pending(l);

	if (v < 0)
		return -1;
	vec_clear(l->irr, (uint8_t)v);
	vec_set(l->isr, (uint8_t)v);
	if ((uint32_t)v == (l->lvt[LVT_TIMER] & 0xff))
		lapic_timer_arm(b);
	TRACE(b, APIC, "lapic vector %02x", (unsigned)v);
	return v;
}

bool lapic_requested(const struct lapic *l, uint8_t vector)
{
	return vec_test(l->irr, vector);
}

static void error(struct lapic *l, uint32_t bit)
{
	uint32_t lvt = l->lvt[LVT_ERROR];

	l->esr_new |= bit;
	if (!(lvt & LVT_MASKED) && (lvt & 0xff) >= 16)
		lapic_request(l, (uint8_t)lvt, false);
}

void lapic_request(struct lapic *l, uint8_t vector, bool level)
{
	if (vector < 16) {
		error(l, ESR_RECEIVED_ILLEGAL);
		return;
	}
	vec_set(l->irr, vector);
	if (level)
		vec_set(l->tmr, vector);
	else
		vec_clear(l->tmr, vector);
}

/* ---- messages ---- */

/* Message destination address, 11.6.2. */
static bool is_destination(const struct lapic *l, bool logical, uint8_t dest)
{
	uint8_t ldr = (uint8_t)(l->ldr >> 24);

	if (dest == DEST_ALL)
		return true;
	if (!logical)
		return dest == (uint8_t)(l->id >> 24);
	if (l->dfr >> 28 == 0xf) /* flat */
		return dest & ldr;
	return (dest >> 4 == ldr >> 4 || dest >> 4 == 0xf) && (dest & ldr & 0xf);
}

bool lapic_accept(struct board *b, const struct apic_message *m)
{
	struct lapic *l = &b->pc->lapic;

	if (!(b->pc->cpu.apic_base & APIC_BASE_ENABLE) || !is_destination(l, m->logical, m->dest))
		return false;
	switch (m->delivery) {
	case APIC_FIXED:
	case APIC_LOWEST:
		if (!(l->svr & SVR_ENABLE))
			return false;
		lapic_request(l, m->vector, m->level);
		return true;
	case APIC_NMI: b->pc->cpu.attn |= ATTN_NMI; return true;
	case APIC_INIT: b->pc->cpu.attn |= ATTN_INIT; return true;
	default: /* no SMM; a running CPU ignores STARTUP; ExtINT is a level (intr_line.c) */ return false;
	}
}

static void write_icr(struct board *b, uint32_t v)
{
	struct lapic *l = &b->pc->lapic;
	struct apic_message m = {
		.vector = (uint8_t)v,
		.delivery = (enum apic_delivery)((v & LVT_MODE) >> 8),
		.logical = !!(v & ICR_LOGICAL),
		.dest = (uint8_t)(l->icr[1] >> 24),
	};
	unsigned to = (v & ICR_SHORTHAND) >> 18;

	l->icr[0] = v & ICR_MASK;
	if (m.delivery == APIC_INIT && (v & ICR_LEVEL) && !(v & ICR_ASSERT))
		return; /* INIT level de-assert only set arbitration ids */
	if (m.delivery <= APIC_LOWEST && m.vector < 16) {
		error(l, ESR_SEND_ILLEGAL);
		return;
	}
	if (to == TO_OTHERS || (to == TO_SELF && m.delivery != APIC_FIXED))
		return;
	if (to != TO_DEST) {
		m.logical = false;
		m.dest = DEST_ALL;
	}
	lapic_accept(b, &m);
}

/* ---- local interrupt pins ---- */

static void lint_service(struct board *b, unsigned pin, bool rises)
{
	struct lapic *l = &b->pc->lapic;
	uint32_t *lvt = &l->lvt[LVT_LINT0 + pin];

	if ((*lvt & LVT_MASKED) || !(b->pc->cpu.apic_base & APIC_BASE_ENABLE))
		return;
	switch ((*lvt & LVT_MODE) >> 8) {
	case APIC_FIXED:
		if (!(*lvt & LVT_LEVEL)) {
			if (rises)
				lapic_request(l, (uint8_t)*lvt, false);
		} else if ((l->lint >> pin & 1) && !(*lvt & LVT_REMOTE_IRR)) {
			*lvt |= LVT_REMOTE_IRR;
			lapic_request(l, (uint8_t)*lvt, true);
		}
		break;
	case APIC_NMI:
		if (rises)
			b->pc->cpu.attn |= ATTN_NMI;
		break;
	case APIC_INIT:
		if (rises)
			b->pc->cpu.attn |= ATTN_INIT;
		break;
	}
}

void lapic_set_lint(struct board *b, unsigned pin, bool level)
{
	struct lapic *l = &b->pc->lapic;
	bool was = l->lint >> pin & 1;

	if (level == was)
		return;
	l->lint ^= (uint8_t)(1u << pin);
	lint_service(b, pin, level);
}

bool lapic_extint(const struct lapic *l)
{
	uint32_t lvt = l->lvt[LVT_LINT0];

	return !(lvt & LVT_MASKED) && (lvt & LVT_MODE) >> 8 == APIC_EXTINT;
}

static void write_eoi(struct board *b)
{
	struct lapic *l = &b->pc->lapic;
	int v = vec_highest(l->isr);

	if (v < 0)
		return;
	vec_clear(l->isr, (uint8_t)v);
	if (!vec_test(l->tmr, (uint8_t)v))
		return;
	for (unsigned pin = 0; pin < 2; pin++) {
		uint32_t *lvt = &l->lvt[LVT_LINT0 + pin];

		if (!(*lvt & LVT_REMOTE_IRR) || (*lvt & 0xff) != (uint32_t)v)
			continue;
		*lvt &= ~LVT_REMOTE_IRR;
		lint_service(b, pin, false);
	}
	ioapic_eoi(b, (uint8_t)v);
}

/* ---- registers ---- */

static void write_lvt(struct board *b, unsigned n, uint32_t v)
{
	struct lapic *l = &b->pc->lapic;
	uint32_t read_only = l->lvt[n] & LVT_REMOTE_IRR;

	if (n == LVT_TIMER)
		lapic_timer_settle(b);
	if (!(l->svr & SVR_ENABLE))
		v |= LVT_MASKED;
	if (!(v & LVT_LEVEL))
		read_only = 0;
	l->lvt[n] = (v & lvt_mask[n]) | read_only;
	if (n == LVT_TIMER)
		lapic_timer_arm(b);
	else if (n == LVT_LINT0 || n == LVT_LINT1)
		lint_service(b, n - LVT_LINT0, false);
}

static void write_svr(struct board *b, uint32_t v)
{
	struct lapic *l = &b->pc->lapic;

	l->svr = v & SVR_MASK;
	if (l->svr & SVR_ENABLE) {
		ioapic_retry(b);
		return;
	}
	for (unsigned n = 0; n < LVT_COUNT; n++)
		l->lvt[n] |= LVT_MASKED;
	lapic_timer_arm(b);
}

static void write_register(struct board *b, unsigned reg, uint32_t v)
{
	struct lapic *l = &b->pc->lapic;

	switch (reg) {
	case R_ID:
		l->id = v & 0xff000000;
		ioapic_retry(b);
		break;
	case R_TPR: l->tpr = v & 0xff; break;
	case R_EOI: write_eoi(b); break;
	case R_LDR:
		l->ldr = v & 0xff000000;
		ioapic_retry(b);
		break;
	case R_DFR:
		l->dfr = v | 0x0fffffff;
		ioapic_retry(b);
		break;
	case R_SVR: write_svr(b, v); break;
	case R_ESR:
		l->esr = l->esr_new;
		l->esr_new = 0;
		break;
	case R_ICR_LOW: write_icr(b, v); break;
	case R_ICR_HIGH: l->icr[1] = v & 0xff000000; break;
	case R_INITIAL: lapic_timer_set_initial(b, v); break;
	case R_DIVIDE: lapic_timer_set_divide(b, v); break;
	case R_VERSION:
	case R_APR:
	case R_PPR:
	case R_RRD:
	case R_CURRENT: break; /* read-only */
	default:
		if (reg >= R_LVT_TIMER && reg <= R_LVT_ERROR)
			write_lvt(b, (reg - R_LVT_TIMER) / 16, v);
		else if (reg < R_ISR || reg >= R_ESR)
			error(l, ESR_ILLEGAL_REGISTER);
	}
	board_update_intr(b);
}

static uint32_t read_register(struct board *b, unsigned reg)
{
	struct lapic *l = &b->pc->lapic;

	switch (reg) {
	case R_ID: return l->id;
	case R_VERSION: return LAPIC_VERSION;
	case R_TPR: return l->tpr;
	case R_APR:
	case R_PPR: return ppr(l); /* one CPU: arbitration is never lost */
	case R_EOI:
	case R_RRD: return 0;
	case R_LDR: return l->ldr;
	case R_DFR: return l->dfr;
	case R_SVR: return l->svr;
	case R_ESR: return l->esr;
	case R_ICR_LOW: return l->icr[0];
	case R_ICR_HIGH: return l->icr[1];
	case R_INITIAL: return l->initial;
	case R_CURRENT: return lapic_timer_current(b);
	case R_DIVIDE: return l->divide;
	}
	if (reg >= R_LVT_TIMER && reg <= R_LVT_ERROR)
		return l->lvt[(reg - R_LVT_TIMER) / 16];
	if (reg >= R_IRR && reg < R_ESR)
		return l->irr[(reg - R_IRR) / 16];
	if (reg >= R_TMR && reg < R_IRR)
		return l->tmr[(reg - R_TMR) / 16];
	if (reg >= R_ISR && reg < R_TMR)
		return l->isr[(reg - R_ISR) / 16];
	error(l, ESR_ILLEGAL_REGISTER);
	board_update_intr(b);
	return 0;
}

/* Registers are the first four bytes of each 16 (11.4.1); other accesses are
 * undefined, here they read as zero and are dropped. */
static uint64_t lapic_read(void *owner, unsigned unit, uint64_t addr, unsigned size)
{
	if ((addr & 15) > 3)
		return 0;
	return read_register(owner, addr & 0xff0) >> (addr & 3) * 8;
}

static void lapic_write(void *owner, unsigned unit, uint64_t addr, uint64_t value, unsigned size)
{
	struct board *b = owner;

	if ((addr & 15) || size < 4)
		return;
	TRACE(b, APIC, "lapic %03x <- %08x", (unsigned)addr, (uint32_t)value);
	write_register(b, addr & 0xff0, (uint32_t)value);
}

uint64_t lapic_cr8_read(struct board *b)
{
	return b->pc->lapic.tpr >> 4;
}

void lapic_cr8_write(struct board *b, uint64_t value)
{
	b->pc->lapic.tpr = (uint32_t)(value & 15) << 4;
	board_update_intr(b);
}

/* ---- the chip ---- */

/* 11.4.7.1. LINT0 is open for the 8259 although the SDM says masked: a PC
 * starts in virtual wire mode, and boards do this before code can see it. */
static void set_registers(struct board *b, uint32_t id)
{
	struct lapic *l = &b->pc->lapic;

	*l = (struct lapic){.id = id, .dfr = UINT32_MAX, .svr = 0xff, .lint = l->lint};
	for (unsigned n = 0; n < LVT_COUNT; n++)
		l->lvt[n] = LVT_MASKED;
	l->lvt[LVT_LINT0] = APIC_EXTINT << 8;
	board_timer_set(b, TIMER_LAPIC, TIME_NEVER);
}

static const struct mem_region *find_window(const struct board *b)
{
	for (unsigned n = 0; n < b->mem.regions; n++)
		if (b->mem.region[n].read == lapic_read)
			return &b->mem.region[n];
	return NULL;
}

/* Where IA32_APIC_BASE says, unless another device is there already. */
static void map_window(struct board *b)
{
	const struct mem_region *old = find_window(b);
	uint64_t base = b->pc->cpu.apic_base & APIC_BASE_ADDR;
	bool on = b->pc->cpu.apic_base & APIC_BASE_ENABLE;

	if (old && on && old->base == base)
		return;
	if (old)
		mem_unmap(&b->mem, old->base, old->unit, lapic_read);
	if (on)
		mem_map(&b->mem, &(struct mem_region){.base = base,
						      .size = LAPIC_SIZE,
						      .owner = b,
						      .read = lapic_read,
						      .write = lapic_write});
}

void lapic_base_changed(struct board *b)
{
	map_window(b);
	/* Disabled: all is lost; it comes back as after power-on (11.4.3). Of a
	 * PC that is loaded in this state nothing changes. */
	if (!(b->pc->cpu.apic_base & APIC_BASE_ENABLE))
		set_registers(b, b->pc->lapic.id);
	board_update_intr(b);
}

void lapic_attach(struct board *b)
{
	map_window(b);
}

void lapic_reset(struct board *b)
{
	set_registers(b, 0);
	b->pc->lapic.lint = 0;
	map_window(b);
}

void lapic_init(struct board *b)
{
	set_registers(b, b->pc->lapic.id);
	board_update_intr(b);
}

const char *lapic_validate(const struct board *b)
{
	const struct lapic *l = &b->pc->lapic;

	for (unsigned n = 0; n < LVT_COUNT; n++)
		if (l->lvt[n] & ~(lvt_mask[n] | LVT_REMOTE_IRR))
			return "lapic: reserved bits in an LVT entry";
	if (l->tpr > 0xff || (l->svr & ~SVR_MASK) || (l->divide & ~0xbu) || l->lint > 3)
		return "lapic: impossible register";
	if (l->timer_on > 1 || (l->timer_on && !l->initial) || l->pad[0] || l->pad[1])
		return "lapic: impossible timer";
	return NULL;
}
