/* A subcommand of the program: one row of the table in main.c. */
#ifndef LANYARD_TUI_CLI_COMMAND_H
#define LANYARD_TUI_CLI_COMMAND_H

#include "tui/term/status.h"

struct command {
	const char *name;
	const char *usage; /* what follows the name */
	const char *help;  /* one line */
	/* argv[0] is the command's name; returns the exit status. */
	int (*run)(int argc, char **argv);
};

int cmd_boot(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_image(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_lint(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_ps(int argc, char **argv);
int cmd_connect(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_cp(int argc, char **argv);
int cmd_collect(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_capture(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_continue(int argc, char **argv);
int cmd_step(int argc, char **argv);
int cmd_extcap(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif
