/* Switches: learning bridges (IEEE 802.1Q): access and trunk ports, MAC table per VLAN
 * with ageing (300 s), frames leave SWITCH_LATENCY after they came. The implicit
 * switch of a lab is one with ports added as cards are plugged in. */
#ifndef LANYARD_NET_SWITCH_H
#define LANYARD_NET_SWITCH_H

#include "engine/net/net.h"
#include "engine/net/vlan.h"

#define SWITCH_LATENCY 1000u /* ns */
#define SWITCH_AGEING 300000000000ull
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
struct stp;
struct stp_config;
struct stp_port_config;
/* Before any port is added; mode STP_OFF: none. */
void switch_set_spanning_tree(struct net_switch *s, const struct stp_config *config);
void switch_set_stp_port(struct port *p, const struct stp_port_config *config);
/* NULL: it runs none. */
const struct stp *switch_stp(const struct net_switch *s);
/* Bit n: frames to 01-80-c2-00-00-0n pass, which IEEE 802.1Q table 8-1 reserves for
 * protocols between neighbours. 01 (PAUSE) never does; 00 does without spanning tree. */
void switch_forward_reserved(struct net_switch *s, uint16_t addresses);
/* Whether frames that go round are dropped when they are noticed. */
void switch_guard_storms(struct net_switch *s, bool guard);
/* Both directions of p are copied to `mirror`, a port that does nothing else then. */
void switch_set_mirror(struct port *p, struct port *mirror);
/* Port security: frames of further stations are dropped. 0: no limit. */
void switch_limit_macs(struct port *p, uint32_t count);
struct switch_row {
	uint16_t vlan;
	uint8_t mac[ETH_ALEN];
	unsigned port;
	uint64_t age;
};
/* The MAC table at `now`, sorted by VLAN and address; *count rows, g_free it. */
struct switch_row *switch_table(struct net_switch *s, uint64_t now, unsigned *count);
/* The switch that this is a port of; NULL: of none. */
struct net_switch *switch_of_port(const struct port *p);
struct net_switch *switch_find(struct net *n, const char *name);

#endif
