/* TAP of checks; see check_report.h. */
#include "tui/cli/check_report.h"

#include <glib.h>
#include <stdio.h>

#include "tui/session/lab_text.h"
#include "tui/term/printable.h"

void check_report_comment(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		g_autofree char *safe = printable_line(*line);

		if (*safe)
			printf("# %s\n", safe);
	}
}

void check_report_line(unsigned number, const struct check_line *x, bool output)
{
	char time[32];

	lab_time_text(x->when, time);
	printf("%s %u - %s # %u point%s, at %ss\n", x->passed ? "ok" : "not ok", number, x->name, x->points,
	       x->points == 1 ? "" : "s", g_strchug(time));
	if (!x->passed)
		check_report_comment(*x->seen ? x->seen : "nothing was seen");
	else if (output)
		check_report_comment(x->seen);
	if (!x->passed)
		check_report_comment(x->hint);
	fflush(stdout);
}

void check_report_sum(unsigned points, unsigned possible, unsigned failed, unsigned all)
{
	printf("# %u of %u points, %u of %u checks failed\n", points, possible, failed, all);
}
