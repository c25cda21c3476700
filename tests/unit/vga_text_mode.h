/* A PC whose VGA is in the text mode of IBM's BIOS: 80 x 25, 16 colors. */
#ifndef LANYARD_TESTS_UNIT_VGA_TEXT_MODE_H
#define LANYARD_TESTS_UNIT_VGA_TEXT_MODE_H

#include "engine/pc/board.h"
#include "engine/pc/pc.h"

void text_reg(struct board *b, uint16_t port, unsigned index, unsigned v);
void text_attr(struct board *b, unsigned index, unsigned v);
void text_mode(struct board *b);

/* Characters of code page 437. */
void text_put(struct board *b, unsigned col, unsigned row, const char *text, uint8_t attribute);
void text_cursor(struct board *b, unsigned col, unsigned row);

#endif
