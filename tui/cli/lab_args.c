/* The options of run and test; see lab_args.h. */
#include "tui/cli/lab_args.h"

#include <string.h>

#include "engine/lab/pc_store.h"

GOptionEntry *lab_args_entries(struct lab_args *a, const GOptionEntry *own)
{
	/* clang-format off */
	const GOptionEntry shared[] = {
		{"seed", 0, 0, G_OPTION_ARG_STRING, &a->seed, "seed of all randomness (the lab's)", "N"},
		{"workers", 0, 0, G_OPTION_ARG_STRING, &a->workers, "threads that run PCs (as many as processors)", "N"},
		{"until", 0, 0, G_OPTION_ARG_STRING, &a->until, "end at this virtual time at the latest, such as 30s", "TIME"},
		{"log-dir", 0, 0, G_OPTION_ARG_FILENAME, &a->log_dir, "write events.log and PC.serial.log here", "DIR"},
		{"capture-dir", 0, 0, G_OPTION_ARG_FILENAME, &a->capture_dir, "write the lab's captures here", "DIR"},
		{"trace", 0, 0, G_OPTION_ARG_STRING, &a->trace,
		 "say on stderr what guests do to their hardware, such as nic:alice:eth0,ide:bob", "LIST"},
		{"no-cache", 0, 0, G_OPTION_ARG_NONE, &a->no_cache,
		 "boot images anew, and keep nothing of it for the next time", NULL},
		{"cache-limit", 0, 0, G_OPTION_ARG_STRING, &a->cache_limit,
		 "how much of the disk booted images may take (4G); what was not used for longest goes", "SIZE"},
		{"allow-uplinks", 0, 0, G_OPTION_ARG_NONE, &a->allow_uplinks, "let the lab be reached from other machines", NULL},
		{"allow-host-commands", 0, 0, G_OPTION_ARG_NONE, &a->allow_commands, "let uplinks run programs on the host", NULL},
		{"no-uplinks", 0, 0, G_OPTION_ARG_NONE, &a->no_uplinks, "keep all uplinks closed", NULL},
		G_OPTION_ENTRY_NULL,
	};
	/* clang-format on */
	unsigned count = 0;
	GOptionEntry *all;

	while (own[count].long_name)
		count++;
	all = g_new0(GOptionEntry, count + G_N_ELEMENTS(shared));
	memcpy(all, own, count * sizeof(*all));
	memcpy(all + count, shared, sizeof(shared));
	return all;
}

bool lab_args_check(struct lab_args *a, const char *command)
{
	if (a->no_uplinks && (a->allow_uplinks || a->allow_commands))
		return args_complain(command, "--no-uplinks",
				     "expected without --allow-uplinks and --allow-host-commands");
	return args_number(command, "--seed", a->seed, 1, UINT64_MAX, 0, &a->seed_n) &&
	       args_number(command, "--workers", a->workers, 1, 1024, 0, &a->workers_n) &&
	       args_size(command, "--cache-limit", a->cache_limit, PC_STORE_LIMIT, &a->cache_limit_n) &&
	       args_time(command, "--until", a->until, TIME_NEVER, &a->until_n);
}

void lab_args_apply(const struct lab_args *a, struct lab_session *s)
{
	s->options.seed = a->seed_n;
	s->options.workers = (unsigned)a->workers_n;
	s->options.cache_limit = a->no_cache ? 0 : a->cache_limit_n;
	s->loop.until = a->until_n;
	s->options.allow_uplinks = a->allow_uplinks;
	s->options.allow_commands = a->allow_commands;
	s->uplinks = a->no_uplinks ? UPLINK_OFF : UPLINK_OPEN;
	s->log_dir = a->log_dir;
	s->trace = a->trace;
	s->capture_dir = a->capture_dir;
}

void lab_args_clear(struct lab_args *a)
{
	char *text[] = {a->seed, a->workers, a->until, a->log_dir, a->capture_dir, a->cache_limit, a->trace};

	for (unsigned n = 0; n < ARRAY_LEN(text); n++)
		g_free(text[n]);
}
