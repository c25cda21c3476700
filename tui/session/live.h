/* The last line of a terminal as a display that is written over and over, while
 * other lines scroll away above it. */
#ifndef LANYARD_TUI_SESSION_LIVE_H
#define LANYARD_TUI_SESSION_LIVE_H

#include <stdio.h>

#include "engine/base/types.h"

struct live;

/* NULL if out is no terminal, or one that cannot erase a line. */
struct live *live_new(FILE *out);
void live_free(struct live *l); /* erased; NULL is accepted, here and below */
/* Before other text is written to out. */
void live_erase(struct live *l);
/* Shows text (ASCII), cut to the terminal's width. */
void live_show(struct live *l, const char *text);

#endif
