/* Captures of a running lab; see lab_watch.h. */
#include "tui/control/watch.h"

#include <glib/gstdio.h>

static void add_port(GPtrArray *ports, struct port *p)
{
	if (p && !g_ptr_array_find(ports, p, NULL))
		g_ptr_array_add(ports, p);
	if (p && p->link && !g_ptr_array_find(ports, link_port(p->link, !p->end), NULL))
		g_ptr_array_add(ports, link_port(p->link, !p->end));
}

/* Both ends of every cable: a frame is then shown by its sender. */
static void add_all(GPtrArray *ports, struct lab *l)
{
	const struct plan *p = lab_plan(l);
	struct port *port;

	for (unsigned n = 0; n < lab_pc_count(l); n++)
		for (unsigned nic = 0; (port = lab_pc_port(lab_pc_at(l, n), nic)); nic++)
			add_port(ports, port);
	for (unsigned n = 0; n < lab_uplink_count(l); n++)
		for (unsigned m = 0; m < uplink_ports(lab_uplink_at(l, n)); m++)
			add_port(ports, uplink_port(lab_uplink_at(l, n), m));
	for (guint n = 0; n < p->links->len; n++)
		add_port(ports, port_find(lab_net(l), ((const struct plan_link *)p->links->pdata[n])->end[0]));
}

bool lab_watch_find(struct lab *l, const char *name, GArray *out, GError **error)
{
	g_autoptr(GPtrArray) ports = g_ptr_array_new();

	if (lab_watch_points(l, name, out) && out->len)
		return true;
	if (!strcmp(name, LAB_WATCH_ALL)) {
		add_all(ports, l);
		watch_ports((struct port *const *)ports->pdata, ports->len, false, out);
		return true;
	}
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_TARGET,
		    "'%s': expected a VLAN, a link, a switch, a hub, a PC, PC:CARD or SWITCH:PORT of the lab, or lab",
		    name);
	return false;
}

static void add_name(GArray *out, uint8_t family, const uint8_t *bytes, size_t size, const char *name)
{
	struct capture_name n = {.family = family, .name = name};

	memcpy(n.bytes, bytes, size);
	g_array_append_val(out, n);
}

/* The addresses of all cards, from the lab file: the PC's for IP, the card's for
 * Ethernet. The names are the plan's and the fabric's, which outlive a capture. */
static GArray *lab_addresses(struct lab *l)
{
	GArray *names = g_array_new(FALSE, FALSE, sizeof(struct capture_name));

	for (unsigned n = 0; n < lab_pc_count(l); n++) {
		const struct plan_pc *pc = lab_pc_plan(lab_pc_at(l, n));

		for (guint m = 0; m < pc->nics->len; m++) {
			const struct plan_nic *nic = pc->nics->pdata[m];

			add_name(names, 0, nic->mac, sizeof(nic->mac), lab_pc_port(lab_pc_at(l, n), m)->name);
			for (guint i = 0; i < nic->addresses->len; i++) {
				const struct plan_address *a = &g_array_index(nic->addresses, struct plan_address, i);

				if (!a->dhcp)
					add_name(names, a->family, a->bytes, a->family == 6 ? 16 : 4, pc->name);
			}
		}
	}
	return names;
}

struct capture *lab_watch(struct lab *l, const char *name, struct capture_options options, GError **error)
{
	g_autoptr(GArray) ports = g_array_new(FALSE, FALSE, sizeof(struct watch_point));
	g_autoptr(GArray) names = lab_addresses(l);

	if (!lab_watch_find(l, name, ports, error))
		return NULL;
	options.epoch = LAB_EPOCH;
	options.start = lab_now(l);
	options.names = names;
	return capture_new((const struct watch_point *)(void *)ports->data, ports->len, &options, error);
}

static void say_capture_dir(GError *error)
{
	char *text = g_strdup_printf("%s; --capture-dir names another folder", error->message);

	g_free(error->message);
	error->message = text;
}

bool lab_watch_check(const struct plan *plan, const char *dir, GError **error)
{
	for (guint n = 0; n < plan->captures->len; n++) {
		const struct plan_capture *p = plan->captures->pdata[n];
		g_autofree char *path = dir ? g_build_filename(dir, p->file, NULL) : g_strdup(p->file);

		if (!capture_file_probe(path, error)) {
			g_prefix_error(error, "capture %s: ", p->name);
			if (error)
				say_capture_dir(*error);
			return false;
		}
	}
	return true;
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
