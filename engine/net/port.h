/* Ports: where frames enter and leave the fabric. A port has an owner (a NIC, a
 * switch, an uplink ...) on one side and at most one link on the other.
 *
 * A frame's life: port_send() at its sender -> watchers see it leave -> the link
 * decides loss, queue, delay -> an event at the receiving port -> watchers see
 * it arrive -> ops->receive(). Whoever gives up a frame calls port_drop(): it
 * counts, tells the watchers, and nothing else may lose a frame silently.
 * Watchers are told by net_run() at the time it happened, so that all they see
 * is in time order; at one time by port id, then RX, TX, DROP. */
#ifndef LANYARD_NET_PORT_H
#define LANYARD_NET_PORT_H

#include "engine/net/drop.h"
#include "engine/net/frame.h"

struct net;
struct port;
struct link;

struct port_ops {
	/* A frame arrives at `when` (ns). The callee takes a reference if it keeps
	 * the frame. */
	void (*receive)(struct port *p, struct frame *f, uint64_t when);
	/* The far end's signal came or went: the cable, or the port there; also when
	 * the link is made (up) or freed (down). With another speed it goes and comes
	 * back. NULL: not interested. */
	void (*carrier)(struct port *p, bool up, uint64_t when);
	/* receive() wants frames as soon as their arrival time is known, which
	 * may be in the future (a PC's inbox); otherwise at that time. */
	bool early;
	/* What it drops depends on the host, so it decides nothing and is no part
	 * of a fingerprint: an uplink's. */
	bool outside;
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
	bool phy_up;       /* port_set_phy(): it sends a signal ... */
	uint64_t phy_rate; /* ... and speaks this rate at most; 0: any */
	struct link *link; /* NULL: no cable */
	unsigned end;      /* 0 or 1: which end of the link */
	uint64_t seq;      /* frames sent so far: breaks ties */
	struct watcher *watchers;
	struct port_stats stats;
};

struct port *port_new(struct net *n, const char *name, const struct port_ops *ops, void *owner, unsigned index,
		      uint64_t rate);
/* Frees its link first, if there is one. NULL is accepted. */
void port_free(struct port *p);
struct port *port_find(struct net *n, const char *name); /* NULL if there is none */
/* The owner sends f out of the port at `when`, not before net time. The
 * reference stays the caller's. */
void port_send(struct port *p, struct frame *f, uint64_t when);
void port_drop(struct port *p, const struct frame *f, enum drop_reason reason, uint64_t when);
/* Its owner switches it on or off, or has it speak another rate (0: the hardware's).
 * The far end notices after the cable's delay. */
void port_set_phy(struct port *p, bool up, uint64_t rate, uint64_t when);
/* The cable is in and the far end is on. */
bool port_signal(const struct port *p);
/* The same, and this port is on: it can send. */
bool port_carrier(const struct port *p);
/* Bit/s that both ends speak, as far as this one knows; without a cable its own. */
uint64_t port_speed(const struct port *p);
void port_watch(struct port *p, struct watcher *w);
void port_unwatch(struct port *p, struct watcher *w);

#endif
