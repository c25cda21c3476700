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

/* "sw1:3 - sw2:1, sw2:2 - sw3:1, ...": back from where it came in. */
static char *name_loop(struct net_switch *start, uint64_t hash)
{
	GString *text = g_string_new(NULL);
	struct net_switch *s = start;

	for (unsigned n = 0; n < CABLES_MAX; n++) {
		const struct storm_entry *e = entry_of(s, hash);
		const struct port *in = e->hash == hash && e->other < s->count ? s->line[e->other]->port : NULL;
		const struct port *far = in && in->link ? link_port(in->link, !in->end) : NULL;

		if (!far)
			break;
		g_string_append_printf(text, "%s%s - %s", n ? ", " : "", in->name, far->name);
		s = switch_of_port(far);
		if (!s || s == start)
			break;
	}
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
		*e = (struct storm_entry){hash, when, in->port->index, in->port->index, 0};
		return false;
	}
	if (in->port->index != e->first) {
		e->other = in->port->index;
		e->count++;
		if (e->count == OFTEN)
			tell(s, hash, when);
	}
	return s->storm_guard && e->count >= OFTEN;
}
