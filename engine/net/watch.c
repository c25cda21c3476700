/* From names and sets of ports to what is watched at each. */
#include "engine/net/watch.h"

#include "engine/net/link.h"
#include "engine/net/vlan.h"

bool watch_wants(const struct watch_point *w, const struct frame *f)
{
	uint16_t vid = 0;

	if (LIKELY(!w->vlan))
		return true;
	if (vlan_tagged(f->data, f->size))
		vid = vlan_tci(f->data) & TCI_VID;
	return vid ? vid == w->vlan : w->native;
}

void watch_add(GArray *out, struct port *p, unsigned events, uint16_t vlan, bool native)
{
	struct watch_point w = {.port = p, .events = events, .vlan = vlan, .native = native};

	g_array_append_val(out, w);
}

bool watch_named(struct net *n, const char *name, GArray *out)
{
	struct link *l = link_find(n, name);
	struct port *p = port_find(n, name);

	/* A cable is named after its card: what the card sees is meant. */
	if (p) {
		watch_add(out, p, WATCH_RX | WATCH_TX, 0, false);
	} else if (l) {
		watch_add(out, link_port(l, 0), WATCH_TX, 0, false);
		watch_add(out, link_port(l, 1), WATCH_TX, 0, false);
	}
	return p || l;
}

void watch_ports(struct port *const *ports, unsigned count, bool ingress, GArray *out)
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
		watch_add(out, p, events, 0, false);
	}
}
