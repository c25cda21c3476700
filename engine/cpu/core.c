/* The core: mode tracking, faults and the run loop. */
#include "engine/cpu/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/cpu/access.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/decode/op.h"
#include "engine/cpu/intr.h"
#include "engine/cpu/tlb.h"
#include "engine/cpu/code_cache.h"

/* What a longjmp to the run loop means. */
enum { ENV_FAULT = 1, ENV_RETRY = 2 };

struct core *core_new(struct cpu *c, struct mem *m, const struct cpu_bus *bus, void *owner,
		      const struct executor *executor)
{
	struct core *k = alloc_checked(calloc(1, sizeof(*k)));

	k->cpu = c;
	k->mem = m;
	k->bus = bus;
	k->owner = owner;
	k->executor = executor;
	k->delivering = -1;
	k->code = code_cache_new();
	memset(k->fast, 0xff, sizeof(k->fast)); /* TAG_NONE */
	m->watch = (struct mem_watch){k, tlb_page_moved, tlb_remapped, code_written};
	core_reload(k);
	return k;
}

void core_free(struct core *k)
{
	if (!k)
		return;
	code_cache_free(k->code);
	free(k);
}

void core_reload(struct core *k)
{
	tlb_reload(k);
	cpu_canonical(k->cpu);
	k->link = NULL;
	core_update_mode(k);
}

/* ---- modes and segments ---- */

static const struct seg_fast seg_none = {.rlo = 1, .wlo = 1};
static const struct seg_fast seg_open = {.rhi = UINT64_MAX, .whi = UINT64_MAX};

/* Limits of a data or code segment in protected mode (SDM 3A 5.3). */
static struct seg_fast protected_limits(const struct cpu_seg *s)
{
	struct seg_fast f = seg_none;
	uint64_t lo = 0, hi = s->limit;

	f.base = s->base;
	if (!(s->attr & ATTR_P) || !(s->attr & ATTR_S))
		return f;
	if (!(s->attr & TYPE_CODE) && (s->attr & TYPE_DOWN)) {
		lo = (uint64_t)s->limit + 1;
		hi = s->attr & ATTR_DB ? 0xffffffff : 0xffff;
	}
	if (!(s->attr & TYPE_CODE) || (s->attr & TYPE_READ)) {
		f.rlo = lo;
		f.rhi = hi;
	}
	if (!(s->attr & TYPE_CODE) && (s->attr & TYPE_WRITE)) {
		f.wlo = lo;
		f.whi = hi;
	}
	return f;
}

void core_update_segment(struct core *k, unsigned n)
{
	const struct cpu *c = k->cpu;
	const struct cpu_seg *s = &c->seg[n];

	if (core_code64(k)) {
		k->sf[n] = seg_open;
		k->sf[n].base = n >= SEG_FS ? s->base : 0;
	} else if (!cpu_protected(c) || cpu_v86(c)) {
		/* Real mode keeps whatever limit was loaded last ("unreal"). */
		k->sf[n] = (struct seg_fast){.base = s->base, .rhi = s->limit, .whi = s->limit};
	} else {
		k->sf[n] = protected_limits(s);
	}
	if (n == SEG_SS && !core_code64(k))
		k->sp_mask = s->attr & ATTR_DB ? 0xffffffff : 0xffff;
}

static unsigned code_size(const struct cpu *c)
{
	const struct cpu_seg *cs = &c->seg[SEG_CS];

	if (cpu_long(c) && (cs->attr & ATTR_L))
		return MODE_64;
	return cs->attr & ATTR_DB ? MODE_32 : MODE_16;
}

static bool alignment_checked(const struct cpu *c)
{
	return c->cpl == 3 && (c->cr0 & CR0_AM) && (c->eflags & FL_AC);
}

void core_update_mode(struct core *k)
{
	const struct cpu *c = k->cpu;
	const struct cpu_seg *cs = &c->seg[SEG_CS];
	unsigned size = code_size(c);
	bool user = c->cpl == 3;

	k->legacy = !cpu_long(c);
	k->mode = (uint8_t)(size | (user ? MODE_USER : 0));
	if (size == MODE_64 || (cs->base == 0 && cs->limit == 0xffffffff))
		k->mode |= MODE_FLAT;
	/* EIP has 32 bits in 16-bit code too: only branches of that size cut it. */
	k->ip_mask = size == MODE_64 ? ~0ull : 0xffffffff;
	k->lin_mask = size == MODE_64 ? ~0ull : 0xffffffff;
	k->code_base = size == MODE_64 ? 0 : cs->base;
	code_key_changed(k);
	k->sp_mask = size == MODE_64 ? ~0ull : k->sp_mask;
	k->tlb = k->fast[user];
	if (UNLIKELY(debug_active(c) || alignment_checked(c)))
		k->tlb = k->fast[2];
	for (unsigned n = 0; n < CPU_SEGS; n++)
		core_update_segment(k, n);
	k->sf[SF_FLAT] = k->sf[SF_STACK] = seg_open;
	if (!(k->mode & MODE_FLAT) && (k->cs_base != cs->base || k->cs_limit != cs->limit))
		code_forget_pages(k); /* blocks were checked against the old limit */
	k->cs_base = cs->base;
	k->cs_limit = cs->limit;
}

void seg_fault(struct core *k, const struct insn *i, unsigned seg)
{
	core_fault(k, i, seg == SEG_SS || seg == SF_STACK ? EXC_SS : EXC_GP, 0);
}

/* ---- faults ---- */

static bool has_error_code(unsigned vector)
{
	return vector == EXC_DF || (vector >= EXC_TS && vector <= EXC_PF) || vector == EXC_AC;
}

void core_fault(struct core *k, const struct insn *i, unsigned vector, uint32_t error)
{
	if (i)
		core_sync(k, i);
	/* Data breakpoints are reported when their instruction completes, MOV SS's when
	 * the next one does. */
	debug_drop(k->cpu);
	k->exc.vector = (uint8_t)vector;
	k->exc.has_error = has_error_code(vector) && (k->cpu->cr0 & CR0_PE);
	k->exc.error = error;
	longjmp(*k->env, ENV_FAULT);
}

void core_page_fault(struct core *k, const struct insn *i, uint64_t lin, uint32_t error)
{
	k->cpu->cr2 = lin;
	core_fault(k, i, EXC_PF, error);
}

void core_retry(struct core *k, const struct insn *i)
{
	core_sync(k, i);
	longjmp(*k->env, ENV_RETRY);
}

/* ---- running ---- */

static void execute(struct core *k, const struct insn *i)
{
#if LANYARD_CHAIN
	i->fn(k->cpu, i, k);
#else
	while (i) {
		k->next = NULL;
		i->fn(k->cpu, i, k);
		i = k->next;
	}
#endif
}

static void enter_page(struct core *k, uint64_t lin)
{
	k->cpu->reg[REG_PAGE] = (lin & ~PAGE_MASK) - k->code_base;
}

static void trace_line(struct core *k, const struct insn *i)
{
	const struct cpu *c = k->cpu;
	char text[160];

	snprintf(text, sizeof(text), "%llu %04x:%llx op %02x/%02x len %u ax %llx cx %llx dx %llx bx %llx sp %llx",
		 (unsigned long long)c->count, c->seg[SEG_CS].sel, (unsigned long long)c->rip, i->opcode, i->modrm,
		 i->len, (unsigned long long)c->reg[RAX], (unsigned long long)c->reg[RCX],
		 (unsigned long long)c->reg[RDX], (unsigned long long)c->reg[RBX], (unsigned long long)c->reg[RSP]);
	k->bus->trace(k->owner, "cpu", text);
}

/* A single-step trap is due after i, which began with TF set. Not after MOV SS
 * (SDM 3A 6.8.3), nor after a delivery (INT n), which has cleared TF and used up
 * one count more; SYSCALL and SYSRET look at TF as they leave it (exec_syscall.c).
 * With DEBUGCTL.BTF only branches trap (SDM 3B 18.4.3). */
static bool step_trap(const struct core *k, const struct insn *i)
{
	const struct cpu *c = k->cpu;

	if ((c->attn & ATTN_SS_SHADOW) || k->budget < 0 || i->op == OP_SYS_syscall || i->op == OP_SYS_sysret)
		return false;
	return !(c->debugctl & DEBUGCTL_BTF) || c->rip != (insn_next(c, i) & k->ip_mask);
}

/* Runs the instruction at c->rip (one iteration if it repeats) and nothing
 * more, with the debug rules of SDM 3B 18.2, 18.3. shadow: after MOV SS. */
static void run_one(struct core *k, bool shadow)
{
	struct cpu *c = k->cpu;
	uint32_t before = c->eflags & (FL_TF | FL_RF);
	struct insn *i;

	if (UNLIKELY(debug_active(c)) && !shadow && !(c->attn & ATTN_REP) && debug_exec_hit(k, core_rip_lin(k)))
		core_fault(k, NULL, EXC_DB, 0);
	c->attn &= ~(uint32_t)ATTN_REP;
	i = code_one(k);
	enter_page(k, core_rip_lin(k));
	k->limit = c->count + 1;
	k->budget = 0;
	k->single = true;
	if (UNLIKELY(k->trace_cpu))
		trace_line(k, i);
	execute(k, i);
	k->single = false;
	k->link = NULL;
	c->count = k->limit - (uint64_t)k->budget;
	if (UNLIKELY(before)) {
		if ((before & FL_RF) && i->op != OP_SYS_iret) /* which loads it */
			c->eflags &= ~(uint32_t)FL_RF;
		if ((before & FL_TF) && step_trap(k, i))
			debug_step(c);
	}
}

/* Handlers with locals whose address is taken are no tail calls in gcc's code:
 * each leaves its frame (at most some 600 bytes) on the host's stack until the
 * chain of linked blocks ends. So it ends after this many counts at the latest. */
#define CHAIN_COUNTS 2048u

static void run_block(struct core *k, const struct block *t, uint64_t lin)
{
	struct cpu *c = k->cpu;
	uint64_t most = c->count + CHAIN_COUNTS;

	enter_page(k, lin);
	k->limit = k->stop_at < most ? k->stop_at : most;
	k->budget = (int64_t)(k->limit - c->count) - t->n;
	execute(k, t->insn);
	c->count = k->limit - (uint64_t)k->budget;
}

/* True while instructions must be run one at a time. */
static bool must_single(const struct core *k)
{
	return UNLIKELY((k->cpu->eflags & (FL_TF | FL_RF)) || k->trace_cpu) || UNLIKELY(debug_active(k->cpu));
}

/* Something ends HLT or a PAUSE. */
static void wake(struct core *k)
{
	struct cpu *c = k->cpu;

	if (c->attn & ATTN_DOZE)
		k->bus->doze_end(k->owner);
	c->attn &= ~(uint32_t)(ATTN_HALT | ATTN_DOZE);
}

/* Interrupts, traps and shadows before the next instruction, by priority
 * (SDM 3A table 6-2). True: look again from the start; k->stop may be set. */
static bool attend(struct core *k)
{
	struct cpu *c = k->cpu;
	bool shadow = c->attn & ATTN_SHADOW;

	if (c->attn & (ATTN_SHUTDOWN | ATTN_INIT | ATTN_BUSY)) {
		k->stop = (c->attn & (ATTN_SHUTDOWN | ATTN_INIT)) || !k->bus->doze_pass(k->owner);
		return true;
	}
	if ((c->attn & ATTN_TRAP) && !(c->attn & ATTN_SS_SHADOW)) {
		debug_tell(c, c->dr6_due);
		debug_drop(c);
		wake(k);
		intr_deliver(k, EXC_DB, INTR_FAULT, false, 0);
		return true;
	}
	if ((c->attn & ATTN_NMI) && !(c->attn & ATTN_NMI_BLOCK) && !shadow) {
		c->attn &= ~(uint32_t)ATTN_NMI;
		wake(k);
		intr_deliver(k, EXC_NMI, INTR_NMI, false, 0);
		return true;
	}
	if ((c->attn & ATTN_INTR) && (c->eflags & FL_IF) && !shadow) {
		int vector = k->bus->intack(k->owner);

		wake(k);
		if (vector >= 0) {
			intr_deliver(k, (unsigned)vector, INTR_EXTERNAL, false, 0);
			return true;
		}
	}
	if (c->attn & (ATTN_HALT | ATTN_DOZE)) {
		k->stop = (c->attn & ATTN_HALT) || !k->bus->doze_pass(k->owner);
		return true;
	}
	if (shadow) {
		bool ss = c->attn & ATTN_SS_SHADOW;

		c->attn &= ~(uint32_t)(ATTN_SHADOW | ATTN_SS_SHADOW);
		run_one(k, ss);
		return true;
	}
	if (!must_single(k))
		c->attn &= ~(uint32_t)ATTN_REP;
	return false;
}

static void loop(struct core *k)
{
	struct cpu *c = k->cpu;

	while (!k->stop && c->count < k->stop_at) {
		struct insn *from = k->link;
		struct block *t;
		uint64_t lin;

		k->link = NULL;
		if (UNLIKELY(c->attn & ~(uint32_t)ATTN_NMI_BLOCK) && attend(k))
			continue;
		if (must_single(k)) {
			run_one(k, false);
			continue;
		}
		if (UNLIKELY(code_stale(k))) {
			from = NULL; /* its page may not be the one at that address any more */
			code_reap(k);
		}
		lin = core_rip_lin(k);
		t = code_find(k, lin);
		if (UNLIKELY(!t || (int64_t)(k->stop_at - c->count) < t->n)) {
			run_one(k, false);
			continue;
		}
		if (from)
			__atomic_store_n(&from->link, t, __ATOMIC_RELEASE);
		run_block(k, t, lin);
	}
}

void core_run(struct core *k, uint64_t limit)
{
	jmp_buf env;

	k->env = &env;
	k->stop = false;
	k->stop_at = limit;
	k->link = NULL;
	switch (setjmp(env)) {
	case ENV_FAULT:
		k->single = false;
		k->link = NULL;
		intr_exception(k);
		break;
	case ENV_RETRY:
		k->link = NULL;
		run_one(k, false);
		break;
	default: break;
	}
	loop(k);
	k->env = NULL;
}
