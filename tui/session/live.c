/* A line that stays at the bottom; see live.h. */
#include "tui/session/live.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "tui/term/term.h"

struct live {
	FILE *out;
	bool shown;
};

struct live *live_new(FILE *out)
{
	const char *type = g_getenv("TERM");
	struct live *l;

	if (!isatty(fileno(out)) || !type || !*type || !strcmp(type, "dumb"))
		return NULL;
	l = g_new0(struct live, 1);
	l->out = out;
	return l;
}

void live_free(struct live *l)
{
	live_erase(l);
	g_free(l);
}

void live_erase(struct live *l)
{
	if (!l || !l->shown)
		return;
	fputs("\r\033[K", l->out);
	fflush(l->out);
	l->shown = false;
}

void live_show(struct live *l, const char *text)
{
	unsigned cols, rows;

	if (!l)
		return;
	/* The last column stays free: the cursor must not wrap. */
	term_size(&cols, &rows);
	fprintf(l->out, "\r\033[K%.*s", (int)cols - 1, text);
	fflush(l->out);
	l->shown = true;
}
