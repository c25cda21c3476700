/* Pictures of a plan for pages: the console's layout as SVG, and Mermaid's words. */
#ifndef LANYARD_TUI_CLI_PICTURE_H
#define LANYARD_TUI_CLI_PICTURE_H

#include "engine/lab/plan.h"

/* g_free() the results. */
char *picture_svg(const struct plan *p);
char *picture_mermaid(const struct plan *p);

#endif
