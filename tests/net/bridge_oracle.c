/* Our switch against the kernel's: the same frames go into a net_switch and
 * into a VLAN-aware Linux bridge, and must leave by the same ports, with the
 * same tags and the same bytes.
 *
 *   bridge_oracle setup     prints the commands that make the bridge
 *   bridge_oracle run       compares; needs what `setup` said, and CAP_NET_RAW
 *
 * Both sides are made from the one table below. Run by oracle_bridge.sh in a
 * network namespace of its own. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "engine/base/bytes.h"
#include "engine/base/rng.h"
#include "engine/net/hub.h"
#include "engine/net/link.h"
#include "engine/net/switch.h"

#define PORTS 8
#define FRAMES 4000u
#define CABLE_FRAMES 100u /* a cable is pulled or plugged in again after so many */
#define ETHERTYPE 0x88b5  /* IEEE 802 local experimental: no one else here sends it */
#define SIZE_MAX_ 256

static const struct {
	uint16_t access; /* or 0: a trunk of: */
	uint16_t vlans[3], native;
} lines[PORTS] = {
	{.access = 10},
	{.access = 10},
	{.access = 20},
	{.access = 20},
	{.vlans = {10, 20}},
	{.vlans = {20, 30}, .native = 10},
	{.vlans = {10, 30}, .native = 20},
	{.vlans = {30}},
};

/* What left one port because of one frame. */
struct out {
	unsigned count, size;
	uint8_t data[SIZE_MAX_ + 8];
};

static void print_setup(void)
{
	puts("ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 stp_state 0 forward_delay 0 "
	     "mcast_snooping 0");
	puts("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 || true");
	puts("ip link set br0 up");
	for (unsigned i = 0; i < PORTS; i++) {
		printf("ip link add h%u type veth peer name b%u\n", i, i);
		printf("ip link set b%u master br0\nip link set b%u up\nip link set h%u up\n", i, i, i);
		if (lines[i].access)
			printf("bridge vlan add dev b%u vid %u pvid untagged\n", i, lines[i].access);
		for (unsigned v = 0; v < 3 && lines[i].vlans[v]; v++)
			printf("bridge vlan add dev b%u vid %u\n", i, lines[i].vlans[v]);
		if (lines[i].native)
			printf("bridge vlan add dev b%u vid %u pvid untagged\n", i, lines[i].native);
	}
}

/* ---- ours ---- */

static void keep(struct out *o, const uint8_t *data, size_t size)
{
	o->count++;
	o->size = (unsigned)(size < SIZE_MAX_ ? size : SIZE_MAX_);
	memcpy(o->data, data, o->size);
}

static void station_receive(struct port *p, struct frame *f, uint64_t when)
{
	keep((struct out *)p->owner + p->index, f->data, f->size);
}

static const struct port_ops station = {.receive = station_receive};

static struct net *make_switch(struct out *ours, struct port **port)
{
	static const struct link_params params[2] = {{.delay = 1000, .queue = 10}, {.delay = 1000, .queue = 10}};
	struct net *n = net_new(1);
	struct net_switch *s = switch_new(n, "sw");

	for (unsigned i = 0; i < PORTS; i++) {
		char name[8] = {'h', (char)('0' + i), 0};
		struct port *p = switch_add_port(s, i + 1, 0);
		unsigned count = 0;

		while (count < 3 && lines[i].vlans[count])
			count++;
		if (lines[i].access)
			switch_set_access(p, lines[i].access);
		else
			switch_set_trunk(p, lines[i].vlans, count, lines[i].native);
		port[i] = port_new(n, name, &station, ours, i, 0);
		link_new(n, name, port[i], p, params);
	}
	return n;
}

/* ---- the kernel's ---- */

static int station_open(unsigned i)
{
	char name[8] = {'h', (char)('0' + i), 0};
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(0x0003), /* ETH_P_ALL */
				 .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(0x0003)), one = 1;

	if (fd < 0 || !at.sll_ifindex || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one))) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		exit(1);
	}
	return fd;
}

/* The kernel hands over a tag beside the frame: packet(7), PACKET_AUXDATA. */
static size_t put_tag_back(struct msghdr *m, uint8_t *data, size_t size)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			continue;
		memmove(data + 16, data + 12, size - 12);
		put_be16(data + 12, aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : 0x8100);
		put_be16(data + 14, aux.tp_vlan_tci);
		return size + 4;
	}
	return size;
}

static bool is_ours(const uint8_t *data, size_t size)
{
	size_t at = 12;

	while (at + 4 < size && (get_be16(data + at) == 0x8100 || get_be16(data + at) == 0x88a8))
		at += 4;
	return get_be16(data + at) == ETHERTYPE;
}

/* All that has come to one station; the frame's number must be `number`. */
static void station_drain(int fd, struct out *o, uint32_t number)
{
	uint8_t data[SIZE_MAX_ + 8];
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;

	for (;;) {
		struct iovec io = {data, SIZE_MAX_};
		struct msghdr m = {
			.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
		ssize_t size = recvmsg(fd, &m, MSG_DONTWAIT);

		if (size < 0)
			return;
		if (size < 18 || get_be16(data + 12) == 0x86dd)
			continue;
		size = (ssize_t)put_tag_back(&m, data, (size_t)size);
		if (!is_ours(data, (size_t)size))
			continue;
		if (get_be32(data + size - 4) != number)
			fprintf(stderr, "frame %u arrived while %u was looked at\n", get_be32(data + size - 4), number);
		keep(o, data, (size_t)size);
	}
}

/* A veth's frames are through when the sender's call returns, or a soft
 * interrupt later: wait for what is expected, then a little for what is not. */
static void bridge_collect(const int *fd, struct out *theirs, unsigned expected, uint32_t number)
{
	struct pollfd p[PORTS];

	for (unsigned tries = 0; tries < 50; tries++) {
		unsigned count = 0;

		for (unsigned i = 0; i < PORTS; i++) {
			station_drain(fd[i], &theirs[i], number);
			count += theirs[i].count;
			p[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
		}
		if (count >= expected && tries)
			return;
		poll(p, PORTS, count >= expected ? 0 : 20);
	}
}

/* ---- frames ---- */

static unsigned pick(struct rng *r, unsigned count)
{
	return (unsigned)(rng_next(r) % count);
}

/* Tags, if any, at offset 12: often one more than a switch should look at, of a
 * customer (0x8100) or of a provider (0x88a8). Offset of what follows. */
static uint32_t put_tags(struct rng *r, unsigned from, uint8_t *data)
{
	static const uint16_t vids[] = {10, 20, 30, 0, 40, 4095};
	uint32_t at = 12;

	if (!pick(r, 20)) {
		put_be16(data + at, 0x88a8);
		put_be16(data + at + 2, vids[pick(r, ARRAY_LEN(vids))]);
		at += 4;
	}
	if (pick(r, 100) < (lines[from].access ? 15u : 75u)) {
		put_be16(data + at, 0x8100);
		put_be16(data + at + 2, (uint16_t)(pick(r, 16) << 12 | vids[pick(r, ARRAY_LEN(vids))]));
		at += 4;
	}
	if (!pick(r, 10)) {
		put_be16(data + at, 0x8100);
		put_be16(data + at + 2, vids[pick(r, ARRAY_LEN(vids))]);
		at += 4;
	}
	return at;
}

/* Stations have two addresses each; some frames come from a neighbour's, as if
 * it had moved, a few from nobody's. Destinations: known, unknown, everyone, a
 * group, those between neighbours (not the bridge group's: without spanning tree
 * Linux forwards it, and IEEE 802.1Q 8.6.3 never does). */
static uint32_t make_frame(struct rng *r, unsigned from, uint32_t number, uint8_t *data)
{
	static const uint8_t special[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03},
					     {0x01, 0x80, 0xc2, 0, 0, 0x0e},       {0x01, 0x80, 0xc2, 0, 0, 0x01},
					     {0x01, 0x80, 0xc2, 0, 0, 0x02},       {0x01, 0x80, 0xc2, 0, 0, 0x03},
					     {0x01, 0x80, 0xc2, 0, 0, 0x0f},       {0x01, 0x80, 0xc2, 0, 0, 0x21},
					     {0x33, 0x33, 0, 0, 0, 0x01},          {0x01, 0x80, 0xc2, 0, 0, 0x10}};
	static const uint8_t nobody[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0x01, 0, 0x5e, 0, 0, 1}, {0}};
	uint8_t host[6] = {0x02, 0xaa, 0, 0, 0, (uint8_t)pick(r, 3 * PORTS)};
	uint8_t self[6] = {0x02, 0xaa, 0, 0, 0, (uint8_t)(pick(r, 20) ? 2 * from + pick(r, 2) : pick(r, 2 * PORTS))};
	uint32_t at, size = 60 + pick(r, 100);

	memset(data, (int)number, size);
	memcpy(data, pick(r, 4) ? host : special[pick(r, ARRAY_LEN(special))], 6);
	memcpy(data + 6, pick(r, 30) ? self : nobody[pick(r, ARRAY_LEN(nobody))], 6);
	at = put_tags(r, from, data);
	put_be16(data + at, ETHERTYPE);
	put_be32(data + size - 4, number);
	return size;
}

static void show(const char *who, const struct out *o)
{
	printf("  %s:", who);
	for (unsigned i = 0; i < PORTS; i++) {
		if (!o[i].count)
			continue;
		printf(" h%u x%u (%u bytes", i, o[i].count, o[i].size);
		printf(get_be16(o[i].data + 12) == 0x8100 ? ", tag %04x)" : ")", get_be16(o[i].data + 14));
	}
	puts("");
}

static bool same(const struct out *ours, const struct out *theirs)
{
	for (unsigned i = 0; i < PORTS; i++)
		if (ours[i].count != theirs[i].count || ours[i].size != theirs[i].size ||
		    memcmp(ours[i].data, theirs[i].data, ours[i].size))
			return false;
	return true;
}

/* Pulls a cable, on both sides, or plugs it in again. The kernel learns of a
 * carrier some time later. */
static bool change_cable(struct net *n, unsigned i, bool up, uint64_t now)
{
	g_autofree char *name = g_strdup_printf("h%u", i);
	g_autofree char *command = g_strdup_printf(
		up ? "ip link set b%u up; until bridge link show dev b%u | grep -q forwarding; do sleep 0.02; done"
		   : "ip link set b%u down",
		i, i);

	link_set_up(link_find(n, name), up, now);
	return system(command) == 0;
}

static int run(void)
{
	struct out ours[PORTS], theirs[PORTS];
	struct port *port[PORTS];
	struct net *n = make_switch(ours, port);
	int fd[PORTS];
	unsigned bad = 0, copies = 0, silent = 0;
	struct rng r;

	rng_seed(&r, 1, "bridge");
	for (unsigned i = 0; i < PORTS; i++)
		fd[i] = station_open(i);
	for (uint32_t number = 1; number <= FRAMES; number++) {
		unsigned from = pick(&r, PORTS), expected = 0;
		uint64_t now = number * 1000000ull;
		uint8_t data[SIZE_MAX_];
		uint32_t size = make_frame(&r, from, number, data);
		struct frame *f = frame_new(net_pool(n), data, size);

		if (number % CABLE_FRAMES == 0 &&
		    !change_cable(n, number / CABLE_FRAMES / 2 % PORTS, number / CABLE_FRAMES % 2, now - 1))
			return 1;
		memset(ours, 0, sizeof(ours));
		memset(theirs, 0, sizeof(theirs));
		net_run(n, now);
		port_send(port[from], f, now);
		net_run(n, now + 500000);
		frame_unref(f);
		for (unsigned i = 0; i < PORTS; i++)
			expected += ours[i].count;
		if (send(fd[from], data, size, 0) != (ssize_t)size) {
			fprintf(stderr, "h%u: %s\n", from, strerror(errno));
			return 1;
		}
		bridge_collect(fd, theirs, expected, number);
		copies += expected;
		silent += !expected;
		if (same(ours, theirs))
			continue;
		printf("frame %u from h%u to %02x..%02x, type %04x %04x:\n", number, from, data[0], data[5],
		       get_be16(data + 12), get_be16(data + 14));
		show("lanyard", ours);
		show("bridge ", theirs);
		if (++bad == 20)
			break;
	}
	net_free(n);
	printf("%u frames, %u copies, %u went nowhere: %u differ\n", FRAMES, copies, silent, bad);
	return bad || copies < FRAMES || !silent;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "setup") == 0)
		print_setup();
	else if (argc == 2 && strcmp(argv[1], "run") == 0)
		return run();
	else
		return 2;
	return 0;
}
