/* lanyard set: changes something of a running lab. */
#include <stdio.h>
#include <string.h>

#include "tui/client.h"
#include "tui/command.h"

static bool set_one(struct client *c, const char *thing, const char *pair)
{
	const char *equals = strchr(pair, '=');
	g_autofree char *key = g_strndup(pair, (gsize)(equals - pair));

	return client_do(c, "set", "thing", thing, "key", key, "value", equals + 1, NULL);
}

int cmd_set(int argc, char **argv)
{
	struct client *c;
	bool ok = true;

	if (argc < 4) {
		fprintf(stderr, "lanyard set: expected LAB THING KEY=VALUE..., such as: set two-offices wan delay=20ms "
				"loss=1%%\n");
		return STATUS_USAGE;
	}
	for (int n = 3; n < argc; n++)
		if (!strchr(argv[n], '=') || argv[n][0] == '=') {
			fprintf(stderr, "lanyard set: '%s': expected KEY=VALUE\n", argv[n]);
			return STATUS_USAGE;
		}
	c = client_open("set", argv[1]);
	if (!c)
		return STATUS_USAGE;
	for (int n = 3; ok && n < argc; n++)
		ok = set_one(c, argv[2], argv[n]);
	client_free(c);
	return ok ? STATUS_DONE : STATUS_USAGE;
}
