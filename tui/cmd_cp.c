/* lanyard cp: a file or folder from a PC to here, or from here to a PC. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/client.h"
#include "tui/command.h"
#include "tui/remote.h"
#include "tui/tar.h"
#include "tui/term.h"

static bool local_error(const char *path)
{
	fprintf(stderr, "lanyard cp: %s: %s\n", path, g_strerror(errno));
	return false;
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
static bool fetch_file(struct client *c, const char *pc, const char *quoted, const char *to)
{
	g_autofree char *command = g_strdup_printf("cat -- %s", quoted);
	bool special = g_file_test(to, G_FILE_TEST_EXISTS) && !g_file_test(to, G_FILE_TEST_IS_REGULAR);
	g_autofree char *part = special ? g_strdup(to) : g_strdup_printf("%s.part", to);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), status;

	if (fd < 0)
		return local_error(part);
	status = remote_run(c, "cp", pc, command, -1, fd, STDERR_FILENO);
	if (close(fd) && !status) {
		local_error(part);
		status = -1;
	}
	if (special)
		return status == 0;
	if (status == 0)
		return !g_rename(part, to) || local_error(to);
	g_unlink(part);
	return false;
}

static bool fetch(struct client *c, const char *pc, const char *path, const char *to)
{
	g_autofree char *quoted = g_shell_quote(path), *base = g_path_get_basename(path);
	g_autofree char *ask = g_strdup_printf("test -d %s", quoted),
			*tar = g_strdup_printf("tar -C %s -cf - .", quoted);
	bool into =
		g_file_test(to, G_FILE_TEST_IS_DIR) && g_ascii_isprint(base[0]) && base[0] != '/' && strcmp(base, ".");
	g_autofree char *target = into ? g_build_filename(to, base, NULL) : g_strdup(to);
	int is_dir = remote_run(c, "cp", pc, ask, -1, -1, -1);

	if (is_dir < 0)
		return false;
	if (is_dir)
		return fetch_file(c, pc, quoted, target);
	if (g_mkdir_with_parents(target, 0777))
		return local_error(target);
	return tar_fetch(c, "cp", pc, tar, target);
}

static bool send_file(struct client *c, const char *pc, const char *from, const char *path)
{
	g_autofree char *base = g_path_get_basename(from), *inside = g_build_filename(path, base, NULL);
	g_autofree char *to = g_shell_quote(path), *in = g_shell_quote(inside);
	g_autofree char *command = g_strdup_printf("if [ -d %s ]; then cat > %s; else cat > %s; fi", to, in, to);
	int fd = open(from, O_RDONLY | O_CLOEXEC), status;

	if (fd < 0)
		return local_error(from);
	status = remote_run(c, "cp", pc, command, fd, -1, STDERR_FILENO);
	close(fd);
	return status == 0;
}

static bool push(struct client *c, const char *pc, const char *from, const char *path)
{
	g_autofree char *quoted = g_shell_quote(path);
	g_autofree char *command = g_strdup_printf("mkdir -p %s && tar -C %s -xf -", quoted, quoted);

	if (g_file_test(from, G_FILE_TEST_IS_DIR))
		return tar_send(c, "cp", pc, command, from);
	return send_file(c, pc, from, path);
}

int cmd_cp(int argc, char **argv)
{
	const char *from_path = NULL, *to_path = NULL;
	g_autofree char *from = argc == 4 ? split(argv[2], &from_path) : NULL;
	g_autofree char *to = argc == 4 ? split(argv[3], &to_path) : NULL;
	struct client *c;
	bool ok;

	if (!from == !to) {
		fprintf(stderr, "lanyard cp: expected LAB PC:PATH PATH, or LAB PATH PC:PATH\n");
		return STATUS_USAGE;
	}
	c = client_open("cp", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	ok = from ? fetch(c, from, from_path, argv[3]) : push(c, to, argv[2], to_path);
	client_free(c);
	return ok ? STATUS_DONE : STATUS_HOST;
}
