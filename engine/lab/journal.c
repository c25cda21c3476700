/* The journal of input: what people and sockets did, with the virtual time at
 * which it took effect, so that a run can be repeated. One line each:
 *
 *   lanyard-journal 1
 *   TIME type PC HEX
 *   TIME set THING KEY VALUE
 *   TIME exec PC HEX
 *   TIME stdin PC ID HEX
 *   TIME kill PC ID
 */
#include "engine/lab/lab_priv.h"

#include <errno.h>

#include "engine/base/units.h"

#define HEADER "lanyard-journal 1"

static char *hex(const void *bytes, size_t size)
{
	GString *s = g_string_sized_new(size * 2);

	for (size_t n = 0; n < size; n++)
		g_string_append_printf(s, "%02x", ((const uint8_t *)bytes)[n]);
	return g_string_free(s, FALSE);
}

static GByteArray *unhex(const char *text)
{
	GByteArray *out = g_byte_array_new();

	for (; g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]); text += 2) {
		uint8_t byte = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));

		g_byte_array_append(out, &byte, 1);
	}
	return out;
}

bool lab_record(struct lab *l, const char *path, GError **error)
{
	lab_record_end(l, NULL);
	l->journal = fopen(path, "we");
	if (!l->journal) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
		return false;
	}
	/* What was done before the process is killed is in the file. */
	setvbuf(l->journal, NULL, _IOLBF, BUFSIZ);
	fprintf(l->journal, HEADER "\n");
	return true;
}

bool lab_record_end(struct lab *l, GError **error)
{
	bool ok;

	if (!l->journal)
		return true;
	ok = !ferror(l->journal);
	ok = !fclose(l->journal) && ok;
	l->journal = NULL;
	if (!ok)
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED,
				    "the journal is not complete: it could not be written");
	return ok;
}

void journal_type(struct lab *l, const struct lab_pc *pc, const void *bytes, size_t size)
{
	g_autofree char *text = l->journal ? hex(bytes, size) : NULL;

	if (l->journal)
		fprintf(l->journal, "%llu type %s %s\n", (unsigned long long)l->now, pc->plan->name, text);
}

void journal_set(struct lab *l, const char *thing, const char *key, const char *value)
{
	if (l->journal)
		fprintf(l->journal, "%llu set %s %s %s\n", (unsigned long long)l->now, thing, key, value);
}

void journal_exec(struct lab *l, const struct lab_pc *pc, const char *command)
{
	g_autofree char *text = l->journal ? hex(command, strlen(command)) : NULL;

	if (l->journal)
		fprintf(l->journal, "%llu exec %s %s\n", (unsigned long long)l->now, pc->plan->name, text);
}

void journal_stdin(struct lab *l, const struct lab_pc *pc, unsigned id, const void *data, size_t size)
{
	g_autofree char *text = l->journal ? hex(data, size) : NULL;

	if (l->journal)
		fprintf(l->journal, "%llu stdin %s %u %s\n", (unsigned long long)l->now, pc->plan->name, id, text);
}

void journal_kill(struct lab *l, const struct lab_pc *pc, unsigned id)
{
	if (l->journal)
		fprintf(l->journal, "%llu kill %s %u\n", (unsigned long long)l->now, pc->plan->name, id);
}

/* ---- replay ---- */

/* A line's words: time, what was done, to which PC or thing, and the rest. */
enum { TIME, ACT, THING, REST, MORE, WORDS };

static void replay_type(struct lab *l, char **word)
{
	g_autoptr(GByteArray) bytes = unhex(word[REST]);

	lab_type(l, lab_pc_find(l, word[THING]), bytes->data, bytes->len);
}

static void replay_set(struct lab *l, char **word)
{
	g_autoptr(GError) error = NULL;

	if (!lab_set(l, word[THING], word[REST], word[MORE], &error))
		lab_note(l, l->now, "replay: %s", error->message);
}

static void replay_exec(struct lab *l, char **word)
{
	static const struct lab_exec_ops silent;
	g_autoptr(GByteArray) command = unhex(word[REST]);
	g_autoptr(GError) error = NULL;

	g_byte_array_append(command, (const uint8_t *)"", 1);
	if (!lab_exec(l, lab_pc_find(l, word[THING]), (const char *)command->data, &silent, &error))
		lab_note(l, l->now, "replay: %s", error->message);
}

/* NULL: none runs under this number. */
static struct lab_exec *running(struct lab *l, char **word)
{
	struct lab_pc *pc = lab_pc_find(l, word[THING]);
	uint64_t n = g_ascii_strtoull(word[REST], NULL, 10);

	return n < G_N_ELEMENTS(pc->exec) ? pc->exec[n] : NULL;
}

static void replay_stdin(struct lab *l, char **word)
{
	struct lab_exec *x = running(l, word);
	g_autoptr(GByteArray) bytes = unhex(word[MORE]);

	if (x)
		lab_exec_input(x, bytes->data, bytes->len);
}

static void replay_kill(struct lab *l, char **word)
{
	struct lab_exec *x = running(l, word);

	if (x)
		lab_exec_cancel(x);
}

static const struct act {
	const char *name, *usage;
	unsigned words; /* of the line */
	unsigned hex;   /* which of them is hexadecimal; 0: none */
	bool pc;        /* THING is a PC */
	void (*run)(struct lab *l, char **word);
} acts[] = {
	{"type", "TIME type PC HEX", 4, REST, true, replay_type},
	{"set", "TIME set THING KEY VALUE", 5, 0, false, replay_set},
	{"exec", "TIME exec PC HEX", 4, REST, true, replay_exec},
	{"stdin", "TIME stdin PC ID HEX", 5, MORE, true, replay_stdin},
	{"kill", "TIME kill PC ID", 4, 0, true, replay_kill},
};

static const struct act *act_find(const char *name)
{
	for (unsigned n = 0; name && n < ARRAY_LEN(acts); n++)
		if (!strcmp(name, acts[n].name))
			return &acts[n];
	return NULL;
}

void replay_due(struct lab *l, unsigned line)
{
	char **word = l->replay->pdata[line];

	act_find(word[ACT])->run(l, word);
}

static bool is_hex(const char *text)
{
	size_t len = strlen(text);

	return len % 2 == 0 && strspn(text, "0123456789abcdef") == len;
}

/* NULL, or what is wrong with a line. */
static char *check_line(struct lab *l, char **word, uint64_t *when)
{
	guint count = g_strv_length(word);
	const struct act *act = count > ACT ? act_find(word[ACT]) : NULL;

	if (!act)
		return g_strdup("expected TIME type|set|exec|stdin|kill ...");
	if (count != act->words || !parse_number(word[TIME], 0, TIME_NEVER - 1, when, NULL) ||
	    (act->hex && !is_hex(word[act->hex])))
		return g_strdup_printf("expected %s", act->usage);
	if (act->pc && !lab_pc_find(l, word[THING]))
		return g_strdup_printf("'%s': no such PC in this lab", word[THING]);
	return *when < l->now ? g_strdup("the lab is past this time") : NULL;
}

static void free_words(gpointer word)
{
	g_strfreev(word);
}

bool lab_replay(struct lab *l, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) line = NULL;

	if (!g_file_get_contents(path, &text, NULL, error))
		return false;
	line = g_strsplit(text, "\n", -1);
	if (g_strcmp0(line[0], HEADER)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:1: expected \"" HEADER "\"", path);
		return false;
	}
	if (!l->replay)
		l->replay = g_ptr_array_new_with_free_func(free_words);
	for (unsigned n = 1; line[n] && (*line[n] || line[n + 1]); n++) {
		char **word = g_strsplit(line[n], " ", WORDS);
		uint64_t when = 0;
		g_autofree char *wrong = check_line(l, word, &when);

		g_ptr_array_add(l->replay, word);
		if (wrong) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: %s", path, n + 1, wrong);
			return false;
		}
		timeline_add(l, TIMELINE_REPLAY, l->replay->len - 1, when);
	}
	return true;
}
