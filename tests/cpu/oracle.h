/* The host-CPU oracle: random instructions run by the interpreter and by the
 * processor of this machine, from equal registers and memory; what comes out
 * must be equal. Both see the same linear addresses:
 *
 *   ORACLE_CODE  two pages of code, rewritten for each case; at ORACLE_ALIAS
 *                (readable through CS) the data pages again
 *   ORACLE_DATA  64 KiB made of four pages, each mapped four times, so that
 *                comparing all of it stays cheap; then one read-only page
 *
 * 32- and 16-bit code runs in segments of a local descriptor table that is
 * the same on both sides (segs.c). Code runs at privilege level 3 throughout. */
#ifndef LANYARD_TESTS_CPU_ORACLE_H
#define LANYARD_TESTS_CPU_ORACLE_H

#include <Zydis/Zydis.h>

#include "engine/base/rng.h"
#include "engine/cpu/cpu.h"

#define ORACLE_CODE 0x10000000ull
#define ORACLE_CODE_PAGES 2u
#define ORACLE_ALIAS 0x8000u /* offset from ORACLE_CODE */
#define ORACLE_DATA 0x20000000ull
#define ORACLE_DATA_SIZE 0x10000u
#define ORACLE_BACK_SIZE 0x4000u  /* what really is behind the window */
#define ORACLE_HOST 0x30000000ull /* the host side's own pages: context and exits */
#define ORACLE_HOST_SIZE 0x2000u

enum oracle_mode { MODE_LONG, MODE_PROT32, MODE_PROT16, ORACLE_MODES };

/* ---- segments (segs.c) ---- */

struct ldt_entry {
	uint32_t base, limit; /* limit in bytes or, if pages, in 4 KiB units */
	uint8_t type;         /* of the descriptor, accessed bit set */
	uint8_t big, pages, present;
	uint32_t lo, hi; /* usable offsets that lead into the data window */
};
#define ORACLE_LDT 12
#define LDT_SEL(n) ((uint16_t)((n) << 3 | 7))
extern const struct ldt_entry ldt_table[ORACLE_LDT];

/* Which entries the segment registers hold, in enum cpu_segment order. */
struct seg_config {
	enum oracle_mode mode;
	uint8_t entry[CPU_SEGS];
};
#define SEG_CONFIGS 6
extern const struct seg_config seg_configs[SEG_CONFIGS];

uint64_t ldt_descriptor(unsigned n);

/* ---- one case ---- */

#define FX_SIZE 512
#define X87_IMAGE 160 /* bytes of the FXSAVE image before XMM0 */

struct state {
	uint64_t reg[16];
	uint64_t rip;
	uint64_t flags;
	int vector;     /* -1: none */
	uint32_t error; /* valid for vectors that have one */
	uint64_t cr2;
	uint16_t sel[CPU_SEGS]; /* afterwards; CS is not looked at */
	_Alignas(16) uint8_t fx[FX_SIZE];
};

struct ignore { /* bytes of memory that need not agree */
	uint64_t at;
	unsigned size;
};

enum landing { LAND_FALL, LAND_FORWARD, LAND_BACK, LANDINGS };

/* How exactly a result must agree. */
enum tolerance { EXACT, APPROX_X87, APPROX_RCP };

struct oracle_case {
	enum oracle_mode mode;
	const struct seg_config *segs; /* NULL in 64-bit mode */
	uint8_t bytes[15];
	unsigned len; /* as decoded by Zydis; 15 when it is no instruction */
	bool valid;   /* Zydis decoded it */
	bool fp;      /* the FXSAVE image counts */
	bool rep;
	bool branch;
	bool single;               /* the interpreter runs it alone, else in a trace */
	uint64_t at;               /* linear address */
	uint64_t land[LANDINGS];   /* instruction pointers where it may go on */
	uint64_t fs_base, gs_base; /* 64-bit mode */
	struct state in;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	uint64_t ea; /* linear address of the explicit memory operand, 0: none */
	unsigned ea_size;
	uint32_t undefined;  /* flags that may differ */
	bool dest_undefined; /* skip: the result may differ */
	bool partial;        /* a fault may leave part of it done: memory, x87, CR2 */
	bool mmx;            /* a fault may come after the switch to MMX */
	bool loose_flags;    /* a fault may leave the flags of an iteration */
	bool no_fip;         /* the host does not tell FIP */
	enum tolerance tolerance;
	struct ignore ignore[4];
	unsigned ignores;
};

static inline unsigned case_width(const struct oracle_case *oc)
{
	return oc->mode == MODE_LONG ? 64 : oc->mode == MODE_PROT32 ? 32 : 16;
}

/* Base of the code segment: instruction pointers count from there. */
static inline uint64_t case_cs_base(const struct oracle_case *oc)
{
	return oc->segs ? ldt_table[oc->segs->entry[SEG_CS]].base : 0;
}

/* ---- the host (host.c) ---- */

/* What this machine can show. */
struct host_traits {
	bool segments; /* local descriptor tables, so 32- and 16-bit code */
	bool pointers; /* FXSAVE stores FIP */
	bool amd;      /* differs from our model in some corners (amd.c) */
	/* Found by host_probe(). */
	bool int1_stays;  /* INT1's #DB returns to INT1 */
	bool push_wide;   /* PUSH Sreg writes all of 32 bits */
	bool bound_whole; /* BOUND checks both bounds' addresses first */
	bool known;       /* every difference counts; else they are but reported */
	bool hypervisor;
	unsigned family;
	char vendor[13];
};

/* NULL, or why this machine cannot serve. */
const char *host_open(struct host_traits *traits);
/* Asks it for what differs among hosts and says what it cannot show. (probe.c) */
void host_probe(struct host_traits *traits);
uint8_t *host_data(void); /* ORACLE_BACK_SIZE bytes */
void host_run(const struct oracle_case *oc, struct state *out);

/* ---- the interpreter (guest.c) ---- */

struct guest;
struct guest *guest_new(void);
void guest_free(struct guest *g);
uint8_t *guest_data(struct guest *g, unsigned page);
void guest_run(struct guest *g, const struct oracle_case *oc, struct state *out);
/* What the decoder makes of the bytes: its length, and whether it is #UD. */
unsigned guest_decode(struct guest *g, const struct oracle_case *oc, bool *undefined);
/* What has changed is among what insn_uses() says (engine/cpu/uses.h). */
bool guest_uses_hold(struct guest *g, const struct oracle_case *oc, const struct state *after);
const struct cpu *guest_cpu(struct guest *g);

/* ---- generator (gen.c, aim.c, genform.c, genval.c, gentab.c) ---- */

enum form_class { FORM_NONE, FORM_OURS, FORM_INVALID, FORM_HOST_MORE, FORM_EXCLUDED };

struct form {        /* one row of the systematic walk */
	uint8_t map; /* 0 one byte, 1 0F, 2 0F38, 3 0F3A */
	uint8_t opcode;
	uint8_t prefix; /* 0, 66, F3, F2 */
	uint8_t reg;    /* ModRM.reg */
	bool mem;       /* ModRM.mod != 3 */
	uint8_t rm;     /* ModRM.rm, or 8: any */
	uint8_t class;  /* enum form_class */
	uint16_t mnemonic;
	uint16_t isa;
};

struct form_list {
	struct form *row;
	unsigned count, room;
};

struct gen {
	struct rng rng;
	ZydisDecoder decoder[ORACLE_MODES];
	struct form_list ours[ORACLE_MODES], invalid[ORACLE_MODES], more[ORACLE_MODES];
	unsigned excluded[ORACLE_MODES];
	const char *only;
	struct host_traits host;
	uint8_t *host_mem;
	struct guest *guest;
};

void gen_open(struct gen *g, uint64_t seed, const char *only, const struct host_traits *host, struct guest *guest);
void gen_close(struct gen *g);
/* Fills in a case for a form and writes its memory operands on both sides.
 * False: this one is of no use, try again. */
bool gen_case(struct gen *g, enum oracle_mode mode, const struct form *f, struct oracle_case *oc);
/* Writes equal bytes at a linear address of the data window, on both sides. */
void gen_poke(struct gen *g, uint64_t at, const void *bytes, unsigned size);

/* Bytes of one instruction of form f; its length is open. (genform.c) */
unsigned form_bytes(struct gen *g, enum oracle_mode mode, const struct form *f, bool tail_int3, uint8_t *out);
/* All forms of a mode, sorted into the lists. */
void form_walk(struct gen *g, enum oracle_mode mode);

/* Random values. (genval.c) */
static inline uint64_t gen_next(struct gen *g)
{
	return rng_next(&g->rng);
}
static inline unsigned gen_below(struct gen *g, unsigned n)
{
	return (unsigned)((gen_next(g) >> 32) * n >> 32);
}
static inline bool gen_pct(struct gen *g, unsigned pct)
{
	return gen_below(g, 100) < pct;
}
uint64_t gen_value(struct gen *g);
void gen_operand(struct gen *g, ZydisElementType type, unsigned element_bits, uint8_t *out, unsigned size);
void gen_fx(struct gen *g, uint8_t *fx);

/* What must not run or cannot be compared. (gentab.c) */
bool isa_ours(ZydisISASet isa);
/* NULL, or why this instruction is left out. */
const char *excluded_reason(ZydisMnemonic m);
bool excluded_bytes(enum oracle_mode mode, const struct form *f);
void excluded_list(void);
void case_undefined(struct oracle_case *oc);
/* AMD's processors do something else than Intel's, whose model ours is. (amd.c) */
bool amd_differs(const struct oracle_case *oc);
/* Bytes that are no instruction for Intel's, but are, or are refused for
 * another reason, for AMD's. */
bool amd_more(const struct oracle_case *oc);
/* What this host's probes have shown not to be shown: false to leave the case out.
 * (amd.c) */
bool host_shows(const struct host_traits *h, struct oracle_case *oc);

/* ---- comparison (compare.c) ---- */

/* True if equal; else `why` says the first difference. */
bool compare_states(const struct oracle_case *oc, const struct state *host, const struct state *guest, char *why,
		    size_t size);
bool compare_memory(const struct oracle_case *oc, const uint8_t *host, struct guest *g, char *why, size_t size);
void compare_print(const struct oracle_case *oc, const struct state *host, const struct state *guest);

#endif
