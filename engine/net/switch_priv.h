/* A switch from inside: switch.c (the relay), switch_stp.c (spanning tree),
 * switch_storm.c (frames that go round). */
#ifndef LANYARD_NET_SWITCH_PRIV_H
#define LANYARD_NET_SWITCH_PRIV_H

#include "engine/net/mac_table.h"
#include "engine/net/net_priv.h"
#include "engine/net/switch.h"

struct switch_line {
	struct port *port;
	unsigned number;
	uint16_t untagged; /* VLAN of untagged frames, both ways; 0: none */
	uint64_t member[VLAN_IDS / 64];
	struct port *mirror; /* what passes here is copied to; NULL */
	bool is_mirror;      /* takes part in nothing else */
	uint32_t max_macs;   /* learned at the port; 0: as many as there are */
};

/* A frame to a group, lately seen: at which ports, and how often at others than where
 * it came first. */
struct storm_entry {
	uint64_t hash, since;
	uint64_t first; /* line */
	uint64_t seen;  /* lines of the first 64 */
	uint64_t count;
};
#define STORM_ENTRIES 64u

struct net_switch {
	struct net_part part;
	struct switch_line **line; /* by port->index */
	unsigned count;
	struct mac_table *macs;
	uint8_t address[ETH_ALEN];
	uint16_t forwards; /* bit n: 01-80-c2-00-00-0n passes */
	bool storm_guard;
	struct stp *stp; /* NULL: none */
	uint64_t when;   /* for what the spanning tree sends */
	struct storm_entry storm[STORM_ENTRIES];
};

/* switch_stp.c */
bool switch_is_bpdu(const struct frame *f);
void switch_take_bpdu(struct net_switch *s, const struct switch_line *in, const struct frame *f, uint64_t when);
void switch_stp_timer(struct net_part *part, uint8_t kind, uint64_t id, uint64_t when);
bool switch_stp_timer_valid(const struct net_part *part, uint8_t kind, uint64_t id);
static inline struct net_switch *switch_of(struct net_part *part)
{
	return (struct net_switch *)part;
}

/* switch_storm.c. Notes a frame that is flooded; true: it goes round, and the switch
 * guards against that. */
bool switch_storm(struct net_switch *s, const struct switch_line *in, const struct frame *f, uint64_t when);

#endif
