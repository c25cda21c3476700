/* A lab of one PC from a command line; see boot_lab.h. */
#include "tui/cli/boot_lab.h"

#include <stdio.h>
#include <string.h>

#include "topology/keys.h"
#include "topology/topology.h"
#include "tui/cli/args.h"

#define WHERE "pcs.pc.nics."

/* As YAML's double-quoted style has it. */
static void put_quoted(GString *s, const char *text)
{
	g_string_append_c(s, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(s, '\\');
		g_string_append_c(s, *text);
	}
	g_string_append_c(s, '"');
}

static bool plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c))
			return false;
	return g_utf8_validate(text, -1, NULL);
}

/* What else lab files say about cards is about their networks. */
static bool key_fits(const char *key)
{
	return !strcmp(key, "mac") || !key_find(keys_nic, key);
}

static bool put_card(GString *s, unsigned number, const char *card)
{
	g_auto(GStrv) parts = g_strsplit(card, ",", -1);

	if (!plain(card) || !parts[0] || !*parts[0])
		return args_expected("boot", "--nic", card, "MODEL[,KEY=VALUE...]");
	g_string_append_printf(s, "      eth%u:\n        model: ", number);
	put_quoted(s, parts[0]);
	for (char **part = parts + 1; *part; part++) {
		char *equals = strchr(*part, '=');

		if (!equals || equals == *part)
			return args_expected("boot", "--nic", *part, "KEY=VALUE");
		*equals = '\0';
		if (!key_fits(*part))
			return args_expected("boot", "--nic", *part, "mac, or an option of the card");
		g_string_append(s, "\n        ");
		put_quoted(s, *part);
		g_string_append(s, ": ");
		put_quoted(s, equals + 1);
	}
	g_string_append_c(s, '\n');
	return true;
}

/* The first mistake, without its place in a file that nobody has seen. */
static void complain(const struct topology_report *report)
{
	for (guint n = 0; n < report->messages->len; n++) {
		const struct topology_message *m = report->messages->pdata[n];
		const char *text = m->text;

		if (m->warning)
			continue;
		if (g_str_has_prefix(text, WHERE) && strstr(text, ": "))
			text = strstr(text, ": ") + 2;
		args_complain("boot", "--nic", text);
		return;
	}
}

/* The machine's own files: a lab file's would have to be beside it. */
static void set_machine(struct plan *plan, const struct boot_args *a)
{
	struct plan_pc *pc = plan->pcs->pdata[0];
	struct plan_image *image = plan->images->pdata[pc->image];

	pc->memory = a->memory_bytes;
	pc->cpu_model = a->model;
	pc->mips = (unsigned)a->mips_n;
	image->boot_order = a->order;
	image->bios = g_strdup(a->bios);
	image->kernel = g_strdup(a->kernel);
	image->initrd = g_strdup(a->initrd);
	image->cmdline = g_strdup(a->append);
}

struct plan *boot_lab(const struct boot_args *a)
{
	g_autoptr(GString) s = g_string_new(
		"version: 1\nlab: boot\nimages: {machine: {boot: net}}\npcs:\n  pc:\n    image: machine\n");
	char *const *cards = a->nic;
	struct topology_report report;
	struct plan *plan;

	g_string_append(s, cards && *cards ? "    nics:\n" : "    nics: {}\n");
	for (unsigned n = 0; cards && cards[n]; n++)
		if (!put_card(s, n, cards[n]))
			return NULL;
	topology_report_init(&report);
	plan = topology_load_text("command line", s->str, s->len, &report);
	if (!plan)
		complain(&report);
	topology_report_clear(&report);
	if (plan)
		set_machine(plan, a);
	return plan;
}
