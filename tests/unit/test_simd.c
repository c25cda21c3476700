/* MMX and SSE against the host's own processor: every row of simd_lookup() is
 * assembled, run on the host and by its handler, and all that the guest could
 * observe is compared: registers, memory, x87 state, EFLAGS, MXCSR, faults. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/base/rng.h"
#include "engine/cpu/access.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/decode/simd_map.h"
#include "engine/cpu/interp/bind.h"
#include "engine/cpu/interp/simd_ops.h"

enum { CASES = 2000, REGS = 8 };
enum { PAGE = 4096 };

/* ---- a processor around a bare page of memory ---- */

static struct core *k;
static struct cpu *c;
static uint8_t *page, *code;
static jmp_buf fault_env;

static void stop(struct cpu *cpu, const struct insn *i, struct core *core) {}

static void map_page(const uint8_t *p)
{
	uint64_t lin = (uintptr_t)p;
	struct fast_tlb *e = tlb_at(k, lin);

	e->rtag = e->wtag = lin & ~(uint64_t)PAGE_MASK;
	e->add = 0;
}

static void processor_reset(void)
{
	memset(c, 0, sizeof(*c));
	memset(k, 0, sizeof(*k));
	c->cr0 = CR0_PE | CR0_ET | CR0_NE;
	c->cr4 = CR4_OSFXSR | CR4_OSXMMEXCPT;
	c->eflags = FL_1;
	c->mxcsr = MXCSR_DEFAULT;
	c->x87.fcw = 0x37f;
	flags_set_arith(c, 0);
	k->cpu = c;
	k->env = &fault_env;
	k->mode = MODE_64 | MODE_USER;
	k->ip_mask = k->lin_mask = k->sp_mask = ~0ull;
	k->tlb = k->fast[1];
	for (unsigned n = 0; n < SF_COUNT; n++)
		k->sf[n] = (struct seg_fast){.rhi = ~0ull, .whi = ~0ull};
	for (unsigned n = 0; n < CPU_DTLB; n++)
		k->fast[1][n].rtag = k->fast[1][n].wtag = TAG_NONE;
	map_page(page);
}

/* The vector, or -1. */
static int run_handler(insn_fn *fn, const struct insn *i)
{
	struct insn pair[2] = {*i, {.fn = stop}};

	pair[0].fn = fn;
	if (setjmp(fault_env))
		return k->exc.vector;
	fn(c, pair, k);
	return -1;
}

/* The handler for a register or for memory; NULL: no such form. */
static insn_fn *row_handler(const struct simd_row *row, uint8_t opcode, uint8_t modrm, unsigned form)
{
	struct insn i = {.op = row->op, .opcode = opcode, .modrm = modrm, .flags = form == SIMD_MEM ? IN_MEM : 0};

	return row->flags & form ? interp_handler(&i) : NULL;
}

static insn_fn *reg_form(unsigned map, uint8_t opcode, unsigned prefix)
{
	return row_handler(simd_lookup(map, opcode, prefix, 0xc0), opcode, 0xc0, SIMD_REG);
}

static insn_fn *mem_form(unsigned map, uint8_t opcode, unsigned prefix)
{
	return row_handler(simd_lookup(map, opcode, prefix, 0), opcode, 0, SIMD_MEM);
}

/* ---- the host ---- */

struct host_state { /* FXSAVE image, then what it lacks */
	_Alignas(64) uint8_t fx[512];
	uint64_t gpr[5]; /* RAX RCX RDX RBX RDI */
	uint64_t flags;
};
#define FX_FSW 2
#define FX_FTW 4
#define FX_MXCSR 24
#define FX_ST 32
#define FX_XMM 160

static struct host_state host;
static sigjmp_buf fpe_env;
static uint32_t fpe_mxcsr;

static void on_fpe(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	fpe_mxcsr = uc->uc_mcontext.fpregs->mxcsr;
	siglongjmp(fpe_env, 1);
}

static __attribute__((noinline)) void host_enter(void)
{
	static const uint32_t usual = MXCSR_DEFAULT; /* not on the stack, whose pointer moves */
	register struct host_state *s __asm__("r12") = &host;
	register uint8_t *at __asm__("r13") = code;

	__asm__ volatile("lea -256(%%rsp), %%rsp\n\t"
			 "fxrstor64 (%%r12)\n\t"
			 "movq 512(%%r12), %%rax\n\tmovq 520(%%r12), %%rcx\n\tmovq 528(%%r12), %%rdx\n\t"
			 "movq 536(%%r12), %%rbx\n\tmovq 544(%%r12), %%rdi\n\t"
			 "pushq 552(%%r12)\n\tpopfq\n\t"
			 "call *%%r13\n\t"
			 "pushfq\n\tpopq 552(%%r12)\n\t"
			 "movq %%rax, 512(%%r12)\n\tmovq %%rcx, 520(%%r12)\n\tmovq %%rdx, 528(%%r12)\n\t"
			 "movq %%rbx, 536(%%r12)\n\tmovq %%rdi, 544(%%r12)\n\t"
			 "fxsave64 (%%r12)\n\tfninit\n\tldmxcsr %[usual]\n\t"
			 "lea 256(%%rsp), %%rsp"
			 : "+r"(s), "+r"(at)
			 : [usual] "m"(usual)
			 : "rax", "rcx", "rdx", "rbx", "rdi", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			   "xmm5", "xmm6", "xmm7", "st");
}

/* 19 for SIGFPE, or -1. */
static int run_host(void)
{
	if (sigsetjmp(fpe_env, 0)) {
		const uint32_t usual = MXCSR_DEFAULT;

		__asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(usual));
		return EXC_XM;
	}
	host_enter();
	return -1;
}

static const unsigned gprs[5] = {RAX, RCX, RDX, RBX, RDI};

static void host_from_cpu(void)
{
	unsigned top = c->x87.fsw >> 11 & 7;

	memset(&host, 0, sizeof(host));
	put_le16(host.fx, c->x87.fcw);
	put_le16(host.fx + FX_FSW, c->x87.fsw);
	host.fx[FX_FTW] = c->x87.tags;
	put_le32(host.fx + FX_MXCSR, c->mxcsr);
	for (unsigned n = 0; n < 8; n++) {
		const struct cpu_x87_reg *r = &c->x87.st[(top + n) & 7];

		put_le64(host.fx + FX_ST + 16 * n, r->mant);
		put_le16(host.fx + FX_ST + 16 * n + 8, r->se);
	}
	memcpy(host.fx + FX_XMM, c->xmm, 16 * 16);
	for (unsigned n = 0; n < 5; n++)
		host.gpr[n] = c->reg[gprs[n]];
	host.flags = flags_arith(c) | FL_1 | FL_IF;
}

/* ---- assembling ---- */

struct row {
	unsigned map, prefix;
	uint8_t opcode, digit;
	bool has_digit;
	const struct simd_row *op;
};

static void assemble(const struct row *r, const struct insn *i)
{
	static const uint8_t prefixes[4] = {0, 0x66, 0xf3, 0xf2};
	uint8_t *p = code;

	if (prefixes[r->prefix])
		*p++ = prefixes[r->prefix];
	if (i->flags & IN_REXW)
		*p++ = 0x48;
	*p++ = 0x0f;
	if (r->map > 1)
		*p++ = r->map == 2 ? 0x38 : 0x3a;
	*p++ = r->opcode;
	*p++ = (uint8_t)(i->flags & IN_MEM ? i->reg << 3 | RDI : 0xc0 | i->reg << 3 | i->rm);
	if (r->op->flags & SIMD_IMM8)
		*p++ = (uint8_t)i->imm;
	*p = 0xc3;
}

/* ---- operands ---- */

static struct rng rng;

static uint64_t rnd(void)
{
	return rng_next(&rng);
}
static unsigned below(unsigned n)
{
	return (unsigned)(rnd() % n);
}

static uint32_t random_float(void)
{
	static const uint32_t special[] = {
		0,          0x3f800000, 0x7f800000, 0x7fc00001, 0x7f800001, 0x7fbfffff, 1,          0x007fffff,
		0x00800000, 0x7f7fffff, 0x3f000000, 0x3fc00000, 0x40200000, 0x4b000000, 0x4b7fffff, 0x4effffff,
		0x4f000000, 0x5f000000, 0x00400000, 0x20000000, 0x3effffff, 0x3f7fffff, 0x00800001, 0x7f000000,
	};
	uint32_t r = (uint32_t)rnd(), sign = r & 0x80000000;

	switch (below(6)) {
	case 0: return r;
	case 1: return sign | (0x3f000000 + (r & 0xffffff));                      /* near one */
	case 2: return sign | (0x3f800000 + (r & 0x0ff80000));                    /* few bits: exact results */
	case 3: return sign | ((r & 1 ? 1 : 0x70000000) + (r >> 4 & 0x0fffffff)); /* extremes */
	default: return sign | special[below(ARRAY_LEN(special))];
	}
}

static uint64_t random_double(void)
{
	/* clang-format off */
	static const uint64_t special[] = {
		0, 0x3ff0000000000000, 0x7ff0000000000000, 0x7ff8000000000001, 0x7ff0000000000001, 1, 0x000fffffffffffff,
		0x0010000000000000, 0x7fefffffffffffff, 0x3fe0000000000000, 0x3ff8000000000000, 0x4004000000000000,
		0x41dfffffffc00000, 0x41dfffffffe00000, 0x41e0000000000000, 0x43e0000000000000, 0x4330000000000000,
		0x432fffffffffffff, 0x0008000000000000, 0x36a0000000000000, 0x380fffffffffffff, 0x3810000000000000,
		0x47efffffe0000000, 0x47effffff0000000, 0x3fefffffffffffff, 0x3690000000000000, 0x2000000000000000,
	};
	/* clang-format on */
	uint64_t r = rnd(), sign = r & 1ull << 63;

	switch (below(6)) {
	case 0: return r;
	case 1: return sign | (0x3fe0000000000000 + (r >> 9 & 0x3fffffffffffff));
	case 2: return sign | (0x3800000000000000 + (r >> 5 & 0x0ffc000000000000));
	case 3: return sign | ((r & 1 ? 1 : 0x7d00000000000000) + (r >> 9 & 0x02ffffffffffffff));
	default: return sign | special[below(ARRAY_LEN(special))];
	}
}

static void random_bytes(void *to, unsigned kind)
{
	uint64_t q[2];

	for (unsigned n = 0; n < 2; n++) {
		if (kind == 0)
			q[n] = random_float() | (uint64_t)random_float() << 32;
		else if (kind == 1)
			q[n] = random_double();
		else if (kind == 2)
			q[n] = rnd();
		else
			/* Two draws: small counts, equal bytes. NOLINTNEXTLINE(misc-redundant-expression) */
			q[n] = rnd() & rnd() & 0x80ff0f8011ff7f81;
	}
	memcpy(to, q, 16);
}

static uint32_t random_mxcsr(void)
{
	uint32_t r = (uint32_t)rnd();

	switch (below(4)) {
	case 0: return MXCSR_DEFAULT | (r & MXCSR_FLAGS);
	case 1: return MXCSR_MASKS | (r & MXCSR_VALID);
	case 2: return (MXCSR_MASKS & ~(1u << (7 + below(6)))) | (r & 0xe040) | (r >> 16 & r & MXCSR_FLAGS);
	default: return r & MXCSR_VALID;
	}
}

static void random_processor(void)
{
	unsigned kind = below(4);
	uint16_t top = (uint16_t)below(8);

	for (unsigned n = 0; n < REGS; n++) {
		random_bytes(&c->xmm[n], kind);
		random_bytes(&c->x87.st[n].mant, kind < 2 ? below(2) ? 0 : 2 : kind);
		c->x87.st[n].se = (uint16_t)rnd();
		memset(c->x87.st[n].pad, 0, sizeof(c->x87.st[n].pad));
	}
	c->x87.fsw = (uint16_t)(top << 11);
	c->x87.tags = (uint8_t)rnd();
	random_bytes(page + 64, kind);
	for (unsigned n = 0; n < 5; n++)
		c->reg[gprs[n]] = rnd() >> below(64);
	c->reg[RDI] = (uintptr_t)page + 64;
	c->mxcsr = random_mxcsr();
	flags_set_arith(c, (uint32_t)rnd());
}

/* ---- comparing ---- */

static bool approximate(const struct row *r)
{
	return !strncmp(r->op->name, "rcp", 3) || !strncmp(r->op->name, "rsqrt", 5);
}

static bool close_enough(float mine, float theirs)
{
	if (isnan(theirs) || isinf(theirs))
		return !memcmp(&mine, &theirs, 4);
	/* The two may disagree which results are tiny. */
	if (fabsf(mine) < 0x1p-125f && fabsf(theirs) < 0x1p-125f)
		return signbit(mine) == signbit(theirs);
	return fabsf(mine - theirs) <= fabsf(theirs) * 3 * 0x1p-12f;
}

/* Of several NaNs in a dot product AMD's processors keep another than Intel's,
 * whose model ours is. */
static bool other_nan(const struct row *r, const union cpu_xmm *mine, const union cpu_xmm *theirs)
{
	bool singles = !strcmp(r->op->name, "dpps");

	if (!__builtin_cpu_is("amd") || (!singles && strcmp(r->op->name, "dppd") != 0))
		return false;
	for (unsigned n = 0; n < (singles ? 4u : 2u); n++) {
		bool equal = singles ? mine->d[n] == theirs->d[n] : mine->q[n] == theirs->q[n];
		bool nans = singles ? isnan(mine->f32[n]) && isnan(theirs->f32[n])
				    : isnan(mine->f64[n]) && isnan(theirs->f64[n]);

		if (!equal && !nans)
			return false;
	}
	return true;
}

static bool xmm_equal(const struct row *r, const union cpu_xmm *mine, const uint8_t *fx)
{
	union cpu_xmm theirs;

	memcpy(&theirs, fx, 16);
	if (!approximate(r))
		return !memcmp(mine, &theirs, 16) || other_nan(r, mine, &theirs);
	for (unsigned n = 0; n < 4; n++)
		if (!close_enough(mine->f32[n], theirs.f32[n]) && mine->d[n] != theirs.d[n])
			return false;
	return true;
}

/* NULL, or what differs. */
static const char *difference(const struct row *r, const uint8_t *host_memory)
{
	unsigned top = c->x87.fsw >> 11 & 7;

	for (unsigned n = 0; n < REGS; n++)
		if (!xmm_equal(r, &c->xmm[n], host.fx + FX_XMM + 16 * n))
			return "xmm";
	if (top != (unsigned)(get_le16(host.fx + FX_FSW) >> 11 & 7))
		return "TOP";
	if (c->x87.tags != host.fx[FX_FTW])
		return "tags";
	for (unsigned n = 0; n < 8; n++) {
		const struct cpu_x87_reg *st = &c->x87.st[(top + n) & 7];

		if (st->mant != get_le64(host.fx + FX_ST + 16 * n) || st->se != get_le16(host.fx + FX_ST + 16 * n + 8))
			return "mm";
	}
	for (unsigned n = 0; n < 5; n++)
		if (c->reg[gprs[n]] != host.gpr[n])
			return "general register";
	if (flags_arith(c) != (host.flags & FL_ARITH))
		return "flags";
	if (c->mxcsr != get_le32(host.fx + FX_MXCSR))
		return "mxcsr";
	return memcmp(page + 64, host_memory, 16) ? "memory" : NULL;
}

static void report(const struct row *r, const struct insn *i, const struct cpu *before, const uint8_t *memory,
		   const char *what)
{
	union cpu_xmm h, m;

	print_error("%s (map %u, %02x, prefix %u) %s reg %u rm %u imm %02x rexw %d: %s\n", r->op->name, r->map,
		    r->opcode, r->prefix, i->flags & IN_MEM ? "mem" : "reg", i->reg, i->rm, (uint8_t)i->imm,
		    !!(i->flags & IN_REXW), what);
	memcpy(&h, host.fx + FX_XMM + 16 * i->reg, 16);
	memcpy(&m, memory, 16);
	print_error("  a    %016lx %016lx\n  b    %016lx %016lx\n  mem  %016lx %016lx\n", before->xmm[i->reg].q[1],
		    before->xmm[i->reg].q[0], before->xmm[i->rm].q[1], before->xmm[i->rm].q[0], m.q[1], m.q[0]);
	print_error("  mine %016lx %016lx\n  host %016lx %016lx\n", c->xmm[i->reg].q[1], c->xmm[i->reg].q[0], h.q[1],
		    h.q[0]);
	print_error("  mxcsr before %04x mine %04x host %04x (signal %04x)\n", before->mxcsr, c->mxcsr,
		    get_le32(host.fx + FX_MXCSR), fpe_mxcsr);
}

/* A fault leaves everything but MXCSR as it was. */
static bool unchanged(const struct cpu *before)
{
	return !memcmp(c->reg, before->reg, sizeof(c->reg)) && c->lz_res == before->lz_res &&
	       c->lz_aux == before->lz_aux && !memcmp(&c->x87, &before->x87, sizeof(c->x87)) &&
	       !memcmp(c->xmm, before->xmm, sizeof(c->xmm));
}

/* One random case; false after a report. */
static bool one_case(const struct row *r, bool memory)
{
	static struct cpu before;
	struct insn i = {.imm = (int8_t)rnd(), .base = 8 * RDI, .index = 8 * REG_ZERO, .seg = SF_FLAT, .left = 1};
	uint8_t mem_before[16], mem_host[16];
	const char *what = NULL;
	int host_vector, vector;

	random_processor();
	i.reg = r->has_digit ? r->digit : (uint8_t)below(4);
	i.rm = (uint8_t)below(4);
	i.flags = (uint16_t)(3 << 2 | IN_64 | (below(3) ? 0 : IN_REXW) | (memory ? IN_MEM : 0));
	memcpy(&before, c, offsetof(struct cpu, rng));
	memcpy(mem_before, page + 64, 16);
	assemble(r, &i);
	host_from_cpu();
	host_vector = run_host();
	memcpy(mem_host, page + 64, 16);
	memcpy(page + 64, mem_before, 16);
	vector = run_handler(row_handler(r->op, r->opcode, (uint8_t)((memory ? 0 : 0xc0) | r->digit << 3),
					 memory ? SIMD_MEM : SIMD_REG),
			     &i);
	if (host_vector != vector)
		what = "exception";
	else if (vector < 0)
		what = difference(r, mem_host);
	else if (c->mxcsr != fpe_mxcsr)
		what = "mxcsr at the exception";
	else if (!unchanged(&before) || memcmp(page + 64, mem_before, 16))
		what = "a change before the exception";
	if (what)
		report(r, &i, &before, mem_before, what);
	return !what;
}

static bool host_has(unsigned feature)
{
	if (feature == FEAT_SSE3)
		return __builtin_cpu_supports("sse3");
	if (feature == FEAT_SSSE3)
		return __builtin_cpu_supports("ssse3");
	if (feature == FEAT_SSE41)
		return __builtin_cpu_supports("sse4.1");
	return true;
}

/* Cases of one row that went wrong; stops at the third. */
static unsigned try_row(const struct row *r, unsigned *rows)
{
	unsigned bad = 0;

	if (!r->op || !strcmp(r->op->name, "emms") || !host_has(r->op->feature))
		return 0;
	++*rows;
	for (unsigned n = 0; n < CASES && bad < 3; n++) {
		if ((r->op->flags & SIMD_REG) && !one_case(r, false))
			bad++;
		if ((r->op->flags & SIMD_MEM) && !one_case(r, true))
			bad++;
	}
	return bad;
}

static void test_all_rows_against_host(void **state)
{
	struct sigaction fpe = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO | SA_NODEFER}, saved;
	unsigned bad = 0, rows = 0;

	assert_int_equal(sigaction(SIGFPE, &fpe, &saved), 0); /* cmocka's own would end the test */
	rng_seed(&rng, 1, "simd");
	processor_reset();
	for (unsigned map = 1; map <= 3; map++) {
		for (unsigned opcode = 0; opcode < 256; opcode++) {
			bool group = map == 1 && opcode >= 0x71 && opcode <= 0x73;

			for (unsigned n = 0; n < 4 * (group ? 8 : 2); n++) {
				struct row r = {.map = map,
						.prefix = n & 3,
						.opcode = (uint8_t)opcode,
						.digit = (uint8_t)(n >> 2),
						.has_digit = group};
				uint8_t modrm = (uint8_t)(group ? 0xc0 | r.digit << 3 : n < 4 ? 0xc0 : 0);

				r.op = simd_lookup(map, (uint8_t)opcode, r.prefix, modrm);
				/* The same row for both kinds of ModRM is tried once. */
				if (!group && n >= 4 && r.op == simd_lookup(map, (uint8_t)opcode, r.prefix, 0xc0))
					continue;
				bad += try_row(&r, &rows);
			}
		}
	}
	sigaction(SIGFPE, &saved, NULL);
	print_message("%u rows\n", rows);
	assert_true(rows > 330);
	assert_int_equal(bad, 0);
}

/* ---- what the host's user mode cannot show ---- */

static const struct insn plain = {
	.base = 8 * RDI, .index = 8 * REG_ZERO, .seg = SF_FLAT, .left = 1, .reg = 1, .rm = 2, .flags = 3 << 2 | IN_64};

static int run_at(insn_fn *fn, unsigned offset)
{
	struct insn i = plain;

	i.flags |= IN_MEM;
	c->reg[RDI] = (uintptr_t)page + offset;
	return run_handler(fn, &i);
}

static void test_control_registers(void **state)
{
	insn_fn *movaps = reg_form(1, 0x28, 0), *paddb = reg_form(1, 0xfc, 0), *pshufb = reg_form(2, 0, 1);

	processor_reset();
	c->cr0 |= CR0_TS;
	assert_int_equal(run_handler(movaps, &plain), EXC_NM);
	assert_int_equal(run_handler(paddb, &plain), EXC_NM);
	assert_int_equal(run_at(mem_form(1, 0x28, 0), 1), EXC_NM); /* before the operand's #GP */
	assert_int_equal(run_at(mem_form(1, 0xc3, 0), 0), -1);
	c->cr0 |= CR0_EM;
	assert_int_equal(run_handler(pshufb, &plain), EXC_UD);
	assert_int_equal(run_handler(paddb, &plain), EXC_UD);
	c->cr0 &= ~(uint64_t)(CR0_EM | CR0_TS);
	c->cr4 &= ~(uint64_t)CR4_OSFXSR;
	assert_int_equal(run_handler(movaps, &plain), EXC_UD);
	assert_int_equal(run_handler(paddb, &plain), -1); /* MMX does not ask for it */
}

static void test_alignment(void **state)
{
	processor_reset();
	assert_int_equal(run_at(mem_form(1, 0x28, 0), 8), EXC_GP); /* movaps */
	assert_int_equal(run_at(mem_form(1, 0x29, 0), 8), EXC_GP);
	assert_int_equal(run_at(mem_form(1, 0x58, 0), 4), EXC_GP); /* addps */
	assert_int_equal(run_at(mem_form(1, 0xe7, 1), 4), EXC_GP); /* movntdq */
	assert_int_equal(run_at(mem_form(1, 0x58, 3), 4), -1);     /* addsd */
	assert_int_equal(run_at(mem_form(1, 0x10, 0), 4), -1);     /* movups */
	assert_int_equal(run_at(mem_form(1, 0x7f, 2), 3), -1);     /* movdqu */
	assert_int_equal(run_at(mem_form(1, 0xf0, 3), 3), -1);     /* lddqu */
	assert_int_equal(run_at(mem_form(1, 0x5a, 0), 3), -1);     /* cvtps2pd */
	assert_int_equal(run_at(mem_form(2, 0x20, 1), 3), -1);     /* pmovsxbw */
}

static void test_mxcsr(void **state)
{
	processor_reset();
	put_le32(page, 0x10000);
	assert_int_equal(run_at(op_ldmxcsr, 0), EXC_GP);
	assert_int_equal(c->mxcsr, MXCSR_DEFAULT);
	put_le32(page, 0xffff);
	assert_int_equal(run_at(op_ldmxcsr, 0), -1);
	assert_int_equal(c->mxcsr, 0xffff);
	assert_int_equal(run_at(op_stmxcsr, 4), -1);
	assert_int_equal(get_le32(page + 4), 0xffff);
}

static void test_unmasked(void **state)
{
	insn_fn *divps = reg_form(1, 0x5e, 0), *cvtps2pi = reg_form(1, 0x2d, 0);

	processor_reset();
	c->xmm[1].f32[0] = 1;
	c->xmm[2].f32[3] = 2; /* lane 0 divides by zero, lanes 1 and 2 are 0/0 */
	c->mxcsr = MXCSR_DEFAULT & ~(MXCSR_ZE << MXCSR_MASK_SHIFT);
	assert_int_equal(run_handler(divps, &plain), EXC_XM);
	assert_int_equal(c->mxcsr & MXCSR_FLAGS, MXCSR_ZE | MXCSR_IE);
	assert_true(c->xmm[1].f32[0] == 1);
	c->cr4 &= ~(uint64_t)CR4_OSXMMEXCPT;
	assert_int_equal(run_handler(divps, &plain), EXC_UD);

	/* The x87 does not become MMX if the conversion fails. */
	c->cr4 |= CR4_OSXMMEXCPT;
	c->xmm[2].f32[0] = 1e20f;
	c->mxcsr = MXCSR_DEFAULT & ~(MXCSR_IE << MXCSR_MASK_SHIFT);
	c->x87.fsw = 3 << 11;
	assert_int_equal(run_handler(cvtps2pi, &plain), EXC_XM);
	assert_int_equal(c->x87.tags, 0);
	assert_int_equal(c->x87.fsw, 3 << 11);
}

/* Flags left over on the host must not reach the guest. */
static void test_stale_host_flags(void **state)
{
	volatile float big = 3e38f;

	processor_reset();
	big = big * big / 3; /* overflow and precision, on the host */
	c->xmm[1].f32[0] = 1;
	c->xmm[2].f32[0] = 2;
	assert_int_equal(run_handler(reg_form(1, 0x58, 2), &plain), -1);
	assert_true(c->xmm[1].f32[0] == 3);
	assert_int_equal(c->mxcsr, MXCSR_DEFAULT);
	c->xmm[2].f32[0] = 0x1p-40f;
	assert_int_equal(run_handler(reg_form(1, 0x58, 2), &plain), -1);
	assert_int_equal(c->mxcsr, MXCSR_DEFAULT | MXCSR_PE);
}

/* Defined by us alone: the same on every host. */
static void test_approximations(void **state)
{
	static const uint32_t in[4] = {0x3f800000, 0x40400000, 0x7e800000, 0x80000001};
	static const uint32_t rcp[4] = {0x3f800000, 0x3eaaa800, 0x00800000, 0xff800000};
	static const uint32_t rsqrt[4] = {0x3f800000, 0x3f13c800, 0x20000000, 0xff800000};

	processor_reset();
	memcpy(&c->xmm[2], in, 16);
	assert_int_equal(run_handler(reg_form(1, 0x53, 0), &plain), -1);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(c->xmm[1].d[n], rcp[n]);
	assert_int_equal(run_handler(reg_form(1, 0x52, 0), &plain), -1);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(c->xmm[1].d[n], rsqrt[n]);
	assert_int_equal(c->mxcsr, MXCSR_DEFAULT);
}

static void test_not_ours(void **state)
{
	assert_null(simd_lookup(1, 0x05, 0, 0));    /* syscall */
	assert_null(simd_lookup(1, 0x0d, 0, 0));    /* prefetchw */
	assert_null(simd_lookup(1, 0xb8, 2, 0xc0)); /* popcnt */
	assert_null(simd_lookup(1, 0xae, 0, 0x10)); /* group 15 */
	assert_null(simd_lookup(2, 0xf0, 3, 0xc0)); /* crc32 */
	assert_null(simd_lookup(3, 0x63, 1, 0xc0)); /* pcmpistri */
	assert_null(simd_lookup(1, 0xfc, 2, 0xc0));
	assert_null(simd_lookup(1, 0x71, 0, 0xc0));
	assert_non_null(simd_lookup(1, 0x77, 0, 0xc0));
	assert_false(simd_lookup(1, 0x71, 1, 0xd0)->flags & SIMD_MEM);
	assert_false(simd_lookup(1, 0x2b, 0, 0)->flags & SIMD_REG);
}

static int setup(void **state)
{
	k = malloc(sizeof(*k));
	c = malloc(sizeof(*c));
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return !k || !c || page == MAP_FAILED || code == MAP_FAILED;
}

static int teardown(void **state)
{
	free(k);
	free(c);
	munmap(page, PAGE);
	munmap(code, PAGE);
	return 0;
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_rows_against_host), cmocka_unit_test(test_control_registers),
		cmocka_unit_test(test_alignment),	      cmocka_unit_test(test_mxcsr),
		cmocka_unit_test(test_unmasked),	      cmocka_unit_test(test_stale_host_flags),
		cmocka_unit_test(test_approximations),	      cmocka_unit_test(test_not_ours),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, setup, teardown);
}
