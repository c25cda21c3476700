/* Uplinks: the doors of a lab. An uplink has one port on the fabric, or one for
 * each neighbour outside (a *place*, numbered from 1), and a kind that carries
 * frames between them and the host.
 *
 * Two sorts of things meet here. What decides the lab's future (ports, tables of
 * addresses, leases) is state, walked with the fabric. Descriptors, processes and
 * who is connected are not: what comes from them is input, which enters at the
 * virtual time of uplink_input() and is told to the host for the journal. In a
 * replay nothing of the host is opened and the same input comes from there.
 *
 * All of it runs on the fabric's thread. */
#ifndef LANYARD_UPLINK_UPLINK_H
#define LANYARD_UPLINK_UPLINK_H

#include "engine/net/net.h"
#include "engine/net/port.h"
#include "engine/uplink/kind.h"

#define UPLINK_BOUND 256u      /* frames kept while the lab is paused, and for a slow neighbour */
#define UPLINK_FRAME_MIN 60u   /* Ethernet's least, without FCS: shorter ones are padded */
#define UPLINK_FRAME_MAX 1522u /* and its most, with two VLAN tags */
#define UPLINK_LATENCY 1000u   /* ns in which an uplink that answers by itself does so */
#define UPLINK_PLACES_MAX 256u

enum uplink_mode {
	UPLINK_OFF,    /* nothing of the host is opened: --no-uplinks, replay */
	UPLINK_SEALED, /* what answers by itself does; nothing outside is reached */
	UPLINK_OPEN,
};

/* Who is told. Virtual times in ns. */
struct uplink_host {
	void *opaque;
	struct spawner *spawner;                                     /* before uplink_start() */
	void (*note)(void *opaque, const char *text, uint64_t when); /* a line for people */
	/* Input, just before it takes effect. */
	void (*frame)(void *opaque, struct uplink *u, unsigned place, const void *data, uint32_t size, uint64_t when,
		      bool answer);
	void (*peer)(void *opaque, struct uplink *u, unsigned place, bool there, uint64_t when);
};

/* The uplink belongs to the net. settings and host must outlive it. `shared`: all
 * its neighbours are at one port, as at a hub. Ports are named after it: NAME, or
 * NAME:PLACE if it has several. */
struct uplink *uplink_new(struct net *n, const char *name, const struct uplink_kind *kind,
			  const struct uplink_settings *settings, bool shared, const struct uplink_host *host);
/* Before time zero. False with error: "campus: ...". */
bool uplink_start(struct uplink *u, enum uplink_mode mode, GError **error);
/* Closes what it has open of the host, while the fabric is still there. */
void uplink_stop(struct uplink *u, uint64_t now);
const char *uplink_name(const struct uplink *u);
const struct uplink_kind *uplink_kind(const struct uplink *u);
const struct uplink_settings *uplink_settings(const struct uplink *u);
unsigned uplink_places(const struct uplink *u); /* 1.. */
unsigned uplink_ports(const struct uplink *u);
struct port *uplink_port(const struct uplink *u, unsigned n); /* from 0 */
/* Does it reach outside? Then the lab keeps to the wall clock. */
bool uplink_is_open(const struct uplink *u);

/* ---- the host's side, between windows ---- */

void uplink_poll(struct uplink *u, GArray *fds); /* adds struct pollfd */
/* Takes what has come. `resumed`: the lab was paused, so more than UPLINK_BOUND
 * frames are too many. */
void uplink_input(struct uplink *u, bool resumed, uint64_t now);
void uplink_flush(struct uplink *u, uint64_t now);
/* The same input again, from a journal; also what the kinds call. A frame of less
 * than 14 bytes or more than UPLINK_FRAME_MAX is dropped, a short one padded. An
 * answer to what the lab sent at `when` leaves UPLINK_LATENCY later. */
void uplink_frame(struct uplink *u, unsigned place, const void *data, uint32_t size, uint64_t when, bool answer);
void uplink_peer(struct uplink *u, unsigned place, bool there, uint64_t when);

/* ---- for kinds ---- */

/* The lowest place that is free, with carrier from now on; 0: all are taken. */
unsigned uplink_take_place(struct uplink *u);
void uplink_leave_place(struct uplink *u, unsigned place);
/* A frame from outside, now. */
void uplink_receive(struct uplink *u, unsigned place, const void *data, uint32_t size);
/* From outside, too, but as an answer to what is being sent. */
void uplink_answer(struct uplink *u, unsigned place, const void *data, uint32_t size);
/* The kind's own answer, which follows from its state: no input. */
void uplink_say(struct uplink *u, unsigned place, const void *data, uint32_t size);
/* A frame that left the lab by a place and reached nobody. */
void uplink_lost(struct uplink *u, unsigned place, const struct frame *f);
void uplink_note(struct uplink *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The kind reaches outside from now on. */
void uplink_opened(struct uplink *u);
/* Has kind->task() done by the spawner: a descriptor, -1 with error. */
int uplink_ask(struct uplink *u, unsigned task, const char *argument, GError **error);
/* kind->timer() at `when`. */
void uplink_at(struct uplink *u, uint64_t when, uint8_t kind, uint64_t id);
enum uplink_mode uplink_mode(const struct uplink *u);
uint64_t uplink_now(const struct uplink *u);

const char *uplink_state(const struct uplink *u); /* "open", "sealed", "closed" */
unsigned uplink_present(const struct uplink *u);  /* neighbours */
/* Adds rows about it for people: state, neighbours, frames, drops. */
void uplink_show(struct uplink *u, void (*add)(void *opaque, const char *name, const char *value), void *opaque);
bool uplink_set(struct uplink *u, const char *key, const char *value, GError **error);

#endif
