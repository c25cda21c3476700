/* Fragments of IPv4 datagrams; see user_fragments.h. */
#include "engine/uplink/user_fragments.h"

#include <glib.h>
#include <string.h>

#define PATIENCE 30000000000ull /* ns */

enum { DATA_MAX = 65535 - IP4_HEADER, UNITS = 8192 };

struct datagram {
	uint64_t since;
	uint32_t end;                                           /* bytes of data; 0: not known yet */
	uint32_t have;                                          /* bytes so far */
	uint8_t frame[ETH_HEADER + IP4_HEADER + UNITS * 8 + 2]; /* options are left out */
	uint8_t unit[UNITS / 8];                                /* which eights of bytes are there */
};

static const uint8_t *header(const struct datagram *d)
{
	return d->frame + ETH_HEADER;
}

static bool same(const struct datagram *d, const struct packet *p)
{
	const uint8_t *a = header(d), *b = p->ip;

	return !memcmp(a + 12, b + 12, 8) && !memcmp(a + 4, b + 4, 2) && a[9] == b[9];
}

static void forget(struct user_fragments *f, unsigned n)
{
	g_free(f->slot[n]);
	memmove(&f->slot[n], &f->slot[n + 1], (FRAGMENT_SLOTS - n - 1) * sizeof(f->slot[0]));
	f->slot[FRAGMENT_SLOTS - 1] = NULL;
}

static void expire(struct user_fragments *f, uint64_t now)
{
	while (f->slot[0] && f->slot[0]->since + PATIENCE <= now)
		forget(f, 0);
}

/* *at: where it is. */
static struct datagram *slot_for(struct user_fragments *f, const struct packet *p, uint64_t now, unsigned *at)
{
	struct datagram *d;
	unsigned n = 0;

	while (n < FRAGMENT_SLOTS && f->slot[n] && !same(f->slot[n], p))
		n++;
	if (n == FRAGMENT_SLOTS) {
		forget(f, 0);
		n--;
	}
	*at = n;
	if (f->slot[n])
		return f->slot[n];
	d = g_new0(struct datagram, 1);
	d->since = now;
	memcpy(d->frame, p->frame, ETH_HEADER);
	memcpy(d->frame + ETH_HEADER, p->ip, IP4_HEADER);
	f->slot[n] = d;
	return d;
}

/* Notes which bytes come; false: some were there, or it does not fit. */
static bool claim(struct datagram *d, uint32_t at, uint32_t size, bool last)
{
	if (!size || at + size > DATA_MAX || (!last && size % 8) || (d->end && at + size > d->end))
		return false;
	for (uint32_t n = at / 8; n < (at + size + 7) / 8; n++) {
		if (d->unit[n / 8] & 1u << n % 8)
			return false;
		d->unit[n / 8] |= (uint8_t)(1u << n % 8);
	}
	if (last)
		d->end = at + size;
	d->have += size;
	return true;
}

static uint32_t finish(struct datagram *d)
{
	uint8_t *ip = d->frame + ETH_HEADER;
	uint32_t size = IP4_HEADER + d->end;

	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)size);
	put_be16(ip + 6, 0);
	put_be16(ip + 10, 0);
	put_be16(ip + 10, checksum_end(checksum_add(0, ip, IP4_HEADER)));
	return ETH_HEADER + size;
}

const uint8_t *user_fragments_add(struct user_fragments *f, const struct packet *p, uint64_t now, uint32_t *size)
{
	uint32_t flags = get_be16(p->ip + 6), at = (flags & 0x1fff) * 8;
	struct datagram *d;
	unsigned n;

	expire(f, now);
	if (!p->payload)
		return NULL;
	d = slot_for(f, p, now, &n);
	if (!claim(d, at, p->payload_size, !(flags & 0x2000))) {
		forget(f, n);
		return NULL;
	}
	memcpy(d->frame + ETH_HEADER + IP4_HEADER + at, p->payload, p->payload_size);
	if (!d->end || d->have != d->end)
		return NULL;
	*size = finish(d);
	g_free(f->whole);
	f->whole = d;
	f->slot[n] = NULL;
	forget(f, n);
	return d->frame;
}

void user_fragments_clear(struct user_fragments *f)
{
	while (f->slot[0])
		forget(f, 0);
	g_clear_pointer(&f->whole, g_free);
}

static bool plausible(const struct datagram *d)
{
	return d->end <= DATA_MAX && d->have <= DATA_MAX && (!d->end || d->have < d->end);
}

void user_fragments_state(struct user_fragments *f, struct state *s)
{
	uint64_t count = 0;

	while (count < FRAGMENT_SLOTS && f->slot[count])
		count++;
	count = state_count(s, count, FRAGMENT_SLOTS, "uplink: datagrams");
	if (state_loading(s))
		user_fragments_clear(f);
	for (uint64_t n = 0; n < count && !state_failed(s); n++) {
		struct datagram *d = state_loading(s) ? g_new0(struct datagram, 1) : f->slot[n];

		assert(d); /* the first `count` are there */
		f->slot[n] = d;
		state_u64(s, &d->since);
		state_u32(s, &d->end);
		state_u32(s, &d->have);
		state_bytes(s, d->frame, sizeof(d->frame));
		state_bytes(s, d->unit, sizeof(d->unit));
		state_require(s, plausible(d), "uplink: an impossible datagram");
	}
}
