/* The control queue of virtio-net (Virtual I/O Device 1.2, section 5.1.6.5): one
 * command a chain, answered by one byte. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/virtio_net.h"

enum { ACK_OK, ACK_ERR };
enum {
	CLASS_RX,
	CLASS_MAC,
	CLASS_VLAN,
	CLASS_ANNOUNCE,
	CLASS_OFFLOADS = 5,
	HEAD = 2, /* class and command */
	MAC_TABLE_SET = 0,
	MAC_ADDR_SET = 1,
	VLAN_ADD = 0,
	VLAN_DEL = 1,
};

/* A command as the driver wrote it. */
struct command {
	const struct virtq_chain *chain;
	uint8_t class, number;
};

static const char *class_name(unsigned class)
{
	static const char *const names[] = {"rx mode", "mac", "vlan", "announce", "queues", "offloads"};

	return class < ARRAY_LEN(names) ? names[class] : "unknown";
}

/* True if the command's data are at least `size` bytes, which are read. */
static bool take(struct board *b, const struct command *c, uint64_t at, void *data, size_t size)
{
	if (c->chain->out_bytes < HEAD + at + size)
		return false;
	virtq_read(b, c->chain, HEAD + at, data, size);
	return true;
}

/* Commands 0 to 5: one flag each (5.1.6.5.1). */
static bool rx_mode(struct board *b, struct virtio_net *s, const struct command *c)
{
	uint8_t *const flags[] = {&s->promiscuous,  &s->all_multicast, &s->all_unicast,
				  &s->no_multicast, &s->no_unicast,    &s->no_broadcast};
	uint8_t on;

	if (c->number >= ARRAY_LEN(flags) || !take(b, c, 0, &on, 1))
		return false;
	*flags[c->number] = !!on;
	return true;
}

/* One of the two tables: a count and as many addresses. What has no room is all let
 * through. *at moves behind it. */
static bool mac_table(struct board *b, struct virtio_net *s, const struct command *c, uint64_t *at, uint8_t *too_many)
{
	uint8_t raw[4];
	uint32_t count;

	if (!take(b, c, *at, raw, sizeof(raw)))
		return false;
	count = get_le32(raw);
	*at += sizeof(raw);
	if (count > (c->chain->out_bytes - HEAD - *at) / ETH_ALEN)
		return false;
	*too_many = count > NET_MACS - s->macs;
	if (!*too_many && take(b, c, *at, s->filter[s->macs], (size_t)count * ETH_ALEN))
		s->macs = (uint8_t)(s->macs + count);
	*at += (uint64_t)count * ETH_ALEN;
	return true;
}

static bool mac_tables(struct board *b, struct virtio_net *s, const struct command *c)
{
	uint64_t at = 0;

	s->macs = s->unicast_macs = 0;
	memset(s->filter, 0, sizeof(s->filter));
	if (!mac_table(b, s, c, &at, &s->too_many_unicast))
		return false;
	s->unicast_macs = s->macs;
	return mac_table(b, s, c, &at, &s->too_many_multicast);
}

static bool mac_command(struct board *b, struct virtio_net *s, const struct command *c)
{
	switch (c->number) {
	case MAC_TABLE_SET: return mac_tables(b, s, c);
	case MAC_ADDR_SET: return take(b, c, 0, s->mac, ETH_ALEN);
	default: return false;
	}
}

static bool vlan_command(struct board *b, struct virtio_net *s, const struct command *c)
{
	uint8_t raw[2];
	unsigned id;

	if (c->number > VLAN_DEL || !take(b, c, 0, raw, sizeof(raw)))
		return false;
	id = get_le16(raw);
	if (id >= 4096)
		return false;
	if (c->number == VLAN_ADD)
		s->vlan[id / 32] |= 1u << id % 32;
	else
		s->vlan[id / 32] &= ~(1u << id % 32);
	return true;
}

static bool announce_command(struct virtio_net *s, const struct command *c)
{
	bool asked = s->announce;

	s->announce = 0;
	return !c->number && asked;
}

/* What of the offloads that were negotiated the driver takes from now on. */
static bool offload_command(struct board *b, struct virtio_net *s, const struct command *c)
{
	uint8_t raw[8];

	if (c->number || !take(b, c, 0, raw, sizeof(raw)) ||
	    (get_le64(raw) & ~(s->v.driver_features & NET_F_GUEST_CSUM)))
		return false;
	s->offloads = get_le64(raw);
	return true;
}

static bool execute(struct board *b, struct virtio_net *s, const struct command *c)
{
	static const uint64_t needs[] = {
		[CLASS_RX] = NET_F_CTRL_RX | NET_F_CTRL_RX_EXTRA,
		[CLASS_MAC] = NET_F_CTRL_VQ,
		[CLASS_VLAN] = NET_F_CTRL_VLAN,
		[CLASS_ANNOUNCE] = NET_F_GUEST_ANNOUNCE,
		[CLASS_OFFLOADS] = NET_F_CTRL_GUEST_OFFLOADS,
	};

	if (c->class >= ARRAY_LEN(needs) || !virtio_has(&s->v, needs[c->class]))
		return false;
	switch (c->class) {
	case CLASS_RX: return rx_mode(b, s, c);
	case CLASS_MAC: return mac_command(b, s, c);
	case CLASS_VLAN: return vlan_command(b, s, c);
	case CLASS_ANNOUNCE: return announce_command(s, c);
	default: return offload_command(b, s, c);
	}
}

static void answer(struct board *b, struct virtio_net *s, const struct virtq_chain *chain)
{
	uint8_t head[HEAD], ack;
	struct command c = {.chain = chain};

	if (chain->out_bytes < HEAD || !chain->in_bytes) {
		virtio_break(b, &s->v, "a control command without head or room for the answer");
		return;
	}
	virtq_read(b, chain, 0, head, sizeof(head));
	c.class = head[0];
	c.number = head[1];
	ack = execute(b, s, &c) ? ACK_OK : ACK_ERR;
	TRACE(b, NIC, "virtio %u: control: %s, command %u: %s", s->v.slot, class_name(c.class), c.number,
	      ack == ACK_OK ? "ok" : "refused");
	virtq_write(b, chain, 0, &ack, 1);
	virtq_fill(b, &s->v, QUEUE_CTRL, chain->head, 1, 0);
	virtq_flush(b, &s->v, QUEUE_CTRL, 1);
}

void virtio_net_ctrl(struct board *b, struct virtio_net *s)
{
	struct virtq_chain chain;

	/* One round of the ring at most: the driver does not run meanwhile. */
	for (unsigned left = virtq_waiting(b, &s->v, QUEUE_CTRL); left; left--)
		if (virtq_take(b, &s->v, QUEUE_CTRL, &chain))
			answer(b, s, &chain);
	if (virtio_queue_ready(b, &s->v, QUEUE_CTRL))
		virtq_want_kicks(b, &s->v, QUEUE_CTRL, true);
}
