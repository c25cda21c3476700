/* Paths and files of a lab; see path.h. */
#include "topology/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_inside(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (!strcmp(root, "/"))
		return true;
	return !strncmp(path, root, len) && (path[len] == '/' || !path[len]);
}

static const char *errno_text(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR: return "there is no such file";
	case EACCES:
	case EPERM: return "it may not be read";
	case ELOOP: return "its symbolic links go round in circles";
	case ENAMETOOLONG: return "its name is too long";
	default: return "it cannot be read";
	}
}

char *path_inside(const char *root, const char *from, const char *relative, enum path_kind kind, const char **why)
{
	g_autofree char *joined = g_build_filename(from, relative, NULL), *result = NULL;
	char *real;
	struct stat st;

	*why = "it is outside of the lab's folder";
	if (g_path_is_absolute(relative))
		return NULL;
	real = realpath(joined, NULL);
	if (!real) {
		/* Tells nothing about what is outside: the dots alone decide. */
		g_autofree char *canonical = g_canonicalize_filename(relative, from);

		if (is_inside(root, canonical))
			*why = errno_text(errno);
		return NULL;
	}
	result = g_strdup(real);
	free(real);
	if (!is_inside(root, result))
		return NULL;
	if (stat(result, &st)) {
		*why = errno_text(errno);
		return NULL;
	}
	*why = kind == PATH_FOLDER ? "it is not a folder" : "it is not a file";
	if (kind == PATH_FOLDER ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
		return NULL;
	*why = NULL;
	return g_steal_pointer(&result);
}

enum { TREE_DEPTH = 32, TREE_FILES = 10000 };

static bool entry_inside(const char *root, const char *folder, const char *name, unsigned depth, unsigned *files,
			 const char **why);

static bool tree_inside(const char *root, const char *folder, unsigned depth, unsigned *files, const char **why)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;
	bool ok = true;

	*why = dir ? "it is too large: at most 10000 files, 32 folders deep" : "a folder in it cannot be read";
	if (!dir)
		return false;
	while (ok && (name = g_dir_read_name(dir))) {
		ok = ++*files <= TREE_FILES && depth < TREE_DEPTH;
		ok = ok && entry_inside(root, folder, name, depth, files, why);
	}
	g_dir_close(dir);
	return ok;
}

static bool entry_inside(const char *root, const char *folder, const char *name, unsigned depth, unsigned *files,
			 const char **why)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat st;

	if (lstat(path, &st))
		return true; /* it went away */
	if (S_ISLNK(st.st_mode))
		return true; /* copied as a link, it leads nowhere here */
	if (S_ISDIR(st.st_mode))
		return tree_inside(root, path, depth + 1, files, why);
	if (!S_ISREG(st.st_mode))
		*why = "something in it is neither a file nor a folder";
	return S_ISREG(st.st_mode);
}

bool path_tree_inside(const char *root, const char *folder, const char **why)
{
	unsigned files = 0;

	return tree_inside(root, folder, 0, &files, why);
}

static char *read_all(int fd, gsize max, gsize *size, const char **why)
{
	char *text = g_malloc(max + 1);
	gsize got = 0;

	for (;;) {
		ssize_t n = read(fd, text + got, max + 1 - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			*why = errno_text(errno);
		else if ((gsize)n + got > max)
			*why = "it is larger than 1 MiB";
		if (*why) {
			g_free(text);
			return NULL;
		}
		got += (gsize)n;
		if (n == 0)
			break;
	}
	*size = got;
	return text;
}

char *path_read(const char *path, gsize max, gsize *size, const char **why)
{
	/* Not to hang on a pipe; its kind is checked below. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;

	*why = NULL;
	if (fd < 0) {
		*why = errno_text(errno);
		return NULL;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		*why = S_ISDIR(st.st_mode) ? "it is a folder" : "it is not a file";
	else
		text = read_all(fd, max, size, why);
	close(fd);
	return text;
}
