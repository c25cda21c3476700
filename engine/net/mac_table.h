/* The MAC table of a switch: which port an address of a VLAN was last seen at
 * (IEEE 802.1Q 8.8, the filtering database). Entries live SWITCH_AGEING after
 * they were seen; a full table forgets the oldest. */
#ifndef LANYARD_NET_MAC_TABLE_H
#define LANYARD_NET_MAC_TABLE_H

#include "engine/net/switch.h"

#define MAC_TABLE_LIMIT 8192u
#define MAC_TABLE_NONE UINT32_MAX

struct mac_table;

/* VLAN and address as one number that sorts as they do. */
static inline uint64_t mac_key(uint16_t vlan, const uint8_t *mac)
{
	uint64_t key = vlan;

	for (unsigned i = 0; i < ETH_ALEN; i++)
		key = key << 8 | mac[i];
	return key;
}

struct mac_table *mac_table_new(void);
void mac_table_free(struct mac_table *t);
/* Times must not decrease from call to call. */
void mac_table_learn(struct mac_table *t, uint64_t key, uint32_t port, uint64_t now);
/* The port, or MAC_TABLE_NONE. */
uint32_t mac_table_find(const struct mac_table *t, uint64_t key, uint64_t now);
/* Living entries at a port. */
uint32_t mac_table_count(const struct mac_table *t, uint32_t port, uint64_t now);
/* Forgets all addresses seen at a port. */
void mac_table_flush(struct mac_table *t, uint32_t port);

/* In the order they were seen, which decides who is forgotten first. Ports are
 * less than `ports`. */
void mac_table_state(struct mac_table *t, uint64_t now, uint32_t ports, struct state *s);

struct mac_entry {
	uint64_t key, seen;
	uint32_t port;
	uint32_t chain;        /* next of the same hash */
	uint32_t older, newer; /* by time seen */
};
/* The living entries sorted by key; *count of them; g_free it. */
struct mac_entry *mac_table_list(const struct mac_table *t, uint64_t now, uint32_t *count);

#endif
