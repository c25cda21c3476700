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
	journal_close(l);
	l->journal = fopen(path, "w");
	if (!l->journal) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
		return false;
	}
	fprintf(l->journal, HEADER "\n");
	return true;
}

void journal_close(struct lab *l)
{
	if (l->journal)
		fclose(l->journal);
	l->journal = NULL;
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

static void replay_exec(struct lab *l, struct lab_pc *pc, const char *text)
{
	static const struct lab_exec_ops silent;
	g_autoptr(GByteArray) command = unhex(text);

	g_byte_array_append(command, (const uint8_t *)"", 1);
	lab_exec(l, pc, (const char *)command->data, &silent, NULL);
}

static struct lab_exec *exec_by_id(struct lab_pc *pc, const char *id)
{
	uint64_t n = g_ascii_strtoull(id, NULL, 10);

	return n < G_N_ELEMENTS(pc->exec) ? pc->exec[n] : NULL;
}

static void replay_stdin(struct lab_exec *x, const char *text)
{
	g_autoptr(GByteArray) bytes = unhex(text);

	if (x)
		lab_exec_input(x, bytes->data, bytes->len);
}

static void replay_due(struct lab *l, void *opaque)
{
	char **word = opaque;
	struct lab_pc *pc = lab_pc_find(l, word[2]);

	if (!strcmp(word[1], "type") && pc && word[3]) {
		g_autoptr(GByteArray) bytes = unhex(word[3]);

		lab_type(l, pc, bytes->data, bytes->len);
	} else if (!strcmp(word[1], "exec") && pc) {
		replay_exec(l, pc, word[3]);
	} else if (!strcmp(word[1], "stdin") && pc && word[4]) {
		replay_stdin(exec_by_id(pc, word[3]), word[4]);
	} else if (!strcmp(word[1], "kill") && pc) {
		if (exec_by_id(pc, word[3]))
			lab_exec_cancel(exec_by_id(pc, word[3]));
	} else if (!strcmp(word[1], "set") && word[3] && word[4]) {
		lab_set(l, word[2], word[3], word[4], NULL);
	}
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
	if (strcmp(line[0], HEADER)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:1: expected \"" HEADER "\"", path);
		return false;
	}
	if (!l->replay)
		l->replay = g_ptr_array_new_with_free_func(free_words);
	for (unsigned n = 1; line[n] && *line[n]; n++) {
		char **word = g_strsplit(line[n], " ", 5);

		g_ptr_array_add(l->replay, word);
		if (g_strv_length(word) < 4 || !g_ascii_isdigit(word[0][0])) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: expected TIME type|set ...",
				    path, n + 1);
			return false;
		}
		if (g_ascii_strtoull(word[0], NULL, 10) < l->now) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: the lab is past this time",
				    path, n + 1);
			return false;
		}
		timeline_add(l, TIMELINE_JOURNAL, g_ascii_strtoull(word[0], NULL, 10), replay_due, word);
	}
	return true;
}
