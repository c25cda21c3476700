/* The DHCP server of a user network; see user_dhcp.h. */
#include "engine/uplink/user_dhcp.h"

#include <arpa/inet.h>
#include <string.h>

#include "engine/uplink/user_net.h"

#define SECOND 1000000000ull
#define OFFER (60 * SECOND)     /* an offer is kept so long */
#define DECLINED (600 * SECOND) /* and an address that somebody else has */

enum { BOOTP_BYTES = 236, MAGIC_BYTES = 4, REPLY_LEAST = 300, OPTION_ROOM = 600 };
enum message { MSG_NONE, MSG_DISCOVER, MSG_OFFER, MSG_REQUEST, MSG_DECLINE, MSG_ACK, MSG_NAK, MSG_RELEASE, MSG_INFORM };
enum {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOSTNAME = 12,
	OPT_DOMAIN = 15,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_MESSAGE = 53,
	OPT_SERVER = 54,
	OPT_TEXT = 56,
	OPT_T1 = 58,
	OPT_T2 = 59,
	OPT_CLASS = 60,
	OPT_TFTP_NAME = 66,
	OPT_SEARCH = 119,
	OPT_END = 255
};

/* What a client says. */
struct request {
	const uint8_t *bootp;
	const uint8_t *mac;
	enum message message;
	uint32_t requested, server, client; /* 0: not said */
};

/* ---- reading ---- */

static uint32_t word_of(const uint8_t *value, uint8_t length)
{
	return length == 4 ? packet_word(value) : 0;
}

static void read_option(struct request *r, uint8_t code, const uint8_t *value, uint8_t length)
{
	if (code == OPT_MESSAGE && length == 1 && value[0] <= MSG_INFORM)
		r->message = value[0];
	else if (code == OPT_REQUESTED)
		r->requested = word_of(value, length);
	else if (code == OPT_SERVER)
		r->server = word_of(value, length);
}

static void read_options(struct request *r, struct bytes b)
{
	uint64_t at = 0;
	const uint8_t *head, *value;

	while ((head = bytes_at(b, at, 1)) && *head != OPT_END) {
		if (*head == OPT_PAD) {
			at++;
			continue;
		}
		head = bytes_at(b, at, 2);
		value = head ? bytes_at(b, at + 2, head[1]) : NULL;
		if (!value)
			return;
		read_option(r, head[0], value, head[1]);
		at += 2u + head[1];
	}
}

static bool read_request(struct request *r, const struct packet *p)
{
	struct bytes b = {p->payload, p->payload_size};
	const uint8_t *bootp = p->payload ? bytes_at(b, UDP_HEADER, BOOTP_BYTES) : NULL;
	const uint8_t *magic = bootp ? bytes_at(b, UDP_HEADER + BOOTP_BYTES, MAGIC_BYTES) : NULL;

	memset(r, 0, sizeof(*r));
	if (!bootp || bootp[0] != 1 || bootp[1] != 1 || bootp[2] != 6)
		return false;
	r->bootp = bootp;
	r->mac = bootp + 28;
	r->client = packet_word(bootp + 12);
	if (magic && get_be32(magic) == 0x63825363)
		read_options(r, (struct bytes){magic + MAGIC_BYTES,
					       p->payload_size - UDP_HEADER - BOOTP_BYTES - MAGIC_BYTES});
	return true;
}

/* ---- leases ---- */

static struct user_lease *by_mac(struct user_dhcp *d, const uint8_t mac[6])
{
	for (uint32_t n = 0; n < d->count; n++)
		if (!d->lease[n].declined && !memcmp(d->lease[n].mac, mac, 6))
			return &d->lease[n];
	return NULL;
}

static struct user_lease *by_address(struct user_dhcp *d, uint32_t address)
{
	for (uint32_t n = 0; n < d->count; n++)
		if (d->lease[n].address == address)
			return &d->lease[n];
	return NULL;
}

static void forget(struct user_dhcp *d, struct user_lease *l)
{
	uint32_t n = (uint32_t)(l - d->lease);

	memmove(l, l + 1, (d->count - n - 1) * sizeof(*l));
	d->count--;
}

static void expire(struct user_dhcp *d, uint64_t now)
{
	for (uint32_t n = 0; n < d->count;)
		if (d->lease[n].ends <= now)
			forget(d, &d->lease[n]);
		else
			n++;
}

/* Keeps the rows sorted. NULL: there is no room. */
static struct user_lease *add(struct user_dhcp *d, uint32_t address, const uint8_t mac[6])
{
	uint32_t n = d->count;
	struct user_lease *l;

	if (n == USER_LEASES)
		return NULL;
	for (; n && ntohl(d->lease[n - 1].address) > ntohl(address); n--)
		d->lease[n] = d->lease[n - 1];
	d->count++;
	l = &d->lease[n];
	*l = (struct user_lease){.address = address};
	memcpy(l->mac, mac, 6);
	return l;
}

static bool in_pool(const struct user_config *c, uint32_t address)
{
	return user_config_inside(c, address) && ntohl(address) >= ntohl(c->first) && address != (c->net | ~c->mask) &&
	       !user_config_owns(c, address);
}

/* A card that a forward names has an address of its own from the start: the n-th. */
static uint32_t reserved(const struct user_config *c, const uint8_t mac[6], uint32_t address)
{
	for (guint n = 0; n < c->forwards->len; n++) {
		const struct forward *f = &g_array_index(c->forwards, struct forward, n);

		if (f->by_mac && mac && !memcmp(f->mac, mac, 6))
			return packet_word(f->guest.bytes);
		if (f->by_mac && !mac && packet_word(f->guest.bytes) == address)
			return address;
	}
	return 0;
}

static uint32_t choose(struct user_dhcp *d, const struct user_config *c, const struct request *r)
{
	uint32_t own = reserved(c, r->mac, 0), last = ntohl(c->net | ~c->mask);

	if (own && !by_address(d, own))
		return own;
	if (in_pool(c, r->requested) && !by_address(d, r->requested) && !reserved(c, NULL, r->requested))
		return r->requested;
	for (uint32_t a = ntohl(c->first); a < last; a++)
		if (in_pool(c, htonl(a)) && !by_address(d, htonl(a)) && !reserved(c, NULL, htonl(a)))
			return htonl(a);
	return 0;
}

static struct user_lease *lease_for(struct user_dhcp *d, const struct user_config *c, const struct request *r)
{
	struct user_lease *l = by_mac(d, r->mac);
	uint32_t address = l ? 0 : choose(d, c, r);

	if (l || !address)
		return l;
	l = add(d, address, r->mac);
	if (l)
		l->offered = 1;
	return l;
}

uint32_t user_dhcp_find(const struct user_dhcp *d, const uint8_t mac[6])
{
	const struct user_lease *l = by_mac((struct user_dhcp *)d, mac);

	return l && !l->offered ? l->address : 0;
}

/* ---- answering ---- */

static void put_option(struct packet_out *o, uint8_t code, const void *value, size_t length)
{
	uint8_t *at = length <= 255 ? packet_room(o, 2 + (uint32_t)length) : NULL;

	if (!at)
		return;
	at[0] = code;
	at[1] = (uint8_t)length;
	memcpy(at + 2, value, length);
}

static void put_text_option(struct packet_out *o, uint8_t code, const char *text)
{
	if (text)
		put_option(o, code, text, strlen(text));
}

static void put_number(struct packet_out *o, uint8_t code, uint32_t value)
{
	uint8_t bytes[4];

	put_be32(bytes, value);
	put_option(o, code, bytes, 4);
}

static void put_search(struct packet_out *o, const struct user_config *c)
{
	uint8_t names[255];
	uint32_t size = user_net_names(c->search, names, sizeof(names));

	if (size)
		put_option(o, OPT_SEARCH, names, size);
}

static void put_settings(struct packet_out *o, const struct user_config *c, bool lease)
{
	put_option(o, OPT_MASK, &c->mask, 4);
	if (!c->restricted) {
		put_option(o, OPT_ROUTER, &c->host, 4);
		put_option(o, OPT_DNS, &c->dns, 4);
	}
	if (lease) {
		put_number(o, OPT_LEASE, USER_LEASE / SECOND);
		put_number(o, OPT_T1, USER_LEASE / SECOND / 2);
		put_number(o, OPT_T2, (uint32_t)(USER_LEASE / SECOND * 7 / 8));
	}
	put_text_option(o, OPT_HOSTNAME, c->hostname);
	put_text_option(o, OPT_DOMAIN, c->domain);
	put_text_option(o, OPT_TFTP_NAME, c->tftp_server);
	put_search(o, c);
	if (c->bootfile && !strncmp(c->bootfile, "http://", 7))
		put_text_option(o, OPT_CLASS, "HTTPClient");
}

/* Where the answer goes: RFC 2131, 4.1. */
static void address_reply(struct packet_out *o, const struct user_config *c, const struct request *r, enum message m,
			  uint32_t address)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	bool broadcast = m == MSG_NAK || (!r->client && (get_be16(r->bootp + 10) & 0x8000 || !address));
	uint32_t to = broadcast ? htonl(0xffffffff) : r->client ? r->client : address;
	uint8_t router[6];

	user_net_mac(c->host, router);
	packet_ethernet(o, broadcast ? everybody : r->mac, router, ETHERTYPE_IP4);
	packet_udp4(o, c->host, to, 67, 68);
}

static void reply(struct packet_out *o, const struct user_config *c, const struct request *r, enum message m,
		  uint32_t address)
{
	uint8_t *bootp, message = (uint8_t)m;

	address_reply(o, c, r, m, address);
	bootp = packet_room(o, BOOTP_BYTES);
	bootp[0] = 2;
	bootp[1] = 1;
	bootp[2] = 6;
	memcpy(bootp + 4, r->bootp + 4, 4);   /* xid */
	memcpy(bootp + 10, r->bootp + 10, 2); /* flags */
	memcpy(bootp + 28, r->bootp + 28, 16);
	if (m != MSG_NAK) {
		put_le32(bootp + 12, r->client);
		put_le32(bootp + 16, address);
		put_le32(bootp + 20, c->host);
		if (c->bootfile)
			memcpy(bootp + 108, c->bootfile, strlen(c->bootfile));
	}
	put_be32(packet_room(o, MAGIC_BYTES), 0x63825363);
	if (m) {
		put_option(o, OPT_MESSAGE, &message, 1);
		put_option(o, OPT_SERVER, &c->host, 4);
	}
	if (m == MSG_NAK)
		put_text_option(o, OPT_TEXT, "requested address not available");
	else
		put_settings(o, c, m && address);
	*packet_room(o, 1) = OPT_END;
	if (o->size < ETH_HEADER + IP4_HEADER + UDP_HEADER + REPLY_LEAST)
		packet_room(o, ETH_HEADER + IP4_HEADER + UDP_HEADER + REPLY_LEAST - o->size);
	packet_udp4_end(o);
}

static bool grant(struct packet_out *o, const struct user_config *c, const struct request *r, struct user_lease *l,
		  uint64_t now)
{
	l->offered = 0;
	l->ends = r->message ? now + USER_LEASE : TIME_NEVER;
	reply(o, c, r, r->message ? MSG_ACK : MSG_NONE, l->address);
	return true;
}

static bool refuse(struct packet_out *o, const struct user_config *c, const struct request *r)
{
	reply(o, c, r, MSG_NAK, 0);
	return true;
}

static bool discover(struct user_dhcp *d, const struct user_config *c, const struct request *r, uint64_t now,
		     struct packet_out *o)
{
	struct user_lease *l = lease_for(d, c, r);

	if (!l)
		return false;
	if (l->offered)
		l->ends = now + OFFER;
	reply(o, c, r, MSG_OFFER, l->address);
	return true;
}

/* Selecting names a server; starting again names an address; renewing has one. */
static bool request(struct user_dhcp *d, const struct user_config *c, const struct request *r, uint64_t now,
		    struct packet_out *o)
{
	struct user_lease *l = by_mac(d, r->mac);
	uint32_t wanted = r->client ? r->client : r->requested;

	if (r->server && r->server != c->host) {
		if (l && l->offered)
			forget(d, l); /* another server's was taken */
		return false;
	}
	if (l && l->address == wanted)
		return grant(o, c, r, l, now);
	if (r->server || !user_config_inside(c, wanted))
		return r->server || !r->client ? refuse(o, c, r) : false;
	if (l || !in_pool(c, wanted) || by_address(d, wanted) || reserved(c, NULL, wanted))
		return refuse(o, c, r);
	l = add(d, wanted, r->mac); /* free, and known to the client from an earlier time */
	return l && grant(o, c, r, l, now);
}

static bool decline(struct user_dhcp *d, const struct request *r, uint64_t now)
{
	struct user_lease *l = by_mac(d, r->mac);

	if (l && l->address == r->requested) {
		l->declined = 1;
		l->ends = now + DECLINED;
	}
	return false;
}

static bool release(struct user_dhcp *d, const struct request *r)
{
	struct user_lease *l = by_mac(d, r->mac);

	if (l && l->address == r->client)
		forget(d, l);
	return false;
}

static bool bootp(struct user_dhcp *d, const struct user_config *c, const struct request *r, uint64_t now,
		  struct packet_out *o)
{
	struct user_lease *l = lease_for(d, c, r);

	return l && grant(o, c, r, l, now);
}

bool user_dhcp_answer(struct user_dhcp *d, const struct user_config *c, const struct packet *p, uint64_t now,
		      struct packet_out *out)
{
	struct request r;

	if (!read_request(&r, p))
		return false;
	expire(d, now);
	switch (r.message) {
	case MSG_DISCOVER: return discover(d, c, &r, now, out);
	case MSG_REQUEST: return request(d, c, &r, now, out);
	case MSG_DECLINE: return decline(d, &r, now);
	case MSG_RELEASE: return release(d, &r);
	case MSG_INFORM: reply(out, c, &r, MSG_ACK, 0); return true;
	case MSG_NONE: return bootp(d, c, &r, now, out);
	default: return false;
	}
}

/* ---- state ---- */

static bool sorted(const struct user_dhcp *d)
{
	for (uint32_t n = 1; n < d->count; n++)
		if (ntohl(d->lease[n].address) <= ntohl(d->lease[n - 1].address))
			return false;
	return true;
}

void user_dhcp_state(struct user_dhcp *d, struct state *s)
{
	d->count = (uint32_t)state_count(s, d->count, USER_LEASES, "uplink: leases");
	state_bytes(s, d->lease, d->count * sizeof(d->lease[0]));
	state_require(s, sorted(d), "uplink: leases out of order");
}
