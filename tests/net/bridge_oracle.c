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

#include "engine/base/bytes.h"
#include "engine/base/rng.h"
#include "engine/net/net.h"

#define PORTS 8
#define FRAMES 3000u
#define ETHERTYPE 0x88b5 /* IEEE 802 local experimental: no one else here sends it */
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
		put_be16(data + 12, 0x8100);
		put_be16(data + 14, aux.tp_vlan_tci);
		return size + 4;
	}
	return size;
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
		if (get_be16(data + (get_be16(data + 12) == 0x8100 ? 16 : 12)) != ETHERTYPE)
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

/* Stations have two addresses each; some frames come from a neighbour's, as if
 * it had moved. Destinations: known, unknown, everyone, a group, LLDP's. */
static uint32_t make_frame(struct rng *r, unsigned from, uint32_t number, uint8_t *data)
{
	static const uint8_t special[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
					     {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03},
					     {0x01, 0x80, 0xc2, 0, 0, 0x0e},
					     {0x01, 0x80, 0xc2, 0, 0, 0x03},
					     {0x01, 0x80, 0xc2, 0, 0, 0x10}};
	static const uint16_t vids[] = {10, 20, 30, 0, 40};
	uint8_t host[6] = {0x02, 0xaa, 0, 0, 0, (uint8_t)pick(r, 3 * PORTS)};
	uint8_t self[6] = {0x02, 0xaa, 0, 0, 0, (uint8_t)(pick(r, 20) ? 2 * from + pick(r, 2) : pick(r, 2 * PORTS))};
	uint32_t at = 12, size = 60 + pick(r, 100);

	memset(data, (int)number, size);
	memcpy(data, pick(r, 4) ? host : special[pick(r, ARRAY_LEN(special))], 6);
	memcpy(data + 6, self, 6);
	if (pick(r, 100) < (lines[from].access ? 15u : 75u)) {
		put_be16(data + 12, 0x8100);
		put_be16(data + 14, (uint16_t)(pick(r, 8) << 13 | vids[pick(r, ARRAY_LEN(vids))]));
		at = 16;
	}
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
