/* Collects messages; see report.h. */
#include "topology/report.h"

#include <string.h>

static void message_free(gpointer data)
{
	struct topology_message *m = data;

	g_free(m->text);
	g_free(m);
}

void topology_report_init(struct topology_report *r)
{
	memset(r, 0, sizeof(*r));
	r->messages = g_ptr_array_new_with_free_func(message_free);
	r->files = g_ptr_array_new_with_free_func(g_free);
	r->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void topology_report_clear(struct topology_report *r)
{
	g_ptr_array_unref(r->messages);
	g_ptr_array_unref(r->files);
	g_hash_table_unref(r->said);
	memset(r, 0, sizeof(*r));
}

const char *report_file(struct topology_report *r, const char *name)
{
	for (guint n = 0; n < r->files->len; n++)
		if (!strcmp(r->files->pdata[n], name))
			return r->files->pdata[n];
	g_ptr_array_add(r->files, g_strdup(name));
	return r->files->pdata[r->files->len - 1];
}

/* text without control characters (C0, DEL, C1), which a file could send to the
 * reader's terminal. */
static char *harmless(const char *text)
{
	GString *s = g_string_new(NULL);

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			g_string_append_printf(s, "\\x%02x", *++p);
		else if (*p < 0x20 || *p == 0x7f)
			g_string_append_printf(s, "\\x%02x", *p);
		else
			g_string_append_c(s, (char)*p);
	}
	return g_string_free(s, FALSE);
}

void report_add(struct topology_report *r, bool warning, const struct plan_mark *mark, const char *where,
		const char *text)
{
	g_autofree char *line = NULL;
	struct topology_message *m;

	if (!g_hash_table_add(r->said,
			      g_strdup_printf("%s:%u:%u:%d %s", mark->file, mark->line, mark->column, warning, text)))
		return;
	if (warning)
		r->warnings++;
	else
		r->errors++;
	if (r->messages->len >= REPORT_LIMIT) {
		r->dropped++;
		return;
	}
	m = g_new0(struct topology_message, 1);
	m->mark = *mark;
	m->warning = warning;
	line = where && *where ? g_strdup_printf("%s: %s", where, text) : g_strdup(text);
	m->text = harmless(line);
	g_ptr_array_add(r->messages, m);
}

/* Place in the list of files: the order in which they were read. */
static guint file_order(const struct topology_report *r, const char *file)
{
	guint n = 0;

	while (n < r->files->len && r->files->pdata[n] != file)
		n++;
	return n;
}

static gint compare(gconstpointer a, gconstpointer b, gpointer report)
{
	const struct topology_message *x = *(struct topology_message *const *)a,
				      *y = *(struct topology_message *const *)b;
	guint fx = file_order(report, x->mark.file), fy = file_order(report, y->mark.file);

	if (fx != fy)
		return fx < fy ? -1 : 1;
	if (x->mark.line != y->mark.line)
		return x->mark.line < y->mark.line ? -1 : 1;
	if (x->mark.column != y->mark.column)
		return x->mark.column < y->mark.column ? -1 : 1;
	if (x->warning != y->warning)
		return x->warning ? 1 : -1;
	return strcmp(x->text, y->text);
}

void report_sort(struct topology_report *r)
{
	g_ptr_array_sort_with_data(r->messages, compare, r);
}

char *topology_report_text(const struct topology_report *r)
{
	GString *s = g_string_new(NULL);

	for (guint n = 0; n < r->messages->len; n++) {
		const struct topology_message *m = r->messages->pdata[n];

		g_string_append_printf(s, "%s:%u:%u: %s: %s\n", m->mark.file, m->mark.line, m->mark.column,
				       m->warning ? "warning" : "error", m->text);
	}
	if (r->dropped)
		g_string_append_printf(s, "... and %u more\n", r->dropped);
	return g_string_free(s, FALSE);
}
