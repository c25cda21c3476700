/* libvterm; see pc_term.h. */
#include "tui/console/pc_term.h"

#include <string.h>
#include <vterm.h>

#define BACK_LINES 2000u
#define SIZE_MAX_CELLS 500
#define NUMBER_DIGITS 4u
#define REPEAT_MAX 500u
#define PARTS_MAX 14u  /* separators of a sequence's numbers */
#define LENGTH_MAX 80u /* bytes of a sequence */

struct back_line {
	int cols;
	VTermScreenCell cells[];
};

struct pc_term {
	VTerm *vt;
	VTermScreen *screen;
	VTermPos cursor;
	bool cursor_on;
	GPtrArray *back; /* struct back_line, oldest first */
	int scrolled;
	GByteArray *sent;
	enum { TEXT, ESCAPE, SEQUENCE } in; /* where in a control sequence the guest is */
	unsigned digits, number;            /* of the number that it is in */
	unsigned parts, length;             /* of the sequence so far: separators, bytes */
	uint8_t last;                       /* the character before a sequence; 0: none of ASCII */
};

static int push_line(int cols, const VTermScreenCell *cells, void *user)
{
	struct pc_term *t = user;
	struct back_line *line = g_malloc(sizeof(*line) + (gsize)cols * sizeof(*cells));

	line->cols = cols;
	memcpy(line->cells, cells, (size_t)cols * sizeof(*cells));
	if (t->back->len >= BACK_LINES)
		g_ptr_array_remove_index(t->back, 0);
	g_ptr_array_add(t->back, line);
	if (t->scrolled)
		t->scrolled++;
	return 1;
}

static int move_cursor(VTermPos pos, VTermPos old, int visible, void *user)
{
	struct pc_term *t = user;

	t->cursor = pos;
	return 1;
}

static int set_property(VTermProp prop, VTermValue *value, void *user)
{
	struct pc_term *t = user;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		t->cursor_on = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = {
	.movecursor = move_cursor,
	.settermprop = set_property,
	.sb_pushline = push_line,
};

static void output(const char *bytes, size_t size, void *user)
{
	struct pc_term *t = user;

	g_byte_array_append(t->sent, (const uint8_t *)bytes, (guint)size);
}

struct pc_term *pc_term_new(int cols, int rows)
{
	struct pc_term *t = g_new0(struct pc_term, 1);

	t->vt = vterm_new(CLAMP(rows, 1, SIZE_MAX_CELLS), CLAMP(cols, 2, SIZE_MAX_CELLS));
	t->back = g_ptr_array_new_with_free_func(g_free);
	t->sent = g_byte_array_new();
	t->cursor_on = true;
	vterm_set_utf8(t->vt, 1);
	vterm_output_set_callback(t->vt, output, t);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_reset(t->screen, 1);
	return t;
}

void pc_term_free(gpointer opaque)
{
	struct pc_term *t = opaque;

	vterm_free(t->vt);
	g_ptr_array_unref(t->back);
	g_byte_array_unref(t->sent);
	g_free(t);
}

/* Numbers are cut to four digits, more than any terminal has: libvterm does what they say
 * as often as they say. REP (CSI Ps b, "the last character again") is done here, because
 * libvterm 0.1.4 does not end in every case of it. */
static void repeat(const struct pc_term *t, GByteArray *out)
{
	g_byte_array_append(out, (const uint8_t *)"~", 1); /* a sequence that does nothing */
	for (unsigned n = 0; t->last && n < MIN(MAX(t->number, 1u), REPEAT_MAX); n++)
		g_byte_array_append(out, &t->last, 1);
}

/* libvterm 0.1.4 does not bear sequences of any number of parts: what is beyond these
 * bounds is left out, but for the byte that ends the sequence. */
static bool in_bounds(struct pc_term *t, uint8_t byte)
{
	if (byte == 0x1b || byte >= 0x40)
		return true;
	t->length++;
	t->parts += byte == ';' || byte == ':';
	return t->digits <= NUMBER_DIGITS && t->parts <= PARTS_MAX && t->length <= LENGTH_MAX;
}

static void sequence_byte(struct pc_term *t, uint8_t byte, GByteArray *out)
{
	bool digit = g_ascii_isdigit(byte);

	t->digits = digit ? t->digits + 1 : 0;
	if (!in_bounds(t, byte))
		return;
	if (digit)
		t->number = (t->digits > 1 ? t->number * 10 : 0) + byte - '0';
	if (byte == 0x1b)
		t->in = ESCAPE;
	else if (byte >= 0x40 && byte <= 0x7e)
		t->in = TEXT;
	if (byte == 'b')
		repeat(t, out);
	else
		g_byte_array_append(out, &byte, 1);
}

static void safe_byte(struct pc_term *t, uint8_t byte, GByteArray *out)
{
	switch (t->in) {
	case TEXT:
		t->in = byte == 0x1b ? ESCAPE : TEXT;
		if (byte != 0x1b)
			t->last = byte >= ' ' && byte <= '~' ? byte : 0;
		break;
	case ESCAPE:
		t->in = byte == '[' ? SEQUENCE : byte == 0x1b ? ESCAPE : TEXT;
		t->digits = t->number = t->parts = t->length = 0;
		break;
	case SEQUENCE: sequence_byte(t, byte, out); return;
	}
	g_byte_array_append(out, &byte, 1);
}

void pc_term_write(struct pc_term *t, const uint8_t *data, size_t size)
{
	g_autoptr(GByteArray) kept = g_byte_array_sized_new((guint)size);

	for (size_t n = 0; n < size; n++)
		safe_byte(t, data[n], kept);
	vterm_input_write(t->vt, (const char *)kept->data, kept->len);
	vterm_screen_flush_damage(t->screen);
}

void pc_term_resize(struct pc_term *t, int cols, int rows)
{
	int had_cols, had_rows;

	cols = CLAMP(cols, 2, SIZE_MAX_CELLS);
	rows = CLAMP(rows, 1, SIZE_MAX_CELLS);
	vterm_get_size(t->vt, &had_rows, &had_cols);
	if (cols != had_cols || rows != had_rows)
		vterm_set_size(t->vt, rows, cols);
}

/* clang-format off */
static const struct { unsigned code; VTermKey key; } special[] = {
	{KEY_CODE_ENTER, VTERM_KEY_ENTER}, {KEY_CODE_TAB, VTERM_KEY_TAB}, {KEY_CODE_BACKSPACE, VTERM_KEY_BACKSPACE},
	{KEY_CODE_ESCAPE, VTERM_KEY_ESCAPE}, {KEY_CODE_UP, VTERM_KEY_UP}, {KEY_CODE_DOWN, VTERM_KEY_DOWN},
	{KEY_CODE_LEFT, VTERM_KEY_LEFT}, {KEY_CODE_RIGHT, VTERM_KEY_RIGHT}, {KEY_CODE_INSERT, VTERM_KEY_INS},
	{KEY_CODE_DELETE, VTERM_KEY_DEL}, {KEY_CODE_HOME, VTERM_KEY_HOME}, {KEY_CODE_END, VTERM_KEY_END},
	{KEY_CODE_PAGE_UP, VTERM_KEY_PAGEUP}, {KEY_CODE_PAGE_DOWN, VTERM_KEY_PAGEDOWN},
};
/* clang-format on */

bool pc_term_key(struct pc_term *t, struct key key)
{
	t->scrolled = 0;
	if (key.code >= KEY_CODE_F1 && key.code <= KEY_CODE_F12) {
		vterm_keyboard_key(t->vt, (VTermKey)VTERM_KEY_FUNCTION((int)(key.code - KEY_CODE_F1) + 1),
				   VTERM_MOD_NONE);
		return true;
	}
	for (unsigned n = 0; n < ARRAY_LEN(special); n++)
		if (special[n].code == key.code) {
			vterm_keyboard_key(t->vt, special[n].key, VTERM_MOD_NONE);
			return true;
		}
	if (key.code >= KEY_CODE_FIRST || !key.code)
		return false;
	if (key.code < 32) { /* Ctrl and a letter */
		g_byte_array_append(t->sent, &(uint8_t){(uint8_t)key.code}, 1);
		return true;
	}
	vterm_keyboard_unichar(t->vt, key.code, VTERM_MOD_NONE);
	return true;
}

GByteArray *pc_term_sent(struct pc_term *t)
{
	GByteArray *sent = t->sent;

	t->sent = g_byte_array_new();
	return sent;
}

void pc_term_scroll(struct pc_term *t, int by)
{
	t->scrolled = CLAMP(t->scrolled + by, 0, (int)t->back->len);
}

int pc_term_scrolled(const struct pc_term *t)
{
	return t->scrolled;
}

static uint8_t color(VTermScreen *screen, VTermColor c)
{
	static const uint8_t order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	unsigned bits;

	if (VTERM_COLOR_IS_DEFAULT_FG(&c) || VTERM_COLOR_IS_DEFAULT_BG(&c))
		return COLOR_DEFAULT;
	if (VTERM_COLOR_IS_INDEXED(&c) && c.indexed.idx < 16)
		return (uint8_t)(order[c.indexed.idx & 7] | (c.indexed.idx & 8));
	vterm_screen_convert_color_to_rgb(screen, &c);
	bits = (c.rgb.red > 85) | (c.rgb.green > 85) << 1 | (c.rgb.blue > 85) << 2;
	return (uint8_t)(bits | (MAX(c.rgb.red, MAX(c.rgb.green, c.rgb.blue)) > 200 ? 8 : 0));
}

static void put_cell(const struct pc_term *t, struct canvas *canvas, int x, int y, const VTermScreenCell *from)
{
	struct cell *to = canvas_cell(canvas, x, y);
	gunichar ch = from->chars[0];

	if (!to)
		return;
	if (ch == (gunichar)-1) { /* the right half of a wide character */
		to->ch = 0;
		return;
	}
	if (!ch || !g_unichar_validate(ch) || g_unichar_iscntrl(ch) || g_unichar_type(ch) == G_UNICODE_FORMAT ||
	    g_unichar_iszerowidth(ch))
		ch = ' ';
	*to = (struct cell){.ch = ch, .style = STYLE_GUEST};
	to->fg = color(t->screen, from->fg);
	to->bg = color(t->screen, from->bg);
	to->attr = (uint8_t)((from->attrs.bold ? ATTR_BOLD : 0) | (from->attrs.underline ? ATTR_UNDERLINE : 0) |
			     (from->attrs.reverse ? ATTR_REVERSE : 0) | (from->attrs.blink ? ATTR_BLINK : 0));
}

static void draw_back(const struct pc_term *t, struct canvas *canvas, struct area a, int y, int line)
{
	const struct back_line *from = t->back->pdata[line];

	for (int x = 0; x < MIN(a.w, from->cols); x++)
		put_cell(t, canvas, a.x + x, a.y + y, &from->cells[x]);
}

void pc_term_draw(struct pc_term *t, struct canvas *canvas, struct area a, bool cursor)
{
	int rows, cols;

	vterm_get_size(t->vt, &rows, &cols);
	for (int y = 0; y < a.h; y++) {
		int line = y - t->scrolled;

		if (line < 0) {
			draw_back(t, canvas, a, y, (int)t->back->len + line);
			continue;
		}
		for (int x = 0; line < rows && x < MIN(a.w, cols); x++) {
			VTermScreenCell cell;

			if (vterm_screen_get_cell(t->screen, (VTermPos){line, x}, &cell))
				put_cell(t, canvas, a.x + x, a.y + y, &cell);
		}
	}
	if (cursor && t->cursor_on && !t->scrolled && t->cursor.row < a.h && t->cursor.col < a.w) {
		canvas->cursor_x = a.x + t->cursor.col;
		canvas->cursor_y = a.y + t->cursor.row;
	}
}

char *pc_term_text(struct pc_term *t)
{
	struct canvas *canvas;
	int rows, cols;
	char *text;

	vterm_get_size(t->vt, &rows, &cols);
	canvas = canvas_new(cols, rows);
	pc_term_draw(t, canvas, canvas_area(canvas), false);
	text = canvas_dump(canvas);
	canvas_free(canvas);
	return text;
}
