/* Names of a register's bits for `--trace nic`: "ROK TOK". */
#ifndef LANYARD_NIC_TRACE_BITS_H
#define LANYARD_NIC_TRACE_BITS_H

#include <string.h>

#include "engine/base/types.h"

#define TRACE_BITS_MAX 128

struct trace_bit_name {
	uint32_t bit;
	const char *name;
};

/* Puts " (A B)" with the names of the bits that are set into text, or nothing if
 * none has a name; names ends with a NULL name. Returns text. */
static inline const char *trace_bits(char text[TRACE_BITS_MAX], uint32_t value, const struct trace_bit_name *names)
{
	size_t at = 0;

	for (; names && names->name; names++) {
		size_t size = strlen(names->name);

		if (!(value & names->bit) || at + size + 3 > TRACE_BITS_MAX)
			continue;
		memcpy(text + at, at ? " " : " (", at ? 1 : 2);
		at += at ? 1 : 2;
		memcpy(text + at, names->name, size);
		at += size;
	}
	if (at)
		text[at++] = ')';
	text[at] = 0;
	return text;
}

#endif
