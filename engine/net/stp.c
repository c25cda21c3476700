/* A spanning tree: its ports, its seconds, its state. */
#include "engine/net/stp_priv.h"

#include <glib.h>
#include <string.h>

/* sizeof counts the arrays and bytes: the walk takes a port as flat bytes. */
_Static_assert(sizeof(struct stp_vector) == 24 && sizeof(struct stp_times) == 4, "no padding");
_Static_assert(sizeof(struct stp_port) == 3 * 24 + 8 + 2 * 4 + 2 + 3 * 4 + 8 + 3 + 28 + 2 + 4 + 4 + 1, "no padding");

struct stp *stp_new(const struct stp_config *config, const uint8_t address[6], const struct stp_ops *ops, void *opaque)
{
	struct stp *t = g_new0(struct stp, 1);

	t->config = *config;
	t->ops = ops;
	t->opaque = opaque;
	t->bridge = config->priority;
	for (unsigned n = 0; n < 6; n++)
		t->bridge = t->bridge << 8 | address[n];
	t->root_port = -1;
	stp_select_roles(t);
	return t;
}

void stp_free(struct stp *t)
{
	if (!t)
		return;
	g_free(t->port);
	g_free(t);
}

/* 802.1D-2004 table 17-3, and Linux's br_if.c for the short ones. */
static uint32_t cost_of(const struct stp *t, uint64_t rate)
{
	if (!rate)
		rate = 1;
	if (t->config.long_costs) {
		uint64_t cost = 20000000000000ull / rate;

		return cost < 1 ? 1 : cost > 200000000 ? 200000000 : (uint32_t)cost;
	}
	return rate >= 10000000000ull ? 2 : rate >= 1000000000 ? 5 : rate >= 100000000 ? 19 : 100;
}

void stp_add_port(struct stp *t, unsigned number)
{
	struct stp_port *p;

	t->port = g_renew(struct stp_port, t->port, t->count + 1);
	p = &t->port[t->count++];
	memset(p, 0, sizeof(*p));
	p->id = (uint16_t)(STP_PORT_PRIORITY << 8 | (number & 0xfff));
	p->cost = cost_of(t, 0);
	stp_port_init(t, p);
	stp_run(t);
}

void stp_configure_port(struct stp *t, unsigned port, const struct stp_port_config *config)
{
	struct stp_port *p = &t->port[port];

	p->id = (uint16_t)((config->priority & 0xf0) << 8 | (p->id & 0xfff));
	p->admin_cost = config->cost;
	if (config->cost)
		p->cost = config->cost;
	p->admin_edge = config->edge;
	p->bpdu_guard = config->bpdu_guard;
	p->root_guard = config->root_guard;
	p->oper_edge = config->edge;
	p->reselect = 1;
	p->selected = 0;
	stp_run(t);
}

void stp_port_enable(struct stp *t, unsigned port, bool up, uint64_t rate)
{
	struct stp_port *p = &t->port[port];

	if (!up)
		p->guarded = 0;
	p->rate = up ? rate : 0;
	p->enabled = up && !p->guarded;
	if (up && !p->admin_cost && p->cost != cost_of(t, rate)) {
		p->cost = cost_of(t, rate);
		p->reselect = 1;
		p->selected = 0;
	}
	stp_run(t);
}

void stp_receive(struct stp *t, unsigned port, const uint8_t *bpdu, size_t size)
{
	struct stp_port *p = &t->port[port];

	if (!p->enabled || !stp_bpdu_read(p, bpdu, size))
		return;
	if (p->bpdu_guard) {
		p->guarded = 1;
		p->enabled = 0;
		stp_run(t);
		return;
	}
	/* 17.23 Port Receive, RECEIVE */
	if (p->msg_type == BPDU_RST)
		p->rcvd_rstp = 1;
	else
		p->rcvd_stp = 1;
	p->oper_edge = 0;
	p->rcvd_msg = 1;
	p->edge_delay_while = STP_MIGRATE_TIME;
	stp_run(t);
}

/* 17.22 Port Timers */
void stp_tick(struct stp *t)
{
	for (unsigned n = 0; n < t->count; n++) {
		struct stp_port *p = &t->port[n];
		uint8_t *const timers[] = {&p->edge_delay_while, &p->fd_while, &p->hello_when,
					   &p->mdelay_while,     &p->rb_while, &p->rcvd_info_while,
					   &p->rr_while,         &p->tc_while, &p->tx_count};

		for (unsigned i = 0; i < ARRAY_LEN(timers); i++)
			*timers[i] -= *timers[i] > 0;
	}
	stp_run(t);
}

bool stp_learns(const struct stp *t, unsigned port)
{
	return t->port[port].learning;
}

bool stp_forwards(const struct stp *t, unsigned port)
{
	return t->port[port].forwarding;
}

/* ---- for people ---- */

struct stp_port_view stp_port_show(const struct stp *t, unsigned port)
{
	const struct stp_port *p = &t->port[port];

	return (struct stp_port_view){.role = (enum stp_role)p->role,
				      .learning = p->learning,
				      .forwarding = p->forwarding,
				      .edge = p->oper_edge,
				      .guarded = p->guarded,
				      .sends_rstp = p->send_rstp,
				      .cost = p->cost,
				      .id = p->id};
}

struct stp_view stp_show(const struct stp *t)
{
	return (struct stp_view){.root = t->root_priority.root,
				 .bridge = t->bridge,
				 .cost = t->root_priority.cost,
				 .root_port = t->root_port,
				 .changes = t->changes,
				 .hello = t->root_times.hello,
				 .max_age = t->root_times.max_age,
				 .forward_delay = t->root_times.forward_delay};
}

/* ---- state ---- */

/* What indexes a table, or ends a loop, is judged. */
static void port_state(const struct stp *t, struct stp_port *p, struct state *s)
{
	uint16_t id = p->id;

	state_bytes(s, p, sizeof(*p));
	state_require(s, p->id == id, "spanning tree: another port");
	state_require(s, p->role <= STP_BACKUP && p->selected_role <= STP_BACKUP && p->info_is <= INFO_RECEIVED,
		      "spanning tree: an impossible role");
	state_require(s, p->ppm <= 2 && p->tcm <= 2, "spanning tree: an impossible machine");
	state_require(s, p->designated_times.hello >= 1 && p->times.hello <= 80, "spanning tree: impossible times");
	state_require(s, p->designated_times.forward_delay >= 1, "spanning tree: impossible times");
}

void stp_state(struct stp *t, struct state *s)
{
	uint32_t root_port = (uint32_t)t->root_port;

	state_bytes(s, &t->root_priority, sizeof(t->root_priority));
	state_bytes(s, &t->root_times, sizeof(t->root_times));
	state_u32(s, &root_port);
	t->root_port = (int32_t)root_port;
	state_require(s, t->root_port >= -1 && t->root_port < (int32_t)t->count, "spanning tree: no such root port");
	state_u64(s, &t->changes);
	for (unsigned n = 0; n < t->count; n++)
		port_state(t, &t->port[n], s);
}
