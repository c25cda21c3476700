/* Spanning tree in a switch: BPDUs in frames (IEEE 802.1D-2004 clause 7.12.3: LLC to
 * the bridge group address), and the second that the protocol counts in. Switches do
 * not count in step: each has a phase of its own, made from the lab's seed and its
 * name. */
#include "engine/base/rng.h"
#include "engine/net/stp.h"
#include "engine/net/switch_priv.h"

#define SECOND 1000000000ull
#define TIMER_SECOND 0u

enum { LENGTH_AT = 12, LLC_AT = 14, BPDU_AT = 17, LLC_BYTES = 3 };
static const uint8_t bridge_group[ETH_ALEN] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00};
static const uint8_t llc[LLC_BYTES] = {0x42, 0x42, 0x03};

bool switch_is_bpdu(const struct frame *f)
{
	return f->size >= FRAME_MIN && !memcmp(f->data, bridge_group, ETH_ALEN);
}

/* The length counts LLC and BPDU; what follows is padding. */
void switch_take_bpdu(struct net_switch *s, const struct switch_line *in, const struct frame *f, uint64_t when)
{
	size_t length = get_be16(f->data + LENGTH_AT), room = f->size - LLC_AT;

	if (length > room || length < LLC_BYTES || memcmp(f->data + LLC_AT, llc, LLC_BYTES) != 0)
		return;
	s->when = when;
	stp_receive(s->stp, in->port->index, f->data + BPDU_AT, length - LLC_BYTES);
}

static void send_bpdu(void *opaque, unsigned index, const uint8_t *bpdu, size_t size)
{
	struct net_switch *s = opaque;
	const struct switch_line *out = s->line[index];
	struct frame *f = frame_new(s->part.net->pool, NULL, 60);
	uint8_t *d = f->data;

	memcpy(d, bridge_group, ETH_ALEN);
	memcpy(d + ETH_ALEN, s->address, ETH_ALEN);
	d[2 * ETH_ALEN - 1] = (uint8_t)(d[2 * ETH_ALEN - 1] + out->number);
	put_be16(d + LENGTH_AT, (uint16_t)(LLC_BYTES + size));
	memcpy(d + LLC_AT, llc, LLC_BYTES);
	memcpy(d + BPDU_AT, bpdu, size);
	port_send(out->port, f, s->when + SWITCH_LATENCY);
	frame_unref(f);
}

static void flush(void *opaque, unsigned index)
{
	struct net_switch *s = opaque;

	mac_table_flush(s->macs, index);
}

void switch_stp_timer(struct net_part *part, uint8_t kind, uint64_t id, uint64_t when)
{
	struct net_switch *s = switch_of(part);

	s->when = when;
	stp_tick(s->stp);
	net_part_at(part, when + SECOND, TIMER_SECOND, 0);
}

bool switch_stp_timer_valid(const struct net_part *part, uint8_t kind, uint64_t id)
{
	return ((const struct net_switch *)part)->stp && kind == TIMER_SECOND && id == 0;
}

void switch_set_spanning_tree(struct net_switch *s, const struct stp_config *config)
{
	static const struct stp_ops ops = {send_bpdu, flush};
	struct rng r;

	assert(!s->stp && !s->count);
	if (config->mode == STP_OFF)
		return;
	rng_seed(&r, s->part.net->seed, s->part.name);
	s->when = s->part.net->now;
	s->stp = stp_new(config, s->address, &ops, s);
	net_part_at(&s->part, s->part.net->now + 1 + rng_next(&r) % SECOND, TIMER_SECOND, 0);
}

void switch_set_stp_port(struct port *p, const struct stp_port_config *config)
{
	struct net_switch *s = p->owner;

	s->when = s->part.net->now;
	if (s->stp)
		stp_configure_port(s->stp, p->index, config);
}

const struct stp *switch_stp(const struct net_switch *s)
{
	return s->stp;
}
