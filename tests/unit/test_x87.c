/* The x87 against the host's own: each instruction is run by its handler and,
 * from the same FXSAVE image, by the processor under this program; registers,
 * tags, status word, EFLAGS and memory must be equal, whatever the rounding,
 * precision and masks (a pending exception is never delivered to the program:
 * FXSAVE and FNINIT do not wait). Transcendentals may differ from the host's in
 * the last place; they are also held against values computed elsewhere. */
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
#include "engine/cpu/x87.h"

enum { PAGE = 4096, FX_SIZE = 512 };

/* ---- a processor around a bare page of memory ---- */

static struct core *k;
static struct cpu *c;
static uint8_t *page, *code;
static jmp_buf fault_env;
static struct rng rng;
static int ferr_level;

static void stop(struct cpu *cpu, const struct insn *i, struct core *core) {}
static void ferr(void *owner, bool level)
{
	ferr_level = level;
}

static void processor_reset(void)
{
	static const struct cpu_bus bus = {.ferr = ferr};

	memset(c, 0, sizeof(*c));
	memset(k, 0, sizeof(*k));
	c->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE;
	c->cr4 = CR4_OSFXSR;
	c->eflags = FL_1;
	c->mxcsr = 0x1f80;
	x87_init(&c->x87);
	flags_set_arith(c, 0);
	k->cpu = c;
	k->bus = &bus;
	k->env = &fault_env;
	k->mode = MODE_64;
	k->ip_mask = k->lin_mask = k->sp_mask = ~0ull;
	k->tlb = k->fast[0];
	for (unsigned n = 0; n < SF_COUNT; n++)
		k->sf[n] = (struct seg_fast){.rhi = ~0ull, .whi = ~0ull};
	for (unsigned n = 0; n < CPU_DTLB; n++)
		k->fast[0][n].rtag = k->fast[0][n].wtag = TAG_NONE;
	tlb_at(k, (uintptr_t)page)->rtag = tlb_at(k, (uintptr_t)page)->wtag = (uintptr_t)page;
	ferr_level = -1;
}

/* The vector, or -1. Memory operands lie at page. */
static int run_handler(insn_fn *fn, uint8_t opcode, uint8_t modrm, unsigned flags)
{
	struct insn pair[2] = {{.fn = fn,
				.opcode = opcode,
				.modrm = modrm,
				.base = RAX * 8,
				.index = REG_ZERO * 8,
				.seg = SF_FLAT,
				.left = 1,
				.len = 2,
				.end = 0x102,
				.flags = (uint16_t)(flags | 3 << 2 | IN_64)},
			       {.fn = stop}};
	uint64_t rax = c->reg[RAX];
	int vector = -1;

	if (modrm < 0xc0)
		c->reg[RAX] = (uintptr_t)page;
	if (setjmp(fault_env))
		vector = k->exc.vector;
	else
		fn(c, pair, k);
	if (modrm < 0xc0)
		c->reg[RAX] = rax;
	return vector;
}

static insn_fn *x87_handler(uint8_t opcode, uint8_t modrm)
{
	const struct simd_row *row = x87_lookup(opcode, modrm);
	struct insn i = {.opcode = opcode, .modrm = modrm};

	assert_non_null(row);
	i.op = row->op;
	return interp_handler(&i);
}

static int run_x87(uint8_t opcode, uint8_t modrm)
{
	return run_handler(x87_handler(opcode, modrm), opcode, modrm, 2);
}

/* ---- the host ---- */

struct image {
	_Alignas(16) uint8_t b[FX_SIZE];
};
static sigjmp_buf ill_env;
static void on_sigill(int sig)
{
	siglongjmp(ill_env, 1);
}

/* Runs n bytes whose memory operand is at (%rdx): state in, state out. The
 * result is EFLAGS in the low half, AX in the upper. */
static uint64_t run_host(const uint8_t *insn, unsigned n, const struct image *in, struct image *out, void *operand,
			 uint64_t flags)
{
	static const uint8_t head[] = {0x48, 0x0f, 0xae, 0x0f, 0x51, 0x9d};      /* fxrstor64 [rdi]; push rcx; popf */
	static const uint8_t tail[] = {0x41, 0x89, 0xc0,                         /* mov r8d, eax */
				       0x9c, 0x58, 0x0f, 0xb7, 0xc0,             /* pushf; pop rax; movzx eax, ax */
				       0x49, 0xc1, 0xe0, 0x20, 0x4c, 0x09, 0xc0, /* shl r8, 32; or rax, r8 */
				       0x48, 0x0f, 0xae, 0x06,                   /* fxsave64 [rsi] */
				       0xdb, 0xe3, 0xc3};                        /* fninit; ret */
	uint64_t (*run)(const void *, void *, void *, uint64_t);

	memcpy(code, head, sizeof(head));
	memcpy(code + sizeof(head), insn, n);
	memcpy(code + sizeof(head) + n, tail, sizeof(tail));
	memcpy(&run, &code, sizeof(run));
	return run(in, out, operand, flags);
}

static void state_to_image(struct image *m)
{
	memset(m, 0, sizeof(*m));
	put_le16(m->b, c->x87.fcw);
	put_le16(m->b + 2, c->x87.fsw);
	m->b[4] = c->x87.tags;
	put_le32(m->b + 24, 0x1f80);
	for (unsigned n = 0; n < 8; n++) {
		const struct cpu_x87_reg *r = &c->x87.st[(n + (c->x87.fsw >> 11)) & 7];

		put_le64(m->b + 32 + 16 * n, r->mant);
		put_le16(m->b + 40 + 16 * n, r->se);
	}
}

static struct cpu_x87_reg image_reg(const struct image *m, unsigned n)
{
	return (struct cpu_x87_reg){.mant = get_le64(m->b + 32 + 16 * n), .se = get_le16(m->b + 40 + 16 * n)};
}

/* ---- operands ---- */

static uint64_t pick(uint64_t n)
{
	return rng_next(&rng) % n;
}

static struct cpu_x87_reg random_reg(void)
{
	/* clang-format off */
	static const struct cpu_x87_reg special[] = {
		{ .se = 0 }, { .se = 0x8000 }, { .mant = 1ull << 63, .se = 0x3fff }, { .mant = 1ull << 63, .se = 0xbfff },
		{ .mant = 1ull << 63, .se = 0x7fff }, { .mant = 1ull << 63, .se = 0xffff },
		{ .mant = 0xc000000000000000, .se = 0xffff }, { .mant = 0xc000000000001234, .se = 0x7fff },
		{ .mant = 0xa000000000000000, .se = 0x7fff }, { .mant = 0x8000000000000001, .se = 0xffff },
		{ .mant = 1 }, { .mant = 0x7fffffffffffffff }, { .mant = 0x7fffffffffffffff, .se = 0x8000 },
		{ .mant = 1ull << 63 }, { .mant = 0xffffffffffffffff, .se = 0x8000 }, /* pseudo-denormals */
		{ .mant = 0x4000000000000000, .se = 0x4000 }, { .mant = 0, .se = 0x4000 }, /* unnormals */
		{ .mant = 0, .se = 0x7fff }, { .mant = 0x4000000000000000, .se = 0xffff }, /* pseudo-inf, -NaN */
		{ .mant = ~0ull, .se = 0x7ffe }, { .mant = 1ull << 63, .se = 1 }, { .mant = ~0ull, .se = 0x3ffe },
		{ .mant = 1ull << 63, .se = 0x403e }, { .mant = 1ull << 63, .se = 0xc03d },
	};
	/* clang-format on */
	struct cpu_x87_reg r = {.mant = rng_next(&rng) | 1ull << 63, .se = (uint16_t)(pick(2) << 15)};

	switch (pick(10)) {
	case 0:
	case 1: return special[pick(ARRAY_LEN(special))];
	case 2: r.se |= (uint16_t)pick(0x8000); break;        /* any exponent */
	case 3: r.se |= (uint16_t)pick(80); break;            /* tiny */
	case 4: r.se |= (uint16_t)(0x7fff - pick(80)); break; /* huge, NaN */
	case 5:
		r.mant >>= pick(64);
		r.se |= 0;
		break; /* denormal */
	case 6:
	case 7: r.se |= (uint16_t)(0x3fff - 4 + pick(8)); break; /* around 1 */
	case 8:
		r.mant &= ~0ull << pick(64);
		r.se |= (uint16_t)(0x3ff0 + pick(90));
		break; /* few bits */
	default:
		r.mant &= ~0ull << (40 + pick(24));
		r.se |= (uint16_t)(0x3fff + pick(16));
		break; /* small integers */
	}
	return r;
}

static void random_memory(uint8_t *p)
{
	static const uint32_t f32[] = {0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
				       0x7f800001, 1,          0x807fffff, 0x3f800000};
	static const uint64_t f64[] = {
		0, 1ull << 63,         0x7ff0000000000000, 0xfff0000000000001, 0x7ff8000000000123,
		1, 0x800fffffffffffff, 0x3ff0000000000000, 0xfff0000000000000};
	struct cpu_x87_reg r = random_reg();

	switch (pick(5)) {
	case 0:
		put_le64(p, rng_next(&rng));
		put_le64(p + 8, rng_next(&rng));
		break;
	case 1: put_le32(p, f32[pick(ARRAY_LEN(f32))]); break;
	case 2: put_le64(p, f64[pick(ARRAY_LEN(f64))]); break;
	case 3:
		put_le64(p, r.mant);
		put_le16(p + 8, r.se);
		break;
	default:
		for (unsigned n = 0; n < 10; n++) /* packed decimal */
			p[n] = (uint8_t)(pick(10) << 4 | pick(10));
		break;
	}
}

static void random_state(unsigned full)
{
	struct cpu_x87 *x = &c->x87;

	memset(x, 0, sizeof(*x));
	x->fcw = (uint16_t)(0x40 | (pick(2) ? 0x3f : pick(64)) | pick(4) << 8 | pick(4) << 10);
	/* sticky flags only where masked: no exception is pending */
	x->fsw = (uint16_t)((rng_next(&rng) & 0x7f00) | (pick(2) ? rng_next(&rng) & x->fcw & 0x3f : 0) | pick(2) << 6);
	x->tags = (uint8_t)(pick(8) < full ? 0xff : rng_next(&rng));
	if (pick(3)) /* room to push */
		x->tags &= (uint8_t) ~(1u << (((x->fsw >> 11) + 7) & 7));
	for (unsigned n = 0; n < 8; n++)
		x->st[n] = random_reg();
	if (pick(3) == 0) { /* neighbours in magnitude, and equal ones */
		unsigned top = x->fsw >> 11 & 7;
		struct cpu_x87_reg *a = &x->st[top], *b = &x->st[(top + 1) & 7];

		if ((a->se & 0x7fff) < 0x7f00 && (a->se & 0x7fff) > 0x100)
			b->se = (uint16_t)(a->se - 68 + pick(72));
		if (pick(8) == 0)
			*b = *a;
	}
	flags_set_arith(c, (uint32_t)rng_next(&rng) & FL_ARITH);
}

/* ---- comparison ---- */

struct before {
	struct cpu_x87 x;
	uint8_t memory[16];
	uint32_t flags;
};

static void show(const char *name, uint8_t opcode, uint8_t modrm, const struct before *was, const struct image *host)
{
	unsigned top = was->x.fsw >> 11;

	fprintf(stderr, "%s %02x %02x: fcw %04x fsw %04x tags %02x memory", name, opcode, modrm, was->x.fcw, was->x.fsw,
		was->x.tags);
	for (unsigned n = 0; n < 10; n++)
		fprintf(stderr, " %02x", was->memory[n]);
	fprintf(stderr, "\n after: host fsw %04x tags %02x, ours %04x %02x\n", get_le16(host->b + 2), host->b[4],
		c->x87.fsw, c->x87.tags);
	for (unsigned n = 0; n < 8; n++) {
		const struct cpu_x87_reg *w = &was->x.st[(top + n) & 7], *o = &c->x87.st[((c->x87.fsw >> 11) + n) & 7];
		struct cpu_x87_reg h = image_reg(host, n);

		fprintf(stderr, " st%u: %04x.%016llx; host %04x.%016llx, ours %04x.%016llx\n", n, w->se,
			(unsigned long long)w->mant, h.se, (unsigned long long)h.mant, o->se,
			(unsigned long long)o->mant);
	}
}

/* Units in the last place between two registers; huge if incomparable. */
static uint64_t distance(struct cpu_x87_reg a, struct cpu_x87_reg b)
{
	if (a.se == b.se)
		return a.mant > b.mant ? a.mant - b.mant : b.mant - a.mant;
	/* across a power of two, or from the largest denormal to the smallest normal */
	if (a.se == b.se + 1)
		return (a.mant - (1ull << 63)) + (b.se & 0x7fff ? ~b.mant + 1 : (1ull << 63) - b.mant);
	if (b.se == a.se + 1)
		return (b.mant - (1ull << 63)) + (a.se & 0x7fff ? ~a.mant + 1 : (1ull << 63) - a.mant);
	return UINT64_MAX;
}

/* ulps: allowed in registers; mask: bits of the status word that count. */
static bool same(const struct image *host, uint64_t ulps, unsigned mask)
{
	bool ok = !((get_le16(host->b + 2) ^ c->x87.fsw) & mask) && host->b[4] == c->x87.tags &&
		  get_le16(host->b) == c->x87.fcw;

	for (unsigned n = 0; n < 8; n++) {
		struct cpu_x87_reg h = image_reg(host, n), o = c->x87.st[((c->x87.fsw >> 11) + n) & 7];
		uint64_t d = distance(h, o);

		if (d > ulps || o.pad[0] || o.pad[1] || o.pad[2])
			ok = false;
	}
	return ok;
}

static bool on_edge(const struct image *host, unsigned n)
{
	struct cpu_x87_reg r = image_reg(host, n);

	return (r.se & 0x7fff) == 1 && r.mant == 1ull << 63;
}

/* One random case; false if it differs. */
static bool one_case(uint8_t opcode, uint8_t modrm, uint64_t ulps, unsigned mask)
{
	const struct simd_row *op = x87_lookup(opcode, modrm);
	uint8_t insn[2] = {opcode, modrm < 0xc0 ? (uint8_t)(modrm & 0x38) | 2 : modrm}, operand[16];
	struct image in, out;
	struct before was;
	uint64_t r;

	random_memory(page);
	memcpy(was.memory, page, 16);
	memcpy(operand, page, 16);
	was.x = c->x87;
	was.flags = flags_get(c);
	state_to_image(&in);
	r = run_host(insn, 2, &in, &out, operand, was.flags);
	assert_int_equal(run_x87(opcode, modrm), -1);
	if (same(&out, ulps, mask) && !memcmp(operand, page, 16) && !(((uint32_t)r ^ flags_get(c)) & FL_ARITH))
		return true;
	/* a result on the edge of tininess: which side decides UE and the bias */
	if (ulps && (on_edge(&out, 0) || on_edge(&out, 1)))
		return true;
	show(op->name, opcode, modrm, &was, &out);
	fprintf(stderr, " flags %x -> host %x ours %x; memory host %llx ours %llx\n", was.flags, (unsigned)(uint16_t)r,
		flags_get(c), (unsigned long long)get_le64(operand), (unsigned long long)get_le64(page));
	return false;
}

static bool is_transcendental(uint8_t opcode, uint8_t modrm)
{
	return opcode == 0xd9 && ((modrm >= 0xf0 && modrm <= 0xf3) || modrm == 0xf9 || modrm == 0xfb || modrm >= 0xfe);
}

static bool is_control(uint8_t opcode, uint8_t modrm)
{
	unsigned reg = modrm >> 3 & 7;

	if (modrm >= 0xc0)
		return opcode == 0xdb && modrm >= 0xe0 && modrm < 0xe8;
	return (opcode == 0xd9 && (reg == 4 || reg == 6)) || (opcode == 0xdd && (reg == 4 || reg == 6 || reg == 7));
}

static bool wanted(uint8_t opcode, uint8_t modrm)
{
	return x87_lookup(opcode, modrm) && !is_transcendental(opcode, modrm) && !is_control(opcode, modrm);
}

/* ---- tests ---- */

static void exact_operations(void **state)
{
	unsigned bad = 0;

	for (unsigned opcode = 0xd8; opcode <= 0xdf; opcode++) {
		for (unsigned modrm = 0; modrm < 0x100; modrm += modrm < 0xc0 ? 8 : 1) {
			unsigned failed = 0, cases = modrm < 0xc0 || opcode == 0xd9 ? 3000 : 500;

			if (modrm == 0x40)
				modrm = 0xc0;
			if (!wanted((uint8_t)opcode, (uint8_t)modrm))
				continue;
			for (unsigned n = 0; n < cases && failed < 3; n++) {
				random_state(7);
				failed += !one_case((uint8_t)opcode, (uint8_t)modrm, 0, 0xffff);
			}
			bad += failed;
		}
	}
	assert_int_equal(bad, 0);
}

static bool host_has(uint8_t opcode, uint8_t modrm)
{
	static struct image in, out;
	static uint8_t insn[2];
	uint8_t operand[16];

	insn[0] = opcode;
	insn[1] = modrm;
	if (sigsetjmp(ill_env, 1)) {
		__asm__ volatile("fninit");
		return false;
	}
	random_state(8);
	state_to_image(&in);
	run_host(insn, 2, &in, &out, operand, 0);
	return true;
}

/* Undefined bytes are exactly those that the host refuses (register forms). */
static void map_is_the_hosts(void **state)
{
	void (*before)(int) = signal(SIGILL, on_sigill);

	for (unsigned opcode = 0xd8; opcode <= 0xdf; opcode++) {
		for (unsigned modrm = 0xc0; modrm < 0x100; modrm++) {
			bool ours = x87_lookup((uint8_t)opcode, (uint8_t)modrm);

			if (host_has((uint8_t)opcode, (uint8_t)modrm) != ours)
				fail_msg("%02x %02x: %s here", opcode, modrm, ours ? "defined" : "#UD");
		}
	}
	signal(SIGILL, before);
	/* and the memory forms of the manual that are not there */
	assert_null(x87_lookup(0xd9, 0x08));
	assert_null(x87_lookup(0xdb, 0x20));
	assert_null(x87_lookup(0xdb, 0x30));
	assert_null(x87_lookup(0xdd, 0x28));
	assert_null(x87_lookup(0xd7, 0xc0));
}

static const uint8_t transcendental[] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf9, 0xfb, 0xfe, 0xff};

/* One unit off, and with it C1 and in rare cases PE: all else as on the host. */
static void transcendental_operations(void **state)
{
	unsigned bad = 0;

	for (unsigned j = 0; j < ARRAY_LEN(transcendental); j++) {
		unsigned failed = 0;

		for (unsigned n = 0; n < 20000 && failed < 10; n++) {
			random_state(7);
			failed += !one_case(0xd9, transcendental[j], 1, 0xffff & ~FSW_C1);
		}
		bad += failed;
	}
	assert_int_equal(bad, 0);
}

/* Computed with 400 bits, pi cut to 66 bits; rc 0 nearest, 1 down, 2 up. */
/* clang-format off */
static const struct {
	uint8_t modrm;
	unsigned rc;
	struct cpu_x87_reg x, y, result;
} known[] = {
	{ 0xf0, 0, { .mant = 0x999999999999999a, .se = 0x3ffd }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xecb11effe0ca3870, .se = 0x3ffc } },
	{ 0xf0, 1, { .mant = 0x999999999999999a, .se = 0x3ffd }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xecb11effe0ca386f, .se = 0x3ffc } },
	{ 0xf0, 2, { .mant = 0x999999999999999a, .se = 0x3ffd }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xecb11effe0ca3870, .se = 0x3ffc } },
	{ 0xf0, 0, { .mant = 0x8000000000000000, .se = 0xbfd7 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xb17217f7d191fa30, .se = 0xbfd6 } },
	{ 0xf0, 1, { .mant = 0x8000000000000000, .se = 0xbfd7 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xb17217f7d191fa30, .se = 0xbfd6 } },
	{ 0xf0, 2, { .mant = 0x8000000000000000, .se = 0xbfd7 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xb17217f7d191fa2f, .se = 0xbfd6 } },
	{ 0xf1, 0, { .mant = 0xa000000000000000, .se = 0x4002 }, { .mant = 0xc000000000000000, .se = 0x3fff },
	  { .mant = 0x9f73da38d9d4a83f, .se = 0x4001 } },
	{ 0xf1, 1, { .mant = 0xa000000000000000, .se = 0x4002 }, { .mant = 0xc000000000000000, .se = 0x3fff },
	  { .mant = 0x9f73da38d9d4a83e, .se = 0x4001 } },
	{ 0xf1, 2, { .mant = 0xa000000000000000, .se = 0x4002 }, { .mant = 0xc000000000000000, .se = 0x3fff },
	  { .mant = 0x9f73da38d9d4a83f, .se = 0x4001 } },
	{ 0xf1, 0, { .mant = 0x8000000000000001, .se = 0x3fff }, { .mant = 0xe000000000000000, .se = 0xc001 },
	  { .mant = 0xa194f3c43094f2a4, .se = 0xbfc3 } },
	{ 0xf1, 1, { .mant = 0x8000000000000001, .se = 0x3fff }, { .mant = 0xe000000000000000, .se = 0xc001 },
	  { .mant = 0xa194f3c43094f2a4, .se = 0xbfc3 } },
	{ 0xf1, 2, { .mant = 0x8000000000000001, .se = 0x3fff }, { .mant = 0xe000000000000000, .se = 0xc001 },
	  { .mant = 0xa194f3c43094f2a3, .se = 0xbfc3 } },
	{ 0xf9, 0, { .mant = 0x8000000000000000, .se = 0xbffd }, { .mant = 0xc000000000000000, .se = 0x4000 },
	  { .mant = 0x9f5fd8a9063e3491, .se = 0xbfff } },
	{ 0xf9, 1, { .mant = 0x8000000000000000, .se = 0xbffd }, { .mant = 0xc000000000000000, .se = 0x4000 },
	  { .mant = 0x9f5fd8a9063e3491, .se = 0xbfff } },
	{ 0xf9, 2, { .mant = 0x8000000000000000, .se = 0xbffd }, { .mant = 0xc000000000000000, .se = 0x4000 },
	  { .mant = 0x9f5fd8a9063e3490, .se = 0xbfff } },
	{ 0xf3, 0, { .mant = 0xc000000000000000, .se = 0xc000 }, { .mant = 0xcccccccccccccccd, .se = 0x3ffb },
	  { .mant = 0xc6edec3f3d1b6291, .se = 0x4000 } },
	{ 0xf3, 1, { .mant = 0xc000000000000000, .se = 0xc000 }, { .mant = 0xcccccccccccccccd, .se = 0x3ffb },
	  { .mant = 0xc6edec3f3d1b6290, .se = 0x4000 } },
	{ 0xf3, 2, { .mant = 0xc000000000000000, .se = 0xc000 }, { .mant = 0xcccccccccccccccd, .se = 0x3ffb },
	  { .mant = 0xc6edec3f3d1b6291, .se = 0x4000 } },
	{ 0xf3, 0, { .mant = 0x8000000000000000, .se = 0x4000 }, { .mant = 0x8000000000000000, .se = 0x3fc3 },
	  { .mant = 0x8000000000000000, .se = 0x3fc2 } },
	{ 0xf3, 1, { .mant = 0x8000000000000000, .se = 0x4000 }, { .mant = 0x8000000000000000, .se = 0x3fc3 },
	  { .mant = 0xffffffffffffffff, .se = 0x3fc1 } },
	{ 0xf3, 2, { .mant = 0x8000000000000000, .se = 0x4000 }, { .mant = 0x8000000000000000, .se = 0x3fc3 },
	  { .mant = 0x8000000000000000, .se = 0x3fc2 } },
	{ 0xfe, 0, { .mant = 0x8000000000000000, .se = 0x3fdc }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0x8000000000000000, .se = 0x3fdc } },
	{ 0xfe, 1, { .mant = 0x8000000000000000, .se = 0x3fdc }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xffffffffffffffff, .se = 0x3fdb } },
	{ 0xfe, 2, { .mant = 0x8000000000000000, .se = 0x3fdc }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0x8000000000000000, .se = 0x3fdc } },
	{ 0xfe, 0, { .mant = 0xde0b6b3a76400000, .se = 0x403a }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xfe293239d98b5dc4, .se = 0xbffe } },
	{ 0xfe, 1, { .mant = 0xde0b6b3a76400000, .se = 0x403a }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xfe293239d98b5dc5, .se = 0xbffe } },
	{ 0xfe, 2, { .mant = 0xde0b6b3a76400000, .se = 0x403a }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xfe293239d98b5dc4, .se = 0xbffe } },
	{ 0xfe, 0, { .mant = 0xc90fdaa22168c235, .se = 0x4000 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0x8000000000000000, .se = 0xbfbf } },
	{ 0xfe, 1, { .mant = 0xc90fdaa22168c235, .se = 0x4000 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0x8000000000000000, .se = 0xbfbf } },
	{ 0xfe, 2, { .mant = 0xc90fdaa22168c235, .se = 0x4000 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xffffffffffffffff, .se = 0xbfbe } },
	{ 0xff, 0, { .mant = 0xa000000000000000, .se = 0xc000 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xcd17bf7c2c5be959, .se = 0xbffe } },
	{ 0xff, 1, { .mant = 0xa000000000000000, .se = 0xc000 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xcd17bf7c2c5be959, .se = 0xbffe } },
	{ 0xff, 2, { .mant = 0xa000000000000000, .se = 0xc000 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xcd17bf7c2c5be958, .se = 0xbffe } },
	{ 0xff, 0, { .mant = 0x8000000000000000, .se = 0x3fd7 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0x8000000000000000, .se = 0x3fff } },
	{ 0xff, 1, { .mant = 0x8000000000000000, .se = 0x3fd7 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0xffffffffffffffff, .se = 0x3ffe } },
	{ 0xff, 2, { .mant = 0x8000000000000000, .se = 0x3fd7 }, { .mant = 0x8000000000000000, .se = 0x3fff },
	  { .mant = 0x8000000000000000, .se = 0x3fff } },
};
/* clang-format on */

static void transcendentals_are_rounded_right(void **state)
{
	for (unsigned n = 0; n < ARRAY_LEN(known); n++) {
		const struct cpu_x87_reg *r;

		memset(&c->x87, 0, sizeof(c->x87));
		c->x87.fcw = (uint16_t)(0x37f | known[n].rc << 10);
		c->x87.tags = 3;
		c->x87.st[0] = known[n].x;
		c->x87.st[1] = known[n].y;
		assert_int_equal(run_x87(0xd9, known[n].modrm), -1);
		r = &c->x87.st[c->x87.fsw >> 11 & 7];
		if (r->mant != known[n].result.mant || r->se != known[n].result.se)
			fail_msg("row %u, %02x: %04x.%016llx", n, known[n].modrm, r->se, (unsigned long long)r->mant);
		assert_true(c->x87.fsw & FSW_PE);
	}
}

/* ---- control ---- */

/* One control instruction with up to 512 bytes of memory on both sides. skip
 * holds the bytes of pointers, which are the guest's own. */
static void control_case(const uint8_t *insn, unsigned n, insn_fn *fn, unsigned flags, unsigned skip_from,
			 unsigned skip_to)
{
	static struct image in, out, operand;
	uint64_t r;

	memcpy(operand.b, page, FX_SIZE);
	state_to_image(&in);
	r = run_host(insn, n, &in, &out, operand.b, 2);
	assert_int_equal(run_handler(fn, insn[n - 2], insn[n - 1], flags), -1);
	if (insn[n - 2] == 0xdf)
		assert_int_equal((uint16_t)(r >> 32), (uint16_t)c->reg[RAX]);
	for (unsigned at = 0; at < FX_SIZE; at++) {
		if (operand.b[at] != page[at] && (at < skip_from || at >= skip_to))
			fail_msg("%02x %02x: byte %u is %02x, host %02x", insn[n - 2], insn[n - 1], at, page[at],
				 operand.b[at]);
	}
	if (!same(&out, 0, 0xffff))
		fail_msg("%02x %02x: fcw %04x fsw %04x tags %02x, host %04x %04x %02x", insn[n - 2], insn[n - 1],
			 c->x87.fcw, c->x87.fsw, c->x87.tags, get_le16(out.b), get_le16(out.b + 2), out.b[4]);
}

static void random_page(unsigned size)
{
	for (unsigned n = 0; n < size; n++)
		page[n] = (uint8_t)rng_next(&rng);
}

static void control_instructions(void **state)
{
	static const struct {
		uint8_t bytes[2];
		uint8_t env; /* length of an environment in memory */
	} list[] = {
		{{0xd9, 0x22}, 28}, {{0xd9, 0x2a}, 0}, {{0xd9, 0x32}, 28}, {{0xd9, 0x3a}, 0}, {{0xdd, 0x22}, 28},
		{{0xdd, 0x32}, 28}, {{0xdd, 0x3a}, 0}, {{0xdf, 0xe0}, 0},  {{0xdb, 0xe0}, 0}, {{0xdb, 0xe1}, 0},
		{{0xdb, 0xe2}, 0},  {{0xdb, 0xe3}, 0}, {{0xdb, 0xe4}, 0},
	};

	for (unsigned j = 0; j < 2 * ARRAY_LEN(list); j++) {
		const uint8_t *b = list[j / 2].bytes;
		unsigned small = j & 1;
		uint8_t insn[3] = {0x66, b[0], b[1]};
		unsigned env = list[j / 2].env ? small ? 14 : 28 : 0;

		for (unsigned n = 0; n < 1000; n++) {
			random_state(5);
			random_page(FX_SIZE);
			control_case(insn + !small, 2 + small, x87_handler(b[0], b[1]), small ? 1 : 2,
				     env ? env * 3 / 7 : 0, env);
		}
	}
}

static void emms(void **state)
{
	static const uint8_t insn[] = {0x0f, 0x77};

	for (unsigned n = 0; n < 1000; n++) {
		random_state(5);
		control_case(insn, 2, op_emms, 0, 0, 0);
	}
}

static void pending_flags(void)
{
	random_state(5);
	c->x87.fsw = (uint16_t)(rng_next(&rng) & 0x7f7f);
	if (c->x87.fsw & ~c->x87.fcw & 0x3f)
		c->x87.fsw |= FSW_ES | FSW_B;
}

/* Instructions that do not wait, with an exception pending. */
static void nonwaiting_instructions(void **state)
{
	static const uint8_t list[][2] = {{0xd9, 0x32}, {0xd9, 0x3a}, {0xdd, 0x32}, {0xdd, 0x3a},
					  {0xdf, 0xe0}, {0xdb, 0xe2}, {0xdb, 0xe3}};

	for (unsigned j = 0; j < ARRAY_LEN(list); j++) {
		bool env = list[j][1] == 0x32;

		for (unsigned n = 0; n < 1000; n++) {
			pending_flags();
			control_case(list[j], 2, x87_handler(list[j][0], list[j][1]), 2, env ? 12 : 0, env ? 28 : 0);
		}
	}
}

static void fxsave_and_fxrstor(void **state)
{
	static const uint8_t save[] = {0x0f, 0xae, 0x02}, restore[] = {0x0f, 0xae, 0x0a};
	static const uint8_t save64[] = {0x48, 0x0f, 0xae, 0x02}, restore64[] = {0x48, 0x0f, 0xae, 0x0a};

	for (unsigned n = 0; n < 2000; n++) {
		pending_flags();
		random_page(FX_SIZE);
		memset(c->xmm, 0, sizeof(c->xmm));
		c->x87.fop = 0;
		put_le32(page + 24, (uint32_t)rng_next(&rng) & 0xffff & ~0x1f80u);
		control_case(n & 1 ? save64 : save, n & 1 ? 4 : 3, op_fxsave, n & 1 ? IN_REXW : 0, 6, 32);
		pending_flags();
		random_page(FX_SIZE);
		put_le32(page + 24, 0x1f80);
		control_case(n & 1 ? restore64 : restore, n & 1 ? 4 : 3, op_fxrstor, n & 1 ? IN_REXW : 0, 0, 0);
		assert_memory_equal(c->xmm, page + 160, 256);
		c->mxcsr = 0x1f80;
	}
}

static void fxsave_layout_and_faults(void **state)
{
	x87_reset(&c->x87);
	c->x87.fip = 0x123456789abcdef0;
	c->x87.fdp = 0xfedcba9876543210;
	c->x87.fcs = 0x33;
	c->x87.fds = 0x2b;
	c->x87.fop = 0x7ab;
	c->mxcsr = 0x1fa0;
	memset(page, 0xee, FX_SIZE);
	assert_int_equal(run_handler(op_fxsave, 0xae, 0x02, 0), -1);
	assert_int_equal(get_le16(page), 0x40);
	assert_int_equal(page[4], 0xff);
	assert_int_equal(get_le16(page + 6), 0x7ab);
	assert_int_equal(get_le32(page + 8), 0x9abcdef0);
	assert_int_equal(get_le32(page + 12), 0x33);
	assert_int_equal(get_le32(page + 16), 0x76543210);
	assert_int_equal(get_le32(page + 20), 0x2b);
	assert_int_equal(get_le32(page + 24), 0x1fa0);
	assert_int_equal(get_le32(page + 28), 0xffff);
	assert_int_equal(page[415], 0);
	assert_int_equal(page[416], 0xee);
	assert_int_equal(run_handler(op_fxsave, 0xae, 0x02, IN_REXW), -1);
	assert_int_equal(get_le64(page + 8), 0x123456789abcdef0);
	assert_int_equal(get_le64(page + 16), 0xfedcba9876543210);
	assert_int_equal(run_handler(op_fxrstor, 0xae, 0x0a, IN_REXW), -1);
	assert_int_equal(c->x87.fcs | c->x87.fds, 0);
	assert_int_equal(c->x87.fip, 0x123456789abcdef0);

	put_le32(page + 24, 0x10000);
	c->x87.fop = 0x123;
	assert_int_equal(run_handler(op_fxrstor, 0xae, 0x0a, 0), EXC_GP);
	assert_int_equal(c->x87.fop, 0x123);
	c->cr4 = 0; /* the SSE part does not exist */
	assert_int_equal(run_handler(op_fxrstor, 0xae, 0x0a, 0), -1);
	assert_int_equal(c->mxcsr, 0x1fa0);
	memset(page, 0xee, FX_SIZE);
	assert_int_equal(run_handler(op_fxsave, 0xae, 0x02, 0), -1);
	assert_int_equal(page[24], 0xee);
	assert_int_equal(page[160], 0xee);
	assert_int_equal(page[159], 0);
	page++; /* not on 16 bytes */
	assert_int_equal(run_handler(op_fxsave, 0xae, 0x02, 0), EXC_GP);
	assert_int_equal(run_handler(op_fxrstor, 0xae, 0x0a, 0), EXC_GP);
	page--;
	c->cr0 |= CR0_TS;
	assert_int_equal(run_handler(op_fxsave, 0xae, 0x02, 0), EXC_NM);
}

/* FIP, FDP, FOP and selectors in the four formats (SDM 1 figures 8-9 to 8-12). */
static void environment_formats(void **state)
{
	static const uint32_t protected32[7] = {0xffff037f, 0xffff0000, 0xffffffff, 0x12345,
						0x03ab1234, 0x6789a,    0xffff5678};
	static const uint32_t real32[7] = {0xffff037f, 0xffff0000, 0xffffffff, 0xffff4685,
					   0x000023ab, 0xffffe01a, 0x0000b000};
	static const uint16_t protected16[7] = {0x37f, 0, 0xffff, 0x2345, 0x1234, 0x789a, 0x5678};
	static const uint16_t real16[7] = {0x37f, 0, 0xffff, 0x4685, 0x23ab, 0xe01a, 0xb000};

	for (unsigned j = 0; j < 4; j++) {
		bool real = j & 1, small = j & 2;

		c->cr0 = real ? CR0_NE : CR0_PE | CR0_NE;
		x87_init(&c->x87);
		c->x87.fip = 0x12345;
		c->x87.fcs = 0x1234;
		c->x87.fdp = 0x6789a;
		c->x87.fds = 0x5678;
		c->x87.fop = 0x3ab;
		assert_int_equal(run_handler(x87_handler(0xd9, 0x32), 0xd9, 0x32, small ? 1 : 2), -1);
		if (small)
			assert_memory_equal(page, real ? real16 : protected16, 14);
		else
			assert_memory_equal(page, real ? real32 : protected32, 28);
		assert_int_equal(c->x87.fcw, 0x37f);
		assert_int_equal(run_handler(x87_handler(0xd9, 0x22), 0xd9, 0x22, small ? 1 : 2), -1);
		assert_int_equal(c->x87.fip, real ? 0x24685 : small ? 0x2345 : 0x12345);
		assert_int_equal(c->x87.fdp, real ? 0xbe01a : small ? 0x789a : 0x6789a);
		assert_int_equal(c->x87.fcs, real ? 0 : 0x1234);
		assert_int_equal(c->x87.fop, small && !real ? 0 : 0x3ab);
	}
}

static void pointers_follow_instructions(void **state)
{
	c->seg[SEG_CS].sel = 0x33;
	c->seg[SEG_DS].sel = 0x2b;
	c->reg[REG_PAGE] = 0x400000;
	put_le32(page, 0x3f800000);
	run_x87(0xd9, 0x00); /* FLD m32 */
	assert_int_equal(c->x87.fip, 0x400100);
	assert_int_equal(c->x87.fdp, (uintptr_t)page);
	assert_int_equal(c->x87.fop, 0x100);
	assert_int_equal(c->x87.fcs, 0x33);
	assert_int_equal(c->x87.fds, 0x2b);
	run_x87(0xde, 0xc1); /* FADDP: no operand in memory */
	assert_int_equal(c->x87.fop, 0x6c1);
	assert_int_equal(c->x87.fdp, (uintptr_t)page);
	run_x87(0xd9, 0x38); /* FNSTCW is none of them */
	assert_int_equal(c->x87.fop, 0x6c1);
}

/* 1/0 unmasked: noticed by the next waiting instruction, as #MF or FERR#. */
static void pending_exceptions(void **state)
{
	c->x87.fcw = 0x37b;
	run_x87(0xd9, 0xe8);
	run_x87(0xd9, 0xee);
	assert_int_equal(run_x87(0xd8, 0xf9), -1); /* FDIVR: 1 / 0 */
	assert_int_equal(c->x87.fsw & (FSW_ES | FSW_ZE), FSW_ES | FSW_ZE);
	assert_int_equal(run_x87(0xd9, 0xe8), EXC_MF);
	assert_int_equal(run_handler(op_fwait, 0x9b, 0xc0, 0), EXC_MF);
	assert_int_equal(run_x87(0xdf, 0xe0), -1);
	assert_int_equal(c->reg[RAX] & 0xff, FSW_ES | FSW_ZE);
	c->cr0 |= CR0_TS;
	assert_int_equal(run_x87(0xd9, 0xe8), EXC_NM);
	assert_int_equal(run_handler(op_fwait, 0x9b, 0xc0, 0), EXC_NM);
	c->cr0 &= ~(uint64_t)(CR0_TS | CR0_NE);

	k->limit = 100;
	k->budget = 50;
	assert_int_equal(run_x87(0xd9, 0xe8), -1);
	assert_int_equal(ferr_level, 1);
	assert_int_equal(c->rip, 0x100); /* it waits: once more */
	assert_int_equal(c->x87.tags, 0xc0);
	assert_int_equal(run_x87(0xdb, 0xe2), -1); /* FNCLEX */
	assert_int_equal(ferr_level, 0);
	assert_int_equal(run_x87(0xd9, 0xe8), -1);
	assert_int_equal(c->x87.tags, 0xe0);
}

static void mmx_shares_the_registers(void **state)
{
	struct insn i = {.len = 2, .end = 2};

	run_x87(0xd9, 0xeb);
	mmx_prepare(k, &i);
	mmx_write(c, 7, 5);
	assert_int_equal(c->x87.tags, 0xff);
	assert_int_equal(c->x87.fsw & FSW_TOP, 0);
	assert_int_equal(c->x87.st[7].se, 0xffff);
	assert_int_equal(mmx_read(c, 7), 5);
	assert_int_equal(run_handler(op_emms, 0x77, 0xc0, 0), -1);
	assert_int_equal(c->x87.tags, 0);
	c->cr0 |= CR0_TS;
	assert_int_equal(run_handler(op_emms, 0x77, 0xc0, 0), EXC_NM);
	c->cr0 |= CR0_EM;
	assert_int_equal(run_handler(op_emms, 0x77, 0xc0, 0), EXC_UD);
}

static int setup(void **state)
{
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -1;
	code = page + PAGE;
	c = calloc(1, sizeof(*c));
	k = calloc(1, sizeof(*k));
	rng_seed(&rng, 87, NULL);
	return c && k ? 0 : -1;
}

static int teardown(void **state)
{
	munmap(page, 2 * PAGE);
	free(c);
	free(k);
	return 0;
}

static int each(void **state)
{
	processor_reset();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, each)

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		TEST(exact_operations), TEST(map_is_the_hosts), TEST(transcendental_operations),
		TEST(transcendentals_are_rounded_right), TEST(control_instructions), TEST(nonwaiting_instructions),
		TEST(fxsave_and_fxrstor), TEST(fxsave_layout_and_faults), TEST(environment_formats),
		TEST(pointers_follow_instructions), TEST(pending_exceptions), TEST(emms), TEST(mmx_shares_the_registers),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, setup, teardown);
}
