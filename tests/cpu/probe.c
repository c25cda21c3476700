/* What kind of host this is, and what it cannot show. Processors, and hypervisors
 * above them, differ in corners that the manuals leave open; a case is run for each
 * such corner, and the answer decides what the oracle leaves out. An answer that
 * nobody has seen before is said, and makes the host one of an unknown kind. */
#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "tests/cpu/oracle.h"

/* Hosts on which every difference counts. */
static const struct {
	const char *vendor;
	unsigned family;
} known_kinds[] = {
	{"GenuineIntel", 0x06},
	{"AuthenticAMD", 0x19},
	{"AuthenticAMD", 0x1a},
};

enum answer { AS_OURS, KNOWN_OTHER, NEVER_SEEN };

struct probe {
	const char *left_out; /* if the answer is KNOWN_OTHER or worse */
	enum oracle_mode mode;
	uint8_t config; /* of seg_configs[] */
	uint8_t bytes[8];
	uint8_t len;
	uint64_t rax;
	enum answer (*judge)(const struct oracle_case *oc, const struct state *out);
	size_t trait; /* bool of struct host_traits */
};

#define STACK_AT 0x8000u /* in the data window */

/* Some hypervisors that emulate INT1 push its own address. */
static enum answer judge_int1(const struct oracle_case *oc, const struct state *out)
{
	if (out->vector != EXC_DB)
		return NEVER_SEEN;
	return out->rip == oc->at + 1 ? AS_OURS : out->rip == oc->at ? KNOWN_OTHER : NEVER_SEEN;
}

/* Newer processors of Intel leave the upper half of the slot as it is (SDM 2B, PUSH). */
static enum answer judge_push(const struct oracle_case *oc, const struct state *out)
{
	uint16_t upper = get_le16(host_data() + ((STACK_AT - 2) & (ORACLE_BACK_SIZE - 1)));

	if (out->vector >= 0)
		return NEVER_SEEN;
	return upper == 0xa5a5 ? AS_OURS : upper == 0 ? KNOWN_OTHER : NEVER_SEEN;
}

/* The index is below the first bound, and the second lies beyond the segment. */
static enum answer judge_bound(const struct oracle_case *oc, const struct state *out)
{
	return out->vector == EXC_BR ? AS_OURS : out->vector == EXC_GP ? KNOWN_OTHER : NEVER_SEEN;
}

#define TRAIT(name) offsetof(struct host_traits, name)
/* clang-format off */
static const struct probe probes[] = {
	{"where INT1 returns to", MODE_LONG, 0, {0xf1}, 1, 0, judge_int1, TRAIT(int1_stays)},
	{"the upper half of PUSH Sreg with a 32-bit operand", MODE_PROT32, 1, {0x1e}, 1, 0, judge_push, TRAIT(push_wide)},
	{"BOUND at a segment's end", MODE_PROT32, 1, {0x62, 0x05, 0xfc, 0xff, 0, 0}, 6, 0x80000000, judge_bound,
	 TRAIT(bound_whole)},
};
/* clang-format on */

static enum answer ask(const struct probe *p)
{
	static struct oracle_case oc;
	static struct state out;

	memset(&oc, 0, sizeof(oc));
	oc.mode = p->mode;
	oc.segs = p->mode == MODE_LONG ? NULL : &seg_configs[p->config];
	memcpy(oc.bytes, p->bytes, p->len);
	oc.len = p->len;
	oc.valid = true;
	oc.at = ORACLE_CODE + 0x100;
	oc.in.rip = oc.at - case_cs_base(&oc);
	oc.land[LAND_FALL] = oc.in.rip + p->len;
	oc.in.flags = 0x202;
	oc.in.reg[RAX] = p->rax;
	oc.in.reg[RSP] = oc.segs ? STACK_AT : ORACLE_DATA + STACK_AT;
	memset(host_data(), 0xa5, ORACLE_BACK_SIZE);
	memset(host_data() + ORACLE_BACK_SIZE - 4, 0, 4); /* BOUND's first bound */
	host_run(&oc, &out);
	memset(host_data(), 0, ORACLE_BACK_SIZE);
	return p->judge(&oc, &out);
}

static void identify(struct host_traits *h)
{
	unsigned a = 0, b = 0, c = 0, d = 0;

	__get_cpuid(0, &a, &b, &c, &d);
	memcpy(h->vendor, &b, 4);
	memcpy(h->vendor + 4, &d, 4);
	memcpy(h->vendor + 8, &c, 4);
	__get_cpuid(1, &a, &b, &c, &d);
	h->family = (a >> 8 & 15) == 15 ? 15 + (a >> 20 & 255) : a >> 8 & 15;
	h->hypervisor = c >> 31;
	for (unsigned n = 0; n < ARRAY_LEN(known_kinds); n++)
		h->known |= !strcmp(h->vendor, known_kinds[n].vendor) && h->family == known_kinds[n].family;
}

void host_probe(struct host_traits *h)
{
	const char *separator = "; not shown here: ";

	identify(h);
	printf("%s family %xh%s", h->vendor, h->family, h->hypervisor ? ", under a hypervisor" : "");
	for (unsigned n = 0; n < ARRAY_LEN(probes); n++) {
		const struct probe *p = &probes[n];
		enum answer answer = p->mode == MODE_LONG || h->segments ? ask(p) : AS_OURS;

		if (answer == AS_OURS)
			continue;
		*(bool *)((char *)h + p->trait) = true;
		h->known &= answer == KNOWN_OTHER;
		printf("%s%s%s", separator, p->left_out, answer == KNOWN_OTHER ? "" : " (an answer never seen before)");
		separator = ", ";
	}
	if (!h->pointers)
		printf("%sFIP", separator);
	printf("\n");
}
