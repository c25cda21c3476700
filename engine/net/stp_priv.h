/* A spanning tree's variables, with the names of IEEE 802.1D-2004 17.13 to 17.19 in
 * our spelling. Flat and without padding: the walk over the state takes them as
 * bytes. */
#ifndef LANYARD_NET_STP_PRIV_H
#define LANYARD_NET_STP_PRIV_H

#include "engine/net/stp.h"

#define STP_MIGRATE_TIME 3u
#define STP_TX_HOLD 6u
#define STP_PORTS_MAX 1024u

/* 17.6: the lower the better. */
struct stp_vector {
	uint64_t root, bridge; /* designated bridge */
	uint32_t cost;
	uint16_t port, receiver; /* designated port; the bridge's own port it came by */
};

struct stp_times { /* seconds */
	uint8_t message_age, max_age, hello, forward_delay;
};

enum info_is { INFO_DISABLED, INFO_MINE, INFO_AGED, INFO_RECEIVED };

struct stp_port {
	struct stp_vector priority, designated, message;
	uint64_t rate;
	uint32_t cost, admin_cost;
	uint16_t id;
	struct stp_times times, designated_times, message_times;
	/* timers (17.17), seconds */
	uint8_t edge_delay_while, fd_while, hello_when, mdelay_while, rb_while, rcvd_info_while, rr_while, tc_while;
	/* variables (17.19) */
	uint8_t role, selected_role, info_is;
	uint8_t enabled, agree, agreed, disputed, learn, learning, forward, forwarding, new_info, oper_edge, proposed,
		proposing, rcvd_msg, rcvd_rstp, rcvd_stp, rcvd_tc, rcvd_tc_ack, rcvd_tcn, re_root, reselect, selected,
		send_rstp, sync, synced, tc_ack, tc_prop, tx_count, updt_info;
	/* states of its machines */
	uint8_t ppm, tcm;
	/* the BPDU at hand */
	uint8_t msg_type, msg_role, msg_flags, msg_version;
	uint8_t admin_edge, bpdu_guard, root_guard, guarded;
	uint8_t spare[1];
};

struct stp {
	struct stp_config config;
	const struct stp_ops *ops;
	void *opaque;
	uint64_t bridge; /* priority and address */
	struct stp_vector root_priority;
	struct stp_times root_times;
	int32_t root_port; /* index; -1: none */
	uint64_t changes;
	unsigned count;
	struct stp_port *port;
};

/* BPDUs (clause 9). */
enum { BPDU_CONFIG = 0x00, BPDU_RST = 0x02, BPDU_TCN = 0x80 };
enum { BPDU_CONFIG_BYTES = 35, BPDU_RST_BYTES = 36, BPDU_TCN_BYTES = 4 };
enum {
	FLAG_TC = 0x01,
	FLAG_PROPOSAL = 0x02,
	FLAG_ROLE_SHIFT = 2,
	FLAG_LEARNING = 0x10,
	FLAG_FORWARDING = 0x20,
	FLAG_AGREEMENT = 0x40,
	FLAG_TC_ACK = 0x80,
};
enum { ROLE_UNKNOWN, ROLE_ALTERNATE, ROLE_ROOT, ROLE_DESIGNATED };

/* stp_bpdu.c. Understands a BPDU into p's message variables; false: it is none. */
bool stp_bpdu_read(struct stp_port *p, const uint8_t *bpdu, size_t size);
void stp_send_config(struct stp *t, unsigned port);
void stp_send_rst(struct stp *t, unsigned port);
void stp_send_tcn(struct stp *t, unsigned port);

/* stp_roles.c. Port Role Selection (17.28). */
int stp_compare(const struct stp_vector *a, const struct stp_vector *b);
void stp_select_roles(struct stp *t);

/* stp_machines.c: runs all machines of all ports until nothing changes. */
void stp_run(struct stp *t);
void stp_port_init(struct stp *t, struct stp_port *p);

#endif
