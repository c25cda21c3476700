/* What is wrong with a lab file: all mistakes at once, each with its place. */
#ifndef LANYARD_TOPOLOGY_REPORT_H
#define LANYARD_TOPOLOGY_REPORT_H

#include "engine/lab/plan.h"

struct topology_message {
	struct plan_mark mark;
	bool warning; /* legal but surprising; else an error */
	char *text;   /* one line */
};

struct topology_report {
	GPtrArray *messages; /* struct topology_message, in order of file, line, column */
	GPtrArray *files;    /* char *: names in the marks, in order of reading */
	GHashTable *said;    /* against saying a thing twice */
	unsigned errors, warnings;
	unsigned dropped; /* beyond the first REPORT_LIMIT */
};

enum { REPORT_LIMIT = 200 };

void topology_report_init(struct topology_report *r);
/* Frees all that hangs on r. */
void topology_report_clear(struct topology_report *r);
/* "FILE:LINE:COLUMN: error: TEXT" for each message, a line each. g_free() it. */
char *topology_report_text(const struct topology_report *r);

/* ---- for the files of topology/ ---- */

/* The name to use in marks; kept by the report. */
const char *report_file(struct topology_report *r, const char *name);
/* Where NULL or "": the file's top. The same text at the same mark is kept
 * once, even if `where` differs: copies of one mistake. Control characters are
 * escaped here. */
void report_add(struct topology_report *r, bool warning, const struct plan_mark *mark, const char *where,
		const char *text);
void report_sort(struct topology_report *r);

#endif
