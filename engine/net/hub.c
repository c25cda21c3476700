/* Hubs: a repeater without memory. What comes in at one port goes out of all
 * others at the same moment; a port without carrier is no loss. */
#include "engine/net/hub.h"

#include "engine/net/net_priv.h"

struct hub {
	struct net_part part;
	unsigned count;
	struct port *port[];
};

static void hub_receive(struct port *p, struct frame *f, uint64_t when)
{
	struct hub *h = p->owner;
	bool sent = false;

	for (unsigned i = 0; i < h->count; i++) {
		if (h->port[i] == p || !port_carrier(h->port[i]))
			continue;
		port_send(h->port[i], f, when);
		sent = true;
	}
	if (!sent)
		port_drop(p, f, DROP_NO_TARGET, when);
}

static const struct port_ops hub_port_ops = {.receive = hub_receive};

/* It remembers nothing. */
static void hub_state(struct net_part *part, struct state *s) {}

static void hub_free(struct net_part *part)
{
	g_free(part);
}

static const struct net_part_ops hub_ops = {.state = hub_state, .free = hub_free};

struct hub *hub_new(struct net *n, const char *name, unsigned ports)
{
	struct hub *h = g_malloc0(sizeof(*h) + ports * sizeof(h->port[0]));

	net_part_add(n, &h->part, &hub_ops, name);
	h->count = ports;
	for (unsigned i = 0; i < ports; i++) {
		g_autofree char *port = g_strdup_printf("%s:%u", name, i + 1);

		h->port[i] = port_new(n, port, &hub_port_ops, h, i, 0);
	}
	return h;
}

struct port *hub_port(struct hub *h, unsigned number)
{
	return number >= 1 && number <= h->count ? h->port[number - 1] : NULL;
}
