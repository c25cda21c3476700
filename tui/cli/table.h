/* JSON from a lab as text for people: members a line each, lists of objects as
 * tables with aligned columns. */
#ifndef LANYARD_TUI_CLI_TABLE_H
#define LANYARD_TUI_CLI_TABLE_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* g_free() it. */
char *table_text(JsonNode *node);

#endif
