/* A lab file read for running; see lab_open.h. */
#include "tui/lab_open.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "topology/lint.h"

struct plan *lab_open(const char *path)
{
	struct topology_report report;
	g_autofree char *text = NULL;
	struct plan *plan;

	topology_report_init(&report);
	plan = topology_load(path, &report);
	text = topology_report_text(&report);
	fputs(text, stderr);
	if (report.errors) {
		plan_free(plan);
		plan = NULL;
	}
	topology_report_clear(&report);
	return plan;
}

char *lab_path_in(const char *dir, const char *name)
{
	return g_build_filename(dir, name, NULL);
}

bool lab_make_dir(const char *command, const char *option, const char *dir)
{
	if (!g_mkdir_with_parents(dir, 0777) && g_file_test(dir, G_FILE_TEST_IS_DIR))
		return true;
	fprintf(stderr, "lanyard %s: %s: %s: %s\n", command, option, dir, g_strerror(errno ? errno : ENOTDIR));
	return false;
}

void lab_time_text(uint64_t ns, char text[32])
{
	snprintf(text, 32, "%3llu.%06u", (unsigned long long)(ns / 1000000000), (unsigned)(ns % 1000000000 / 1000));
}
