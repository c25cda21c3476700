/* Which role each port is to have: IEEE 802.1D-2004 17.6 (priority vectors) and
 * 17.21.25 updtRolesTree(). */
#include "engine/net/stp_priv.h"

#include <string.h>

int stp_compare(const struct stp_vector *a, const struct stp_vector *b)
{
	if (a->root != b->root)
		return a->root < b->root ? -1 : 1;
	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	if (a->bridge != b->bridge)
		return a->bridge < b->bridge ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->receiver < b->receiver ? -1 : a->receiver > b->receiver;
}

static uint32_t add_cost(uint32_t a, uint32_t b)
{
	return a + b < a ? UINT32_MAX : a + b;
}

/* The best way to the root: by a port, or this bridge itself. */
static void find_root(struct stp *t)
{
	t->root_priority = (struct stp_vector){.root = t->bridge, .bridge = t->bridge};
	t->root_times = (struct stp_times){0, t->config.max_age, t->config.hello, t->config.forward_delay};
	t->root_port = -1;
	for (unsigned n = 0; n < t->count; n++) {
		const struct stp_port *p = &t->port[n];
		struct stp_vector path = p->priority;

		if (p->info_is != INFO_RECEIVED || p->root_guard || path.bridge == t->bridge)
			continue;
		path.cost = add_cost(path.cost, p->cost);
		path.receiver = p->id;
		if (stp_compare(&path, &t->root_priority) >= 0)
			continue;
		t->root_priority = path;
		t->root_times = p->times;
		t->root_times.message_age++;
		t->root_port = (int32_t)n;
	}
}

static bool same_times(const struct stp_times *a, const struct stp_times *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void choose(struct stp *t, unsigned n)
{
	struct stp_port *p = &t->port[n];

	p->designated = (struct stp_vector){.root = t->root_priority.root,
					    .cost = t->root_priority.cost,
					    .bridge = t->bridge,
					    .port = p->id,
					    .receiver = p->id};
	p->designated_times = t->root_times;
	switch ((enum info_is)p->info_is) {
	case INFO_DISABLED: p->selected_role = STP_DISABLED; break;
	case INFO_AGED:
		p->updt_info = 1;
		p->selected_role = STP_DESIGNATED;
		break;
	case INFO_MINE:
		p->selected_role = STP_DESIGNATED;
		if (stp_compare(&p->priority, &p->designated) || !same_times(&p->times, &p->designated_times))
			p->updt_info = 1;
		break;
	case INFO_RECEIVED:
		p->updt_info = 0;
		if (t->root_port == (int32_t)n) {
			p->selected_role = STP_ROOT;
		} else if (stp_compare(&p->designated, &p->priority) < 0) {
			p->selected_role = STP_DESIGNATED;
			p->updt_info = 1;
		} else {
			p->selected_role = p->priority.bridge == t->bridge ? STP_BACKUP : STP_ALTERNATE;
		}
		break;
	}
}

void stp_select_roles(struct stp *t)
{
	for (unsigned n = 0; n < t->count; n++)
		t->port[n].reselect = 0;
	find_root(t);
	for (unsigned n = 0; n < t->count; n++)
		choose(t, n);
	for (unsigned n = 0; n < t->count; n++)
		t->port[n].selected = 1;
}
