/* What a view of the console is, and what it sees: one file a view, a row in views.c. */
#ifndef LANYARD_TUI_CONSOLE_VIEW_H
#define LANYARD_TUI_CONSOLE_VIEW_H

#include "tui/console/canvas.h"
#include "tui/console/keys.h"
#include "tui/console/model.h"
#include "tui/control/client.h"

struct console;
struct pc_term;

struct view_key {
	const char *key, *does; /* for the bottom line (the first few) and the help */
};

struct view {
	const char *name;            /* "Topology" */
	unsigned code;               /* its F-key; 0: reached from elsewhere */
	const struct view_key *keys; /* ends with a NULL key */
	/* Any of these may be NULL. */
	void (*enter)(struct console *c);
	void (*leave)(struct console *c);
	void (*draw)(struct console *c, struct canvas *canvas, struct area a);
	bool (*key)(struct console *c, struct key key); /* false: it is nobody's */
	/* Every so often while it is shown: asks the lab for what it needs. */
	void (*refresh)(struct console *c);
	bool raw; /* every key is the view's, but the way out */
};

/* views.c */
extern const struct view *const views[];
const struct view *view_at(unsigned n); /* NULL: there are no more */
extern const struct view view_topology, view_pc, view_packets, view_switches, view_links, view_uplinks, view_events,
	view_checks;

/* What views share. */
struct console {
	struct client *client; /* NULL: there is no lab, as in tests */
	struct model *model;
	const struct view *view;
	bool owner; /* the lab ends with the console, unless it is detached */
	bool quit, stop_lab;
	char *message;     /* one line, until the next key */
	struct area shown; /* where the view was drawn last */
	unsigned escape;   /* the way out of a PC's terminal */
	bool escaped;      /* it was pressed: a digit leads to a view */
	bool help;

	/* the line at the bottom that is being typed; NULL: none */
	GString *prompt;
	char prompt_kind; /* ':', '/', 'f' (a filter), 'w' (a file), '=' (a value) */
	GPtrArray *history;
	int history_at;

	/* topology */
	unsigned selected_node;
	int selected_edge; /* -1: the node is */
	int scroll_x, scroll_y;
	bool compact;
	/* PCs' terminals by name; which is shown, and beside it */
	GHashTable *terms; /* name -> struct pc_term */
	char *pc, *beside;
	/* packets */
	char *watch_target, *watch_filter;
	bool watching, follow;
	int packet;       /* selected, from the first that is kept; with follow: the last */
	int packet_lines; /* scrolled in the details */
	uint64_t hop;     /* number of the packet whose way is followed; 0: none */
	GString *capture; /* being written to a file; NULL: none */
	/* tables: what was answered last, which row is selected */
	JsonNode *table;
	char *table_of;
	unsigned row, row_count, field;
	int scroll;
	char *edit_thing, *edit_key; /* of prompt '=' */
};

/* console.c */
/* Asks the lab; the answer replaces c->table if it is still wanted for `of`. */
void console_table(struct console *c, const char *of, const char *execute, const char *key, const char *value);
/* Does something in the lab; what goes wrong is shown. Pairs as of client_call(). */
void console_do(struct console *c, const char *execute, ...) G_GNUC_NULL_TERMINATED;
void console_say(struct console *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
void console_show(struct console *c, const struct view *v);
void console_prompt(struct console *c, char kind, const char *text);
void console_open_pc(struct console *c, const char *name);
/* The object of c->table if it is `of`'s; NULL. */
JsonObject *console_answer(struct console *c, const char *of);
/* A list with a selected row: moves c->row by a key; false: it is another key. */
bool console_move(struct console *c, struct key key, unsigned count, int page);
#endif
