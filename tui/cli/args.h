/* Command lines: what the subcommands share. Mistakes are one line on stderr:
 * "lanyard COMMAND: OPTION: 'VALUE': expected ...". */
#ifndef LANYARD_TUI_CLI_ARGS_H
#define LANYARD_TUI_CLI_ARGS_H

#include <glib.h>

#include "engine/base/types.h"

/* What a subcommand takes besides options, for --help and for messages. */
struct args_usage {
	const char *command; /* "exec" */
	const char *words;   /* "LAB PC -- CMD..."; "" for none */
	const char *text;    /* what it does, in sentences; NULL */
	unsigned min, max;   /* how many words; max 0 with min > 0: any number */
	bool posix;          /* options stand in front of the first word only */
};

/* Takes the options out of *argc, *argv, which then begin with the command's
 * name, and checks the number of words. False after a message. --help prints
 * and ends the process. entries: ends with a NULL name; NULL: no options. */
bool args_parse(const struct args_usage *u, const GOptionEntry *entries, int *argc, char ***argv);

/* Each of these prints a message and returns false. */

bool args_expected(const char *command, const char *option, const char *value, const char *expected);
bool args_expected_word(const char *command, const char *word, const char *expected);
bool args_complain(const char *command, const char *option, const char *text);
/* error is taken over. */
bool args_error(const char *command, const char *option, GError *error);

/* Values of options; text NULL: the option is not there, *value is standard. */

bool args_number(const char *command, const char *option, const char *text, uint64_t min, uint64_t max,
		 uint64_t standard, uint64_t *value);
bool args_time(const char *command, const char *option, const char *text, uint64_t standard, uint64_t *value);
bool args_size(const char *command, const char *option, const char *text, uint64_t standard, uint64_t *value);

#endif
