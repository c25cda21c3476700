/* What the console knows of a lab: what its control socket said last. Views read it. */
#ifndef LANYARD_TUI_CONSOLE_MODEL_H
#define LANYARD_TUI_CONSOLE_MODEL_H

#include <json-glib/json-glib.h>

#include "engine/base/types.h"

enum model_kind { MODEL_PC, MODEL_VLAN, MODEL_SWITCH, MODEL_HUB, MODEL_UPLINK };

struct model_node {
	char *name, *state, *note;
	enum model_kind kind;
	uint64_t instructions, before; /* retired in total, and at the last look but one */
};

struct model_edge {
	char *link, *a_port, *b_port;
	unsigned a, b; /* nodes */
	bool up, carrier;
	uint64_t frames, drops; /* in both directions, in total */
	uint64_t active_ns;     /* virtual time at which something was last seen passing; TIME_NEVER: never */
	uint64_t lost_ns;       /* ... being lost */
};

struct model_line {
	uint64_t when;
	char *text;
};

struct model_packet {
	uint64_t number, when;
	char *port, *far, *reason;
	bool drop, leaves; /* leaves: the port sends it */
	uint64_t size;     /* of the whole frame */
	GBytes *bytes;
};

#define MODEL_PACKETS 2000u /* that are kept */
#define MODEL_LINES 1000u

struct model {
	char *lab, *pace;
	uint64_t now; /* virtual ns */
	unsigned rate_permille;
	bool paused, open;  /* open: an uplink reaches outside */
	GPtrArray *nodes;   /* struct model_node */
	GPtrArray *edges;   /* struct model_edge */
	GArray *lines;      /* struct model_line */
	GArray *packets;    /* struct model_packet */
	uint64_t missed;    /* packets that were not told */
	unsigned structure; /* grows when nodes or edges are other ones */
	unsigned news;      /* grows when anything has changed */
};

struct model *model_new(void);
void model_free(struct model *m);
/* Answers of the control socket; what is not as expected is passed over. */
void model_take_lab(struct model *m, JsonObject *o);   /* query-lab */
void model_take_graph(struct model *m, JsonObject *o); /* graph */
void model_take_log(struct model *m, JsonObject *o);   /* query-log */
/* An event of it. */
void model_take_event(struct model *m, const char *event, JsonObject *data);
void model_forget_packets(struct model *m);

int model_find(const struct model *m, const char *name); /* a node; -1: none */
const char *model_text(JsonObject *o, const char *key);  /* a member, or "" */
uint64_t model_number(JsonObject *o, const char *key);
/* "12.345678" seconds; room for 32. */
void model_time(uint64_t ns, char text[32]);
/* "1.5 k", "12 M". */
void model_short(uint64_t number, char text[16]);

#endif
