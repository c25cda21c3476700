/* Spanning tree: IEEE 802.1D-2004 clause 17 (RSTP; 802.1Q clause 13 has the same
 * machines for one tree), and with mode STP the same bound to what 802.1D-1998 said.
 * It knows numbers, BPDUs and seconds, nothing of frames and links: a switch gives it
 * those (switch_stp.c). */
#ifndef LANYARD_NET_STP_H
#define LANYARD_NET_STP_H

#include "engine/base/state.h"

enum stp_mode { STP_OFF, STP_STP, STP_RSTP };
enum stp_role { STP_DISABLED, STP_ROOT, STP_DESIGNATED, STP_ALTERNATE, STP_BACKUP };

/* Times are whole seconds. */
struct stp_config {
	uint8_t mode;       /* enum stp_mode */
	uint8_t long_costs; /* 20000 for 1 Gbit/s; else 5, as Linux has it */
	uint16_t priority;  /* of the bridge, in steps of 4096 */
	uint8_t hello, max_age, forward_delay;
};
#define STP_PRIORITY 32768u
#define STP_HELLO 2u
#define STP_MAX_AGE 20u
#define STP_FORWARD_DELAY 15u

struct stp_port_config {
	uint32_t cost;    /* 0: by the speed */
	uint8_t priority; /* in steps of 16 */
	bool edge;        /* no bridge is expected there */
	bool bpdu_guard;  /* a BPDU disables the port until its cable is pulled */
	bool root_guard;  /* it never becomes the root port */
};
#define STP_PORT_PRIORITY 128u

struct stp_ops {
	void (*send)(void *opaque, unsigned port, const uint8_t *bpdu, size_t size);
	/* Addresses learned at the port are void. */
	void (*flush)(void *opaque, unsigned port);
};

struct stp;
struct stp *stp_new(const struct stp_config *config, const uint8_t address[6], const struct stp_ops *ops, void *opaque);
void stp_free(struct stp *t);
/* number: 1 to 4095, for its id; ports are known by the order of adding, from 0. */
void stp_add_port(struct stp *t, unsigned number);
void stp_configure_port(struct stp *t, unsigned port, const struct stp_port_config *config);
/* The port has carrier or not; rate in bit/s. */
void stp_port_enable(struct stp *t, unsigned port, bool up, uint64_t rate);
/* A BPDU from its protocol identifier on. */
void stp_receive(struct stp *t, unsigned port, const uint8_t *bpdu, size_t size);
/* A second has passed. */
void stp_tick(struct stp *t);
bool stp_learns(const struct stp *t, unsigned port);
bool stp_forwards(const struct stp *t, unsigned port);
void stp_state(struct stp *t, struct state *s);

/* For people. */
struct stp_port_view {
	enum stp_role role;
	bool learning, forwarding, edge, guarded, sends_rstp;
	uint32_t cost;
	uint16_t id;
};
struct stp_port_view stp_port_show(const struct stp *t, unsigned port);
struct stp_view {
	uint64_t root, bridge; /* priority and address */
	uint32_t cost;
	int root_port;    /* -1: this is the root */
	uint64_t changes; /* of the topology, that this bridge saw at its own ports */
	uint8_t hello, max_age, forward_delay;
};
struct stp_view stp_show(const struct stp *t);

#endif
