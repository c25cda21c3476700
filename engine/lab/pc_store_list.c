/* What is in the store of PCs, and forgetting it; see pc_store.h. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/lab/pc_store_priv.h"

static void row_free(gpointer opaque)
{
	struct pc_store_row *row = opaque;

	g_free(row->path);
	g_free(row->label);
	g_free(row);
}

static bool read_at(int fd, void *out, size_t size, uint64_t at)
{
	return pread(fd, out, size, (off_t)at) == (ssize_t)size;
}

static int64_t stamp(const struct timespec *t)
{
	return t->tv_sec * 1000000000ll + t->tv_nsec;
}

/* NULL: it is no stored PC. */
static struct pc_store_row *row_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct pc_store_row *row = NULL;
	uint8_t bytes[PC_FILE_HEADER];
	struct pc_file h;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && read_at(fd, bytes, PC_FILE_HEADER, 0) &&
	    !pc_file_read(&h, bytes, (uint64_t)st.st_size)) {
		row = g_new0(struct pc_store_row, 1);
		row->path = g_strdup(path);
		row->label = g_malloc0(h.label + 1);
		row->bytes = (uint64_t)st.st_size;
		row->used = MAX(stamp(&st.st_atim), stamp(&st.st_mtim));
		if (!read_at(fd, row->label, h.label, pc_file_tail(&h)))
			g_clear_pointer(&row, row_free);
	}
	close(fd);
	return row;
}

static int by_path(const void *a, const void *b)
{
	return strcmp((*(struct pc_store_row *const *)a)->path, (*(struct pc_store_row *const *)b)->path);
}

static void list_folder(const char *folder, bool system, const char *prefix, GPtrArray *out)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct pc_store_row *row = g_str_has_suffix(name, PC_STORE_SUFFIX) ? row_of(path) : NULL;

		if (!row)
			continue;
		row->system = system;
		if (g_str_has_prefix(row->label, prefix))
			g_ptr_array_add(out, row);
		else
			row_free(row);
	}
}

GPtrArray *pc_store_list(const char *prefix)
{
	g_autofree char *user = pc_store_folder();
	GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);

	list_folder(PC_STORE_SYSTEM, true, prefix, rows);
	list_folder(user, false, prefix, rows);
	g_ptr_array_sort(rows, by_path);
	return rows;
}

bool pc_store_forget(const char *prefix, GError **error)
{
	g_autoptr(GPtrArray) rows = pc_store_list(prefix);

	for (guint n = 0; n < rows->len; n++) {
		const struct pc_store_row *row = rows->pdata[n];

		if (!row->system && g_unlink(row->path))
			return pc_store_host_failed(error, row->path);
	}
	return true;
}
