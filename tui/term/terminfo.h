/* What the host's terminfo knows of the terminal, by its TERM. */
#ifndef LANYARD_TUI_TERM_TERMINFO_H
#define LANYARD_TUI_TERM_TERMINFO_H

#include "engine/base/types.h"

/* Does it say that the terminal on stdout has no colors? */
bool terminfo_monochrome(void);

#endif
