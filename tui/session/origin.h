/* What a snapshot says of its lab: the lab file, and a digest of the plan it gave, so
 * that another one by that name is noticed. */
#ifndef LANYARD_TUI_SESSION_ORIGIN_H
#define LANYARD_TUI_SESSION_ORIGIN_H

#include <glib.h>

#include "engine/lab/plan.h"

/* file: absolute. Free the text. */
char *origin_text(const char *file, const struct plan *plan);
/* The lab file that a snapshot's origin names; free it. NULL: it names none. */
char *origin_file(const char *origin);

#endif
