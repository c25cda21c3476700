/* The local APIC of the one CPU (SDM volume 3A chapter 11): version 0x14, six
 * LVT entries, no x2APIC, no TSC deadline. Its timer counts a 1 GHz crystal
 * (CPUID leaf 0x15) through the divide register, in virtual time. */
#ifndef LANYARD_PC_LAPIC_H
#define LANYARD_PC_LAPIC_H

#include "engine/base/types.h"

struct board;

/* IA32_APIC_BASE. */
#define APIC_BASE_BSP (1ull << 8)
#define APIC_BASE_ENABLE (1ull << 11)
#define APIC_BASE_ADDR 0xffffff000ull

enum apic_delivery {
	APIC_FIXED,
	APIC_LOWEST,
	APIC_SMI,
	APIC_RESERVED3,
	APIC_NMI,
	APIC_INIT,
	APIC_STARTUP,
	APIC_EXTINT,
};

/* An interrupt message on its way to local APICs. */
struct apic_message {
	uint8_t vector;
	enum apic_delivery delivery;
	bool level;   /* level triggered: its EOI is told to the I/O APIC */
	bool logical; /* destination mode */
	uint8_t dest;
};

enum lapic_lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };

struct lapic {
	uint64_t timer_start; /* ns: when the count was `initial` */
	uint32_t id, tpr, ldr, dfr, svr;
	uint32_t esr;     /* as the guest reads it */
	uint32_t esr_new; /* errors since it was last written */
	uint32_t icr[2];
	uint32_t lvt[LVT_COUNT];
	uint32_t divide, initial;
	uint32_t isr[8], tmr[8], irr[8];
	uint8_t lint;     /* level of LINT0, LINT1 */
	uint8_t timer_on; /* counting; a finished one-shot stops */
	uint8_t pad[2];
};
_Static_assert(sizeof(struct lapic) == 8 + 17 * 4 + 24 * 4 + 4, "no padding");

void lapic_attach(struct board *b);
void lapic_reset(struct board *b);
/* INIT#: as reset, but the APIC id stays. */
void lapic_init(struct board *b);
void lapic_timer(struct board *b, unsigned unit);
const char *lapic_validate(const struct board *b);

/* IA32_APIC_BASE has changed (WRMSR, a loaded or cloned PC): moves the
 * window, or takes it away. */
void lapic_base_changed(struct board *b);
uint64_t lapic_cr8_read(struct board *b);
void lapic_cr8_write(struct board *b, uint64_t value);

/* Below: the caller updates INTR afterwards. */

/* Takes a message if it is meant for this APIC. */
bool lapic_accept(struct board *b, const struct apic_message *m);
/* Pin LINT0 or LINT1 as driven; true is "asserted", whatever the polarity. */
void lapic_set_lint(struct board *b, unsigned pin, bool level);
/* The vector that wants the CPU, or -1. */
int lapic_pending(const struct lapic *l);
/* The same, and it is in service then. */
int lapic_intack(struct board *b);
/* LINT0 is open for the 8259 (ExtINT). */
bool lapic_extint(const struct lapic *l);

#endif
