/* The host side of one processor: what makes the value (cpu.h) run fast and
 * reach its board. Nothing here is observable by the guest; all of it can be
 * dropped at any instruction and be built again.
 *
 * How an instruction handler ends (insn_fn):
 *   NEXT               go on with the following instruction of the block
 *   NEXT_FRAMED        the same, for handlers that hand out a local's address
 *   END_AT(rip)        set rip, back to the run loop (branches, system
 *                      instructions, all that may change mode or interrupts)
 *   core_fault(...)    never returns: the instruction has changed nothing
 * A handler that calls out of the cpu (ports, MSRs, time) or reads c->rip or
 * c->count starts with core_sync(). */
#ifndef LANYARD_CPU_CORE_H
#define LANYARD_CPU_CORE_H

#include <setjmp.h>

#include "engine/cpu/cpu.h"
#include "engine/cpu/decode/insn.h"
#include "engine/mem/mem.h"

/* The board's services, given once. owner is handed back. All are called with
 * c->count and c->rip exact. */
struct cpu_bus {
	uint32_t (*in)(void *owner, uint16_t port, unsigned size);
	void (*out)(void *owner, uint16_t port, uint32_t value, unsigned size);
	/* After an access to a port: what it costs passes before the next
	 * instruction (ATTN_BUSY). The access itself is one count, now. */
	void (*io_time)(void *owner, uint16_t port);
	/* PAUSE: a doze (ATTN_DOZE) from the end of this instruction. */
	void (*doze)(void *owner);
	/* Ends a doze early. */
	void (*doze_end)(void *owner);
	/* Lets the time of a doze or an access pass at once, if nothing happens in
	 * it; then core_set_limit_exactly() has been called. False: not at once. */
	bool (*doze_pass)(void *owner);
	/* Interrupt acknowledge: a vector, or -1 if the request went away. */
	int (*intack)(void *owner);
	uint64_t (*now)(void *owner); /* virtual ns; the TSC counts it */
	/* CR8 (task priority of the local APIC), 0..15. */
	uint64_t (*cr8_read)(void *owner);
	void (*cr8_write)(void *owner, uint64_t value);
	/* IA32_APIC_BASE was written (value in c->apic_base). */
	void (*apic_base)(void *owner);
	/* FERR#: an unmasked x87 exception while CR0.NE is 0 (IRQ 13). */
	void (*ferr)(void *owner, bool level);
	/* A debug line for --trace cpu/int; NULL when off. */
	void (*trace)(void *owner, const char *subject, const char *text);
};

/* Fast TLB entry: tags equal the linear page if an access may go straight to
 * host memory at add + linear address; otherwise TAG_NONE. */
struct fast_tlb {
	_Alignas(32) uint64_t rtag;
	uint64_t wtag;
	uintptr_t add;
};
#define TAG_NONE UINT64_MAX

/* Segment checks in one comparison each: an access [ea, ea+size) is allowed
 * if lo <= ea and ea + size - 1 <= hi. Not accessible: lo = 1, hi = 0. */
struct seg_fast {
	uint64_t base;
	uint64_t rlo, rhi;
	uint64_t wlo, whi;
};
#define CORE_LARGE 1024u

struct code_cache;
struct executor;

struct core {
	struct cpu *cpu;
	struct mem *mem;
	const struct cpu_bus *bus;
	void *owner;
	const struct executor *executor;

	struct fast_tlb *tlb; /* one of fast[] */
	int64_t budget;       /* counts left until limit if the block completes */
	uint64_t limit;       /* what budget counts down to */
	uint64_t stop_at;     /* the run loop stops when cpu.count reaches it */
	uint64_t sp_mask;     /* stack pointer width: 0xffff, 0xffffffff or ~0 */
	uint64_t ip_mask;     /* instruction pointer width, likewise */
	uint64_t lin_mask;    /* linear addresses: ~0 in 64-bit mode, else 4G - 1 */
	uint64_t code_base;   /* linear address of rip 0: CS.base, but 0 in 64-bit mode */
	uint64_t jump_key;    /* code_cache.h: what a linear address becomes a key with */
	struct seg_fast sf[SF_COUNT];
	uint8_t mode;            /* MODE_* */
	bool single;             /* running one instruction outside a block */
	bool stop;               /* leave the run loop after this instruction */
	bool legacy;             /* not in IA-32e mode (EFER.LMA = 0) */
	const struct insn *next; /* builds without tail calls */
	struct insn *link;       /* the branch just taken, to be led straight to its target */

	struct code_cache *code;
	jmp_buf *env; /* where faults and retries go */
	struct {      /* the fault on its way to intr_exception() */
		uint8_t vector;
		bool has_error;
		uint32_t error;
	} exc;
	int delivering; /* vector being delivered, or -1: double faults (intr.c) */
	bool trace_cpu, trace_int;
	uint64_t large[CORE_LARGE / 64]; /* where pieces of large pages may be in the TLB (tlb.c) */
	uint64_t cs_base;                /* for which blocks were found within the limit of CS */
	uint32_t cs_limit;

	struct fast_tlb fast[3][CPU_DTLB]; /* supervisor, user; [2] stays empty: every access slow */
};

/* A core for value c and memory m; owns nothing of them. Never NULL. What runs
 * its instructions is executor, such as interp_executor. */
struct core *core_new(struct cpu *c, struct mem *m, const struct cpu_bus *bus, void *owner,
		      const struct executor *executor);
void core_free(struct core *k);
/* Drops every shortcut and derives the mode again: after the value was
 * replaced (reset, clone, load). */
void core_reload(struct core *k);
/* Runs until c->count >= limit, or the processor waits (cpu_waits), or is shut down, or
 * core_stop(). Interrupts are taken on the way. */
void core_run(struct core *k, uint64_t limit);
/* From within a bus call: perhaps an earlier limit; the loop stops before any
 * instruction with count >= limit. */
static inline void core_set_limit(struct core *k, uint64_t limit)
{
	if (limit < k->stop_at)
		k->stop_at = limit;
}
/* The same from within doze_pass(): time has moved against the counts. */
static inline void core_set_limit_exactly(struct core *k, uint64_t limit)
{
	k->stop_at = limit;
}
static inline void core_stop(struct core *k)
{
	k->stop = true;
}

/* ---- for instruction handlers ---- */

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
	!defined(LANYARD_NO_CHAIN)
#define LANYARD_CHAIN 1
#else
#define LANYARD_CHAIN 0
#endif

#if defined(__clang__)
#define MUST_TAIL __attribute__((musttail))
#else
#define MUST_TAIL
#endif

#if LANYARD_CHAIN
#define GOTO_INSN(n) MUST_TAIL return (n)->fn(c, (n), k)
#define END \
	do { \
		return; \
	} while (0)
#else
#define GOTO_INSN(n) \
	do { \
		k->next = (n); \
		return; \
	} while (0)
#define END \
	do { \
		k->next = NULL; \
		return; \
	} while (0)
#endif
#define NEXT GOTO_INSN(i + 1)
#define END_AT(target) \
	do { \
		c->rip = (target)&k->ip_mask; \
		END; \
	} while (0)
/* The instruction is complete, but the run loop must look around. */
#define END_NEXT END_AT(insn_next(c, i))
/* As NEXT, by way of the run loop: for handlers that hand out the address of a
 * local. The compiler keeps their frame until they return, so that a tail call
 * is none, and a loop of them would fill the host's stack. */
#define NEXT_FRAMED \
	do { \
		k->budget += i->left - 1; \
		END_NEXT; \
	} while (0)

/* rip of the next instruction and of this one; whoever sets rip applies the
 * code size (core.ip_mask). */
static inline uint64_t insn_next(const struct cpu *c, const struct insn *i)
{
	return c->reg[REG_PAGE] + i->end;
}

static inline uint64_t insn_rip(const struct cpu *c, const struct insn *i)
{
	return c->reg[REG_PAGE] + i->end - i->len;
}

/* Makes c->rip the address of this instruction and c->count the number of
 * instructions retired before it. */
static inline void core_sync(struct core *k, const struct insn *i)
{
	struct cpu *c = k->cpu;

	c->rip = insn_rip(c, i) & k->ip_mask;
	c->count = k->limit - (uint64_t)(k->budget + i->left);
}

/* Raises a fault at instruction i; NULL if c->rip and c->count are exact
 * already (inside core_sync()ed handlers and interrupt delivery). The longjmp
 * leads to the run loop, which calls intr_exception(). Vectors with an error
 * code: DF TS NP SS GP PF AC. */
_Noreturn void core_fault(struct core *k, const struct insn *i, unsigned vector, uint32_t error);
_Noreturn void core_page_fault(struct core *k, const struct insn *i, uint64_t lin, uint32_t error);
#define FAULT_UD() core_fault(k, i, EXC_UD, 0)
#define FAULT_GP(error) core_fault(k, i, EXC_GP, (error))

/* After any change of CR0.PE/PG, EFER, EFLAGS.VM, CPL or a segment register:
 * derives mode, masks, seg_fast and the TLB set. Cheap. (core.c) */
void core_update_mode(struct core *k);
/* After one data/stack segment register changed, nothing else. */
void core_update_segment(struct core *k, unsigned seg);

/* TLB maintenance (tlb.c). */
void tlb_flush_all(struct core *k);                /* global entries too */
void tlb_flush_local(struct core *k);              /* all but global entries (CR3 write) */
void tlb_flush_page(struct core *k, uint64_t lin); /* INVLPG */

/* Modes. */
static inline bool cpu_protected(const struct cpu *c)
{
	return c->cr0 & CR0_PE;
}
static inline bool cpu_v86(const struct cpu *c)
{
	return c->eflags & FL_VM;
}
static inline bool cpu_long(const struct cpu *c)
{
	return c->efer & EFER_LMA;
}
static inline bool core_code64(const struct core *k)
{
	return (k->mode & MODE_SIZE) == MODE_64;
}
static inline unsigned cpu_iopl(const struct cpu *c)
{
	return (c->eflags >> FL_IOPL_SHIFT) & 3;
}
/* Linear address of c->rip. */
static inline uint64_t core_rip_lin(const struct core *k)
{
	return core_code64(k) ? k->cpu->rip : (k->cpu->seg[SEG_CS].base + k->cpu->rip) & k->lin_mask;
}
/* Sign-extended from bit 47. */
static inline bool canonical(uint64_t a)
{
	return (uint64_t)((int64_t)(a << 16) >> 16) == a;
}

#endif
