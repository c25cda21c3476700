/* From names and sets of ports to what is watched at each. */
#include "capture/target.h"

#include "engine/net/link.h"

GQuark capture_error_quark(void)
{
	return g_quark_from_static_string("lanyard-capture-error");
}

static void target_add(GArray *out, struct port *p, unsigned events)
{
	struct capture_port c = {.port = p, .events = events};

	g_array_append_val(out, c);
}

bool capture_target(struct net *n, const char *name, GArray *out, GError **error)
{
	struct link *l = link_find(n, name);
	struct port *p = port_find(n, name);

	/* A cable is named after its card: what the card sees is meant. */
	if (p) {
		target_add(out, p, WATCH_RX | WATCH_TX);
		return true;
	}
	if (l) {
		target_add(out, link_port(l, 0), WATCH_TX);
		target_add(out, link_port(l, 1), WATCH_TX);
		return true;
	}
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_TARGET, "\"%s\" is no link or port", name);
	return false;
}

void capture_target_ports(struct port *const *ports, unsigned count, bool ingress, GArray *out)
{
	g_autoptr(GHashTable) set = g_hash_table_new(NULL, NULL);

	for (unsigned i = 0; i < count; i++)
		g_hash_table_add(set, ports[i]);
	for (unsigned i = 0; i < count; i++) {
		struct port *p = ports[i];
		unsigned events = WATCH_RX;

		if (!ingress && p->link && g_hash_table_contains(set, link_port(p->link, p->end ^ 1)))
			events = WATCH_TX;
		else if (!ingress)
			events = WATCH_RX | WATCH_TX;
		target_add(out, p, events);
	}
}
