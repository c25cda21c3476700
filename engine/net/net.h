/* The fabric of one lab: ports, and the frames on their way between them, in
 * virtual time. Everything on the wire is a port (port.h); links (link.h) join
 * two of them, hubs and switches (hub.h, switch.h) own some.
 *
 * All of it runs on one thread, between the windows in which PCs run. Order is
 * total: by time, then the receiving port's id, then the sending port's
 * sequence number; so results never depend on how time was cut into windows. */
#ifndef LANYARD_NET_NET_H
#define LANYARD_NET_NET_H

#include <glib.h>

#include "engine/net/port.h"

struct state;

struct net *net_new(uint64_t seed);
/* With all its ports, links, hubs and switches; no owner is called any more.
 * Frames that others hold must have been released. NULL is accepted. */
void net_free(struct net *n);
struct frame_pool *net_pool(struct net *n);
uint64_t net_time(const struct net *n); /* every event before it was run */
/* Time of the next event, TIME_NEVER if none. */
uint64_t net_next(const struct net *n);
/* Adds the ports named OWNER:..., by id (struct port *). */
void net_ports_of(struct net *n, const char *owner, GPtrArray *out);
/* Words for people about what happens on the fabric; they decide nothing. */
void net_listen(struct net *n, void (*told)(void *opaque, const char *text, uint64_t when), void *opaque);
/* Runs all events with a time < until, in order. */
void net_run(struct net *n, uint64_t until);
/* Everything that decides the future: queues, frames in flight, timers, tables,
 * counters, random streams. Ports, links and parts must be those of the saved net:
 * their names are part of the walk. Watchers are not, but what they have still to
 * be told is saved. */
void net_state(struct net *n, struct state *s);

#endif
