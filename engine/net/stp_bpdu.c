/* BPDUs as bytes: IEEE 802.1D-2004 clause 9. What is received is taken by its content:
 * Open vSwitch sends Configuration BPDUs and TCNs that are longer than they need. */
#include "engine/net/stp_priv.h"

#include "engine/base/bytes.h"

/* Times on the wire are in 1/256 s; we keep whole ones. */
static uint8_t seconds(const uint8_t *at)
{
	return at[0];
}

static void put_seconds(uint8_t *at, uint8_t s)
{
	at[0] = s;
	at[1] = 0;
}

/* 9.3.4: what is said twice must agree, and a message's age is below its limit. */
static bool times_good(const struct stp_port *p)
{
	return p->message_times.message_age < p->message_times.max_age;
}

static void read_message(struct stp_port *p, const uint8_t *b)
{
	p->msg_flags = b[4];
	p->msg_role = p->msg_type == BPDU_RST ? b[4] >> FLAG_ROLE_SHIFT & 3 : ROLE_DESIGNATED;
	p->message = (struct stp_vector){.root = get_be64(b + 5),
					 .cost = get_be32(b + 13),
					 .bridge = get_be64(b + 17),
					 .port = get_be16(b + 25),
					 .receiver = p->id};
	p->message_times = (struct stp_times){seconds(b + 27), seconds(b + 29), seconds(b + 31), seconds(b + 33)};
	if (p->message_times.hello < 1)
		p->message_times.hello = 1;
}

bool stp_bpdu_read(struct stp_port *p, const uint8_t *b, size_t size)
{
	if (size < BPDU_TCN_BYTES || get_be16(b) != 0)
		return false;
	p->msg_version = b[2];
	p->msg_type = b[3];
	p->msg_role = ROLE_UNKNOWN;
	p->msg_flags = 0;
	if (p->msg_type == BPDU_TCN)
		return true;
	if (p->msg_type != BPDU_CONFIG && (p->msg_type != BPDU_RST || p->msg_version < 2))
		return false;
	if (size < (p->msg_type == BPDU_RST ? BPDU_RST_BYTES : BPDU_CONFIG_BYTES))
		return false;
	read_message(p, b);
	return times_good(p);
}

static void put_common(const struct stp *t, const struct stp_port *p, uint8_t *b)
{
	put_be64(b + 5, p->designated.root);
	put_be32(b + 13, p->designated.cost);
	put_be64(b + 17, t->bridge);
	put_be16(b + 25, p->id);
	put_seconds(b + 27, p->designated_times.message_age);
	put_seconds(b + 29, p->designated_times.max_age);
	put_seconds(b + 31, p->designated_times.hello);
	put_seconds(b + 33, p->designated_times.forward_delay);
}

void stp_send_config(struct stp *t, unsigned port)
{
	const struct stp_port *p = &t->port[port];
	uint8_t b[BPDU_CONFIG_BYTES] = {0, 0, 0, BPDU_CONFIG};

	b[4] = (uint8_t)((p->tc_while ? FLAG_TC : 0) | (p->tc_ack ? FLAG_TC_ACK : 0));
	put_common(t, p, b);
	t->ops->send(t->opaque, port, b, sizeof(b));
}

void stp_send_rst(struct stp *t, unsigned port)
{
	static const uint8_t roles[] = {[STP_DISABLED] = ROLE_UNKNOWN,
					[STP_ROOT] = ROLE_ROOT,
					[STP_DESIGNATED] = ROLE_DESIGNATED,
					[STP_ALTERNATE] = ROLE_ALTERNATE,
					[STP_BACKUP] = ROLE_ALTERNATE};
	const struct stp_port *p = &t->port[port];
	uint8_t b[BPDU_RST_BYTES] = {0, 0, 2, BPDU_RST};

	b[4] = (uint8_t)(roles[p->role] << FLAG_ROLE_SHIFT | (p->tc_while ? FLAG_TC : 0) |
			 (p->proposing ? FLAG_PROPOSAL : 0) | (p->learning ? FLAG_LEARNING : 0) |
			 (p->forwarding ? FLAG_FORWARDING : 0) | (p->agree ? FLAG_AGREEMENT : 0));
	put_common(t, p, b);
	t->ops->send(t->opaque, port, b, sizeof(b));
}

void stp_send_tcn(struct stp *t, unsigned port)
{
	static const uint8_t b[BPDU_TCN_BYTES] = {0, 0, 0, BPDU_TCN};

	t->ops->send(t->opaque, port, b, sizeof(b));
}
