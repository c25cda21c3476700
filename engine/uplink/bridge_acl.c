/* The access list of qemu-bridge-helper, as it reads it: `allow BR`, `deny BR`, `all`
 * for any; deny wins in any order; the rest of a line is the name, so that a comment
 * behind it becomes part of it. Includes are followed once. */
#include <string.h>

#include "engine/uplink/tap.h"

struct verdict {
	bool allowed, denied, comment;
	unsigned line;
};

static bool names(const char *name, const char *bridge)
{
	return !strcmp(name, "all") || !strcmp(name, bridge);
}

/* "br0 # for the lab": meant as a comment, read as a name. */
static bool has_comment(const char *name, const char *bridge)
{
	size_t length = strlen(bridge);

	return !strncmp(name, bridge, length) && (name[length] == ' ' || name[length] == '\t') && strchr(name, '#');
}

static void read_text(struct verdict *v, const char *text, const char *bridge, bool follow);

static void read_line(struct verdict *v, char *line, unsigned number, const char *bridge, bool follow)
{
	char *at = g_strstrip(line), *name = at + strcspn(at, " \t");
	g_autofree char *more = NULL;

	if (!*at || *at == '#' || !*name)
		return;
	*name++ = 0;
	name = g_strstrip(name);
	if (!strcmp(at, "include") && follow) {
		if (g_file_get_contents(name, &more, NULL, NULL))
			read_text(v, more, bridge, false);
	} else if (!strcmp(at, "allow") && names(name, bridge)) {
		v->allowed = true;
	} else if (!strcmp(at, "deny") && names(name, bridge)) {
		v->denied = true;
		v->line = number;
	} else if (!strcmp(at, "allow") && has_comment(name, bridge)) {
		v->comment = true;
		v->line = number;
	}
}

static void read_text(struct verdict *v, const char *text, const char *bridge, bool follow)
{
	g_auto(GStrv) line = g_strsplit(text, "\n", -1);

	for (unsigned n = 0; line[n]; n++)
		read_line(v, line[n], n + 1, bridge, follow);
}

enum bridge_acl bridge_acl_text(const char *text, const char *bridge, unsigned *line)
{
	struct verdict v = {false};

	read_text(&v, text, bridge, true);
	*line = v.line;
	if (v.denied)
		return BRIDGE_DENIED;
	if (v.allowed)
		return BRIDGE_ALLOWED;
	return v.comment ? BRIDGE_COMMENT : BRIDGE_DENIED;
}

enum bridge_acl bridge_acl_file(const char *path, const char *bridge, unsigned *line)
{
	g_autofree char *text = NULL;

	*line = 0;
	return g_file_get_contents(path, &text, NULL, NULL) ? bridge_acl_text(text, bridge, line) : BRIDGE_NO_FILE;
}
