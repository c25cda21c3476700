/* lanyard: the table of subcommands, and what happens before one of them runs. */
#include <glib.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/types.h"
#include "tui/command.h"

static const struct command commands[] = {
	{"boot", "[OPTION...]", "one PC in this terminal, from a kernel, disk, floppy or CD-ROM", cmd_boot},
	{"lint", "LAB.yaml...", "checks lab files: all mistakes at once", cmd_lint},
	{"graph", "LAB.yaml", "draws a lab: who is connected to what", cmd_graph},
	{"image", "COMMAND...", "guest images: build, list, info, export, import, forget", cmd_image},
	{"keys", "[KEY]", "what may be written in a lab file", cmd_keys},
	{"run", "LAB.yaml", "run a lab", cmd_run},
	{"test", "LAB.yaml", "run a lab's checks, flat out, and report", cmd_test},
	{"ps", "", "running labs and their PCs", cmd_ps},
	{"connect", "LAB PC", "a PC's serial line in this terminal", cmd_connect},
	{"exec", "LAB PC -- CMD...", "run a command in a PC", cmd_exec},
	{"cp", "LAB PC:PATH PATH", "copy files from or to a PC", cmd_cp},
	{"collect", "LAB DIR", "copy the changed files of all PCs", cmd_collect},
	{"set", "LAB THING KEY=VALUE...", "change a link, card or PC of a running lab", cmd_set},
	{"show", "LAB [THING [TABLE]]", "look at a PC, card, switch, hub or link", cmd_show},
	{"capture", "LAB THING [FILTER]", "packets of a VLAN, link, card or port", cmd_capture},
	{"stop", "LAB", "end a running lab", cmd_stop},
};

enum { NAME_MAX_LEN = 32 };

static void print_help(void)
{
	printf("Usage: lanyard COMMAND [ARGUMENT...]\n\nCommands:\n");
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		printf("  %-10s %s\n", commands[n].name, commands[n].help);
	printf("\nOptions:\n"
	       "  --help     this text; `lanyard COMMAND --help` says more\n"
	       "  --version  the version\n");
}

/* How many letters to insert, delete or replace (Levenshtein). */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_LEN + 1], columns = (unsigned)strlen(b);

	assert(columns <= NAME_MAX_LEN); /* b is a name of our table */
	for (unsigned n = 0; n <= columns; n++)
		row[n] = n;
	for (unsigned line = 1; *a; a++, line++) {
		unsigned diagonal = row[0];

		row[0] = line;
		for (unsigned n = 1; n <= columns; n++) {
			unsigned best = diagonal + (*a != b[n - 1]);

			diagonal = row[n];
			best = MIN(best, row[n] + 1);
			row[n] = MIN(best, row[n - 1] + 1);
		}
	}
	return row[columns];
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
	const struct command *nearest = NULL;
	unsigned best = 3; /* more than two letters wrong is another word */

	for (unsigned n = 0; n < ARRAY_LEN(commands); n++) {
		unsigned d = distance(name, commands[n].name);

		if (d < best) {
			best = d;
			nearest = &commands[n];
		}
	}
	fprintf(stderr, "lanyard: '%s': no such command", name);
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?\n", nearest->name);
	else
		fprintf(stderr, "; `lanyard --help` lists them\n");
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *c;
	g_autofree char *name = NULL;

	setlocale(LC_ALL, "");
	if (argc < 2) {
		fprintf(stderr, "lanyard: expected a command; `lanyard --help` lists them\n");
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help();
		return STATUS_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("lanyard %s\n", LANYARD_VERSION);
		return STATUS_DONE;
	}
	c = find(argv[1]);
	if (!c)
		return unknown(argv[1]);
	name = g_strdup_printf("lanyard %s", c->name);
	g_set_prgname(name); /* for the first line of --help */
	return c->run(argc - 1, argv + 1);
}
