/* From a checked tree to a plan: what the files plan_*.c share. Every maker
 * reports what is wrong with references and goes on; a plan with errors is
 * thrown away afterwards. */
#ifndef LANYARD_TOPOLOGY_PLAN_MAKER_H
#define LANYARD_TOPOLOGY_PLAN_MAKER_H

#include "topology/check.h"

enum thing_kind { THING_PC, THING_HUB, THING_SWITCH, THING_VLAN, THING_LINK, THING_UPLINK, THING_KINDS };

/* What has a name of its own in the lab. */
struct thing {
	enum thing_kind kind;
	const struct node *node;
	void *plan;     /* plan_pc, plan_hub, plan_switch, plan_vlan, plan_link, plan_uplink; NULL: not made */
	unsigned index; /* of a VLAN, in plan->vlans */
	bool carried;   /* a VLAN: on ports of explicit switches */
	bool agent;     /* a PC */
};

/* An address of a card, for the checks across PCs. */
struct build_address {
	struct address address;
	const struct plan_pc *pc;
	const struct plan_nic *nic;
	const struct node *node;
};

struct build {
	struct plan *plan;
	struct tree *tree;
	const struct node *root, *defaults;
	const char *folder; /* the lab's, real path; NULL: the lab is no file */
	GHashTable *things; /* name -> struct thing */
	GHashTable *used;   /* port -> struct node that uses it */
	GHashTable *macs;   /* address as text -> struct node with it */
	GArray *addresses;  /* struct build_address */
};

/* ---- build.c ---- */

/* A new thing, or the one that has the name already (which is reported). NULL
 * if the name itself is wrong. */
struct thing *build_thing(struct build *b, enum thing_kind kind, const struct node *n);
/* The thing that n's text names, of one kind; NULL with a message at n. */
struct thing *build_refer(struct build *b, const struct node *n, enum thing_kind kind);
/* The same without a message. */
struct thing *build_find(const struct build *b, const char *name, enum thing_kind kind);
/* Does the port exist? Reports at n if not. */
bool build_port_exists(struct build *b, const struct node *n, const char *port);
/* Notes that n uses the port, once. */
void build_use_port(struct build *b, const struct node *n, const char *port);
/* A VLAN, link or port to watch; reports. */
bool build_watch(struct build *b, const struct node *n);
/* The real path of a file below the lab's folder, or NULL with a message. */
char *build_path(struct build *b, const struct node *n, bool folder);
/* plan_pc's or default's value: written in map, else in `defaults`. */
bool build_value(struct build *b, const struct node *map, const struct key *table, const char *name,
		 struct option_value *v);

/* ---- the makers, in this order ---- */

void build_vlans(struct build *b); /* plan_wire.c */
void build_hubs(struct build *b);
void build_switches(struct build *b);
void build_images(struct build *b);           /* plan_image.c */
void build_pcs(struct build *b);              /* plan_pc.c */
void build_default_networks(struct build *b); /* plan_default.c */
void build_uplinks(struct build *b);          /* plan_uplink.c */
void build_links(struct build *b);            /* plan_link.c */
void build_captures(struct build *b);         /* plan_time.c */
void build_events(struct build *b);
void build_checks(struct build *b);
void build_macs(struct build *b);        /* mac.c */
void build_connections(struct build *b); /* resolve.c: cards without cable, order of start */
void build_domains(struct build *b);     /* domain.c: addresses against broadcast domains */
void build_memory(struct build *b);      /* memory.c: do the images fit? */

/* ---- between makers ---- */

void build_nics(struct build *b, struct plan_pc *pc, const struct node *map); /* plan_nic.c */
/* Warnings about a card in its PC, and about an event that pulls its cable. */
void nic_words(struct build *b, const struct plan_pc *pc, const struct plan_nic *nic,
	       const struct node *n); /* nic_words.c */
void nic_words_event(struct build *b, const struct node *thing, const struct node *set);
/* A card that is `vlan_of` another; its plan for the addresses, or NULL. */
struct plan_nic *build_tagged(struct build *b, struct plan_pc *pc, const struct node *item); /* plan_tagged.c */
void build_files(struct build *b, struct plan_pc *pc, const struct node *map);               /* plan_file.c */
/* The name of a PC's image, the node that says it, and the content it demands
 * (hex) or NULL. g_free() name and pin. */
char *image_name(struct build *b, const struct node *pc, const struct node **where, char **pin); /* plan_image.c */

#endif
