/* Running other programs; see child.h. */
#include "tui/cli/child.h"

#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/term/term.h"

#define LOOK_US 20000
#define PATIENCE 25 /* looks, half a second, from the request to the end */

/* In the new process: what we ignore, it need not. */
static void set_up(gpointer unused)
{
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
}

/* Its status, and nothing of its group left. */
static int wait_for(GPid pid)
{
	unsigned looks = 0;
	bool asked = false;
	int status = 0;
	pid_t done;

	while ((done = waitpid(pid, &status, WNOHANG)) == 0 || (done < 0 && errno == EINTR)) {
		if (term_ended_by() && !asked)
			kill(-pid, SIGTERM);
		asked = asked || term_ended_by();
		if (asked && looks++ == PATIENCE)
			kill(-pid, SIGKILL);
		g_usleep(LOOK_US);
	}
	if (asked)
		kill(-pid, SIGKILL);
	return status;
}

bool child_run(const char *const *argv, const char *what, bool quiet, GError **error)
{
	GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | (quiet ? G_SPAWN_STDERR_TO_DEV_NULL : 0);
	int status;
	GPid pid;

	if (!g_spawn_async(NULL, (char **)argv, NULL, flags, set_up, NULL, &pid, error))
		return false;
	setpgid(pid, pid); /* whoever is first */
	status = wait_for(pid);
	if (term_ended_by()) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s was stopped", what);
		return false;
	}
	return g_spawn_check_wait_status(status, error);
}
