/* The processor of one PC as a value: everything that the guest can observe,
 * no pointers. Host-side shortcuts (fast TLB, decoded code) are in core.h.
 * Names follow the Intel SDM (volume and section are given where used). */
#ifndef LANYARD_CPU_CPU_H
#define LANYARD_CPU_CPU_H

#include "engine/base/rng.h"
#include "engine/base/types.h"
#include "engine/cpu/decode/feature.h"
#include "engine/cpu/decode/regs.h"

/* A segment register with its hidden part (SDM 3A 3.4.3). attr holds the
 * descriptor's bits 40..55: type 0-3, S 4, DPL 5-6, P 7, limit bits 8-11
 * (kept 0), AVL 12, L 13, D/B 14, G 15. limit is in bytes, already scaled. */
struct cpu_seg {
	uint64_t base;
	uint32_t limit;
	uint16_t sel;
	uint16_t attr;
};

enum {
	ATTR_TYPE = 0x000f,
	ATTR_S = 0x0010,
	ATTR_DPL = 0x0060,
	ATTR_P = 0x0080,
	ATTR_AVL = 0x1000,
	ATTR_L = 0x2000,
	ATTR_DB = 0x4000,
	ATTR_G = 0x8000,
	/* type bits of code and data segments */
	TYPE_ACCESSED = 1,
	TYPE_WRITE = 2,
	TYPE_READ = 2,
	TYPE_DOWN = 4,
	TYPE_CONFORM = 4,
	TYPE_CODE = 8,
};
#define ATTR_DPL_SHIFT 5

struct cpu_table { /* GDTR, IDTR */
	uint64_t base;
	uint16_t limit;
	uint16_t pad[3];
};

enum {
	CR0_PE = 1u << 0,
	CR0_MP = 1u << 1,
	CR0_EM = 1u << 2,
	CR0_TS = 1u << 3,
	CR0_ET = 1u << 4,
	CR0_NE = 1u << 5,
	CR0_WP = 1u << 16,
	CR0_AM = 1u << 18,
	CR0_NW = 1u << 29,
	CR0_CD = 1u << 30,
	CR0_PG = 1u << 31,
	CR4_VME = 1u << 0,
	CR4_PVI = 1u << 1,
	CR4_TSD = 1u << 2,
	CR4_DE = 1u << 3,
	CR4_PSE = 1u << 4,
	CR4_PAE = 1u << 5,
	CR4_MCE = 1u << 6,
	CR4_PGE = 1u << 7,
	CR4_PCE = 1u << 8,
	CR4_OSFXSR = 1u << 9,
	CR4_OSXMMEXCPT = 1u << 10,
	EFER_SCE = 1u << 0,
	EFER_LME = 1u << 8,
	EFER_LMA = 1u << 10,
	EFER_NXE = 1u << 11,
};

enum cpu_vector { /* SDM 3A table 6-1 */
		  EXC_DE = 0,
		  EXC_DB = 1,
		  EXC_NMI = 2,
		  EXC_BP = 3,
		  EXC_OF = 4,
		  EXC_BR = 5,
		  EXC_UD = 6,
		  EXC_NM = 7,
		  EXC_DF = 8,
		  EXC_TS = 10,
		  EXC_NP = 11,
		  EXC_SS = 12,
		  EXC_GP = 13,
		  EXC_PF = 14,
		  EXC_MF = 16,
		  EXC_AC = 17,
		  EXC_MC = 18,
		  EXC_XM = 19,
};

enum { PF_P = 1, PF_W = 2, PF_U = 4, PF_RSVD = 8, PF_I = 16 }; /* #PF error code */

/* One 80-bit register as in memory: the significand, then sign and exponent. */
struct cpu_x87_reg {
	uint64_t mant;
	uint16_t se;
	uint16_t pad[3];
};

/* x87 state (SDM 1 chapter 8). st[] is indexed by physical register; ST(i)
 * is st[(top + i) & 7]. MMX register n is st[n].mant. tags holds one bit per
 * physical register: 1 = not empty (the FXSAVE form). */
struct cpu_x87 {
	struct cpu_x87_reg st[8];
	uint64_t fip, fdp; /* linear offset parts; */
	uint16_t fcs, fds; /* ... and their selectors */
	uint16_t fop;      /* 11 bits */
	uint16_t fcw;
	uint16_t fsw; /* TOP lives here, bits 11-13 */
	uint8_t tags;
	uint8_t pad[5];
};

union cpu_xmm {
	uint8_t b[16];
	uint16_t w[8];
	uint32_t d[4];
	uint64_t q[2];
	float f32[4];
	double f64[2];
};

#define CPU_DTLB 1024u /* entries, direct mapped by linear page number */
#define CPU_ITLB 512u

/* One translation as the guest can observe it. tag is the linear page address
 * with TLB_VALID; pa the physical page address with the permission bits. */
struct cpu_tlb_entry {
	uint64_t tag;
	uint64_t pa;
};

enum {
	TLB_VALID = 1, /* in tag */
	TLB_WRITE = 1, /* in pa: writable by its page tables (for the user if TLB_USER) */
	TLB_USER = 2,
	TLB_GLOBAL = 4,
	TLB_DIRTY = 8, /* the D bit is known to be set: stores need no walk */
	TLB_NOEXEC = 16,
	TLB_LARGE = 32, /* piece of a 2M/4M page: INVLPG inside it drops all such */
};

/* Reasons why the processor does not simply go on with the next instruction. */
enum {
	ATTN_INTR = 1 << 0,      /* the INTR line is up (set by the board only) */
	ATTN_NMI = 1 << 1,       /* an NMI waits */
	ATTN_HALT = 1 << 2,      /* HLT: waiting for an interrupt */
	ATTN_SHADOW = 1 << 3,    /* STI or MOV SS: no interrupt before one more instruction */
	ATTN_SS_SHADOW = 1 << 4, /* MOV SS/POP SS: no debug trap either */
	ATTN_TRAP = 1 << 5,      /* a debug trap (#DB, dr6_due) is due before the next instruction */
	ATTN_NMI_BLOCK = 1 << 6, /* inside an NMI handler until IRET */
	ATTN_SHUTDOWN = 1 << 7,  /* triple fault: the board resets the PC */
	ATTN_INIT = 1 << 8,
	ATTN_REP = 1 << 9,   /* between two iterations of a repeated string instruction */
	ATTN_DOZE = 1 << 10, /* PAUSE: waiting for time to pass, or for an interrupt */
	ATTN_BUSY = 1 << 11, /* an access to a port takes its time, whatever comes */
	ATTN_ALL = (1 << 12) - 1,
};

struct cpu {
	uint64_t reg[CPU_REGS];
	uint64_t rip;
	/* Arithmetic flags are kept as a result and carries (flags.h; in one form
	 * for each set of flags while nothing runs: cpu_canonical()); the rest of
	 * EFLAGS is here, with FL_1 set and FL_ARITH clear. */
	int64_t lz_res;
	uint64_t lz_aux;
	uint32_t eflags;
	uint32_t attn;  /* ATTN_* */
	uint64_t count; /* retired instructions, REP iterations, deliveries */

	struct cpu_seg seg[CPU_SEGS];
	struct cpu_seg ldt, tr;
	struct cpu_table gdt, idt;
	uint64_t cr0, cr2, cr3, cr4, efer;
	uint64_t pdpte[4]; /* loaded with CR3 in 32-bit PAE paging */
	uint64_t dr[8];
	uint8_t cpl;   /* kept equal to SS.DPL; 3 in virtual-8086 mode, 0 in real mode */
	uint8_t model; /* enum cpu_model */
	uint8_t ignne; /* IGNNE# is asserted: x87 exceptions without CR0.NE wait for nobody */
	uint8_t pad0;
	uint32_t a20_mask; /* 0xffffffff, or with bit 20 clear */

	/* Model-specific registers. */
	uint64_t star, lstar, cstar, fmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t tsc_adjust; /* TSC = board time in ns + tsc_adjust (wraps) */
	uint64_t tsc_aux, pat, misc_enable, apic_base, ucode_rev;
	uint64_t mtrr_def, mtrr_fixed[11], mtrr_var[16];
	uint64_t mcg_status, mc_ctl[4], mc_status[4], debugctl;

	struct cpu_x87 x87;
	union cpu_xmm xmm[16];
	uint32_t mxcsr;
	uint32_t dr6_due; /* bits of DR6 that tell of the trap that is due */
	struct rng rng;   /* RDRAND */

	struct cpu_tlb_entry dtlb[CPU_DTLB];
	struct cpu_tlb_entry itlb[CPU_ITLB];
};

/* The instruction or CPUID bit is there. */
static inline bool cpu_has(const struct cpu *c, enum cpu_feature f)
{
	return cpu_model_has((enum cpu_model)c->model, f);
}

/* Runs nothing by itself: busy with a port; or halted or dozing, and nothing there
 * that would wake it. */
static inline bool cpu_waits(const struct cpu *c)
{
	if (c->attn & ATTN_BUSY)
		return true;
	if (!(c->attn & (ATTN_HALT | ATTN_DOZE)) || (c->attn & (ATTN_TRAP | ATTN_INIT)))
		return false;
	if ((c->attn & (ATTN_NMI | ATTN_NMI_BLOCK)) == ATTN_NMI)
		return false;
	return !(c->attn & ATTN_INTR) || !(c->eflags & FL_IF);
}

/* Halted with interrupts off: but for an NMI or INIT#, for ever. */
static inline bool cpu_halted_for_good(const struct cpu *c)
{
	return (c->attn & ATTN_HALT) && !(c->eflags & FL_IF) && cpu_waits(c);
}

/* Power-on / RESET# state (SDM 3A table 9-1). keep: model, rng, a20_mask. */
void cpu_reset(struct cpu *c);
/* INIT#: as reset, but x87, SSE, MTRR, caches and most MSRs are kept. */
void cpu_init(struct cpu *c);
/* NULL, or what is wrong with a value that came from elsewhere. */
const char *cpu_validate(const struct cpu *c);

#endif
