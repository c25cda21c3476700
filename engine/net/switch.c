/* Switches: learning bridges with VLANs (IEEE 802.1Q). A frame belongs to one
 * VLAN from the port it came in by; it goes to where its destination was last
 * seen in that VLAN, else to every other port of it, with or without a tag as
 * each port wants. Nothing is copied but the other form of a frame, once. One
 * whose source is a group, or nobody, goes nowhere, as in Linux's bridge. */
#include "engine/net/switch_priv.h"

#include "engine/base/rng.h"
#include "engine/net/stp.h"

/* A frame within the switch; the forms it does not have yet are NULL. */
struct passing {
	struct frame_pool *pool;
	struct frame *came;
	bool came_tagged; /* even if only with a priority (VID 0) */
	uint16_t vlan, tci;
	struct frame *tagged, *untagged;
};

static bool line_member(const struct switch_line *l, uint16_t vlan)
{
	return l->member[vlan / 64] >> (vlan % 64) & 1;
}

/* IEEE 802.1Q table 8-1: reserved for protocols between neighbours. */
static bool address_reserved(const uint8_t *mac)
{
	static const uint8_t group[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	return memcmp(mac, group, sizeof(group)) == 0 && mac[5] <= 0x0f;
}

static bool address_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* PAUSE and its like end at the MAC of the port (IEEE 802.3 annex 31B): the
 * relay never sees them. */
static bool address_mac_control(const uint8_t *mac)
{
	return address_reserved(mac) && mac[5] == 1;
}

static bool address_null(const uint8_t *mac)
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

/* Which VLAN the frame is of; false with the reason if it may not come in. */
static bool switch_classify(const struct switch_line *in, struct passing *s, enum drop_reason *reason)
{
	const struct frame *f = s->came;
	uint16_t vid = 0;

	s->came_tagged = get_be16(f->data + TAG_AT) == TPID_8021Q;
	if (s->came_tagged) {
		*reason = DROP_TOO_SHORT;
		if (f->size < FRAME_MIN + TAG_BYTES)
			return false;
		s->tci = get_be16(f->data + TAG_AT + 2);
		vid = s->tci & TCI_VID;
	}
	*reason = DROP_VLAN;
	s->vlan = vid ? vid : in->untagged;
	if (!s->vlan || s->vlan == VID_RESERVED || !line_member(in, s->vlan))
		return false;
	s->tci = (uint16_t)((s->tci & ~TCI_VID) | s->vlan);
	if (s->came_tagged && vid)
		s->tagged = frame_ref(s->came);
	else if (!s->came_tagged)
		s->untagged = frame_ref(s->came);
	return true;
}

static struct frame *passing_untagged(struct passing *s)
{
	if (!s->untagged)
		s->untagged = frame_untagged(s->pool, s->came);
	return s->untagged;
}

/* A frame that came with a priority only keeps it in its full tag. */
static struct frame *passing_tagged(struct passing *s)
{
	if (!s->tagged)
		s->tagged = frame_tagged(s->pool, passing_untagged(s), s->tci);
	return s->tagged;
}

static void line_send(const struct switch_line *out, struct passing *s, uint64_t when)
{
	struct frame *f = s->vlan == out->untagged ? passing_untagged(s) : passing_tagged(s);

	port_send(out->port, f, when + SWITCH_LATENCY);
	if (UNLIKELY(out->mirror))
		port_send(out->mirror, f, when + SWITCH_LATENCY);
}

static bool line_forwards(const struct net_switch *s, const struct switch_line *l)
{
	return LIKELY(!s->stp) || stp_forwards(s->stp, l->port->index);
}

static bool line_takes(const struct net_switch *s, const struct switch_line *out, uint16_t vlan)
{
	return line_member(out, vlan) && port_carrier(out->port) && !out->is_mirror && line_forwards(s, out);
}

static bool switch_flood(struct net_switch *s, const struct switch_line *in, struct passing *f, uint64_t when)
{
	bool sent = false;

	for (unsigned i = 0; i < s->count; i++) {
		const struct switch_line *out = s->line[i];

		if (out == in || !line_takes(s, out, f->vlan))
			continue;
		line_send(out, f, when);
		sent = true;
	}
	return sent;
}

/* True if the frame went anywhere. */
static bool switch_forward(struct net_switch *s, const struct switch_line *in, struct passing *f, uint64_t when)
{
	const uint8_t *to = f->came->data;
	uint32_t out;

	if (address_group(to))
		return switch_flood(s, in, f, when);
	out = mac_table_find(s->macs, mac_key(f->vlan, to), when);
	if (out == MAC_TABLE_NONE)
		return switch_flood(s, in, f, when);
	if (s->line[out] == in || !line_forwards(s, s->line[out]))
		return false;
	line_send(s->line[out], f, when);
	return true;
}

/* Frames that end here before it matters which VLAN they are of. True: so did it. */
static bool switch_consumes(struct net_switch *s, const struct switch_line *in, struct frame *f, uint64_t when)
{
	const uint8_t *from = f->data + ETH_ALEN;

	if (f->damaged)
		port_drop(in->port, f, DROP_FCS, when);
	else if (in->is_mirror)
		port_drop(in->port, f, DROP_MIRROR, when);
	else if (address_group(from) || address_null(from))
		port_drop(in->port, f, DROP_SOURCE, when);
	else if (s->stp && switch_is_bpdu(f))
		switch_take_bpdu(s, in, f, when);
	else
		return false;
	return true;
}

/* May the station be at this port? Learns it there if so. */
static bool switch_learn(struct net_switch *s, const struct switch_line *in, uint64_t key, uint64_t when)
{
	if (in->max_macs && mac_table_find(s->macs, key, when) != in->port->index &&
	    mac_table_count(s->macs, in->port->index, when) >= in->max_macs)
		return false;
	mac_table_learn(s->macs, key, in->port->index, when);
	return true;
}

/* 01-80-c2-00-00-00 to 0f: BPDUs pass where no spanning tree wants them, PAUSE never,
 * the others if they are told to. */
static bool switch_keeps(const struct net_switch *s, const struct frame *f)
{
	return address_reserved(f->data) && !(s->forwards >> f->data[5] & 1);
}

static void switch_relay(struct net_switch *s, const struct switch_line *in, struct passing *p, uint64_t when)
{
	struct frame *f = p->came;
	uint64_t key = mac_key(p->vlan, f->data + ETH_ALEN);
	bool learns = !s->stp || stp_learns(s->stp, in->port->index);

	/* A frame may still come when the cable was pulled; its port is gone. */
	if (learns && !address_mac_control(f->data) && port_carrier(in->port) && !switch_learn(s, in, key, when))
		port_drop(in->port, f, DROP_SECURITY, when);
	else if (!line_forwards(s, in))
		port_drop(in->port, f, DROP_BLOCKED, when);
	else if (switch_keeps(s, f))
		port_drop(in->port, f, DROP_RESERVED, when);
	else if (address_group(f->data) && switch_storm(s, in, f, when))
		port_drop(in->port, f, DROP_STORM, when);
	else if (!switch_forward(s, in, p, when))
		port_drop(in->port, f, DROP_NO_TARGET, when);
}

static void switch_receive(struct port *p, struct frame *f, uint64_t when)
{
	struct net_switch *s = p->owner;
	const struct switch_line *in = s->line[p->index];
	struct passing passing = {.pool = f->pool, .came = f};
	enum drop_reason reason;

	if (UNLIKELY(in->mirror))
		port_send(in->mirror, f, when + SWITCH_LATENCY);
	if (switch_consumes(s, in, f, when))
		return;
	if (switch_classify(in, &passing, &reason))
		switch_relay(s, in, &passing, when);
	else
		port_drop(p, f, reason, when);
	frame_unref(passing.tagged);
	frame_unref(passing.untagged);
}

static void switch_carrier(struct port *p, bool up, uint64_t when)
{
	struct net_switch *s = p->owner;

	if (!up)
		mac_table_flush(s->macs, p->index);
	s->when = when;
	if (s->stp)
		stp_port_enable(s->stp, p->index, up, port_speed(p));
}

static const struct port_ops switch_port_ops = {.receive = switch_receive, .carrier = switch_carrier};

static void line_state(const struct net_switch *sw, struct switch_line *l, struct state *s)
{
	state_u16(s, &l->untagged);
	state_require(s, l->untagged < VID_RESERVED, "switch %s: impossible VLAN", sw->part.name);
	for (unsigned n = 0; n < ARRAY_LEN(l->member); n++)
		state_u64(s, &l->member[n]);
	state_require(s, !line_member(l, 0) && !line_member(l, VID_RESERVED), "switch %s: impossible VLAN",
		      sw->part.name);
}

static void switch_state(struct net_part *part, struct state *s)
{
	struct net_switch *sw = (struct net_switch *)part;

	for (unsigned i = 0; i < sw->count; i++)
		line_state(sw, sw->line[i], s);
	mac_table_state(sw->macs, part->net->now, sw->count, s);
	state_bytes(s, sw->storm, sizeof(sw->storm));
	if (sw->stp)
		stp_state(sw->stp, s);
}

static void switch_free(struct net_part *part)
{
	struct net_switch *s = (struct net_switch *)part;

	for (unsigned i = 0; i < s->count; i++)
		g_free(s->line[i]);
	g_free(s->line);
	mac_table_free(s->macs);
	stp_free(s->stp);
	g_free(s);
}

static const struct net_part_ops switch_ops = {
	.state = switch_state, .timer = switch_stp_timer, .timer_valid = switch_stp_timer_valid, .free = switch_free};

/* Locally administered; its last byte is free for the ports' own. */
static void switch_address(struct net_switch *s, const char *name)
{
	struct rng r;
	uint64_t bits;

	rng_seed(&r, 0, name);
	bits = rng_next(&r);
	s->address[0] = 0x02;
	for (unsigned n = 1; n < ETH_ALEN - 1; n++)
		s->address[n] = (uint8_t)(bits >> 8 * n);
}

struct net_switch *switch_new(struct net *n, const char *name)
{
	struct net_switch *s = g_new0(struct net_switch, 1);

	net_part_add(n, &s->part, &switch_ops, name);
	s->macs = mac_table_new();
	s->forwards = 1u << 0;
	switch_address(s, name);
	return s;
}

struct net_switch *switch_find(struct net *n, const char *name)
{
	return (struct net_switch *)net_part_find(n, &switch_ops, name);
}

struct net_switch *switch_of_port(const struct port *p)
{
	return p->ops == &switch_port_ops ? p->owner : NULL;
}

struct port *switch_port(struct net_switch *s, unsigned number)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->line[i]->number == number)
			return s->line[i]->port;
	return NULL;
}

struct port *switch_add_port(struct net_switch *s, unsigned number, uint64_t rate)
{
	struct switch_line *l = g_new0(struct switch_line, 1);
	g_autofree char *name = g_strdup_printf("%s:%u", s->part.name, number);

	assert(number >= 1 && !switch_port(s, number));
	l->number = number;
	l->port = port_new(s->part.net, name, &switch_port_ops, s, s->count, rate);
	s->line = g_renew(struct switch_line *, s->line, s->count + 1);
	s->line[s->count++] = l;
	if (s->stp)
		stp_add_port(s->stp, number);
	switch_set_access(l->port, VLAN_DEFAULT);
	return l->port;
}

/* Puts a port into no VLAN; what it had learned there is void. */
static struct switch_line *line_clear(struct port *p)
{
	struct net_switch *s = p->owner;
	struct switch_line *l = s->line[p->index];

	assert(l->port == p);
	memset(l->member, 0, sizeof(l->member));
	l->untagged = 0;
	mac_table_flush(s->macs, p->index);
	return l;
}

static void line_join(struct switch_line *l, uint16_t vlan)
{
	assert(vlan > 0 && vlan < VID_RESERVED);
	l->member[vlan / 64] |= 1ull << (vlan % 64);
}

void switch_set_access(struct port *p, uint16_t vlan)
{
	struct switch_line *l = line_clear(p);

	line_join(l, vlan);
	l->untagged = vlan;
}

void switch_set_trunk(struct port *p, const uint16_t *vlans, unsigned count, uint16_t native)
{
	struct switch_line *l = line_clear(p);

	for (unsigned i = 0; i < count; i++)
		line_join(l, vlans[i]);
	if (native)
		line_join(l, native);
	l->untagged = native;
}

struct switch_row *switch_table(struct net_switch *s, uint64_t now, unsigned *count)
{
	struct mac_entry *list = mac_table_list(s->macs, now, count);
	struct switch_row *rows = g_new0(struct switch_row, *count + 1);

	for (unsigned i = 0; i < *count; i++) {
		rows[i].vlan = (uint16_t)(list[i].key >> 48);
		for (unsigned b = 0; b < ETH_ALEN; b++)
			rows[i].mac[b] = (uint8_t)(list[i].key >> (40 - 8 * b));
		rows[i].port = s->line[list[i].port]->number;
		rows[i].age = now - list[i].seen;
	}
	g_free(list);
	return rows;
}

void switch_forward_reserved(struct net_switch *s, uint16_t addresses)
{
	s->forwards |= addresses & ~(1u << 1);
}

void switch_guard_storms(struct net_switch *s, bool guard)
{
	s->storm_guard = guard;
}

void switch_set_mirror(struct port *p, struct port *mirror)
{
	struct net_switch *s = p->owner;

	assert(p != mirror && mirror->owner == s);
	s->line[p->index]->mirror = mirror;
	s->line[mirror->index]->is_mirror = true;
}

void switch_limit_macs(struct port *p, uint32_t count)
{
	struct net_switch *s = p->owner;

	s->line[p->index]->max_macs = count;
}
