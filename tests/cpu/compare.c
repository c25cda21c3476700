/* Compares what came out of both sides, and prints a case that differs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "tests/cpu/oracle.h"

static const char *const reg_names[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					  "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

#define FLAGS_COMPARED (FL_ARITH | FL_DF | FL_AC | FL_ID | FL_NT)
enum { FSW_C1_BIT = 1 << 9, FSW_INEXACT_BITS = 0x30 };

static bool error_code(int vector)
{
	return vector == EXC_DF || (vector >= EXC_TS && vector <= EXC_PF) || vector == EXC_AC;
}

static bool differ(char *why, size_t size, const char *what, uint64_t host, uint64_t guest)
{
	snprintf(why, size, "%s: host %llx, interpreter %llx", what, (unsigned long long)host,
		 (unsigned long long)guest);
	return true;
}

static bool fault_differs(const struct oracle_case *oc, const struct state *h, const struct state *g, char *why,
			  size_t size)
{
	/* For addresses of its own half the host's kernel shows "present". */
	uint32_t mask = h->vector == EXC_PF && h->cr2 >> 47 ? ~1u : ~0u;

	if (h->vector != g->vector)
		return differ(why, size, "vector", (uint64_t)(int64_t)h->vector, (uint64_t)(int64_t)g->vector);
	if (error_code(h->vector) && (h->error & mask) != (g->error & mask))
		return differ(why, size, "error code", h->error, g->error);
	if (h->vector == EXC_PF && !oc->partial && h->cr2 != g->cr2)
		return differ(why, size, "cr2", h->cr2, g->cr2);
	return false;
}

/* What of register n counts. After REP with 32-bit addresses that faulted or
 * had nothing to do, the upper halves depend on the microcode; so does what a
 * faulting POPA has loaded. */
static uint64_t reg_mask(const struct oracle_case *oc, const struct state *h, unsigned n)
{
	if (h->vector >= 0 && oc->valid &&
	    (oc->insn.mnemonic == ZYDIS_MNEMONIC_POPA || oc->insn.mnemonic == ZYDIS_MNEMONIC_POPAD))
		return n == RSP ? 0xffffffff : 0;
	if (oc->mode != MODE_LONG)
		return 0xffffffff;
	if (oc->rep && oc->insn.address_width == 32 && (n == RCX || n == RSI || n == RDI))
		return 0xffffffff;
	return ~0ull;
}

/* If the kernel's interrupt came in between, its IRET to an outer level made
 * null selectors 0 on the host, whatever their RPL was (SDM 2A, IRET). */
static bool same_selector(uint16_t host, uint16_t guest)
{
	return host == guest || (host == 0 && guest <= 3);
}

static bool integers_differ(const struct oracle_case *oc, const struct state *h, const struct state *g, char *why,
			    size_t size)
{
	uint64_t mask = oc->mode == MODE_LONG ? ~0ull : 0xffffffff;
	uint64_t flags = FLAGS_COMPARED & ~(uint64_t)oc->undefined;

	/* Restored in the SDM; here they may be those of the last iteration, for
	 * that does not depend on where the run was divided. */
	if (h->vector >= 0 && oc->loose_flags)
		flags &= ~(uint64_t)FL_ARITH;

	for (unsigned n = 0; h->vector < 0 && n < CPU_SEGS; n++)
		if (n != SEG_CS && !same_selector(h->sel[n], g->sel[n]))
			return differ(why, size, "selector", h->sel[n], g->sel[n]);
	if ((h->rip & mask) != (g->rip & mask))
		return differ(why, size, "rip", h->rip, g->rip);
	for (unsigned n = 0; n < (oc->mode == MODE_LONG ? 16u : 8u); n++)
		if ((h->reg[n] ^ g->reg[n]) & reg_mask(oc, h, n))
			return differ(why, size, reg_names[n], h->reg[n] & mask, g->reg[n] & mask);
	if ((h->flags ^ g->flags) & flags)
		return differ(why, size, "flags", h->flags & flags, g->flags & flags);
	return false;
}

/* Two 80-bit results of a transcendental function. */
static bool x87_near(const uint8_t *a, const uint8_t *b)
{
	uint64_t ma = get_le64(a), mb = get_le64(b), d = ma > mb ? ma - mb : mb - ma;
	unsigned ea = get_le16(a + 8), eb = get_le16(b + 8);

	if (ea == eb)
		return d <= 2;
	/* either side of a power of two */
	return (ea + 1 == eb && ma >= ~3ull && mb <= (1ull << 63) + 2) ||
	       (eb + 1 == ea && mb >= ~3ull && ma <= (1ull << 63) + 2);
}

static bool x87_differs(const struct oracle_case *oc, const uint8_t *h, const uint8_t *g, char *why, size_t size)
{
	unsigned fsw = oc->tolerance == APPROX_X87 ? 0xffffu & ~(FSW_C1_BIT | FSW_INEXACT_BITS) : 0xffff;
	uint64_t ip_mask = oc->mode == MODE_LONG ? ~0ull : 0xffffffff;

	if (get_le16(h) != get_le16(g))
		return differ(why, size, "fcw", get_le16(h), get_le16(g));
	if ((get_le16(h + 2) ^ get_le16(g + 2)) & fsw)
		return differ(why, size, "fsw", get_le16(h + 2), get_le16(g + 2));
	if (h[4] != g[4])
		return differ(why, size, "ftw", h[4], g[4]);
	if (!oc->no_fip && ((get_le64(h + 8) ^ get_le64(g + 8)) & ip_mask))
		return differ(why, size, "fip", get_le64(h + 8), get_le64(g + 8));
	for (unsigned n = 0; n < 8; n++) {
		const uint8_t *a = h + 32 + 16 * n, *b = g + 32 + 16 * n;

		if (!memcmp(a, b, 10) || (oc->tolerance == APPROX_X87 && x87_near(a, b)))
			continue;
		snprintf(why, size, "st%u: host %04x:%016llx, interpreter %04x:%016llx", n, get_le16(a + 8),
			 (unsigned long long)get_le64(a), get_le16(b + 8), (unsigned long long)get_le64(b));
		return true;
	}
	return false;
}

/* RCP, RSQRT: each within 1.5 * 2^-12 of the true value (SDM 2B). */
static bool rcp_near(uint32_t a, uint32_t b)
{
	float x, y;

	memcpy(&x, &a, 4);
	memcpy(&y, &b, 4);
	if (!isnormal(x) || !isnormal(y))
		return false;
	return fabs((double)x - y) <= 3.0 / 4096 * fabs((double)x);
}

static bool sse_differs(const struct oracle_case *oc, const uint8_t *h, const uint8_t *g, char *why, size_t size)
{
	if (get_le32(h + 24) != get_le32(g + 24))
		return differ(why, size, "mxcsr", get_le32(h + 24), get_le32(g + 24));
	for (unsigned n = 0; n < (oc->mode == MODE_LONG ? 64u : 32u); n++) {
		uint32_t a = get_le32(h + X87_IMAGE + 4 * n), b = get_le32(g + X87_IMAGE + 4 * n);

		if (a == b || (oc->tolerance == APPROX_RCP && rcp_near(a, b)))
			continue;
		snprintf(why, size, "xmm%u dword %u: host %08x, interpreter %08x", n / 4, n % 4, a, b);
		return true;
	}
	return false;
}

bool compare_states(const struct oracle_case *oc, const struct state *host, const struct state *guest, char *why,
		    size_t size)
{
	if (fault_differs(oc, host, guest, why, size) || integers_differ(oc, host, guest, why, size))
		return false;
	if (!oc->fp || (host->vector >= 0 && (oc->partial || oc->mmx)))
		return true;
	return !x87_differs(oc, host->fx, guest->fx, why, size) && !sse_differs(oc, host->fx, guest->fx, why, size);
}

static bool ignored(const struct oracle_case *oc, unsigned offset)
{
	for (unsigned n = 0; n < oc->ignores; n++)
		if (((offset - oc->ignore[n].at) & (ORACLE_BACK_SIZE - 1)) < oc->ignore[n].size)
			return true;
	return false;
}

bool compare_memory(const struct oracle_case *oc, const uint8_t *host, struct guest *g, char *why, size_t size)
{
	for (unsigned page = 0; page < ORACLE_BACK_SIZE >> 12; page++) {
		const uint8_t *a = host + page * 4096, *b = guest_data(g, page);

		if (!memcmp(a, b, 4096))
			continue;
		for (unsigned n = 0; n < 4096; n++) {
			if (a[n] == b[n] || ignored(oc, page * 4096 + n))
				continue;
			snprintf(why, size, "memory %x (operand %+d): host %02x, interpreter %02x", page * 4096 + n,
				 (int)(page * 4096 + n - (oc->ea & (ORACLE_BACK_SIZE - 1))), a[n], b[n]);
			return false;
		}
	}
	return true;
}

/* ---- printing ---- */

static void print_fx(const uint8_t *fx)
{
	printf("    fcw %04x fsw %04x ftw %02x fip %llx mxcsr %x\n", get_le16(fx), get_le16(fx + 2), fx[4],
	       (unsigned long long)get_le64(fx + 8), get_le32(fx + 24));
	for (unsigned n = 0; n < 8; n++)
		printf("    st%u %04x:%016llx%s", n, get_le16(fx + 40 + 16 * n),
		       (unsigned long long)get_le64(fx + 32 + 16 * n), n & 1 ? "\n" : "");
	for (unsigned n = 0; n < 16; n++)
		printf("    xmm%-2u %016llx%016llx%s", n, (unsigned long long)get_le64(fx + X87_IMAGE + 8 + 16 * n),
		       (unsigned long long)get_le64(fx + X87_IMAGE + 16 * n), n & 1 ? "\n" : "");
}

static void print_state(const char *title, const struct oracle_case *oc, const struct state *s)
{
	printf("  %s: rip %llx flags %llx vector %d error %x cr2 %llx\n", title, (unsigned long long)s->rip,
	       (unsigned long long)s->flags, s->vector, s->error, (unsigned long long)s->cr2);
	for (unsigned n = 0; n < (oc->mode == MODE_LONG ? 16u : 8u); n++)
		printf("    %s %016llx%s", reg_names[n], (unsigned long long)s->reg[n], n % 4 == 3 ? "\n" : "");
	if (oc->fp)
		print_fx(s->fx);
}

void compare_print(const struct oracle_case *oc, const struct state *host, const struct state *guest)
{
	ZydisFormatter f;
	char text[128] = "(no instruction)";

	ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_INTEL);
	if (oc->valid)
		ZydisFormatterFormatInstruction(&f, &oc->insn, oc->op, oc->insn.operand_count_visible, text,
						sizeof(text), oc->in.rip, NULL);
	printf("%u-bit%s%s", case_width(oc), oc->single ? " alone" : " trace", oc->segs ? " segments" : "");
	for (unsigned n = 0; oc->segs && n < CPU_SEGS; n++)
		printf(" %u", oc->segs->entry[n]);
	printf(":");
	for (unsigned n = 0; n < oc->len; n++)
		printf(" %02x", oc->bytes[n]);
	printf("  %s  operand at %llx, fs %llx gs %llx\n", text, (unsigned long long)oc->ea,
	       (unsigned long long)oc->fs_base, (unsigned long long)oc->gs_base);
	print_state("before", oc, &oc->in);
	print_state("host", oc, host);
	print_state("interpreter", oc, guest);
}
