/* `kind: user`: a network with router, name server, DHCP and a way to the host's
 * sockets, as QEMU's -netdev user has it; no privilege is needed. What is here is
 * the lab's side: DHCP, router advertisements and ARP are answered from its state, and
 * only what is meant for the router gets to libslirp (user_slirp.c). */
#include <arpa/inet.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/base/rng.h"
#include "engine/clock/pace.h"
#include "engine/uplink/spawner.h"
#include "engine/uplink/uplink.h"
#include "engine/uplink/user_config.h"
#include "engine/uplink/user_dhcp.h"
#include "engine/uplink/user_fragments.h"
#include "engine/uplink/user_hosts.h"
#include "engine/uplink/user_net.h"
#include "engine/uplink/user_process.h"
#include "engine/uplink/user_services.h"
#include "engine/uplink/user_six.h"

#define SECOND 1000000000ull
#define TICK (SECOND / 4) /* libslirp hears of the time at least so often, once it has sockets */

enum { TIMER_ADVERTISE };
enum { TASK_OPEN, TASK_SEALED };

struct user {
	struct uplink *uplink;
	const struct uplink_settings *settings;
	struct user_config *config;
	/* state */
	struct user_hosts hosts;
	struct user_dhcp dhcp;
	struct user_fragments fragments;
	struct rng rng;
	/* host */
	struct user_process *process;
	bool sealed, told_sealed, told_ping;
	uint64_t told_time; /* virtual: what it knows of */
	uint64_t again;     /* wall clock: when to start it anew */
	GByteArray *reply;  /* frames for the process: answers to what it asks */
	GString *text;      /* what it said, while connections are listed; NULL: not now */
};

/* ---- what is this packet? ---- */

enum fate {
	FATE_STRANGE, /* not for this network */
	FATE_ARP,
	FATE_DHCP,
	FATE_SIX,     /* a question about IPv6 */
	FATE_INSIDE,  /* the router answers by itself */
	FATE_OUTSIDE, /* needs a socket of the host */
	FATE_PING     /* one that a ping socket carries */
};

static bool is_own_mac(const struct user *u, const uint8_t *mac)
{
	static const uint8_t local[16] = {0xfe, 0x80, [15] = 2}, local_dns[16] = {0xfe, 0x80, [15] = 3};
	const uint8_t *const six[] = {u->config->host6, u->config->dns6, local, local_dns};
	uint8_t own[6];

	if (mac[0] == 0x52 && mac[1] == 0x55)
		return user_config_owns(u->config, packet_word(mac + 2));
	for (unsigned n = 0; n < ARRAY_LEN(six); n++) {
		user_net_mac6(six[n], own);
		if (!memcmp(mac, own, 6))
			return true;
	}
	return false;
}

static bool is_dhcp(const struct packet *p)
{
	return p->protocol == PROTO_UDP && p->has_ports && p->target_port == 67;
}

static enum fate fate_ip4(const struct user *u, const struct packet *p)
{
	const struct user_config *c = u->config;
	uint32_t to = packet_word(p->target);
	bool router = to == c->host || to == c->dns;

	if (!c->ipv4 || !p->payload)
		return FATE_STRANGE;
	if (is_dhcp(p) && (to == 0xffffffff || router))
		return c->dhcp ? FATE_DHCP : FATE_STRANGE;
	if (!is_own_mac(u, packet_to(p)) || to == 0xffffffff || to == (c->net | ~c->mask))
		return FATE_STRANGE;
	if (user_config_inside(c, to) && !user_config_owns(c, to))
		return FATE_STRANGE; /* libslirp would carry it to the host's network */
	if (p->protocol == PROTO_ICMP)
		return router ? FATE_INSIDE : FATE_PING;
	if (p->protocol == PROTO_UDP && to == c->host && p->target_port == 69)
		return FATE_INSIDE; /* TFTP */
	return FATE_OUTSIDE;
}

static enum fate fate_ip6(const struct user *u, const struct packet *p)
{
	const struct user_config *c = u->config;
	bool to_us = is_own_mac(u, packet_to(p));

	if (!c->ipv6 || !p->payload)
		return FATE_STRANGE;
	if ((p->protocol == PROTO_ICMP6 && p->payload_size && p->payload[0] >= 133 && p->payload[0] <= 136) ||
	    (p->protocol == PROTO_UDP && p->has_ports && p->target_port == 547))
		return FATE_SIX;
	if (!to_us || (user_config_inside6(c, p->target) && !user_config_owns6(c, p->target)))
		return FATE_STRANGE;
	if (p->protocol == PROTO_ICMP6) /* libslirp carries none outside */
		return user_config_owns6(c, p->target) || p->target[0] == 0xfe ? FATE_INSIDE : FATE_STRANGE;
	if (p->protocol == PROTO_UDP && p->target_port == 69 && !memcmp(p->target, c->host6, 16))
		return FATE_INSIDE;
	return FATE_OUTSIDE;
}

static enum fate fate_of(const struct user *u, const struct packet *p)
{
	if (p->ethertype == ETHERTYPE_ARP)
		return u->config->ipv4 ? FATE_ARP : FATE_STRANGE;
	if (!p->ip)
		return FATE_STRANGE;
	return p->ethertype == ETHERTYPE_IP4 ? fate_ip4(u, p) : fate_ip6(u, p);
}

/* ---- who is there ---- */

static void ask(struct user *u, enum wire_type type, const void *data, uint32_t size)
{
	u->told_time = uplink_now(u->uplink);
	if (u->process)
		user_process_ask(u->process, type, u->told_time, data, size, NULL);
}

static void heard(struct user *u, const uint8_t *address, const uint8_t *mac)
{
	uint32_t word = packet_word(address);

	if (word && user_config_inside(u->config, word) && !user_config_owns(u->config, word) &&
	    user_hosts_learn(&u->hosts, false, address, mac))
		ask(u, WIRE_HEARD, address, 4);
}

static void learn(struct user *u, const struct packet *p)
{
	const uint8_t *six = user_six_station(p);

	if (packet_from(p)[0] & 1)
		return;
	if (p->ethertype == ETHERTYPE_ARP && p->size >= ETH_HEADER + ARP_BYTES)
		heard(u, p->frame + ETH_HEADER + 14, p->frame + ETH_HEADER + 8);
	else if (p->ethertype == ETHERTYPE_IP4 && p->ip)
		heard(u, p->source, packet_from(p));
	else if (six)
		user_hosts_learn(&u->hosts, true, six, packet_from(p));
}

/* ---- answers of our own ---- */

static void say(struct user *u, const struct packet_out *out)
{
	uplink_say(u->uplink, 1, out->data, out->size);
}

static bool is_arp_request(const struct packet *p)
{
	const uint8_t *arp = p->frame + ETH_HEADER;

	return p->ethertype == ETHERTYPE_ARP && p->size >= ETH_HEADER + ARP_BYTES && get_be16(arp) == 1 &&
	       get_be16(arp + 2) == ETHERTYPE_IP4 && arp[4] == 6 && arp[5] == 4 && get_be16(arp + 6) == 1;
}

static void answer_arp(struct user *u, const struct packet *p)
{
	const uint8_t *arp = p->frame + ETH_HEADER;
	uint32_t wanted = is_arp_request(p) ? packet_word(arp + 24) : 0;
	struct packet_out out;
	uint8_t mac[6];

	if (!wanted || !user_config_owns(u->config, wanted))
		return;
	user_net_mac(wanted, mac);
	packet_arp_reply(&out, packet_from(p), packet_word(arp + 14), mac, wanted);
	say(u, &out);
}

static void answer_dhcp(struct user *u, const struct packet *p)
{
	struct packet_out out;

	uint32_t address;

	if (!user_dhcp_answer(&u->dhcp, u->config, p, uplink_now(u->uplink), &out))
		return;
	say(u, &out);
	address = user_dhcp_find(&u->dhcp, packet_from(p));
	if (address)
		heard(u, (const uint8_t *)&address, packet_from(p));
}

static void answer_six(struct user *u, const struct packet *p)
{
	struct packet_out out;

	if (user_six_answer(u->config, p, &out))
		say(u, &out);
}

/* ---- to libslirp ---- */

static void start_again(struct user *u);

static void send_replies(struct user *u)
{
	while (u->reply->len && u->process) {
		g_autoptr(GByteArray) now = u->reply;

		u->reply = g_byte_array_new();
		for (guint at = 0; at + 4 <= now->len;) {
			uint32_t size = get_le32(now->data + at);

			ask(u, WIRE_FRAME, now->data + at + 4, size);
			at += 4 + size;
		}
	}
}

static bool is_replay(const struct user *u)
{
	return uplink_mode(u->uplink) == UPLINK_OFF;
}

/* The process is started by the first packet that is for it, unless it listens. */
static void wake(struct user *u)
{
	if (!u->process && !u->again && !is_replay(u))
		start_again(u);
}

static void to_process(struct user *u, const uint8_t *frame, uint32_t size)
{
	ask(u, WIRE_FRAME, frame, size);
	send_replies(u);
}

/* The first packet that needs the host: from here on the wall clock counts. */
static void open_up(struct user *u, const struct packet *p)
{
	if (u->sealed && !u->told_sealed && !u->config->restricted)
		uplink_note(u->uplink,
			    "a PC wants to reach the host or beyond, which is refused in this run: it has to "
			    "be in real time for that");
	u->told_sealed = true;
	if (u->sealed || u->config->restricted || uplink_is_open(u->uplink))
		return;
	uplink_opened(u->uplink);
	uplink_note(u->uplink, "it reaches outside now: the lab keeps to the wall clock from here on");
}

static bool may_ping(struct user *u)
{
	if (u->sealed || !u->process || user_process_can_ping(u->process))
		return true;
	if (!u->told_ping)
		uplink_note(u->uplink, "ping reaches only the router: the host allows no ping sockets to this group; "
				       "an administrator can: "
				       "sysctl -w net.ipv4.ping_group_range='0 2147483647'");
	u->told_ping = true;
	return false;
}

/* A whole datagram; NULL: not yet, or never. */
static const uint8_t *assemble(struct user *u, const struct packet *p, uint32_t *size)
{
	*size = p->size;
	if (!p->fragment)
		return p->frame;
	return p->ethertype == ETHERTYPE_IP4 ? user_fragments_add(&u->fragments, p, uplink_now(u->uplink), size) : NULL;
}

static void to_slirp(struct user *u, const struct packet *p, enum fate fate)
{
	uint32_t size;
	const uint8_t *whole = assemble(u, p, &size);

	if (whole)
		wake(u);
	if (!whole || (fate == FATE_PING && !may_ping(u)))
		return;
	if (fate != FATE_INSIDE && !is_replay(u))
		open_up(u, p);
	to_process(u, whole, size);
}

static void send_frame(void *self, unsigned place, struct frame *f, uint64_t when)
{
	struct user *u = self;
	struct packet p;
	enum fate fate;

	if (!packet_read(&p, f->data, f->size))
		return;
	learn(u, &p);
	fate = fate_of(u, &p);
	switch (fate) {
	case FATE_STRANGE: break;
	case FATE_ARP: answer_arp(u, &p); break;
	case FATE_DHCP: answer_dhcp(u, &p); break;
	case FATE_SIX: answer_six(u, &p); break;
	case FATE_INSIDE:
	case FATE_OUTSIDE:
	case FATE_PING:
		if (is_replay(u) || (!u->process && u->again))
			uplink_lost(u->uplink, place, f);
		to_slirp(u, &p, fate);
		break;
	}
}

/* ---- from libslirp ---- */

static void reply(struct user *u, const struct packet_out *out)
{
	uint8_t size[4];

	put_le32(size, out->size);
	g_byte_array_append(u->reply, size, 4);
	g_byte_array_append(u->reply, out->data, out->size);
}

/* It asks for a card that we have heard of: true, and it is told. */
static bool answer_slirp(struct user *u, const struct packet *p)
{
	struct packet_out out;
	const uint8_t *mac, *wanted;

	if (is_arp_request(p)) {
		wanted = p->frame + ETH_HEADER + 24;
		mac = user_hosts_find(&u->hosts, false, wanted);
		if (mac)
			packet_arp_reply(&out, packet_from(p), packet_word(p->frame + ETH_HEADER + 14), mac,
					 packet_word(wanted));
	} else if (p->ethertype == ETHERTYPE_IP6 && p->protocol == PROTO_ICMP6 && p->payload && p->payload_size >= 24 &&
		   p->payload[0] == 135) {
		mac = user_hosts_find(&u->hosts, true, p->payload + 8);
		if (mac)
			user_six_neighbour(p, mac, &out);
	} else {
		return false;
	}
	if (mac)
		reply(u, &out);
	return mac != NULL;
}

/* libslirp's refusals come from where it looked itself, and TFTP errors from port 0:
 * PCs would not believe them. They get the address and port that was asked. */
static void mend4(uint8_t *ip, uint32_t size)
{
	uint32_t header = (ip[0] & 15u) * 4;
	bool error = ip[9] == PROTO_ICMP && size >= header + 8 + IP4_HEADER && (ip[header] == 3 || ip[header] == 11);

	if (error && ip[12] == 127) {
		memcpy(ip + 12, ip + header + 8 + 16, 4);
		packet_mend4(ip, size);
	} else if (ip[9] == PROTO_UDP && size >= header + UDP_HEADER && !get_be16(ip + header)) {
		put_be16(ip + header, 69);
		packet_mend4(ip, size);
	}
}

static void mend6(uint8_t *ip, uint32_t size)
{
	static const uint8_t loopback[16] = {[15] = 1};
	bool error = ip[6] == PROTO_ICMP6 && size >= IP6_HEADER + 8 + IP6_HEADER && ip[IP6_HEADER] < 128;

	if (!error || memcmp(ip + 8, loopback, 16) != 0)
		return;
	memcpy(ip + 8, ip + IP6_HEADER + 8 + 24, 16);
	packet_mend6(ip, size, 2);
}

static void from_process(void *opaque, const uint8_t *frame, uint32_t size, bool answer)
{
	struct user *u = opaque;
	uint8_t copy[PACKET_ROOM];
	struct packet p;

	if (size > sizeof(copy) || !packet_read(&p, memcpy(copy, frame, size), size) || answer_slirp(u, &p))
		return;
	if (p.ip && p.payload && p.ethertype == ETHERTYPE_IP4)
		mend4(copy + ETH_HEADER, (uint32_t)(p.payload - p.ip) + p.payload_size);
	else if (p.ip && p.payload)
		mend6(copy + ETH_HEADER, IP6_HEADER + p.payload_size);
	if (answer)
		uplink_answer(u->uplink, 1, copy, size);
	else
		uplink_receive(u->uplink, 1, copy, size);
}

static void process_text(void *opaque, const char *text)
{
	struct user *u = opaque;

	if (u->text)
		g_string_append(u->text, text);
	else
		uplink_note(u->uplink, "libslirp: %s", text);
}

/* ---- the process ---- */

/* Where a forward leads, once that is known. */
static bool add_forward(struct user *u, struct forward *f, GError **error)
{
	char text[FORWARD_TEXT];

	if (!f->host_port && !user_free_port(f)) {
		forward_text(f, text);
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE, "hostfwd %s: no port is free", text);
		return false;
	}
	return user_process_ask(u->process, WIRE_ADD, uplink_now(u->uplink), f, sizeof(*f), error);
}

static bool add_forwards(struct user *u, GError **error)
{
	for (guint n = 0; n < u->config->forwards->len && !u->sealed; n++)
		if (!add_forward(u, &g_array_index(u->config->forwards, struct forward, n), error))
			return false;
	return true;
}

/* Stations that it should know of, when it is not the first one. */
static void tell_stations(struct user *u)
{
	for (uint32_t n = 0; n < u->hosts.count; n++)
		if (!u->hosts.at[n].six)
			ask(u, WIRE_HEARD, u->hosts.at[n].address, 4);
}

static bool start_process(struct user *u, GError **error)
{
	const struct user_process_ops ops = {u, from_process, process_text};
	int fd = uplink_ask(u->uplink, u->sealed ? TASK_SEALED : TASK_OPEN, NULL, error);

	if (fd < 0)
		return false;
	u->process = user_process_new(fd, &ops);
	if (!user_process_ask(u->process, WIRE_CLOCK, uplink_now(u->uplink), NULL, 0, error) || !add_forwards(u, error))
		return false;
	tell_stations(u);
	return true;
}

static void run_process(int fd, const void *data)
{
	const struct user_config *const *c = data;
	char *const *guest = (char *const *)(const void *)&c[2];

	user_process_main(fd, c[0], c[1] != NULL, guest);
}

/* In the spawner: what the process is told of is laid out in one array. */
static int task(const struct uplink_settings *s, unsigned number, const char *argument, struct spawner_side *side,
		GError **error)
{
	const void *told[2 + USER_GUEST_FORWARDS + 2] = {NULL};
	const char *key;
	struct user_config *c = user_config_new(s, &key, error);
	int fd = -1;

	if (!c)
		return -1;
	told[0] = c;
	told[1] = number == TASK_OPEN ? c : NULL;
	if (number != TASK_OPEN || user_serve_guests(c, side, (char **)(void *)&told[2], error))
		fd = spawner_fork(side, run_process, told, error);
	for (unsigned n = 2; n < ARRAY_LEN(told); n++)
		g_free((char *)(uintptr_t)told[n]);
	user_config_free(c);
	return fd;
}

static void process_died(struct user *u)
{
	user_process_free(u->process);
	u->process = NULL;
	u->again = pace_wall() + SECOND;
	uplink_note(u->uplink, "its process has died; it is started again");
	uplink_leave_place(u->uplink, 1);
}

static void start_again(struct user *u)
{
	g_autoptr(GError) error = NULL;

	if (pace_wall() < u->again)
		return;
	if (start_process(u, &error)) {
		if (u->again)
			uplink_take_place(u->uplink);
		u->again = 0;
		return;
	}
	user_process_free(u->process);
	u->process = NULL;
	u->again = pace_wall() + 10 * SECOND;
	uplink_note(u->uplink, "%s", error->message);
}

/* ---- the kind ---- */

static bool check(const struct uplink_settings *s, const char **key, GError **error)
{
	struct user_config *c = user_config_new(s, key, error);

	user_config_free(c);
	return c != NULL;
}

/* Forwards are the only thing that reaches in from the start. */
static bool is_open(const struct uplink_settings *s)
{
	return uplink_setting(s, "hostfwd", 0) != NULL;
}

static unsigned asks(const struct uplink_settings *s)
{
	const char *key;
	struct user_config *c = user_config_new(s, &key, NULL);
	unsigned wanted = 0;

	for (guint n = 0; c && n < c->forwards->len; n++)
		if (!forward_is_private(&g_array_index(c->forwards, struct forward, n)))
			wanted |= UPLINK_ASKS_OUTSIDE;
	for (unsigned n = 0; c && n < c->guests; n++)
		if (c->guest[n].command)
			wanted |= UPLINK_ASKS_COMMANDS;
	if (c && c->smb_folder)
		wanted |= UPLINK_ASKS_COMMANDS;
	user_config_free(c);
	return wanted;
}

static char *describe(const struct uplink_settings *s)
{
	const struct uplink_setting *v;
	GString *text = g_string_new(NULL);
	const char *net = uplink_text(s, "net");

	g_string_append_printf(text, "is the network %s", net ? net : "10.0.2.0/24");
	for (unsigned n = 0; (v = uplink_setting(s, "hostfwd", n)); n++)
		g_string_append_printf(text, ", forwards %s", v->text);
	for (unsigned n = 0; (v = uplink_setting(s, "guestfwd", n)); n++)
		g_string_append_printf(text, ", serves %s", v->text);
	if (uplink_text(s, "smb"))
		g_string_append_printf(text, ", shares %s", uplink_text(s, "smb"));
	if (uplink_text(s, "tftp"))
		g_string_append_printf(text, ", serves %s by TFTP", uplink_text(s, "tftp"));
	return g_string_free(text, FALSE);
}

/* RFC 4861, 6.2.1: after 200 to 600 seconds, at random. */
static void advertise_later(struct user *u)
{
	uplink_at(u->uplink, uplink_now(u->uplink) + (200 + rng_next(&u->rng) % 401) * SECOND, TIMER_ADVERTISE, 0);
}

static void *make(struct uplink *up, const struct uplink_settings *s)
{
	struct user *u = g_new0(struct user, 1);
	const char *key;

	u->uplink = up;
	u->settings = s;
	u->config = user_config_new(s, &key, NULL);
	u->reply = g_byte_array_new();
	rng_seed(&u->rng, 0, uplink_name(up));
	if (u->config->ipv6)
		advertise_later(u);
	return u;
}

static void user_free(void *self)
{
	struct user *u = self;

	user_fragments_clear(&u->fragments);
	user_config_free(u->config);
	g_byte_array_unref(u->reply);
	g_free(u);
}

static bool start(void *self, bool sealed, GError **error)
{
	struct user *u = self;

	u->sealed = sealed;
	if (is_open(u->settings) && !sealed && !start_process(u, error)) {
		user_process_free(u->process);
		u->process = NULL;
		return false;
	}
	uplink_take_place(u->uplink);
	return true;
}

static void stop(void *self)
{
	struct user *u = self;

	user_process_free(u->process);
	u->process = NULL;
	uplink_leave_place(u->uplink, 1);
}

static void poll_fds(void *self, GArray *fds)
{
	struct user *u = self;
	struct pollfd row = {.events = POLLIN};

	if (!u->process)
		return;
	row.fd = user_process_fd(u->process);
	g_array_append_val(fds, row);
}

static void input(void *self)
{
	struct user *u = self;

	if (u->process) {
		user_process_input(u->process);
		if (uplink_is_open(u->uplink) && uplink_now(u->uplink) - u->told_time >= TICK)
			ask(u, WIRE_CLOCK, NULL, 0);
		send_replies(u);
	}
	if (u->process && user_process_gone(u->process))
		process_died(u);
	else if (!u->process && u->again)
		start_again(u);
}

static void timer(void *self, uint8_t kind, uint64_t id, uint64_t when)
{
	struct user *u = self;
	struct packet_out out;

	user_six_advertise(u->config, &out);
	say(u, &out);
	advertise_later(u);
}

static void state(void *self, struct state *s)
{
	struct user *u = self;

	user_hosts_state(&u->hosts, s);
	user_dhcp_state(&u->dhcp, s);
	user_fragments_state(&u->fragments, s);
	state_rng(s, &u->rng);
}

/* ---- for people ---- */

static void show_leases(struct user *u, void (*add)(void *opaque, const char *name, const char *value), void *opaque)
{
	for (uint32_t n = 0; n < u->dhcp.count; n++) {
		const struct user_lease *l = &u->dhcp.lease[n];
		struct address a = {.family = 4, .prefix = 32};
		char address[ADDRESS_TEXT], mac[ADDRESS_TEXT];
		g_autofree char *name = NULL;

		memcpy(a.bytes, &l->address, 4);
		address_format(&a, false, address);
		address_format_mac(l->mac, mac);
		name = g_strdup_printf("lease %s", address);
		add(opaque, name, mac);
	}
}

static void show(void *self, void (*add)(void *opaque, const char *name, const char *value), void *opaque)
{
	struct user *u = self;

	for (guint n = 0; n < u->config->forwards->len; n++) {
		char text[FORWARD_TEXT];
		g_autofree char *name = g_strdup_printf("hostfwd %u", n + 1);

		forward_text(&g_array_index(u->config->forwards, struct forward, n), text);
		add(opaque, name, text);
	}
	show_leases(u, add, opaque);
	u->text = g_string_new(NULL);
	ask(u, WIRE_CONNECTIONS, NULL, 0);
	if (u->text->len)
		add(opaque, "connections", u->text->str);
	g_string_free(u->text, TRUE);
	u->text = NULL;
}

static bool forward_new(struct user *u, const char *value, GError **error)
{
	struct forward f;

	if (!forward_parse(value, &f, error))
		return false;
	if (uplink_mode(u->uplink) == UPLINK_OFF) /* a replay */
		return true;
	wake(u);
	if (u->sealed || !u->process) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "hostfwd: the uplink is sealed in this run");
		return false;
	}
	if (!add_forward(u, &f, error))
		return false;
	g_array_append_val(u->config->forwards, f);
	uplink_opened(u->uplink);
	return true;
}

static bool forward_gone(struct user *u, const char *value, GError **error)
{
	struct forward f;

	if (!forward_parse_host(value, &f, error))
		return false;
	if (uplink_mode(u->uplink) == UPLINK_OFF)
		return true;
	if (!u->process || !user_process_ask(u->process, WIRE_REMOVE, uplink_now(u->uplink), &f, sizeof(f), error))
		return false;
	for (guint n = 0; n < u->config->forwards->len; n++)
		if (forward_same_host(&g_array_index(u->config->forwards, struct forward, n), &f))
			g_array_remove_index(u->config->forwards, n--);
	return true;
}

static bool set(void *self, const char *key, const char *value, GError **error)
{
	if (!strcmp(key, "hostfwd_add"))
		return forward_new(self, value, error);
	if (!strcmp(key, "hostfwd_remove"))
		return forward_gone(self, value, error);
	g_set_error(
		error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		"'%s': expected hostfwd_add=[tcp|udp]:[HOST]:PORT-[GUEST]:PORT or hostfwd_remove=[tcp|udp]:[HOST]:PORT",
		key);
	return false;
}

const struct uplink_kind uplink_user = {
	.name = "user",
	.help = "a network of its own with router, DHCP and name server, which reaches the host without privileges",
	.keys = user_keys,
	.check = check,
	.describe = describe,
	.asks = asks,
	.open = is_open,
	.task = task,
	.make = make,
	.free = user_free,
	.start = start,
	.stop = stop,
	.poll = poll_fds,
	.input = input,
	.send = send_frame,
	.timer = timer,
	.state = state,
	.show = show,
	.set = set,
};
