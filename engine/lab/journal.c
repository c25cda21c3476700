/* The journal of input: what people and sockets did, with the virtual time at
 * which it took effect, so that a run can be repeated. One line each:
 *
 *   lanyard-journal 1
 *   TIME type PC HEX
 *   TIME key PC HEX
 *   TIME set THING KEY VALUE
 *   TIME exec PC HEX
 *   TIME stdin PC ID HEX
 *   TIME kill PC ID
 *   TIME peer UPLINK PLACE come|go
 *   TIME frame|answer UPLINK PLACE SIZE, then SIZE bytes as they are and a new line
 *   TIME end: the recording ended, and so does its replay
 */
#include "engine/lab/lab_priv.h"

#include <errno.h>

#include "engine/base/units.h"
#include "engine/uplink/uplink.h"

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
	fprintf(l->journal, "%llu end\n", (unsigned long long)l->now);
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

void journal_key(struct lab *l, const struct lab_pc *pc, const void *bytes, size_t size)
{
	g_autofree char *text = l->journal ? hex(bytes, size) : NULL;

	if (l->journal)
		fprintf(l->journal, "%llu key %s %s\n", (unsigned long long)l->now, pc->plan->name, text);
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

void journal_frame(struct lab *l, const struct uplink *u, unsigned place, const void *data, uint32_t size,
		   uint64_t when, bool answer)
{
	if (!l->journal)
		return;
	fprintf(l->journal, "%llu %s %s %u %u\n", (unsigned long long)when, answer ? "answer" : "frame", uplink_name(u),
		place, size);
	fwrite(data, size, 1, l->journal);
	fputc('\n', l->journal);
}

void journal_peer(struct lab *l, const struct uplink *u, unsigned place, bool there, uint64_t when)
{
	if (l->journal)
		fprintf(l->journal, "%llu peer %s %u %s\n", (unsigned long long)when, uplink_name(u), place,
			there ? "come" : "go");
}

uint64_t lab_record_size(const struct lab *l)
{
	long at = l->journal ? ftell(l->journal) : 0;

	return at > 0 ? (uint64_t)at : 0;
}

/* ---- replay ---- */

/* A line, and the bytes that follow it. */
struct replay_line {
	char **word;
	uint8_t *bytes; /* NULL: none */
	uint32_t size;
};

/* A line's words: time, what was done, to which PC or thing, and the rest. */
enum { TIME, ACT, THING, REST, MORE, WORDS };
enum { FRAME_SANE = 65536 };

static void replay_type(struct lab *l, const struct replay_line *line)
{
	char **word = line->word;
	g_autoptr(GByteArray) bytes = unhex(word[REST]);

	lab_type(l, lab_pc_find(l, word[THING]), bytes->data, bytes->len);
}

static void replay_key(struct lab *l, const struct replay_line *line)
{
	g_autoptr(GByteArray) bytes = unhex(line->word[REST]);

	lab_press(l, lab_pc_find(l, line->word[THING]), bytes->data, bytes->len);
}

static void replay_set(struct lab *l, const struct replay_line *line)
{
	char **word = line->word;
	g_autoptr(GError) error = NULL;

	if (!lab_set(l, word[THING], word[REST], word[MORE], &error))
		lab_note(l, l->now, "replay: %s", error->message);
}

static void replay_exec(struct lab *l, const struct replay_line *line)
{
	char **word = line->word;
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

static void replay_stdin(struct lab *l, const struct replay_line *line)
{
	char **word = line->word;
	struct lab_exec *x = running(l, word);
	g_autoptr(GByteArray) bytes = unhex(word[MORE]);

	if (x)
		lab_exec_input(x, bytes->data, bytes->len);
}

static void replay_kill(struct lab *l, const struct replay_line *line)
{
	char **word = line->word;
	struct lab_exec *x = running(l, word);

	if (x)
		lab_exec_cancel(x);
}

static void replay_peer(struct lab *l, const struct replay_line *line)
{
	unsigned place = (unsigned)g_ascii_strtoull(line->word[REST], NULL, 10);

	uplink_peer(lab_uplink_find(l, line->word[THING]), place, !strcmp(line->word[MORE], "come"), l->now);
}

static void replay_frame(struct lab *l, const struct replay_line *line)
{
	unsigned place = (unsigned)g_ascii_strtoull(line->word[REST], NULL, 10);

	uplink_frame(lab_uplink_find(l, line->word[THING]), place, line->bytes, line->size, l->now,
		     !strcmp(line->word[ACT], "answer"));
}

/* Whoever runs the lab asked lab_replay_end(). */
static void replay_end(struct lab *l, const struct replay_line *line) {}

enum subject { OF_NOTHING, OF_PC, OF_UPLINK };
static const struct act {
	const char *name, *usage;
	unsigned words;       /* of the line */
	unsigned hex;         /* which of them is hexadecimal; 0: none */
	enum subject subject; /* what THING names */
	void (*run)(struct lab *l, const struct replay_line *line);
	bool bytes; /* the last word says how many follow */
} acts[] = {
	{"type", "TIME type PC HEX", 4, REST, OF_PC, replay_type, false},
	{"key", "TIME key PC HEX", 4, REST, OF_PC, replay_key, false},
	{"set", "TIME set THING KEY VALUE", 5, 0, OF_NOTHING, replay_set, false},
	{"exec", "TIME exec PC HEX", 4, REST, OF_PC, replay_exec, false},
	{"stdin", "TIME stdin PC ID HEX", 5, MORE, OF_PC, replay_stdin, false},
	{"kill", "TIME kill PC ID", 4, 0, OF_PC, replay_kill, false},
	{"peer", "TIME peer UPLINK PLACE come|go", 5, 0, OF_UPLINK, replay_peer, false},
	{"frame", "TIME frame UPLINK PLACE SIZE", 5, 0, OF_UPLINK, replay_frame, true},
	{"answer", "TIME answer UPLINK PLACE SIZE", 5, 0, OF_UPLINK, replay_frame, true},
	{"end", "TIME end", 2, 0, OF_NOTHING, replay_end, false},
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
	const struct replay_line *at = l->replay->pdata[line];

	act_find(at->word[ACT])->run(l, at);
}

static bool is_hex(const char *text)
{
	size_t len = strlen(text);

	return len % 2 == 0 && strspn(text, "0123456789abcdef") == len;
}

static bool has_place(const struct lab *l, const char *name, const char *place)
{
	const struct uplink *u = lab_uplink_find(l, name);
	uint64_t n;

	return u && parse_number(place, 1, uplink_places(u), &n, NULL);
}

/* NULL, or what is wrong with a line. *size: of the bytes that follow it; 0: none. */
static char *check_line(struct lab *l, char **word, uint64_t *when, uint64_t *size)
{
	guint count = g_strv_length(word);
	const struct act *act = count > ACT ? act_find(word[ACT]) : NULL;

	if (!act)
		return g_strdup("expected TIME type|key|set|exec|stdin|kill|peer|frame|answer|end ...");
	if (count != act->words || !parse_number(word[TIME], 0, TIME_NEVER - 1, when, NULL) ||
	    (act->hex && !is_hex(word[act->hex])))
		return g_strdup_printf("expected %s", act->usage);
	if (act->subject == OF_PC && !lab_pc_find(l, word[THING]))
		return g_strdup_printf("'%s': no such PC in this lab", word[THING]);
	if (act->subject == OF_UPLINK && !has_place(l, word[THING], word[REST]))
		return g_strdup_printf("'%s' '%s': no such place of an uplink in this lab", word[THING], word[REST]);
	if (act->bytes && !parse_number(word[MORE], 0, FRAME_SANE, size, NULL))
		return g_strdup_printf("expected %s, at most %u bytes", act->usage, FRAME_SANE);
	return *when < l->now ? g_strdup("the lab is past this time") : NULL;
}

static void free_line(gpointer opaque)
{
	struct replay_line *line = opaque;

	g_strfreev(line->word);
	g_free(line->bytes);
	g_free(line);
}

/* What is left of a journal. */
struct reader {
	const char *at;
	size_t left;
	unsigned line;
};

static char *next_line(struct reader *r)
{
	const char *end = memchr(r->at, '\n', r->left);
	size_t size = end ? (size_t)(end - r->at) : r->left;
	char *text = g_strndup(r->at, size);

	r->at += size + (end != NULL);
	r->left -= size + (end != NULL);
	r->line++;
	return text;
}

/* One line and what follows it onto the timeline; NULL, or what is wrong. */
static char *read_line(struct lab *l, struct reader *r)
{
	g_autofree char *text = next_line(r);
	struct replay_line *line = g_new0(struct replay_line, 1);
	uint64_t when = 0, size = 0;
	char *wrong;

	line->word = g_strsplit(text, " ", WORDS);
	g_ptr_array_add(l->replay, line);
	wrong = check_line(l, line->word, &when, &size);
	if (!wrong && act_find(line->word[ACT])->bytes) {
		if (size + 1 > r->left || r->at[size] != '\n')
			return g_strdup_printf("expected %u bytes and the end of a line after it", (unsigned)size);
		line->bytes = g_memdup2(r->at, size);
		line->size = (uint32_t)size;
		r->at += size + 1;
		r->left -= size + 1;
	}
	if (!wrong)
		timeline_add(l, TIMELINE_REPLAY, l->replay->len - 1, when);
	return wrong;
}

bool lab_replay(struct lab *l, const char *path, GError **error)
{
	g_autofree char *bytes = NULL, *header = NULL;
	struct reader r = {0};

	if (!g_file_get_contents(path, &bytes, &r.left, error))
		return false;
	r.at = bytes;
	header = next_line(&r);
	if (strcmp(header, HEADER) != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:1: expected \"" HEADER "\"", path);
		return false;
	}
	if (!l->replay)
		l->replay = g_ptr_array_new_with_free_func(free_line);
	while (r.left) {
		unsigned number = r.line + 1;
		g_autofree char *wrong = read_line(l, &r);

		if (wrong) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: %s", path, number, wrong);
			return false;
		}
	}
	return true;
}

uint64_t lab_replay_end(const struct lab *l)
{
	for (guint n = l->replay ? l->replay->len : 0; n-- > 0;) {
		const struct replay_line *line = l->replay->pdata[n];

		if (!strcmp(line->word[ACT], "end"))
			return g_ascii_strtoull(line->word[TIME], NULL, 10);
	}
	return TIME_NEVER;
}
