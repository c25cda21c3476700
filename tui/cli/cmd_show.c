/* lanyard show: a lab, or one thing of it, now. */
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/cli/table.h"

static int print(JsonNode *node, const char *table, bool json, bool raw)
{
	JsonObject *o = json_node_get_object(node);
	g_autofree char *text = NULL;

	if (table && !json_object_has_member(o, table)) {
		g_autoptr(GList) keys = json_object_get_members(o);

		fprintf(stderr, "lanyard show: '%s': expected one of", table);
		for (GList *key = keys; key; key = key->next)
			fprintf(stderr, "%s %s", key == keys ? "" : ",", (const char *)key->data);
		fprintf(stderr, "\n");
		return STATUS_USAGE;
	}
	if (table)
		node = json_object_get_member(o, table);
	text = json ? json_to_string(node, TRUE) : table_text(node, raw);
	printf("%s%s", text, json ? "\n" : "");
	return STATUS_DONE;
}

int cmd_show(int argc, char **argv)
{
	gboolean json = FALSE, raw = FALSE;
	const GOptionEntry entries[] = {
		{"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
		{"raw", 0, 0, G_OPTION_ARG_NONE, &raw, "exact numbers, without units", NULL},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = "show",
		.words = "LAB [THING [TABLE]]",
		.text = "Shows a running lab, or one thing of it. THING: a PC, PC:CARD, switch, SWITCH:PORT, hub,\n"
			"link, VLAN or uplink, or `checks`. TABLE: a part of what is shown, such as mac or ports of a "
			"switch.",
		.min = 1,
		.max = 3,
	};
	g_autoptr(JsonNode) node = NULL;
	struct client *c;

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	c = lab_client_open("show", argv[1]);
	if (!c)
		return STATUS_USAGE;
	node = argc > 2 ? lab_client_call("show", c, "show", "thing", argv[2], NULL)
			: lab_client_call("show", c, "query-lab", NULL);
	client_free(c);
	return node ? print(node, argc > 3 ? argv[3] : NULL, json, raw) : STATUS_USAGE;
}
