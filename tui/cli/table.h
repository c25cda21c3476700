/* JSON from a lab as text for people: members a line each, lists of objects as
 * tables with aligned columns. */
#ifndef LANYARD_TUI_CLI_TABLE_H
#define LANYARD_TUI_CLI_TABLE_H

#include <json-glib/json-glib.h>

#include "engine/base/types.h"

/* At most 80 columns wide where that can be: a wide table is turned. Numbers have units;
 * raw: they are exact. g_free() it. */
char *table_text(JsonNode *node, bool raw);

#endif
