/* lanyard set: changes something of a running lab. */
#include <stdio.h>
#include <string.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"

static bool set_one(struct client *c, const char *thing, const char *pair)
{
	const char *equals = strchr(pair, '=');
	g_autofree char *key = g_strndup(pair, (gsize)(equals - pair));

	return lab_client_do("set", c, "set", "thing", thing, "key", key, "value", equals + 1, NULL);
}

int cmd_set(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "set",
		.words = "LAB THING KEY=VALUE...",
		.text = "Changes a running lab. THING: a link, a card's cable (PC:CARD), a PC or an uplink.\n"
			"  link, cable, uplink\n"
			"               state=up|down delay=5ms rate=10Mbit queue=100 loss=1%; a KEY after an end and "
			"a\n"
			"               dot is for what that end sends: alice.rate=1Mbit\n"
			"  PC           power=on|off|reset",
		.min = 3,
	};
	struct client *c;
	bool ok = true;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	for (int n = 3; n < argc; n++)
		if (!strchr(argv[n], '=') || argv[n][0] == '=') {
			args_expected_word("set", argv[n], "KEY=VALUE");
			return STATUS_USAGE;
		}
	c = lab_client_open("set", argv[1]);
	if (!c)
		return STATUS_USAGE;
	for (int n = 3; ok && n < argc; n++)
		ok = set_one(c, argv[2], argv[n]);
	client_free(c);
	return ok ? STATUS_DONE : STATUS_USAGE;
}
