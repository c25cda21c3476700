/* lanyard: the table of subcommands, and what happens before one of them runs. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/nearest.h"
#include "tui/cli/command.h"
#include "tui/term/printable.h"

static const struct command commands[] = {
	{"run", "LAB.yaml", "runs a lab", cmd_run},
	{"test", "LAB.yaml", "runs a lab's checks, flat out, and reports", cmd_test},
	{"lint", "LAB.yaml...", "checks lab files: all mistakes at once", cmd_lint},
	{"graph", "LAB.yaml", "draws a lab: who is connected to what", cmd_graph},
	{"keys", "[KEY]", "what may be written in a lab file", cmd_keys},
	{"image", "COMMAND...", "guest images: build, list, info, export, import, forget", cmd_image},
	{"check", "LAB", "judges the checks of a running lab now", cmd_check},
	{"ps", "", "running labs and their PCs", cmd_ps},
	{"attach", "LAB", "the console of a running lab", cmd_attach},
	{"connect", "LAB PC", "a PC's serial line in this terminal", cmd_connect},
	{"exec", "LAB PC -- CMD...", "runs a command in a PC", cmd_exec},
	{"cp", "LAB PC:PATH PATH", "copies files from or to a PC", cmd_cp},
	{"collect", "LAB DIR", "copies the changed files of all PCs", cmd_collect},
	{"set", "LAB THING KEY=VALUE...", "changes a link, card or PC of a running lab", cmd_set},
	{"show", "LAB [THING [TABLE]]", "shows a lab, PC, card, switch, hub or link", cmd_show},
	{"capture", "LAB THING [FILTER]", "packets of a VLAN, link, card or port, live", cmd_capture},
	{"snapshot", "LAB FILE", "stores a running lab; run FILE goes on from there", cmd_snapshot},
	{"pause", "LAB", "a running lab's time stands still", cmd_pause},
	{"continue", "LAB", "a paused lab goes on", cmd_continue},
	{"step", "LAB [1ms|frame|event]", "a paused lab runs a little", cmd_step},
	{"stop", "LAB", "ends a running lab", cmd_stop},
	{"extcap", "[OPTION...]", "Wireshark's door to running labs", cmd_extcap},
	{"boot", "[OPTION...]", "one PC in this terminal, from a kernel, disk, floppy or CD-ROM", cmd_boot},
};

static void print_help(void)
{
	printf("Usage: lanyard COMMAND [ARGUMENT...]\n\nCommands:\n");
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		printf("  %-8s %-23s %s\n", commands[n].name, commands[n].usage, commands[n].help);
	printf("\nOptions:\n"
	       "  --help     this text; `lanyard COMMAND --help` says more\n"
	       "  --version  the version\n");
}

static const struct command *find(const char *name)
{
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		if (!strcmp(name, commands[n].name))
			return &commands[n];
	return NULL;
}

static int unknown(const char *name)
{
	g_autofree char *shown = printable_line(name);
	struct nearest near;

	nearest_init(&near, name);
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		nearest_offer(&near, commands[n].name);
	fprintf(stderr, "lanyard: '%s': no such command", shown);
	if (near.best)
		fprintf(stderr, "; did you mean '%s'?\n", near.best);
	else
		fprintf(stderr, "; `lanyard --help` lists them\n");
	return STATUS_USAGE;
}

/* A reader that went away ended us by SIGPIPE; a full disk has to be told. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "lanyard: stdout: %s\n", g_strerror(errno));
	return status ? status : STATUS_HOST;
}

/* A file that we open must not take the place of a standard stream that somebody
 * closed: in its place stands one that fails, to be read or written. */
static void guard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_HOST);
}

int main(int argc, char **argv)
{
	const struct command *c;
	g_autofree char *name = NULL;

	guard_streams();
	setlocale(LC_ALL, "");
	if (argc < 2) {
		fprintf(stderr, "lanyard: expected a command; `lanyard --help` lists them\n");
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help();
		return finish(STATUS_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("lanyard %s\n", LANYARD_VERSION);
		return finish(STATUS_DONE);
	}
	c = find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	name = g_strdup_printf("lanyard %s", c->name);
	g_set_prgname(name); /* for the first line of --help */
	return finish(c->run(argc - 1, argv + 1));
}
