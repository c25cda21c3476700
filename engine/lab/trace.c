/* The story of what the guests of a running lab do to their chips and cards: lines of
 * `--trace`, of some PCs and cards, in the order of virtual time. Looking changes
 * nothing. */
#include "engine/lab/lab_priv.h"

#include <string.h>

#define ALL_CARDS 0xffu

static const char *const subjects[] = {
#define X(id, text) text,
	TRACE_SUBJECTS(X)
#undef X
};

static bool bad(GError **error, const char *what, const char *expected)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s': expected %s", what, expected);
	return false;
}

static bool find_subject(const char *name, unsigned *bit)
{
	for (*bit = 0; *bit < G_N_ELEMENTS(subjects); (*bit)++)
		if (!strcmp(name, subjects[*bit]))
			return true;
	return false;
}

/* Which of the PC's cards; "" is none of them. */
static unsigned cards(const struct lab_pc *pc, const char *name)
{
	for (guint n = 0; n < pc->plan->nics->len && n < PC_NIC_SLOTS; n++)
		if (!strcmp(((const struct plan_nic *)pc->plan->nics->pdata[n])->name, name))
			return 1u << n;
	return 0;
}

bool lab_trace(struct lab *l, const char *what, GError **error)
{
	g_auto(GStrv) words = g_strsplit(what, ":", 3);
	unsigned count = g_strv_length(words), bit, mask;
	struct lab_pc *pc = count > 1 ? lab_pc_find(l, words[1]) : NULL;

	if (!count || !find_subject(words[0], &bit))
		return bad(error, what,
			   "SUBJECT:PC or nic:PC:CARD; subjects: cpu, int, pic, apic, pit, rtc, kbc, ide, "
			   "fdc, dma, uart, vga, pci, pm, fwcfg, io, mmio, nic");
	if (!pc)
		return bad(error, what, "a PC of the lab behind the subject, as in nic:alice or nic:alice:eth0");
	if (count > 2 && bit != TRACE_BIT_NIC)
		return bad(error, what, "no card: only the subject nic has cards");
	mask = count > 2 ? cards(pc, words[2]) : bit == TRACE_BIT_NIC ? ALL_CARDS : 0;
	if (count > 2 && !mask)
		return bad(error, what, "the name of a card of that PC");
	pc->traced_cards |= mask;
	pc->board->trace_mask |= 1u << bit;
	pc->board->core->trace_cpu |= bit == TRACE_BIT_CPU;
	pc->board->core->trace_int |= bit == TRACE_BIT_INT;
	return true;
}

/* Lines about cards begin with the model and the slot: "rtl8139 0: read ISR ..." */
static const char *card_line(const char *text, unsigned *slot)
{
	const char *space = strchr(text, ' ');

	if (!space || space[1] < '0' || space[1] >= '0' + PC_NIC_SLOTS || space[2] != ':')
		return NULL;
	*slot = (unsigned)(space[1] - '0');
	return space + 3;
}

char *trace_line(const struct lab_pc *pc, const char *subject, const char *text)
{
	const char *rest = NULL;
	unsigned slot = 0;

	if (!strcmp(subject, subjects[TRACE_BIT_NIC])) {
		rest = card_line(text, &slot);
		if (rest && !(pc->traced_cards >> slot & 1))
			return NULL;
	}
	if (!rest || slot >= pc->plan->nics->len)
		return g_strdup_printf("%s %s: %s", pc->plan->name, subject, text);
	return g_strdup_printf("%s:%s %.*s:%s", pc->plan->name,
			       ((const struct plan_nic *)pc->plan->nics->pdata[slot])->name, (int)strcspn(text, " "),
			       text, rest);
}
