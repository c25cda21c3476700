/* A lab of one PC from a command line; see boot_lab.h. */
#include "tui/cli/boot_lab.h"

#include <stdio.h>
#include <string.h>

#include "topology/keys.h"
#include "topology/lint.h"
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

struct plan *boot_lab(char *const *cards)
{
	g_autoptr(GString) s = g_string_new("version: 1\nlab: boot\npcs:\n  pc:\n");
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
	return plan;
}
