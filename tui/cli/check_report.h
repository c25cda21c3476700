/* Verdicts of checks for people and machines, as lines of TAP 13. */
#ifndef LANYARD_TUI_CLI_CHECK_REPORT_H
#define LANYARD_TUI_CLI_CHECK_REPORT_H

#include "engine/base/types.h"

struct check_line {
	const char *name, *seen, *hint; /* hint: "" for none */
	unsigned points;
	bool passed;
	uint64_t when;
};

/* number: of the check, from 1 on. output: what a check printed that passed is shown. */
void check_report_line(unsigned number, const struct check_line *x, bool output);
/* Text of several lines as comments. */
void check_report_comment(const char *text);
void check_report_sum(unsigned points, unsigned possible, unsigned failed, unsigned all);

#endif
