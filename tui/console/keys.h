/* Keys as views see them: a character as its Unicode number, others as below. */
#ifndef LANYARD_TUI_CONSOLE_KEYS_H
#define LANYARD_TUI_CONSOLE_KEYS_H

enum {
	KEY_CODE_NONE = 0,
	KEY_CODE_TAB = 9,
	KEY_CODE_ENTER = 13,
	KEY_CODE_ESCAPE = 27,
	KEY_CODE_FIRST = 0x110000, /* above Unicode */
	KEY_CODE_UP,
	KEY_CODE_DOWN,
	KEY_CODE_LEFT,
	KEY_CODE_RIGHT,
	KEY_CODE_HOME,
	KEY_CODE_END,
	KEY_CODE_PAGE_UP,
	KEY_CODE_PAGE_DOWN,
	KEY_CODE_BACKSPACE,
	KEY_CODE_DELETE,
	KEY_CODE_INSERT,
	KEY_CODE_BACKTAB,
	KEY_CODE_RESIZE,
	KEY_CODE_MOUSE, /* key.x, key.y */
	KEY_CODE_F1,    /* to F12 */
	KEY_CODE_F12 = KEY_CODE_F1 + 11,
};

struct key {
	unsigned code;
	int x, y; /* KEY_CODE_MOUSE: where */
};

#endif
