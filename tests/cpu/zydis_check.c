/* zydis-check: the decoder against Zydis over every instruction in the
 * executable sections of ELF files (a linear sweep by Zydis's lengths), in the
 * file's own mode and, as bytes without meaning, in the other two. What our
 * processor lacks must be #UD; all else must be accepted and equally long, and
 * insn_uses() must name the same registers, flags and memory. Then the same over
 * random bytes.
 * Exit status: 0 all agree, 1 some do not, 2 usage or unreadable file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <Zydis/Zydis.h>

#include "engine/base/alloc.h"
#include "engine/base/bytes.h"
#include "engine/base/rng.h"
#include "engine/cpu/core.h"
#include "engine/cpu/decode/decode.h"
#include "tests/cpu/zydis_uses.h"

#include <elf.h> /* last: its PF_ macros hide the constants of cpu.h */

#define SHOW_MAX 40
#define RANDOM_BYTES (4u << 20)

enum verdict { AGREE, WRONG_LENGTH, REJECTED, ACCEPTED, LACKING, UNDECIDED, RUNTIME, OTHER_USE, VERDICTS };
/* clang-format off */
static const char *const verdict_names[VERDICTS] = {
	"agree", "other length", "rejected by us", "accepted by us only", "not in our model", "an older form for us", "decided when run", "other operands",
};
/* clang-format on */

struct check {
	ZydisDecoder zydis;
	struct cpu *cpu;
	uint8_t mode;
	unsigned bits;
	unsigned long count[VERDICTS];
	unsigned shown;
};

/* ISA sets of the x86-64 model; all others are #UD or older forms. */
static bool in_model(const ZydisDecodedInstruction *i)
{
	static const char *const sets[] = {
		"I86",        "I186",   "I286REAL", "I286PROTECTED", "I386",    "I486",     "I486REAL", "PENTIUMREAL",
		"PENTIUMMMX", "PPRO",   "CMOV",     "FCMOV",         "FAT_NOP", "FXSAVE",   "FXSAVE64", "LAHF",
		"LONGMODE",   "PAUSE",  "POPCNT",   "PREFETCH_NOP",  "SSE",     "SSE2",     "SSE2MMX",  "SSE3",
		"SSE3X87",    "SSE4",   "SSEMXCSR", "SSE_PREFETCH",  "SSSE3",   "SSSE3MMX", "X87",      "CMPXCHG16B",
		"CLFSH",      "RDRAND", "RDTSCP",   "RDPMC",
	};
	const char *name = ZydisISASetGetString(i->meta.isa_set);

	for (unsigned n = 0; n < ARRAY_LEN(sets); n++)
		if (!strcmp(sets[n], name))
			return i->encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY;
	return false;
}

/* Only by prefix different from an instruction that every processor has: those
 * without the newer one run the older one (SDM 2A 2.1.1). */
static bool older_form(const ZydisDecodedInstruction *i)
{
	switch (i->mnemonic) {
	case ZYDIS_MNEMONIC_TZCNT:
	case ZYDIS_MNEMONIC_LZCNT:
	case ZYDIS_MNEMONIC_PREFETCHWT1: return true;
	default: return i->meta.isa_set == ZYDIS_ISA_SET_CET || i->meta.isa_set == ZYDIS_ISA_SET_MPX;
	}
}

/* #UD comes from the handler: it depends on more than the bytes. */
static bool runtime_ud(const struct insn *ours, const uint8_t *at)
{
	bool two = at[ours->len - 1] == ours->opcode && ours->len >= 2 && at[ours->len - 2] == 0x0f;

	/* SYSCALL, SYSRET, SWAPGS outside 64-bit mode */
	if (two && (ours->opcode == 0x05 || ours->opcode == 0x07))
		return true;
	if (ours->opcode == 0x01 && ours->modrm == 0xf8)
		return true;
	return ours->opcode == 0x8c || ours->opcode == 0x8e || (ours->opcode >= 0x20 && ours->opcode <= 0x23);
}

static enum verdict judge(const struct check *c, bool valid, const ZydisDecodedInstruction *i, const struct insn *ours,
			  const uint8_t *at)
{
	bool ud = ours->op <= OP_TOO_LONG;

	if (!valid || (!in_model(i) && !older_form(i)))
		return ud ? (valid ? LACKING : AGREE) : runtime_ud(ours, at) ? RUNTIME : ACCEPTED;
	if (older_form(i))
		return UNDECIDED;
	if (i->mnemonic == ZYDIS_MNEMONIC_UD0 || i->mnemonic == ZYDIS_MNEMONIC_UD1 || i->mnemonic == ZYDIS_MNEMONIC_UD2)
		return ud ? AGREE : ACCEPTED;
	if (ud)
		return REJECTED;
	return ours->len == i->length ? AGREE : WRONG_LENGTH;
}

static bool is_failure(enum verdict v)
{
	return v == WRONG_LENGTH || v == REJECTED || v == ACCEPTED || v == OTHER_USE;
}

static void show(struct check *c, enum verdict v, const uint8_t *at, const ZydisDecodedInstruction *i, bool valid,
		 const struct insn *ours)
{
	if (c->shown++ >= SHOW_MAX)
		return;
	printf("%u-bit %s:", c->bits, verdict_names[v]);
	for (unsigned n = 0; n < (valid && i->length > ours->len ? i->length : ours->len); n++)
		printf(" %02x", at[n]);
	printf("  %s %s: Zydis %u, ours %u\n", valid ? ZydisMnemonicGetString(i->mnemonic) : "invalid",
	       valid ? ZydisISASetGetString(i->meta.isa_set) : "", valid ? i->length : 0, ours->len);
}

/* An instruction that both accept: do both say the same of its operands? */
static enum verdict judge_uses(struct check *c, const ZydisDecodedInstruction *i, const ZydisDecodedOperand *op,
			       const struct insn *ours)
{
	uint32_t is, expected;
	const char *what = uses_differ(ours, i, op, &is, &expected);

	if (!what)
		return AGREE;
	if (c->shown < SHOW_MAX)
		printf("%s: Zydis %x, ours %x; ", what, expected, is);
	return OTHER_USE;
}

static void sweep(struct check *c, const uint8_t *p, size_t size)
{
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction i;

	for (size_t at = 0; at + MAX_INSN <= size;) {
		struct decode d = {.model = c->cpu->model, .mode = c->mode, .bytes = p + at, .avail = MAX_INSN};
		bool valid = ZYAN_SUCCESS(ZydisDecoderDecodeFull(&c->zydis, p + at, MAX_INSN, &i, op));
		enum verdict v;
		struct insn ours;

		decode_insn(&d, &ours);
		v = judge(c, valid, &i, &ours, p + at);
		if (v == AGREE && valid && ours.op > OP_TOO_LONG)
			v = judge_uses(c, &i, op, &ours);
		c->count[v]++;
		if (is_failure(v))
			show(c, v, p + at, &i, valid, &ours);
		at += valid ? i.length : 1;
	}
}

/* ---- files ---- */

struct section {
	uint64_t offset, size;
	bool code;
};

static bool section_at(struct bytes f, bool wide, unsigned n, struct section *s)
{
	uint64_t table = wide ? get_le64(f.data + 40) : get_le32(f.data + 32);
	unsigned entry = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	const uint8_t *h = bytes_at(f, table + (uint64_t)n * entry, entry);

	if (!h)
		return false;
	s->code = get_le32(h + 4) == SHT_PROGBITS && ((wide ? get_le64(h + 8) : get_le32(h + 8)) & SHF_EXECINSTR);
	s->offset = wide ? get_le64(h + 24) : get_le32(h + 16);
	s->size = wide ? get_le64(h + 32) : get_le32(h + 20);
	return true;
}

static bool map_file(const char *name, struct bytes *out)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	void *p = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(Elf64_Ehdr))
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED || memcmp(p, ELFMAG, SELFMAG) != 0) {
		fprintf(stderr, "zydis-check: %s: not a readable ELF file\n", name);
		return false;
	}
	*out = (struct bytes){p, (size_t)st.st_size};
	return true;
}

static bool check_file(struct check *checks, const char *name)
{
	struct bytes f;
	struct section s;
	bool wide;

	if (!map_file(name, &f))
		return false;
	wide = f.data[EI_CLASS] == ELFCLASS64;
	for (unsigned n = 0; section_at(f, wide, n, &s) && n < 0xffff; n++) {
		const uint8_t *p = s.code ? bytes_at(f, s.offset, s.size) : NULL;

		for (unsigned m = 0; p && m < 3; m++)
			sweep(&checks[m], p, s.size);
	}
	munmap((void *)(uintptr_t)f.data, f.size);
	return true;
}

/* Random bytes, led towards all opcode maps: forms that no program has. */
static void check_random(struct check *checks, size_t size)
{
	static const uint8_t prefixes[] = {0x66, 0xf3, 0xf2, 0xf0}, maps[] = {0x38, 0x3a};
	uint8_t *p = alloc_checked(malloc(size + MAX_INSN));
	struct rng rng;

	rng_seed(&rng, 1, "zydis");
	for (size_t n = 0; n < size + MAX_INSN; n++)
		p[n] = (uint8_t)rng_next(&rng);
	for (size_t n = 0; n + 16 <= size; n += 16) {
		uint64_t v = rng_next(&rng);
		uint8_t *at = p + n;

		if (v & 1)
			*at++ = prefixes[v >> 8 & 3];
		switch (v >> 16 & 7) {
		case 0: *at = 0xd8 | (v >> 24 & 7); break;
		case 1: at[1] = maps[v >> 24 & 1]; /* fall through */
		case 2:
		case 3: at[0] = 0x0f; break;
		default: break;
		}
	}
	for (unsigned m = 0; m < 3; m++)
		sweep(&checks[m], p, size);
	free(p);
}

static void open_checks(struct check *checks, struct cpu *cpu)
{
	/* clang-format off */
	static const struct { ZydisMachineMode machine; ZydisStackWidth stack; uint8_t mode, bits; } modes[3] = {
		{ ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64, MODE_64 | MODE_FLAT, 64 },
		{ ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32, MODE_32, 32 },
		{ ZYDIS_MACHINE_MODE_LONG_COMPAT_16, ZYDIS_STACK_WIDTH_16, MODE_16, 16 },
	};
	/* clang-format on */
	static const ZydisDecoderMode nops[] = {ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
						ZYDIS_DECODER_MODE_CLDEMOTE};

	cpu->model = CPU_X86_64;
	for (unsigned n = 0; n < 3; n++) {
		checks[n] = (struct check){.cpu = cpu, .mode = modes[n].mode, .bits = modes[n].bits};
		ZydisDecoderInit(&checks[n].zydis, modes[n].machine, modes[n].stack);
		for (unsigned m = 0; m < ARRAY_LEN(nops); m++)
			ZydisDecoderEnableMode(&checks[n].zydis, nops[m], ZYAN_FALSE);
	}
}

int main(int argc, char **argv)
{
	static struct check checks[3];
	static struct cpu cpu;
	unsigned long passed = 0, failed = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: zydis-check FILE...\n");
		return 2;
	}
	open_checks(checks, &cpu);
	for (int n = 1; n < argc; n++)
		if (!check_file(checks, argv[n]))
			return 2;
	check_random(checks, RANDOM_BYTES);
	for (unsigned n = 0; n < 3; n++) {
		printf("%u-bit:", checks[n].bits);
		for (unsigned v = 0; v < VERDICTS; v++) {
			printf(" %lu %s%s", checks[n].count[v], verdict_names[v], v + 1 < VERDICTS ? "," : "\n");
			*(is_failure(v) ? &failed : &passed) += checks[n].count[v];
		}
	}
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}
