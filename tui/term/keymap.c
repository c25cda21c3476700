/* Terminal input to scan codes; see keymap.h. Codes: "Keyboard Scan Code
 * Specification", Microsoft, 2000, set 2. Sequences: xterm's ctlseqs and the
 * Linux console. */
#include "tui/term/keymap.h"

#include <string.h>

enum { SHIFT = 1, ALT = 2, CTRL = 4, EXTENDED = 0x100 };
enum {
	KEY_ESC = 0x76,
	KEY_TAB = 0x0d,
	KEY_ENTER = 0x5a,
	KEY_BACKSPACE = 0x66,
	KEY_SPACE = 0x29,
	KEY_SHIFT = 0x12,
	KEY_CTRL = 0x14,
	KEY_ALT = 0x11,
	KEY_2 = 0x1e,
	KEY_6 = 0x36,
	KEY_MINUS = 0x4e,
	KEY_INSERT = EXTENDED | 0x70,
	KEY_DELETE = EXTENDED | 0x71,
	KEY_HOME = EXTENDED | 0x6c,
	KEY_END = EXTENDED | 0x69,
	KEY_PAGE_UP = EXTENDED | 0x7d,
	KEY_PAGE_DOWN = EXTENDED | 0x7a,
	KEY_UP = EXTENDED | 0x75,
	KEY_DOWN = EXTENDED | 0x72,
	KEY_RIGHT = EXTENDED | 0x74,
	KEY_LEFT = EXTENDED | 0x6b,
	KEY_BEGIN = 0x73, /* the keypad's 5 */
};

static const uint8_t letter[26] = {
	0x1c, 0x32, 0x21, 0x23, 0x24, 0x2b, 0x34, 0x33, 0x43, 0x3b, 0x42, 0x4b, 0x3a,
	0x31, 0x44, 0x4d, 0x15, 0x2d, 0x1b, 0x2c, 0x3c, 0x2a, 0x1d, 0x22, 0x35, 0x1a,
};

/* clang-format off */
static const struct { char plain, shifted; uint8_t code; } symbol[] = {
	{'1', '!', 0x16}, {'2', '@', 0x1e}, {'3', '#', 0x26}, {'4', '$', 0x25}, {'5', '%', 0x2e}, {'6', '^', 0x36},
	{'7', '&', 0x3d}, {'8', '*', 0x3e}, {'9', '(', 0x46}, {'0', ')', 0x45}, {'-', '_', 0x4e}, {'=', '+', 0x55},
	{'[', '{', 0x54}, {']', '}', 0x5b}, {'\\', '|', 0x5d}, {';', ':', 0x4c}, {'\'', '"', 0x52}, {'`', '~', 0x0e},
	{',', '<', 0x41}, {'.', '>', 0x49}, {'/', '?', 0x4a},
};
/* clang-format on */

static const uint16_t function_key[12] = {0x05, 0x06, 0x04, 0x0c, 0x03, 0x0b, 0x83, 0x0a, 0x01, 0x09, 0x78, 0x07};

static void put(struct keymap_stroke *s, unsigned key, bool make)
{
	if (key & EXTENDED)
		s->byte[s->size++] = 0xe0;
	if (!make)
		s->byte[s->size++] = 0xf0;
	s->byte[s->size++] = (uint8_t)key;
}

/* At most 3 makes, E0 + code, E0 + F0 + code, 3 breaks of two bytes: 14. */
static bool stroke_make(struct keymap_stroke *s, unsigned key, unsigned mods)
{
	static const struct {
		uint8_t mod, key;
	} held[] = {{CTRL, KEY_CTRL}, {ALT, KEY_ALT}, {SHIFT, KEY_SHIFT}};

	memset(s, 0, sizeof(*s));
	for (unsigned n = 0; n < ARRAY_LEN(held); n++)
		if (mods & held[n].mod)
			put(s, held[n].key, true);
	put(s, key, true);
	put(s, key, false);
	for (unsigned n = ARRAY_LEN(held); n-- > 0;)
		if (mods & held[n].mod)
			put(s, held[n].key, false);
	return true;
}

/* A control character: the keys that have a code of their own, else Ctrl and the
 * character 64 above. */
static bool control(struct keymap_stroke *s, uint8_t c, unsigned mods)
{
	switch (c) {
	case '\t': return stroke_make(s, KEY_TAB, mods);
	case '\r':
	case '\n': return stroke_make(s, KEY_ENTER, mods);
	case 0x1b: return stroke_make(s, KEY_ESC, mods);
	case 0x7f: return stroke_make(s, KEY_BACKSPACE, mods);
	case 0x08: return stroke_make(s, KEY_BACKSPACE, mods | CTRL);
	case 0x00: return stroke_make(s, KEY_2, mods | CTRL); /* Ctrl-@, Ctrl-Space */
	case 0x1e: return stroke_make(s, KEY_6, mods | CTRL);
	case 0x1f: return stroke_make(s, KEY_MINUS, mods | CTRL);
	case 0x1c: return stroke_make(s, 0x5d, mods | CTRL);
	case 0x1d: return stroke_make(s, 0x5b, mods | CTRL);
	default: return stroke_make(s, letter[(c - 1) % 26], mods | CTRL);
	}
}

static bool character(struct keymap_stroke *s, uint8_t c, unsigned mods)
{
	if (c < 0x20 || c == 0x7f)
		return control(s, c, mods);
	if (c == ' ')
		return stroke_make(s, KEY_SPACE, mods);
	if (c >= 'a' && c <= 'z')
		return stroke_make(s, letter[c - 'a'], mods);
	if (c >= 'A' && c <= 'Z')
		return stroke_make(s, letter[c - 'A'], mods | SHIFT);
	for (unsigned n = 0; n < ARRAY_LEN(symbol); n++) {
		if (c == (uint8_t)symbol[n].plain)
			return stroke_make(s, symbol[n].code, mods);
		if (c == (uint8_t)symbol[n].shifted)
			return stroke_make(s, symbol[n].code, mods | SHIFT);
	}
	return false;
}

/* CSI number ~ and CSI number ; modifiers ~ (DEC VT220). */
static unsigned tilde_key(unsigned number)
{
	static const uint16_t low[9] = {
		0, KEY_HOME, KEY_INSERT, KEY_DELETE, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_HOME, KEY_END,
	};
	static const uint8_t f[25] = {[11] = 1, 2, 3, 4, 5, [17] = 6, 7, 8, 9, 10, [23] = 11, 12};

	if (number < ARRAY_LEN(low))
		return low[number];
	return number < ARRAY_LEN(f) && f[number] ? function_key[f[number] - 1] : 0;
}

static unsigned letter_key(char final)
{
	/* clang-format off */
	static const struct { char final; uint16_t key; } rows[] = {
		{'A', KEY_UP}, {'B', KEY_DOWN}, {'C', KEY_RIGHT}, {'D', KEY_LEFT}, {'E', KEY_BEGIN}, {'F', KEY_END},
		{'H', KEY_HOME}, {'P', 0x05}, {'Q', 0x06}, {'R', 0x04}, {'S', 0x0c}, {'M', KEY_ENTER},
	};
	/* clang-format on */

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		if (rows[n].final == final)
			return rows[n].key;
	return 0;
}

/* A complete sequence in m->pending, ESC [ ... or ESC O ... */
static bool sequence(struct keymap *m, struct keymap_stroke *s)
{
	unsigned number[2] = {0, 1}, at = 0, key, mods;
	char final = m->pending[m->count - 1];

	for (unsigned n = 2; n + 1 < m->count; n++) {
		if (m->pending[n] == ';')
			at++;
		else if (at < 2 && m->pending[n] >= '0' && m->pending[n] <= '9')
			number[at] =
				(at && number[1] == 1 ? 0 : number[at] % 1000 * 10) + (unsigned)(m->pending[n] - '0');
	}
	/* xterm: 1 + Shift 1 + Alt 2 + Ctrl 4 */
	mods = number[1] ? (number[1] - 1) & (SHIFT | ALT | CTRL) : 0;
	if (m->pending[1] == '[' && m->pending[2] == '[') /* Linux console: ESC [ [ A is F1 */
		key = final >= 'A' && final <= 'E' ? function_key[final - 'A'] : 0;
	else if (final == 'Z') /* back tab */
		return stroke_make(s, KEY_TAB, mods | SHIFT);
	else
		key = final == '~' ? tilde_key(number[0]) : letter_key(final);
	return key && stroke_make(s, key, mods);
}

/* Is the sequence complete with this byte? */
static bool is_final(const struct keymap *m, char c)
{
	if (m->count == 3 && c == '[' && m->pending[1] == '[')
		return false;
	return c >= 0x40 && c <= 0x7e;
}

bool keymap_feed(struct keymap *m, uint8_t byte, struct keymap_stroke *stroke)
{
	bool done;

	if (!m->count) {
		if (byte == 0x1b) {
			m->pending[m->count++] = 0x1b;
			return false;
		}
		return byte < 0x80 && character(stroke, byte, 0);
	}
	if (m->count == 1 && byte == 0x1b) /* two ESC: the first one was a key */
		return stroke_make(stroke, KEY_ESC, 0);
	if (m->count == 1 && byte != '[' && byte != 'O') {
		m->count = 0; /* ESC before a character is how terminals send Alt */
		return byte < 0x80 && character(stroke, byte, ALT);
	}
	if (m->count < sizeof(m->pending))
		m->pending[m->count++] = (char)byte;
	if (m->count == 2 || !is_final(m, (char)byte))
		return false;
	/* One that fills the buffer is longer than any we know: swallowed. */
	done = m->count < sizeof(m->pending) && sequence(m, stroke);
	m->count = 0;
	return done;
}

bool keymap_flush(struct keymap *m, struct keymap_stroke *stroke)
{
	unsigned count = m->count;

	m->count = 0;
	if (count == 1)
		return stroke_make(stroke, KEY_ESC, 0);
	if (count == 2) /* Alt-[ or Alt-O */
		return character(stroke, (uint8_t)m->pending[1], ALT);
	return false;
}
