/* lanyard cp: a file or folder from a PC to here, or from here to a PC. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/cli/tar.h"
#include "tui/term/term.h"

static int local_error(const char *path)
{
	fprintf(stderr, "lanyard cp: %s: %s\n", path, g_strerror(errno));
	return STATUS_USAGE;
}

/* What the end of a remote command means to us. */
static int remote_status(int status)
{
	return status == 0 ? STATUS_DONE : status == REMOTE_REFUSED ? STATUS_USAGE : STATUS_HOST;
}

/* "alice:/etc/motd" -> "alice", "/etc/motd"; NULL: a path of this machine. */
static char *split(const char *text, const char **path)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/');

	if (!colon || colon == text || (slash && slash < colon))
		return NULL;
	*path = colon + 1;
	return g_strndup(text, (gsize)(colon - text));
}

/* A file in its own right only when it is whole. */
static int fetch_file(struct client *c, const char *pc, const char *quoted, const char *to)
{
	g_autofree char *command = g_strdup_printf("cat -- %s", quoted);
	bool special = g_file_test(to, G_FILE_TEST_EXISTS) && !g_file_test(to, G_FILE_TEST_IS_REGULAR);
	g_autofree char *part = special ? g_strdup(to) : g_strdup_printf("%s.part", to);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), status;

	if (fd < 0)
		return local_error(part);
	status = lab_client_run("cp", c, pc, command, -1, fd, STDERR_FILENO);
	if (close(fd) && !status) {
		local_error(part);
		status = REMOTE_BROKEN;
	}
	if (special)
		return remote_status(status);
	if (status == 0)
		return g_rename(part, to) ? local_error(to) : STATUS_DONE;
	g_unlink(part);
	return remote_status(status);
}

static int fetch(struct client *c, const char *pc, const char *path, const char *to)
{
	g_autofree char *quoted = g_shell_quote(path), *base = g_path_get_basename(path);
	g_autofree char *ask = g_strdup_printf("test -d %s", quoted),
			*tar = g_strdup_printf("tar -C %s -cf - .", quoted);
	bool into =
		g_file_test(to, G_FILE_TEST_IS_DIR) && g_ascii_isprint(base[0]) && base[0] != '/' && strcmp(base, ".");
	g_autofree char *target = into ? g_build_filename(to, base, NULL) : g_strdup(to);
	int is_dir = lab_client_run("cp", c, pc, ask, -1, -1, -1);

	if (is_dir < 0)
		return remote_status(is_dir);
	if (is_dir)
		return fetch_file(c, pc, quoted, target);
	if (g_mkdir_with_parents(target, 0777))
		return local_error(target);
	return tar_fetch(c, "cp", pc, tar, target) ? STATUS_DONE : STATUS_HOST;
}

static int send_file(struct client *c, const char *pc, const char *from, const char *path)
{
	g_autofree char *base = g_path_get_basename(from), *inside = g_build_filename(path, base, NULL);
	g_autofree char *to = g_shell_quote(path), *in = g_shell_quote(inside);
	g_autofree char *command = g_strdup_printf("if [ -d %s ]; then cat > %s; else cat > %s; fi", to, in, to);
	int fd = open(from, O_RDONLY | O_CLOEXEC), status;

	if (fd < 0)
		return local_error(from);
	status = lab_client_run("cp", c, pc, command, fd, -1, STDERR_FILENO);
	close(fd);
	return remote_status(status);
}

static int push(struct client *c, const char *pc, const char *from, const char *path)
{
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *command = g_strdup_printf("mkdir -p %s && tar -C %s -xf -", quoted, quoted);

	if (g_file_test(from, G_FILE_TEST_IS_DIR))
		return tar_send(c, "cp", pc, command, from) ? STATUS_DONE : STATUS_HOST;
	return send_file(c, pc, from, path);
}

int cmd_cp(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "cp",
		.words = "LAB PC:PATH PATH, or LAB PATH PC:PATH",
		.text = "Copies a file or a folder from a PC or to a PC. A path of this machine with a ':' in it\n"
			"needs a '/' before that, such as ./a:b.",
		.min = 3,
		.max = 3,
	};
	const char *from_path = NULL, *to_path = NULL;
	g_autofree char *from = NULL, *to = NULL;
	struct client *c;
	int status;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	from = split(argv[2], &from_path);
	to = split(argv[3], &to_path);
	if (!from == !to) {
		fprintf(stderr, "lanyard cp: expected %s; %s\n", usage.words,
			from ? "both are paths in PCs" : "neither is a path in a PC");
		return STATUS_USAGE;
	}
	c = lab_client_open("cp", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	status = from ? fetch(c, from, from_path, argv[3]) : push(c, to, argv[2], to_path);
	client_free(c);
	if (term_ended_by())
		return 128 + term_ended_by();
	return status;
}
