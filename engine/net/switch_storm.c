/* Frames that go round. In a circle of switches without spanning tree a frame to a
 * group never dies; it comes back by another port than it came by first. Who sees one
 * do so several times within a moment names the loop, cable by cable, by asking the
 * switch at the other end where the same frame came in there. */
#include "engine/net/switch_priv.h"

#define MOMENT 100000000u         /* ns */
#define OFTEN 8u                  /* times within it */
#define TELL_AGAIN 10000000000ull /* ns */
#define HASHED 128u               /* bytes of a frame that tell it from others */
#define CABLES_MAX 64u

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t hash_of(const struct frame *f)
{
	uint64_t h = 0xcbf29ce484222325 ^ f->size;
	uint32_t size = f->size < HASHED ? f->size : HASHED;

	for (uint32_t n = 0; n < size; n++)
		h = (h ^ f->data[n]) * 0x100000001b3;
	return h;
}

static struct storm_entry *entry_of(struct net_switch *s, uint64_t hash)
{
	return &s->storm[hash % STORM_ENTRIES];
}

/* A port of s by which the frame came in from another switch that saw it, and not
 * from where we come from; NULL: none. */
static const struct port *came_by(struct net_switch *s, uint64_t hash, const struct port *not_by)
{
	const struct storm_entry *e = entry_of(s, hash);

	for (unsigned n = 0; e->hash == hash && n < s->count && n < 64; n++) {
		const struct port *p = s->line[n]->port;
		struct net_switch *other = p->link ? switch_of_port(link_port(p->link, !p->end)) : NULL;

		if (p != not_by && (e->seen >> n & 1) && other && entry_of(other, hash)->hash == hash)
			return p;
	}
	return NULL;
}

struct way {
	const struct port *in[CABLES_MAX];
	struct net_switch *at[CABLES_MAX];
	unsigned count;
};

/* Goes back along the cables until a switch is met again: from there on it is the
 * loop. Its first cable; `count` if no loop was found. */
static unsigned go_back(struct way *w, struct net_switch *s, uint64_t hash)
{
	const struct port *by = NULL;

	for (w->count = 0; w->count < CABLES_MAX; w->count++) {
		const struct port *in = came_by(s, hash, by);

		for (unsigned n = 0; n < w->count; n++)
			if (w->at[n] == s)
				return n;
		if (!in)
			break;
		w->at[w->count] = s;
		w->in[w->count] = in;
		by = link_port(in->link, !in->end);
		s = switch_of_port(by);
	}
	return w->count;
}

/* "sw1:3 - sw2:1, sw2:2 - sw3:1, ...": cable by cable. */
static char *name_loop(struct net_switch *s, uint64_t hash)
{
	GString *text = g_string_new(NULL);
	struct way w;

	for (unsigned n = go_back(&w, s, hash); n < w.count; n++)
		g_string_append_printf(text, "%s%s - %s", text->len ? ", " : "", w.in[n]->name,
				       link_port(w.in[n]->link, !w.in[n]->end)->name);
	return g_string_free(text, FALSE);
}

static void tell(struct net_switch *s, uint64_t hash, uint64_t when)
{
	g_autofree char *loop = NULL, *text = NULL;

	if (s->part.net->storm_told && when < s->part.net->storm_told + TELL_AGAIN)
		return;
	s->part.net->storm_told = when;
	loop = name_loop(s, hash);
	text = g_strdup_printf("frames go round: the loop is %s%s", loop, s->storm_guard ? "; they are dropped" : "");
	net_tell(s->part.net, text, when);
}

bool switch_storm(struct net_switch *s, const struct switch_line *in, const struct frame *f, uint64_t when)
{
	uint64_t hash = hash_of(f);
	struct storm_entry *e = entry_of(s, hash);

	if (e->hash != hash || when > e->since + MOMENT) {
		*e = (struct storm_entry){.hash = hash, .since = when, .first = in->port->index};
		e->seen = in->port->index < 64 ? 1ull << in->port->index : 0;
		return false;
	}
	if (in->port->index != e->first) {
		e->seen |= in->port->index < 64 ? 1ull << in->port->index : 0;
		e->count++;
		if (e->count == OFTEN)
			tell(s, hash, when);
	}
	return s->storm_guard && e->count >= OFTEN;
}
