#!/bin/bash
# libslirp 4.7.0 (Debian 12; QEMU's user-mode network) sends some answers from
# another address or port than the one that was asked, so that programs never
# match them to their question and time out:
#   - a closed UDP port of the router 10.0.2.2 is refused by 127.0.0.1;
#   - TFTP's error for a directory comes from UDP port 0 instead of 69;
#   - DHCPv6's answer to an INFORMATION-REQUEST comes from UDP port 8962, which is
#     547 with its bytes swapped.
# RFC 792 and RFC 1350 have the asked host answer (TFTP: from a port of its own, not
# 0); RFC 8415 section 7.2 names port 547. Who puts libslirp behind a network of his
# own mends these on the way.
cd "$(dirname "$0")" && . ./lib.sh
fetch libslirp-dev=4.7.0-1 libslirp0=4.7.0-1 libglib2.0-dev=2.74.6-2+deb12u9 gcc libc6-dev pkg-config

cat >"$work/ask.c" <<'C'
#include <arpa/inet.h>
#include <libslirp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now(void *o) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ll + t.tv_nsec; }
static void error(const char *m, void *o) {}
static void *timer(SlirpTimerCb c, void *p, void *o) { return (void *)1; }
static void nothing(void *t, void *o) {}
static void later(void *t, int64_t w, void *o) {}
static void fd(int f, void *o) {}
static void notify(void *o) {}
static struct pollfd polled[16];
static int count;
static int add(int f, int e, void *o)
{
	polled[count] = (struct pollfd){.fd = f, .events = (e & SLIRP_POLL_IN ? POLLIN : 0) | (e & SLIRP_POLL_OUT ? POLLOUT : 0)};
	return count++;
}
static int revents(int i, void *o)
{
	int r = polled[i].revents;

	return (r & POLLIN ? SLIRP_POLL_IN : 0) | (r & POLLOUT ? SLIRP_POLL_OUT : 0) | (r & POLLERR ? SLIRP_POLL_ERR : 0);
}
static void turn(Slirp *s)
{
	uint32_t wait = 20;

	count = 0;
	slirp_pollfds_fill(s, &wait, add, NULL);
	poll(polled, count, 20);
	slirp_pollfds_poll(s, 0, revents, NULL);
}

static ssize_t sent(const void *data, size_t size, void *o)
{
	const unsigned char *p = data;

	if (size >= 42 && p[12] == 8 && p[13] == 0 && p[23] == 1 && p[34] == 3)
		printf("refused by %u.%u.%u.%u\n", p[26], p[27], p[28], p[29]);
	if (size >= 46 && p[12] == 8 && p[13] == 0 && p[23] == 17 && p[43] == 5)
		printf("TFTP error from port %u\n", p[34] << 8 | p[35]);
	if (size >= 63 && p[12] == 0x86 && p[20] == 17 && p[62] == 7)
		printf("DHCPv6 reply from port %u\n", p[54] << 8 | p[55]);
	return (ssize_t)size;
}

static unsigned sum(const unsigned char *p, unsigned n, unsigned s)
{
	for (unsigned i = 0; i < n; i++) s += i & 1 ? p[i] : p[i] << 8;
	return s;
}
static unsigned fold(unsigned s) { while (s >> 16) s = (s & 0xffff) + (s >> 16); return ~s & 0xffff; }

static void udp4(Slirp *s, unsigned port, const void *data, unsigned n)
{
	unsigned char f[200] = {0x52, 0x55, 10, 0, 2, 2, 0x52, 0x54, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 28 + n, 0, 1, 0, 0, 64, 17,
		0, 0, 10, 0, 2, 15, 10, 0, 2, 2, 0x30, 0x39, port >> 8, port, 0, 8 + n};
	unsigned c = fold(sum(f + 14, 20, 0));

	f[24] = c >> 8; f[25] = c;
	memcpy(f + 42, data, n);
	slirp_input(s, f, 42 + n);
}

/* From fe80::1; the checksum's place is `at` in the payload. */
static void ip6(Slirp *s, unsigned next, const char *to, const unsigned char *payload, unsigned n, unsigned at)
{
	unsigned char f[200] = {0x33, 0x33, 0, 0, 0, 2, 0x52, 0x54, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0, 0, n, next, 255};
	unsigned c;

	inet_pton(AF_INET6, "fe80::1", f + 22);
	inet_pton(AF_INET6, to, f + 38);
	memcpy(f + 54, payload, n);
	c = fold(sum(f + 54, n, sum(f + 22, 32, next + n)));
	f[54 + at] = c >> 8; f[55 + at] = c;
	slirp_input(s, f, 54 + n);
}

int main(int argc, char **argv)
{
	SlirpConfig c = {.version = 4, .in_enabled = true, .in6_enabled = true, .tftp_path = argv[1]};
	SlirpCb cb = {.send_packet = sent, .guest_error = error, .clock_get_ns = now, .timer_new = timer, .timer_free = nothing,
		.timer_mod = later, .register_poll_fd = fd, .unregister_poll_fd = fd, .notify = notify};
	unsigned char arp[60] = {255, 255, 255, 255, 255, 255, 0x52, 0x54, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1,
		0x52, 0x54, 0, 0, 0, 1, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2};
	unsigned char neighbour[32] = {135, 0, 0, 0, 0, 0, 0, 0, [24] = 1, 1, 0x52, 0x54, 0, 0, 0, 1}; /* where is fe80::2? */
	const unsigned char inform[12] = {2, 34, 2, 35, 0, 12, 0, 0, 11, 1, 2, 3}; /* UDP 546 to 547 */
	Slirp *s;

	inet_aton("10.0.2.0", &c.vnetwork); inet_aton("255.255.255.0", &c.vnetmask);
	inet_aton("10.0.2.2", &c.vhost); inet_aton("10.0.2.15", &c.vdhcp_start); inet_aton("10.0.2.3", &c.vnameserver);
	inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6); c.vprefix_len = 64;
	inet_pton(AF_INET6, "fec0::2", &c.vhost6); inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
	s = slirp_new(&c, &cb, NULL);
	turn(s);
	slirp_input(s, arp, sizeof arp);
	udp4(s, 69, "\0\1d\0octet", 10);
	inet_pton(AF_INET6, "fe80::2", neighbour + 8);
	ip6(s, 58, "ff02::1:ff00:2", neighbour, sizeof neighbour, 2);
	ip6(s, 17, "ff02::1:2", inform, sizeof inform, 6);
	udp4(s, 1, "?", 1); /* tcpmux: nobody listens there */
	for (int n = 0; n < 50; n++)
		turn(s);
	return 0;
}
C
mkdir -p "$work/tftp/d"
env -u LD_LIBRARY_PATH gcc -w -o "$work/ask" "$work/ask.c" -I"$root/usr/include/slirp" \
	-I"$root/usr/include/glib-2.0" -I"$root/usr/lib/x86_64-linux-gnu/glib-2.0/include" \
	-L"$root/usr/lib/x86_64-linux-gnu" -lslirp -Wl,-rpath-link,"$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu"
"$work/ask" "$work/tftp" | sort -u >"$work/seen"
expect "a closed UDP port of 10.0.2.2" "$(grep refused "$work/seen")" "refused by 127.0.0.1"
expect "a directory by TFTP" "$(grep TFTP "$work/seen")" "TFTP error from port 0"
expect "an INFORMATION-REQUEST" "$(grep DHCPv6 "$work/seen")" "DHCPv6 reply from port 8962"
finish
