/* Captures of a running lab; see lab_watch.h. */
#include "tui/control/watch.h"

#include <glib/gstdio.h>

static bool find_ports(struct lab *l, const char *name, GArray *out, GError **error)
{
	g_autoptr(GPtrArray) ports = g_ptr_array_new();
	bool ingress = false;

	if (!lab_ports(l, name, ports, &ingress)) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_TARGET,
			    "'%s': expected a VLAN, a link, PC:CARD or SWITCH:PORT of the lab", name);
		return false;
	}
	if (!ingress)
		return capture_target(lab_net(l), name, out, error);
	capture_target_ports((struct port *const *)ports->pdata, ports->len, true, out);
	return true;
}

struct capture *lab_watch(struct lab *l, const char *name, struct capture_options options, GError **error)
{
	g_autoptr(GArray) ports = g_array_new(FALSE, FALSE, sizeof(struct capture_port));

	if (!find_ports(l, name, ports, error))
		return NULL;
	options.epoch = LAB_EPOCH;
	options.start = lab_now(l);
	return capture_new((const struct capture_port *)(void *)ports->data, ports->len, &options, error);
}

bool lab_watch_all(struct lab *l, const char *dir, GPtrArray *out, capture_problem_fn problem, void *opaque,
		   GError **error)
{
	const GPtrArray *plans = lab_plan(l)->captures;

	for (guint n = 0; n < plans->len; n++) {
		const struct plan_capture *p = plans->pdata[n];
		g_autofree char *path = dir ? g_build_filename(dir, p->file, NULL) : g_strdup(p->file);
		struct capture_options options = {
			.path = path,
			.filter = p->filter,
			.comment = lab_plan(l)->description,
			.problem = problem,
			.opaque = opaque,
		};
		g_autofree char *folder = g_path_get_dirname(path);
		struct capture *c;

		/* A folder that cannot be made is one that the file is not in. */
		g_mkdir_with_parents(folder, 0777);
		c = lab_watch(l, p->watch, options, error);
		if (!c) {
			g_prefix_error(error, "capture %s: ", p->name);
			return false;
		}
		g_ptr_array_add(out, c);
	}
	return true;
}
