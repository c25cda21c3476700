/* A lab as plain data: what topology/ makes of a lab file after all checks, and
 * what lab_build() turns into a running lab. Everything is sorted by name
 * (natural.h), names are unique, references are resolved to indexes or pointers, and
 * units are ns, bytes, bit/s, parts per million. The plan owns its memory
 * (plan_free); strings are UTF-8. Strings may be NULL where said. */
#ifndef LANYARD_LAB_PLAN_H
#define LANYARD_LAB_PLAN_H

#include <glib.h>

#include "engine/base/option.h"
#include "engine/net/link.h"
#include "engine/net/stp.h"

struct nic_model;
struct uplink_kind;
struct uplink_settings;

struct plan_mark {
	const char *file;
	unsigned line, column;
}; /* where it stands, for messages */

struct plan_image {
	char *name;                                                     /* "debian", or the lab's own */
	char *pin;                                                      /* sha256 the lab demands, hex; NULL */
	bool builtin;                                                   /* from the image store; else the paths below */
	bool agent;                                                     /* it has our agent: booted once and cloned */
	char *kernel, *initrd, *cmdline, *disk, *cdrom, *floppy, *bios; /* absolute paths; NULL if absent */
	const char *boot_order;                                         /* boot.h; "": as SeaBIOS likes it */
	struct plan_mark mark;
};

struct plan_address { /* of a card */
	bool dhcp;
	uint8_t family; /* 4 or 6 */
	uint8_t bytes[16];
	uint8_t prefix;
};

enum plan_rom { ROM_IF_NET_BOOT, ROM_NONE, ROM_ALWAYS };

enum plan_attach { ATTACH_NONE, ATTACH_VLAN, ATTACH_PORT }; /* none: cabled by a link, or left open */

struct plan_nic {
	char *name; /* as the guest shall see it: "eth0" */
	const struct nic_model *model;
	struct option_value *options; /* of the model, in their order; NULL: the defaults */
	uint8_t mac[6];               /* given or derived from lab name, PC, card */
	enum plan_attach attach;
	unsigned vlan; /* index into vlans: ATTACH_VLAN */
	char *to;      /* port name "sw1:3", "h1:2": ATTACH_PORT */
	bool down;     /* its cable at time zero */
	enum plan_rom rom;
	GArray *addresses; /* struct plan_address */
	/* A VLAN interface has no hardware: these, name, addresses and mark are all of it. */
	char *parent; /* the card whose tagged frames it has; NULL: a card */
	uint16_t id;
	struct plan_mark mark;
};

struct plan_file {
	char *path; /* in the guest, absolute; ends with '/' for a folder tree */
	char *text; /* contents (bytes: text_size), or NULL and: */
	gsize text_size;
	char *source;  /* absolute host path, inside the lab's folder */
	unsigned mode; /* 0: 0755 if the source is executable, else 0644 */
	struct plan_mark mark;
};

struct plan_route {
	char *to, *via, *dev;
	struct plan_mark mark;
}; /* "default" or a prefix; via or dev may be NULL */

struct plan_pc {
	char *name;
	unsigned image;     /* index into images */
	uint64_t memory;    /* bytes */
	unsigned cpu_model; /* enum cpu_model */
	unsigned mips;
	char *append; /* added to the kernel's command line; NULL */
	bool forward, ipv6;
	GPtrArray *nics, *files, *routes; /* plan_nic, plan_file, plan_route */
	GPtrArray *tagged;                /* plan_nic with a parent */
	GPtrArray *start, *dns, *after;   /* char *: services, addresses, names of PCs */
	char *setup, *ready;              /* shell; NULL */
	struct plan_mark mark;
};

struct plan_vlan {
	char *name;
	uint16_t id;
	struct plan_mark mark;
};
struct plan_hub {
	char *name;
	unsigned ports;
	struct plan_mark mark;
};
struct plan_switch_port {
	unsigned number;
	bool trunk;
	uint16_t access; /* VLAN id */
	GArray *vlans;   /* uint16_t ids of a trunk */
	uint16_t native; /* 0: none */
	uint64_t rate;
	struct stp_port_config stp;
	GArray *mirror;    /* unsigned: the ports whose frames are copied here; empty: it is none */
	uint32_t max_macs; /* 0: no limit */
};
struct plan_switch {
	char *name;
	GPtrArray *ports;
	struct stp_config stp;
	uint16_t forward_reserved; /* switch_forward_reserved() */
	bool storm_guard;
	struct plan_mark mark;
};
struct plan_link {
	char *name;
	char *end[2];                 /* "router:eth1", "sw1:3", "h1:2" */
	struct link_params params[2]; /* [0]: from end[0] */
	bool up;
	struct plan_mark mark;
};

/* A door to the outside. */
struct plan_uplink {
	char *name;
	const struct uplink_kind *kind;
	struct uplink_settings *settings; /* what the lab file says, checked */
	enum plan_attach attach;          /* ATTACH_NONE: the end of a link, or nothing */
	unsigned vlan;                    /* index into vlans */
	char *to;                         /* "sw1:4" */
	struct plan_mark mark;
};

struct plan_capture {
	char *name, *watch, *file, *filter;
	struct plan_mark mark;
};

enum plan_event_kind { PLAN_EVENT_SET, PLAN_EVENT_RUN, PLAN_EVENT_POWER };
struct plan_event {
	char *name;
	uint64_t at; /* ns after time zero */
	enum plan_event_kind kind;
	char *thing;              /* "link:wan", "pc:alice" ... */
	GPtrArray *keys, *values; /* char *: PLAN_EVENT_SET */
	char *run;                /* shell on that PC: PLAN_EVENT_RUN */
	struct plan_mark mark;
};

enum plan_check_kind { CHECK_RUN, CHECK_PACKET };
/* Time zero, an event of the plan is done, a PC is ready, a check has passed. */
enum plan_after { AFTER_ZERO, AFTER_EVENT, AFTER_PC, AFTER_CHECK };
#define PACKETS_ANY UINT64_MAX
struct plan_check {
	char *name;
	enum plan_check_kind kind;
	char *pc, *run, *expect, *reject; /* CHECK_RUN; regular expressions may be NULL */
	bool once;
	char *watch, *packet;   /* CHECK_PACKET: BPF filter */
	uint64_t least, most;   /* wanted packets; most PACKETS_ANY: it ends with the last of `least` */
	enum plan_after after;  /* what it begins after ... */
	unsigned after_id;      /* ... and which: its place in the plan */
	uint64_t every, within; /* ns */
	uint64_t lasts;         /* ns: it must be true for so long; 0: once is enough */
	unsigned points;
	char *fail; /* hint; NULL */
	struct plan_mark mark;
};

struct plan {
	char *name, *description, *folder; /* folder of the lab file, absolute */
	uint64_t seed;
	GPtrArray *files; /* char *: the file names of all marks */
	GPtrArray *images, *vlans, *hubs, *switches, *pcs, *links, *uplinks, *captures, *events, *checks;
};

/* The name of a card's model. */
const char *plan_nic_model(const struct plan_nic *nic);
/* The n-th of its own options: *name, and the value as text (g_free() it). NULL:
 * there are no more. */
char *plan_nic_option(const struct plan_nic *nic, unsigned n, const char **name);

struct plan *plan_new(void);
/* With all that hangs on it. NULL is accepted. */
void plan_free(struct plan *p);
/* Parts of a plan that have lists, empty ones; for the arrays above, which free
 * them. The others are g_new0(). */
struct plan_pc *plan_pc_new(void);
struct plan_nic *plan_nic_new(void);
struct plan_switch *plan_switch_new(void);
struct plan_switch_port *plan_switch_port_new(void);
struct plan_event *plan_event_new(void);

#endif
