/* Where one JSON value of a stream ends, byte by byte, as QMP frames them: values follow
 * each other with or without spaces and newlines. What is too deep or no JSON at all is
 * found here, before the JSON library, which knows no bounds, sees it. */
#ifndef LANYARD_TUI_CONTROL_JSON_SPLIT_H
#define LANYARD_TUI_CONTROL_JSON_SPLIT_H

#include <glib.h>

#include "engine/base/types.h"

#define JSON_DEPTH_MAX 32u
#define JSON_SIZE_MAX (1u << 20) /* bytes of one value */

struct json_split {
	GString *value; /* what there is of it; after JSON_SPLIT_VALUE all of it, until the next byte */
	unsigned depth;
	char open[JSON_DEPTH_MAX];
	bool string, escaped;
	bool skip;     /* the value is refused: only its end is looked for */
	bool garbage;  /* between values, until a line or a value begins */
	size_t number; /* where a number begins in `value`, + 1; 0: not in one */
};

enum json_split_found {
	JSON_SPLIT_MORE,
	JSON_SPLIT_VALUE, /* an object or an array has ended with this byte */
	JSON_SPLIT_BAD,   /* from here on it is no JSON; told once */
	JSON_SPLIT_LARGE, /* too deep or too long; told once, then the rest of it is passed over */
};

void json_split_init(struct json_split *s);
void json_split_clear(struct json_split *s);
/* Integers that 64 bits do not hold are made real numbers in `value`, as QEMU has them. */
enum json_split_found json_split_byte(struct json_split *s, uint8_t byte);

#endif
