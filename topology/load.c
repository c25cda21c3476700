/* The steps from a lab file to a plan; see topology.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "topology/plan_maker.h"
#include "topology/expand.h"
#include "topology/topology.h"

static void header(struct build *b)
{
	struct option_value seed;

	b->plan->name = g_strdup(value_text(b->root, keys_lab, "lab"));
	b->plan->description = g_strdup(value_text(b->root, keys_lab, "description"));
	b->plan->folder = g_strdup(b->folder ? b->folder : "/");
	value_get(b->root, keys_lab, "seed", &seed);
	b->plan->seed = seed.number;
}

static void build_all(struct build *b)
{
	header(b);
	build_vlans(b);
	build_hubs(b);
	build_switches(b);
	build_images(b);
	build_pcs(b);
	build_default_networks(b);
	build_macs(b);
	build_uplinks(b);
	build_links(b);
	build_captures(b);
	build_events(b);
	build_checks(b);
	build_connections(b);
	build_domains(b);
	build_memory(b);
}

static struct plan *make_plan(struct tree *t, const struct node *root, const char *folder)
{
	struct build b = {
		.plan = plan_new(),
		.tree = t,
		.root = root,
		.defaults = map_get(root, "defaults"),
		.folder = folder,
		.things = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free),
		.used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.macs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.addresses = g_array_new(FALSE, FALSE, sizeof(struct build_address)),
	};

	build_all(&b);
	g_hash_table_unref(b.things);
	g_hash_table_unref(b.used);
	g_hash_table_unref(b.macs);
	g_array_unref(b.addresses);
	return b.plan;
}

/* Everything after reading. */
static struct plan *finish(struct tree *t, struct node *root, const char *folder)
{
	struct plan *plan = NULL;

	if (root) {
		template_apply(t, root);
		count_apply(t, root);
		check_tree(t, root);
		plan = make_plan(t, root, folder);
	}
	if (t->report->errors) {
		plan_free(plan);
		plan = NULL;
	}
	if (plan) { /* its marks name the report's files */
		g_ptr_array_unref(plan->files);
		plan->files = g_ptr_array_ref(t->report->files);
	}
	report_sort(t->report);
	tree_clear(t);
	return plan;
}

struct plan *topology_load_text(const char *name, const char *text, gsize size, struct topology_report *report)
{
	struct tree t;

	tree_init(&t, report);
	return finish(&t, include_text(&t, name, text, size), NULL);
}

struct plan *topology_load(const char *path, struct topology_report *report)
{
	char *real = realpath(path, NULL);
	g_autofree char *folder = g_path_get_dirname(real ? real : path);
	struct node *root;
	struct tree t;

	tree_init(&t, report);
	/* If it is not there, reading it says so. */
	root = include_load(&t, folder, real ? real : path, path);
	free(real);
	return finish(&t, root, folder);
}
