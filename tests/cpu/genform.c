/* The systematic walk: every opcode of the four maps with every mandatory
 * prefix, ModRM.reg, and memory or register operand; and the bytes of one
 * random instruction of such a form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/cpu/oracle.h"

static const uint8_t mandatory[4] = {0, 0x66, 0xf3, 0xf2};

static unsigned random_prefixes(struct gen *g, enum oracle_mode mode, const struct form *f, uint8_t *out)
{
	static const uint8_t segs[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x64, 0x65};
	unsigned n = 0;

	if (gen_pct(g, 12))
		out[n++] = segs[gen_below(g, ARRAY_LEN(segs))];
	if (gen_pct(g, mode == MODE_LONG ? 8 : 20))
		out[n++] = 0x67;
	if (gen_pct(g, 3))
		out[n++] = 0xf0;
	if (f->prefix != 0x66 && gen_pct(g, f->prefix ? 5 : 2))
		out[n++] = 0x66;
	if (f->prefix)
		out[n++] = f->prefix;
	if (mode == MODE_LONG && gen_pct(g, 60))
		out[n++] = (uint8_t)(0x40 | (gen_below(g, 16) & (gen_pct(g, 50) ? 15 : 8)));
	return n;
}

static uint8_t tail_byte(struct gen *g)
{
	static const uint8_t special[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x10, 0x1f, 0x20};

	return gen_pct(g, 30) ? special[gen_below(g, ARRAY_LEN(special))] : (uint8_t)gen_next(g);
}

unsigned form_bytes(struct gen *g, enum oracle_mode mode, const struct form *f, bool tail_int3, uint8_t *out)
{
	unsigned n = random_prefixes(g, mode, f, out), head;

	if (f->map)
		out[n++] = 0x0f;
	if (f->map > 1)
		out[n++] = f->map == 2 ? 0x38 : 0x3a;
	out[n++] = f->opcode;
	out[n++] = (uint8_t)((f->mem ? gen_below(g, 3) : 3) << 6 | f->reg << 3 | (f->rm < 8 ? f->rm : gen_below(g, 8)));
	head = n;
	while (n < 15)
		out[n++] = tail_int3 ? 0xcc : tail_byte(g);
	return head;
}

static void list_add(struct form_list *l, const struct form *f)
{
	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 1024;
		l->row = realloc(l->row, l->room * sizeof(*l->row));
	}
	l->row[l->count++] = *f;
}

static bool has_modrm(const ZydisDecodedInstruction *i)
{
	return i->attributes & ZYDIS_ATTRIB_HAS_MODRM;
}

/* Decodes the form without random prefixes; W, address form and rm vary. */
static bool probe(struct gen *g, enum oracle_mode mode, const struct form *f, unsigned try, ZydisDecodedInstruction *i)
{
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	uint8_t b[15] = {0};
	unsigned n = 0;

	if (f->prefix)
		b[n++] = f->prefix;
	if (mode == MODE_LONG && (try & 1))
		b[n++] = 0x48;
	if (f->map)
		b[n++] = 0x0f;
	if (f->map > 1)
		b[n++] = f->map == 2 ? 0x38 : 0x3a;
	b[n++] = f->opcode;
	b[n++] = (uint8_t)((f->mem ? 0 : 3) << 6 | f->reg << 3 | (f->rm < 8 ? f->rm : try >> 1 & 7));
	return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&g->decoder[mode], b, sizeof(b), i, op));
}

static bool is_prefix(enum oracle_mode mode, uint8_t b)
{
	return b == 0x26 || b == 0x2e || b == 0x36 || b == 0x3e || (b >= 0x64 && b <= 0x67) || b == 0xf0 || b == 0xf2 ||
	       b == 0xf3 || b == 0x0f || (mode == MODE_LONG && (b & 0xf0) == 0x40);
}

static enum form_class classify(struct gen *g, enum oracle_mode mode, struct form *f)
{
	enum form_class class = FORM_INVALID;
	ZydisDecodedInstruction i;

	if (excluded_bytes(mode, f))
		return FORM_EXCLUDED;
	for (unsigned try = 0; try < 16; try++) {
		if (!probe(g, mode, f, try, &i))
			continue;
		if (!has_modrm(&i) && (f->reg || f->mem))
			return FORM_NONE; /* the same as reg 0 */
		f->mnemonic = (uint16_t)i.mnemonic;
		f->isa = (uint16_t)i.meta.isa_set;
		if (i.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY || !isa_ours(i.meta.isa_set))
			class = FORM_HOST_MORE;
		else if (excluded_reason(i.mnemonic))
			return FORM_EXCLUDED;
		else
			return FORM_OURS;
	}
	return class;
}

/* --only: a mnemonic, or an opcode such as 0f38:10. */
static bool wanted(const struct gen *g, const struct form *f)
{
	static const char *const maps[4] = {"", "0f:", "0f38:", "0f3a:"};
	char text[16];

	if (!g->only)
		return true;
	snprintf(text, sizeof(text), "%s%02x", maps[f->map], f->opcode);
	if (!strcasecmp(text, g->only))
		return true;
	return f->mnemonic && !strcasecmp(ZydisMnemonicGetString((ZydisMnemonic)f->mnemonic), g->only);
}

static void add_form(struct gen *g, enum oracle_mode mode, struct form f)
{
	f.mnemonic = 0;
	f.class = (uint8_t)classify(g, mode, &f);
	g->excluded[mode] += f.class == FORM_EXCLUDED;
	if (!wanted(g, &f))
		return;
	if (f.class == FORM_OURS)
		list_add(&g->ours[mode], &f);
	else if (f.class == FORM_INVALID)
		list_add(&g->invalid[mode], &f);
	else if (f.class == FORM_HOST_MORE)
		list_add(&g->more[mode], &f);
}

/* x87 register forms: rm is part of the opcode. Prefixes mean nothing there,
 * so one of them is enough. */
static bool every_rm(const struct form *f)
{
	return f->map == 0 && f->opcode >= 0xd8 && f->opcode <= 0xdf && !f->mem && !f->prefix;
}

static void walk_opcode(struct gen *g, enum oracle_mode mode, struct form f)
{
	for (unsigned p = 0; p < 4; p++) {
		for (unsigned n = 0; n < 16; n++) {
			f.prefix = mandatory[p];
			f.reg = n & 7;
			f.mem = n >> 3;
			f.rm = 8;
			if (!every_rm(&f)) {
				add_form(g, mode, f);
				continue;
			}
			for (f.rm = 0; f.rm < 8; f.rm++)
				add_form(g, mode, f);
		}
	}
}

void form_walk(struct gen *g, enum oracle_mode mode)
{
	for (unsigned map = 0; map < 4; map++) {
		for (unsigned op = 0; op < 256; op++) {
			if (map == 0 && is_prefix(mode, (uint8_t)op))
				continue;
			if (map == 1 && (op == 0x38 || op == 0x3a))
				continue;
			walk_opcode(g, mode, (struct form){.map = (uint8_t)map, .opcode = (uint8_t)op});
		}
	}
}
