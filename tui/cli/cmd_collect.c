/* lanyard collect: the files of all PCs that are not as in their image, into
 * DIR/PC/: what a student hands in. */
#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/session/lab_text.h"
#include "tui/cli/lab_client.h"
#include "tui/cli/tar.h"
#include "tui/term/term.h"

/* Files of an image carry the time 0 (that is how its bytes are the same
 * everywhere); whatever was written since has another. Busybox's tar takes no list
 * of names: xargs makes as many archives, one behind the other, as it takes, and
 * what ends an archive follows if there is none. */
static const char changed[] =
	"cd / && mark=$(mktemp) && touch -d @86400 $mark && "
	"find . -xdev \\( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp \\) -prune -o "
	"\\( -type f -o -type l \\) -newer $mark -print0 | xargs -0 -r tar -cf -; status=$?; rm -f $mark; "
	"head -c 1024 /dev/zero; exit $status";

static bool make_dir(const char *path)
{
	g_autoptr(GError) error = NULL;

	if (lab_make_dir("DIR", path, &error))
		return true;
	fprintf(stderr, "lanyard collect: %s\n", error->message);
	return false;
}

static int collect(struct client *c, const char *pc, const char *dir)
{
	g_autofree char *path = lab_path_in(dir, pc);
	int able = lab_client_run("collect", c, pc, ":", -1, -1, -1);

	if (able < 0)
		return able == REMOTE_REFUSED ? STATUS_USAGE : STATUS_HOST;
	if (!make_dir(path))
		return STATUS_USAGE;
	if (tar_fetch(c, "collect", pc, changed, path))
		return STATUS_DONE;
	fprintf(stderr, "lanyard collect: %s: not complete\n", pc);
	return STATUS_HOST;
}

/* Of a PC that cannot run commands nothing is fetched; the others go on. */
static int collect_all(struct client *c, JsonArray *pcs, const char *dir)
{
	int status = STATUS_DONE;

	for (guint n = 0; pcs && n < json_array_get_length(pcs) && !term_ended_by(); n++) {
		JsonObject *pc = json_array_get_object_element(pcs, n);

		int one = collect(c, json_object_get_string_member_with_default(pc, "pc", ""), dir);

		status = MAX(status, one);
	}
	return status;
}

int cmd_collect(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "collect",
		.words = "LAB DIR",
		.text = "Copies the files of all PCs that are not as in their image into DIR/PC/.",
		.min = 2,
		.max = 2,
	};
	g_autoptr(JsonNode) node = NULL;
	struct client *c;
	int status = STATUS_HOST;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	c = lab_client_open("collect", argv[1]);
	if (!c)
		return STATUS_USAGE;
	if (!make_dir(argv[2])) {
		client_free(c);
		return STATUS_USAGE;
	}
	term_signals();
	node = lab_client_call("collect", c, "query-lab", NULL);
	if (node)
		status = collect_all(c, json_object_get_array_member(json_node_get_object(node), "pcs"), argv[2]);
	client_free(c);
	if (term_ended_by())
		return 128 + term_ended_by();
	return status;
}
