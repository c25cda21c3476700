/* lanyard ps: the labs of this user that are running, and their PCs. */
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/session/lab_text.h"
#include "tui/control/socket_path.h"

static void print_uplinks(JsonObject *o)
{
	JsonArray *all = json_object_has_member(o, "uplinks") ? json_object_get_array_member(o, "uplinks") : NULL;

	for (guint n = 0; all && n < json_array_get_length(all); n++) {
		JsonObject *u = json_array_get_object_element(all, n);

		printf("  %-16s %s, %s, %lld peers\n", json_object_get_string_member_with_default(u, "uplink", "?"),
		       json_object_get_string_member_with_default(u, "state", "?"),
		       json_object_get_string_member_with_default(u, "door", "?"),
		       (long long)json_object_get_int_member_with_default(u, "peers", 0));
	}
	if (json_object_has_member(o, "journal_bytes"))
		printf("  journal: %lld bytes\n", (long long)json_object_get_int_member(o, "journal_bytes"));
}

static void print_lab(JsonObject *o)
{
	JsonArray *pcs = json_object_get_array_member(o, "pcs");
	char time[32];

	lab_time_text((uint64_t)json_object_get_int_member_with_default(o, "time_ns", 0), time);
	printf("%s  %ss  %s  pid %lld  %s\n", json_object_get_string_member_with_default(o, "lab", "?"),
	       g_strchug(time), json_object_get_string_member_with_default(o, "pace", "?"),
	       (long long)json_object_get_int_member_with_default(o, "pid", 0),
	       json_object_get_string_member_with_default(o, "file", "?"));
	for (guint n = 0; pcs && n < json_array_get_length(pcs); n++) {
		JsonObject *pc = json_array_get_object_element(pcs, n);
		const char *message = json_object_get_string_member_with_default(pc, "message", "");

		printf("  %-16s %s%s%s\n", json_object_get_string_member_with_default(pc, "pc", "?"),
		       json_object_get_string_member_with_default(pc, "state", "?"), *message ? ": " : "", message);
	}
	print_uplinks(o);
}

int cmd_ps(int argc, char **argv)
{
	const struct args_usage usage = {.command = "ps", .words = "", .text = "Lists running labs and their PCs."};
	g_autoptr(GPtrArray) names = NULL;
	GError *error = NULL;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	if (!socket_dir_safe(&error)) {
		lab_client_tell("ps", error);
		return STATUS_HOST;
	}
	names = socket_names();
	for (guint n = 0; n < names->len; n++) {
		struct client *c = client_try(names->pdata[n], &error);
		g_autoptr(JsonNode) node = c ? lab_client_call("ps", c, "query-lab", NULL) : NULL;

		lab_client_tell("ps", g_steal_pointer(&error));
		if (node)
			print_lab(json_node_get_object(node));
		client_free(c);
	}
	return STATUS_DONE;
}
