/* Folders and times; see lab_text.h. */
#include "tui/session/lab_text.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>

char *lab_path_in(const char *dir, const char *name)
{
	return g_build_filename(dir, name, NULL);
}

bool lab_make_dir(const char *option, const char *dir, GError **error)
{
	int failed = g_mkdir_with_parents(dir, 0777) ? errno : 0;

	if (!failed && g_file_test(dir, G_FILE_TEST_IS_DIR))
		return true;
	failed = failed ? failed : ENOTDIR;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(failed), "%s: %s: %s", option, dir, g_strerror(failed));
	return false;
}

void lab_time_text(uint64_t ns, char text[32])
{
	snprintf(text, 32, "%3llu.%06u", (unsigned long long)(ns / 1000000000), (unsigned)(ns % 1000000000 / 1000));
}
