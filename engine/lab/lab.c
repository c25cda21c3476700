/* The operations on a running lab; building it is build.c, time is window.c. */
#include "engine/lab/lab_priv.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/state.h"
#include "engine/base/units.h"
#include "engine/pc/pc_hash.h"

const struct plan *lab_plan(const struct lab *l)
{
	return l->plan;
}
const char *lab_name(const struct lab *l)
{
	return l->name;
}
const char *lab_implicit_switch(const struct lab *l)
{
	return l->implicit;
}

struct net *lab_net(struct lab *l)
{
	return l->net;
}
uint64_t lab_now(const struct lab *l)
{
	return l->now;
}

unsigned lab_pc_count(const struct lab *l)
{
	return l->pcs->len;
}
struct lab_pc *lab_pc_at(struct lab *l, unsigned n)
{
	return n < l->pcs->len ? l->pcs->pdata[n] : NULL;
}

struct lab_pc *lab_pc_find(struct lab *l, const char *name)
{
	for (guint n = 0; n < l->pcs->len; n++)
		if (!strcmp(lab_pc_name(l->pcs->pdata[n]), name))
			return l->pcs->pdata[n];
	return NULL;
}

const char *lab_pc_name(const struct lab_pc *pc)
{
	return pc->plan->name;
}
enum lab_pc_state lab_pc_state(const struct lab_pc *pc)
{
	return pc->state;
}
const char *lab_pc_message(const struct lab_pc *pc)
{
	return pc->message;
}
struct board *lab_pc_board(struct lab_pc *pc)
{
	return pc->board;
}
const struct plan_pc *lab_pc_plan(const struct lab_pc *pc)
{
	return pc->plan;
}
uint64_t lab_pc_count_retired(const struct lab_pc *pc)
{
	return pc->board->pc->cpu.count;
}
struct port *lab_pc_port(struct lab_pc *pc, unsigned nic)
{
	return nic < pc->nics ? pc->port[nic] : NULL;
}

/* ---- the fingerprint ---- */

static void add_bytes(void *state, const void *data, size_t size)
{
	XXH3_128bits_update(state, data, size);
}

static void add_item(XXH3_state_t *state, const struct inbox_item *item)
{
	uint64_t row[] = {item->when, item->kind, item->unit, item->up};
	gsize size;

	add_bytes(state, row, sizeof(row));
	if (item->frame)
		add_bytes(state, item->frame->data, item->frame->size);
	if (item->bytes) {
		const void *data = g_bytes_get_data(item->bytes, &size);

		add_bytes(state, data, size);
	}
}

static void add_pc(XXH3_state_t *state, const struct lab_pc *pc)
{
	uint64_t row[] = {pc->state, pc->hello, pc->placing, pc->identified, pc->agent_in->len};
	uint8_t hash[PC_HASH_BYTES];

	board_hash(pc->board, hash);
	add_bytes(state, hash, sizeof(hash));
	for (guint n = pc->inbox_at; n < pc->inbox->len; n++)
		add_item(state, &g_array_index(pc->inbox, struct inbox_item, n));
	for (unsigned n = 0; n < ARRAY_LEN(pc->feed); n++)
		if (pc->feed[n].bytes->len)
			add_bytes(state, pc->feed[n].bytes->data + pc->feed[n].at,
				  pc->feed[n].bytes->len - pc->feed[n].at);
	add_bytes(state, row, sizeof(row));
	if (pc->agent_in->len)
		add_bytes(state, pc->agent_in->data, pc->agent_in->len);
	exec_hash(pc, add_bytes, state);
	agent_hash(pc, add_bytes, state);
}

/* What the lab will do by itself; what is replayed comes from outside. */
static void add_timeline(XXH3_state_t *state, const struct lab *l)
{
	for (guint n = 0; n < l->timeline->len; n++) {
		const struct timeline_item *item = &g_array_index(l->timeline, struct timeline_item, n);

		if (item->class == TIMELINE_LAB)
			add_bytes(state, &item->when, sizeof(item->when));
	}
	checks_hash(l, add_bytes, state);
	events_hash(l, add_bytes, state);
}

void lab_hash(struct lab *l, uint8_t out[LAB_HASH_BYTES])
{
	XXH3_state_t *state = XXH3_createState();
	XXH128_canonical_t canonical;
	uint8_t net_digest[STATE_HASH_BYTES];
	struct state *net_walk;

	window_settle(l);
	XXH3_128bits_reset(state);
	add_bytes(state, &l->now, sizeof(l->now));
	for (guint n = 0; n < l->pcs->len; n++)
		add_pc(state, l->pcs->pdata[n]);
	add_timeline(state, l);
	net_walk = state_hash();
	net_state(l->net, net_walk);
	state_digest(net_walk, net_digest);
	state_end(net_walk, NULL);
	add_bytes(state, net_digest, sizeof(net_digest));
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
	memcpy(out, canonical.digest, LAB_HASH_BYTES);
	XXH3_freeState(state);
}

/* ---- what a name on the wire means ---- */

static bool carries(const struct plan_switch_port *p, uint16_t vlan)
{
	if (!p->trunk)
		return p->access == vlan;
	for (guint n = 0; n < p->vlans->len; n++)
		if (g_array_index(p->vlans, uint16_t, n) == vlan)
			return true;
	return false;
}

/* Switch ports at which a VLAN's frames enter: access ports, and trunks whose
 * other end is a card. */
static void vlan_ports(struct lab *l, uint16_t vlan, GPtrArray *out)
{
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		for (unsigned m = 0; m < pc->nics; m++) {
			const struct plan_nic *nic = pc->plan->nics->pdata[m];

			if (nic->attach == ATTACH_VLAN && pc->port[m]->link &&
			    ((const struct plan_vlan *)l->plan->vlans->pdata[nic->vlan])->id == vlan)
				g_ptr_array_add(out, link_port(pc->port[m]->link, !pc->port[m]->end));
		}
	}
	for (guint n = 0; n < l->plan->switches->len; n++) {
		const struct plan_switch *s = l->plan->switches->pdata[n];

		for (guint m = 0; m < s->ports->len; m++) {
			const struct plan_switch_port *p = s->ports->pdata[m];

			if (carries(p, vlan) && !p->trunk)
				g_ptr_array_add(out, switch_port(switch_find(l->net, s->name), p->number));
		}
	}
}

static const struct plan_vlan *vlan_find(const struct lab *l, const char *name)
{
	for (guint n = 0; n < l->plan->vlans->len; n++) {
		const struct plan_vlan *v = l->plan->vlans->pdata[n];

		if (!strcmp(v->name, name))
			return v;
	}
	return NULL;
}

bool lab_ports(struct lab *l, const char *name, GPtrArray *out, bool *ingress)
{
	const struct plan_vlan *vlan = vlan_find(l, name);
	struct link *link = link_find(l->net, name);
	struct port *port = port_find(l->net, name);

	*ingress = vlan != NULL;
	if (port) { /* a cable is named after its card: the port comes first */
		g_ptr_array_add(out, port);
	} else if (link) {
		/* Both ends see both directions: one is enough. */
		g_ptr_array_add(out, link_port(link, 0));
	} else if (vlan) {
		vlan_ports(l, vlan->id, out);
	} else {
		return false;
	}
	return true;
}

/* ---- input ---- */

uint64_t lab_type(struct lab *l, struct lab_pc *pc, const void *bytes, size_t size)
{
	timeline_catch_up(l);
	journal_type(l, pc, bytes, size);
	inbox_type(pc, 0, bytes, size, l->now);
	return l->now;
}

static bool bad_value(GError **error, const char *thing, const char *key, const char *value, const char *expected)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s=%s: expected %s", thing, key, value,
		    expected);
	return false;
}

static bool set_link_param(struct link_params *p, const char *key, const char *value, const char **expected)
{
	uint64_t v;

	if (!strcmp(key, "delay")) {
		*expected = "a time from 1us to 1h, such as 5ms";
		if (!parse_time(value, &v, NULL) || v < LINK_DELAY_MIN || v > LINK_DELAY_MAX)
			return false;
		p->delay = v;
	} else if (!strcmp(key, "rate")) {
		*expected = "a rate from 1kbit to 100Gbit, such as 10Mbit";
		if (!parse_rate(value, &v, NULL) || v < LINK_RATE_MIN || v > LINK_RATE_MAX)
			return false;
		p->rate = v;
	} else if (!strcmp(key, "queue")) {
		*expected = "a number of frames from 1 to 100000";
		if (!parse_number(value, 1, LINK_QUEUE_MAX, &v, NULL))
			return false;
		p->queue = (uint32_t)v;
	} else if (!strcmp(key, "loss")) {
		*expected = "a percentage such as 0.5%";
		if (!parse_percent(value, &v, NULL))
			return false;
		p->loss = (uint32_t)v;
	} else {
		*expected = NULL;
		return false;
	}
	return true;
}

/* Does `name` mean this port: the whole name, or its owner's? */
static bool means_port(const char *name, const struct port *p)
{
	size_t len = strlen(name);

	return g_str_has_prefix(p->name, name) && (!p->name[len] || p->name[len] == ':');
}

/* "alice.rate": only what alice sends. False: neither end is so called, or both
 * are. A card's name may have a '.', a key has none. */
static bool one_direction(const struct link *link, const char **key, bool wanted[2], const char *thing, GError **error)
{
	const char *dot = strrchr(*key, '.');
	g_autofree char *end = dot ? g_strndup(*key, (gsize)(dot - *key)) : NULL;

	if (!end)
		return true;
	for (unsigned dir = 0; dir < 2; dir++)
		wanted[dir] = means_port(end, link_port(link, dir));
	*key = dot + 1;
	if (wanted[0] != wanted[1])
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: '%s': expected the end that sends, %s or %s",
		    thing, end, link_port(link, 0)->name, link_port(link, 1)->name);
	return false;
}

static bool set_link(struct lab *l, struct link *link, const char *thing, const char *key, const char *value,
		     GError **error)
{
	const char *expected = NULL, *name = key;
	bool wanted[2] = {true, true};

	if (!one_direction(link, &key, wanted, thing, error))
		return false;
	if (!strcmp(name, "state")) {
		if (strcmp(value, "up") && strcmp(value, "down"))
			return bad_value(error, thing, key, value, "up or down");
		link_set_up(link, !strcmp(value, "up"), l->now);
		return true;
	}
	for (unsigned dir = 0; dir < 2; dir++) {
		struct link_params p = *link_get(link, dir);

		if (!wanted[dir])
			continue;
		if (!set_link_param(&p, key, value, &expected))
			return bad_value(error, thing, name, value,
					 expected ? expected : "one of the keys state, delay, rate, queue, loss");
		link_set(link, dir, &p, l->now);
	}
	return true;
}

/* On, or off and on again. Time has passed meanwhile. */
static void power_on(struct lab *l, struct lab_pc *pc)
{
	struct board *b = pc->board;
	uint64_t now = pc->offset + l->now;

	if (board_now(b) < now)
		b->pc->idle_ns += now - board_now(b);
	board_reset(b);
	for (unsigned n = 0; n < pc->nics; n++) {
		struct inbox_item item = {
			.when = l->now, .kind = INBOX_CARRIER, .unit = n, .up = port_carrier(pc->port[n])};

		inbox_add(pc, &item);
	}
	inbox_arm(pc);
	g_byte_array_set_size(pc->agent_in, 0);
	pc->hello = pc->placing = pc->identified = false;
	exec_abandon(pc, l->now);
}

static bool set_power(struct lab *l, struct lab_pc *pc, const char *value, GError **error)
{
	bool running = pc->board->pc->state == BOARD_RUNNING;

	if (!strcmp(value, "off")) {
		if (!running)
			return true;
		pc->board->pc->state = BOARD_POWERED_OFF;
		inbox_refuse(pc);
		exec_abandon(pc, l->now);
		pc_set_state(pc, LAB_PC_OFF, "powered off", l->now);
		return true;
	}
	if (!strcmp(value, "reset") || !strcmp(value, "on")) {
		if (running && !strcmp(value, "on"))
			return true;
		power_on(l, pc);
		pc_set_state(pc, pc->agent ? LAB_PC_BOOTING : LAB_PC_READY, running ? "reset" : "switched on", l->now);
		return true;
	}
	return bad_value(error, pc->plan->name, "power", value, "on, off or reset");
}

bool lab_change(struct lab *l, const char *thing, const char *key, const char *value, GError **error)
{
	const char *name = strchr(thing, ':');
	struct lab_pc *pc = NULL;
	struct link *link = NULL;

	window_settle(l);
	name = name ? name + 1 : thing;
	if (g_str_has_prefix(thing, "pc:") && (pc = lab_pc_find(l, name)) && !strcmp(key, "power"))
		return set_power(l, pc, value, error);
	if (g_str_has_prefix(thing, "link:"))
		link = link_find(l->net, name);
	else if (g_str_has_prefix(thing, "nic:") && port_find(l->net, name))
		link = port_find(l->net, name)->link;
	if (!link && pc) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: '%s': expected the key power", thing, key);
		return false;
	}
	if (!link) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			    "%s: expected the name of a link, of a card with a cable (PC:CARD) or of a PC", thing);
		return false;
	}
	return set_link(l, link, thing, key, value, error);
}

bool lab_set(struct lab *l, const char *thing, const char *key, const char *value, GError **error)
{
	timeline_catch_up(l);
	if (!lab_change(l, thing, key, value, error))
		return false;
	journal_set(l, thing, key, value);
	return true;
}
