/* lanyard collect: the files of all PCs that are not as in their image, into
 * DIR/PC/: what a student hands in. */
#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#include "tui/command.h"
#include "tui/lab_open.h"
#include "tui/tar.h"
#include "tui/term.h"

/* Files of an image carry the time 0 (that is how its bytes are the same
 * everywhere); whatever was written since has another. Busybox's tar takes no list
 * of names: xargs makes as many archives, one behind the other, as it takes, and
 * what ends an archive follows if there is none. */
static const char changed[] =
	"cd / && mark=$(mktemp) && touch -d @86400 $mark && "
	"find . -xdev \\( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp \\) -prune -o "
	"\\( -type f -o -type l \\) -newer $mark -print0 | xargs -0 -r tar -cf -; status=$?; rm -f $mark; "
	"head -c 1024 /dev/zero; exit $status";

static bool collect(struct client *c, const char *pc, const char *dir)
{
	g_autofree char *path = lab_path_in(dir, pc);

	if (!lab_make_dir("collect", "DIR", path))
		return false;
	if (tar_fetch(c, "collect", pc, changed, path))
		return true;
	fprintf(stderr, "lanyard collect: %s: not complete\n", pc);
	return false;
}

/* Of a PC that cannot run commands nothing is fetched; the others go on. */
static bool collect_all(struct client *c, JsonArray *pcs, const char *dir)
{
	bool ok = true;

	for (guint n = 0; pcs && n < json_array_get_length(pcs) && !term_ended_by(); n++) {
		JsonObject *pc = json_array_get_object_element(pcs, n);

		ok = collect(c, json_object_get_string_member_with_default(pc, "pc", ""), dir) && ok;
	}
	return ok && !term_ended_by();
}

int cmd_collect(int argc, char **argv)
{
	g_autoptr(JsonNode) node = NULL;
	struct client *c;
	bool ok = false;

	if (argc != 3) {
		fprintf(stderr, "lanyard collect: expected LAB DIR\n");
		return STATUS_USAGE;
	}
	c = client_open("collect", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	node = client_call(c, "query-lab", NULL);
	if (node)
		ok = collect_all(c, json_object_get_array_member(json_node_get_object(node), "pcs"), argv[2]);
	client_free(c);
	return ok ? STATUS_DONE : STATUS_HOST;
}
