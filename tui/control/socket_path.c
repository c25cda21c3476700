/* Paths of control sockets; see socket_path.h. */
#include "tui/control/socket_path.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".sock"

char *socket_dir(void)
{
	const char *runtime = g_getenv("XDG_RUNTIME_DIR");

	if (runtime && g_path_is_absolute(runtime))
		return g_build_filename(runtime, "lanyard", NULL);
	return g_strdup_printf("/tmp/lanyard-%u", (unsigned)getuid());
}

/* In /tmp anybody may have been first. */
static bool is_ours(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_uid == getuid() && !(st->st_mode & 077);
}

bool socket_dir_safe(GError **error)
{
	g_autofree char *dir = socket_dir();
	struct stat st;

	if (lstat(dir, &st) || is_ours(&st))
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		    "%s: expected a directory that is yours alone (mode 0700)", dir);
	return false;
}

char *socket_dir_make(GError **error)
{
	g_autofree char *dir = socket_dir();

	if (!g_mkdir(dir, 0700) || errno == EEXIST)
		return socket_dir_safe(error) ? g_steal_pointer(&dir) : NULL;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", dir, g_strerror(errno));
	return NULL;
}

bool socket_name_ok(const char *name)
{
	if (!*name || *name == '.' || *name == '-' || strlen(name) > 64)
		return false;
	for (const char *c = name; *c; c++)
		if (!g_ascii_isalnum(*c) && !strchr("-_.", *c))
			return false;
	return true;
}

bool socket_address(const char *dir, const char *name, struct sockaddr_un *address, GError **error)
{
	g_autofree char *path = g_strdup_printf("%s/%s" SUFFIX, dir, name);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
			    "%s: longer than a socket's path can be (%u)", path,
			    (unsigned)sizeof(address->sun_path) - 1);
		return false;
	}
	g_strlcpy(address->sun_path, path, sizeof(address->sun_path));
	return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *socket_names(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = socket_dir();
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, SUFFIX))
			g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(SUFFIX)));
	g_ptr_array_sort(names, by_name);
	return names;
}
