/* One line about a frame, as a list of packets shows it. Frames are hostile: every field
 * is looked at only where the frame has it. */
#ifndef LANYARD_TUI_CONSOLE_DECODE_H
#define LANYARD_TUI_CONSOLE_DECODE_H

#include <glib.h>

#include "engine/base/types.h"

struct decoded {
	char source[48], destination[48];
	char protocol[12];
	char summary[96];
};

void decode_frame(const uint8_t *data, size_t size, struct decoded *d);
/* Field by field, a line each, for the frame that is looked at; g_free() it. */
char *decode_details(const uint8_t *data, size_t size);

#endif
