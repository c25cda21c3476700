/* Folders through tar; see tar.h. What comes from a guest is hostile: tar keeps
 * to its directory (no absolute names, no ".."), and takes over no owner. */
#include "tui/cli/tar.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/cli/lab_client.h"

static bool spawn(const char *command_name, char **argv, GPid *pid, int *in, int *out)
{
	g_autoptr(GError) error = NULL;

	if (g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, pid,
				     in, out, NULL, &error))
		return true;
	fprintf(stderr, "lanyard %s: %s\n", command_name, error->message);
	return false;
}

static bool reap(GPid pid)
{
	int code;

	while (waitpid(pid, &code, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(code) && !WEXITSTATUS(code);
}

bool tar_fetch(struct client *c, const char *command_name, const char *pc, const char *command, const char *dir)
{
	/* --ignore-zeros: several archives in a row (cmd_collect.c). */
	char *argv[] = {(char *)"tar", (char *)"-C", (char *)dir, (char *)"--no-same-owner", (char *)"--ignore-zeros",
			(char *)"-xf", (char *)"-",  NULL};
	int in, status;
	GPid pid;

	if (!spawn(command_name, argv, &pid, &in, NULL))
		return false;
	status = lab_client_run(command_name, c, pc, command, -1, in, STDERR_FILENO);
	close(in);
	return reap(pid) && status == 0;
}

bool tar_send(struct client *c, const char *command_name, const char *pc, const char *command, const char *dir)
{
	char *argv[] = {(char *)"tar", (char *)"-C", (char *)dir, (char *)"-cf", (char *)"-", (char *)".", NULL};
	int out, status;
	GPid pid;

	if (!spawn(command_name, argv, &pid, NULL, &out))
		return false;
	status = lab_client_run(command_name, c, pc, command, out, -1, STDERR_FILENO);
	close(out);
	return reap(pid) && status == 0;
}
