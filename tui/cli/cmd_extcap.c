/* lanyard extcap: Wireshark's door to running labs (its extcap programs): what can be
 * watched appears among its interfaces. --install links it into the user's folder. */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/control/socket_path.h"

#define PREFIX "lanyard-"
#define LINK_NAME "lanyard-extcap"

struct extcap_args {
	gboolean install, interfaces, dlts, config, capture;
	char *interface, *filter, *fifo, *version;
};

static bool member(JsonObject *o, const char *list, const char *name, GPtrArray *out)
{
	JsonArray *rows = json_object_has_member(o, list) ? json_object_get_array_member(o, list) : NULL;

	for (guint n = 0; rows && n < json_array_get_length(rows); n++)
		g_ptr_array_add(out, g_strdup(json_object_get_string_member_with_default(
					     json_array_get_object_element(rows, n), name, "")));
	return rows != NULL;
}

/* What can be watched of a lab; g_ptr_array_unref() it. */
static GPtrArray *things_of(struct client *c)
{
	g_autoptr(JsonNode) lab = client_call(c, NULL, "query-lab", NULL), graph = client_call(c, NULL, "graph", NULL);
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(all, g_strdup("lab"));
	if (lab && JSON_NODE_HOLDS_OBJECT(lab)) {
		member(json_node_get_object(lab), "vlans", "vlan", all);
		member(json_node_get_object(lab), "links", "link", all);
		member(json_node_get_object(lab), "switches", "switch", all);
	}
	if (graph && JSON_NODE_HOLDS_OBJECT(graph))
		member(json_node_get_object(graph), "edges", "a", all);
	return all;
}

/* The names of interfaces have no spaces; LAB has no colon, so the first one divides. */
static int list_interfaces(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) names = socket_names();

	printf("extcap {version=%s}{help=https://www.wireshark.org/docs/man-pages/extcap.html}\n", LANYARD_VERSION);
	if (!socket_dir_safe(&error))
		return STATUS_DONE; /* no labs of ours */
	for (guint n = 0; n < names->len; n++) {
		struct client *c = client_try(names->pdata[n], NULL);
		g_autoptr(GPtrArray) things = c ? things_of(c) : NULL;
		g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

		for (guint m = 0; things && m < things->len; m++)
			if (g_hash_table_add(seen, things->pdata[m]))
				printf("interface {value=" PREFIX "%s:%s}{display=Lanyard lab %s: %s}\n",
				       (char *)names->pdata[n], (char *)things->pdata[m], (char *)names->pdata[n],
				       (char *)things->pdata[m]);
		client_free(c);
	}
	return STATUS_DONE;
}

static int list_config(void)
{
	printf("arg {number=0}{call=--extcap-capture-filter}{display=Filter}{type=string}"
	       "{tooltip=What is captured, in tcpdump's language}\n");
	return STATUS_DONE;
}

static int capture(const struct extcap_args *a)
{
	g_autofree char *lab = NULL, *self = g_file_read_link("/proc/self/exe", NULL);
	const char *colon = g_str_has_prefix(a->interface, PREFIX) ? strchr(a->interface, ':') : NULL;
	const char *name = colon ? a->interface + strlen(PREFIX) : NULL;

	if (!colon || !a->fifo || !self) {
		args_expected("extcap", "--extcap-interface", a->interface,
			      "one of --extcap-interfaces, and --fifo with --capture");
		return STATUS_USAGE;
	}
	lab = g_strndup(name, (gsize)(colon - name));
	execl(self, "lanyard", "capture", lab, colon + 1, "-w", a->fifo, a->filter && *a->filter ? a->filter : NULL,
	      (char *)NULL);
	fprintf(stderr, "lanyard extcap: %s: %s\n", self, g_strerror(errno));
	return STATUS_HOST;
}

/* Wireshark runs every program of the folder by its name, without a subcommand. */
static int install(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = g_build_filename(g_get_user_config_dir(), "wireshark", "extcap", NULL), *other = NULL;
	g_autofree char *text = NULL, *quoted = NULL;
	g_autoptr(GError) error = NULL;

	other = g_build_filename(g_get_home_dir(), ".local", "lib", "wireshark", "extcap", NULL);
	if (!self)
		return STATUS_HOST;
	quoted = g_shell_quote(self);
	text = g_strdup_printf("#!/bin/sh\nexec %s extcap \"$@\"\n", quoted);
	for (unsigned n = 0; n < 2; n++) {
		const char *folder = n ? other : dir;
		g_autofree char *file = g_build_filename(folder, LINK_NAME, NULL);

		if (g_mkdir_with_parents(folder, 0755) || !g_file_set_contents(file, text, -1, &error) ||
		    g_chmod(file, 0755)) {
			fprintf(stderr, "lanyard extcap: --install: %s: %s\n", file,
				error ? error->message : g_strerror(errno));
			return STATUS_HOST;
		}
		printf("%s\n", file);
	}
	return STATUS_DONE;
}

int cmd_extcap(int argc, char **argv)
{
	struct extcap_args a = {.install = FALSE};
	/* clang-format off */
	const GOptionEntry entries[] = {
		{"install", 0, 0, G_OPTION_ARG_NONE, &a.install, "let this user's Wireshark find running labs", NULL},
		{"extcap-interfaces", 0, 0, G_OPTION_ARG_NONE, &a.interfaces, "what can be watched", NULL},
		{"extcap-interface", 0, 0, G_OPTION_ARG_STRING, &a.interface, "which of them", "NAME"},
		{"extcap-dlts", 0, 0, G_OPTION_ARG_NONE, &a.dlts, "its link types", NULL},
		{"extcap-config", 0, 0, G_OPTION_ARG_NONE, &a.config, "its options", NULL},
		{"extcap-capture-filter", 0, 0, G_OPTION_ARG_STRING, &a.filter, "what is captured, in tcpdump's language", "FILTER"},
		{"extcap-version", 0, 0, G_OPTION_ARG_STRING, &a.version, "of Wireshark; it does not matter", "VERSION"},
		{"capture", 0, 0, G_OPTION_ARG_NONE, &a.capture, "capture from it", NULL},
		{"fifo", 0, 0, G_OPTION_ARG_FILENAME, &a.fifo, "where to", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	/* clang-format on */
	const struct args_usage usage = {
		.command = "extcap",
		.words = "",
		.text = "Wireshark's door to running labs; it calls this itself, once --install was said.",
	};

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	if (a.install)
		return install();
	if (a.capture && a.interface)
		return capture(&a);
	if (a.interfaces)
		return list_interfaces();
	if (a.dlts) {
		printf("dlt {number=1}{name=EN10MB}{display=Ethernet}\n");
		return STATUS_DONE;
	}
	if (a.config)
		return list_config();
	args_complain("extcap", "options", "expected --install, or what Wireshark says");
	return STATUS_USAGE;
}
