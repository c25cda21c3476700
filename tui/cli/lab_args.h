/* The options that run and test share. */
#ifndef LANYARD_TUI_CLI_LAB_ARGS_H
#define LANYARD_TUI_CLI_LAB_ARGS_H

#include "tui/cli/args.h"
#include "tui/session/session.h"

struct lab_args {
	/* as written */
	char *seed, *workers, *until, *log_dir, *capture_dir, *cache_limit, *trace;
	gboolean no_cache;
	gboolean allow_uplinks, allow_commands, no_uplinks;
	/* as understood */
	uint64_t seed_n, workers_n, until_n, cache_limit_n;
};

/* The rows of a command's table: `own`, which ends with a NULL name, and those of
 * a; g_free() it. */
GOptionEntry *lab_args_entries(struct lab_args *a, const GOptionEntry *own);
/* False after a message. */
bool lab_args_check(struct lab_args *a, const char *command);
/* What a says, to a session. */
void lab_args_apply(const struct lab_args *a, struct lab_session *s);
void lab_args_clear(struct lab_args *a);

#endif
