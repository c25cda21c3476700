/* How the program ends: the exit statuses of every command. */
#ifndef LANYARD_TUI_TERM_STATUS_H
#define LANYARD_TUI_TERM_STATUS_H

enum {
	STATUS_DONE = 0,
	STATUS_FAILED_CHECK = 1,
	STATUS_USAGE = 2, /* the lab, a file or the command line is wrong */
	STATUS_HOST = 3,  /* the host failed us */
};

#endif
