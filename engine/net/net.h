/* The fabric of one lab: ports, and the frames on their way between them, in
 * virtual time. Everything on the wire is a port. A port has an owner (a NIC,
 * a switch, an uplink ...) on one side and at most one link on the other.
 *
 * All of it runs on one thread, between the windows in which PCs run. Order is
 * total: by time, then the receiving port's id, then the sending port's
 * sequence number; so results never depend on how time was cut into windows.
 *
 * A frame's life: port_send() at its sender -> watchers see it leave -> the link
 * decides loss, queue, delay -> an event at the receiving port -> watchers see
 * it arrive -> ops->receive(). Whoever gives up a frame calls port_drop(): it
 * counts, tells the watchers, and nothing else may lose a frame silently.
 * Watchers are told by net_run() at the time it happened, so that all they see
 * is in time order; at one time by port id, then RX, TX, DROP. */
#ifndef LANYARD_NET_NET_H
#define LANYARD_NET_NET_H

#include "engine/net/frame.h"

struct net;
struct port;
struct link;
struct state;

/* X(id, text shown to people) */
#define DROP_REASONS(X) \
	X(NO_CARRIER, "link down") \
	X(QUEUE_FULL, "queue full") \
	X(LOSS, "loss") \
	X(TOO_SHORT, "too short") \
	X(TOO_LONG, "too long") \
	X(VLAN, "VLAN not allowed on port") \
	X(NIC_FULL, "no receive buffer") \
	X(NIC_FILTER, "not for this card") \
	X(NIC_DOWN, "card not receiving") \
	X(NO_TARGET, "no other port") \
	X(PC_OFF, "PC is off") \
	X(UPLINK, "uplink cannot send") \
	X(RESERVED, "reserved address, not forwarded") \
	X(SOURCE, "source is no station's address")
enum drop_reason {
#define X(id, text) DROP_##id,
	DROP_REASONS(X)
#undef X
		DROP_COUNT
};
const char *drop_text(enum drop_reason reason);

struct port_ops {
	/* A frame arrives at `when` (ns). The callee takes a reference if it keeps
	 * the frame. */
	void (*receive)(struct port *p, struct frame *f, uint64_t when);
	/* The link came up or went down; also when it is made (up) or freed
	 * (down). NULL: not interested. */
	void (*carrier)(struct port *p, bool up, uint64_t when);
	/* receive() wants frames as soon as their arrival time is known, which
	 * may be in the future (a PC's inbox); otherwise at that time. */
	bool early;
};

/* Sees what passes a port. Direction as the owner sees it. It only looks: it
 * sends nothing and changes nothing on the fabric. */
enum port_event { PORT_RX, PORT_TX, PORT_DROP };
struct watcher {
	void (*frame)(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		      enum drop_reason reason);
	struct watcher *next; /* kept by the port */
};

struct port_stats {
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
	uint64_t drops[DROP_COUNT];
};

struct port {
	struct net *net;
	char *name;  /* unique in the lab: "alice:eth0", "sw1:3" */
	uint32_t id; /* by creation, which follows the sorted names of the lab file */
	const struct port_ops *ops;
	void *owner;
	unsigned index;    /* which of its owner's ports */
	uint64_t rate;     /* bit/s of the hardware; 0: as fast as what is at the other end */
	struct link *link; /* NULL: no cable */
	unsigned end;      /* 0 or 1: which end of the link */
	uint64_t seq;      /* frames sent so far: breaks ties */
	struct watcher *watchers;
	struct port_stats stats;
};

struct net *net_new(uint64_t seed);
/* With all its ports, links, hubs and switches; no owner is called any more.
 * Frames that others hold must have been released. NULL is accepted. */
void net_free(struct net *n);
struct frame_pool *net_pool(struct net *n);
/* Time of the next event, TIME_NEVER if none. */
uint64_t net_next(const struct net *n);
/* Runs all events with a time < until, in order. */
void net_run(struct net *n, uint64_t until);
/* Everything that decides the future: queues, frames in flight, timers, tables,
 * counters, random streams. Ports, links and parts must be those of the saved net:
 * their names are part of the walk. Watchers are not, but what they have still to
 * be told is saved. */
void net_state(struct net *n, struct state *s);

struct port *port_new(struct net *n, const char *name, const struct port_ops *ops, void *owner, unsigned index,
		      uint64_t rate);
/* Frees its link first, if there is one. NULL is accepted. */
void port_free(struct port *p);
struct port *port_find(struct net *n, const char *name); /* NULL if there is none */
/* The owner sends f out of the port at `when`, not before net time. The
 * reference stays the caller's. */
void port_send(struct port *p, struct frame *f, uint64_t when);
void port_drop(struct port *p, const struct frame *f, enum drop_reason reason, uint64_t when);
bool port_carrier(const struct port *p);
void port_watch(struct port *p, struct watcher *w);
void port_unwatch(struct port *p, struct watcher *w);

/* ---- links ---- */

#define LINK_DELAY 100000u   /* ns, default, one way */
#define LINK_DELAY_MIN 1000u /* ns: the least; it bounds the window */
#define LINK_QUEUE 1000u     /* frames waiting for the wire, default */
/* Between two ports without a rate of their own: hubs. IEEE 802.3 clause 41 is the
 * fastest repeater there is. */
#define LINK_RATE 1000000000ull /* bit/s */
/* What people may ask for, in a lab file and while it runs. */
#define LINK_DELAY_MAX 3600000000000ull /* ns */
#define LINK_RATE_MIN 1000ull           /* bit/s */
#define LINK_RATE_MAX 100000000000ull
#define LINK_QUEUE_MAX 100000u

/* One direction. */
struct link_params {
	uint64_t delay; /* ns, one way, after the last bit was sent */
	uint64_t rate;  /* bit/s; 0: that of the slower port, LINK_RATE if neither has one */
	uint32_t queue; /* frames */
	uint32_t loss;  /* parts per million */
};

/* Joins two ports that have no link; params[0] is the direction from a. Random
 * loss comes from a stream seeded by the lab's seed and the link's name. */
struct link *link_new(struct net *n, const char *name, struct port *a, struct port *b,
		      const struct link_params params[2]);
void link_free(struct link *l);
struct link *link_find(struct net *n, const char *name);
const char *link_name(const struct link *l);
struct port *link_port(const struct link *l, unsigned end);
const struct link_params *link_get(const struct link *l, unsigned dir);
/* Bit/s in force from end `dir` to the other; never 0. */
uint64_t link_rate(const struct link *l, unsigned dir);
bool link_up(const struct link *l);
/* From `when` on, not before net time; frames already on the wire are not
 * touched, so they still arrive; those waiting for it follow the new values, or
 * are dropped when it goes down. */
void link_set(struct link *l, unsigned dir, const struct link_params *p, uint64_t when);
void link_set_up(struct link *l, bool up, uint64_t when);
/* The least delay a frame needs from end `dir` to the other, ns: that of the
 * shortest frame. */
uint64_t link_min_delay(const struct link *l, unsigned dir);
/* Frames that wait for the wire. */
uint32_t link_waiting(const struct link *l, unsigned dir);

/* ---- hub (hub.c), switch (switch.c) ---- */

struct hub;
struct hub *hub_new(struct net *n, const char *name, unsigned ports);
struct port *hub_port(struct hub *h, unsigned number); /* 1..ports */

/* A learning switch (IEEE 802.1Q): access and trunk ports, MAC table per VLAN
 * with ageing (300 s), frames leave SWITCH_LATENCY after they came. The implicit
 * switch of a lab is one with ports added as cards are plugged in. */
#define SWITCH_LATENCY 1000u /* ns */
#define SWITCH_AGEING 300000000000ull
#define VLAN_IDS 4096
struct net_switch;
struct net_switch *switch_new(struct net *n, const char *name);
/* number: as in the lab file, 1.., not taken yet; rate of the port in bit/s.
 * The port is named SWITCH:NUMBER and is an access port of VLAN 1 at first. */
struct port *switch_add_port(struct net_switch *s, unsigned number, uint64_t rate);
struct port *switch_port(struct net_switch *s, unsigned number);
/* Ids are 1..4094. Whatever was learned at the port is forgotten. */
void switch_set_access(struct port *p, uint16_t vlan);
/* vlans: a set of ids; native: untagged frames belong to it, whether listed or
 * not; 0: none. */
void switch_set_trunk(struct port *p, const uint16_t *vlans, unsigned count, uint16_t native);
struct switch_row {
	uint16_t vlan;
	uint8_t mac[ETH_ALEN];
	unsigned port;
	uint64_t age;
};
/* The MAC table at `now`, sorted by VLAN and address; *count rows, g_free it. */
struct switch_row *switch_table(struct net_switch *s, uint64_t now, unsigned *count);
struct net_switch *switch_find(struct net *n, const char *name);

#endif
