/* Cards, addresses and routes by rtnetlink (rtnetlink(7), RFC 3549) and the
 * interface ioctls of netdevice(7): what `ip` would do, without starting it for
 * each line of an identity. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

struct request {
	struct nlmsghdr header;
	char body[512];
};

/* ---- text ---- */

bool address_parse(const char *text, struct address *a)
{
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char *end;
	unsigned long prefix;

	memset(a, 0, sizeof(*a));
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	a->family = strchr(host, ':') ? AF_INET6 : AF_INET;
	a->size = a->family == AF_INET6 ? 16 : 4;
	a->prefix = (uint8_t)(a->size * 8);
	if (inet_pton(a->family, host, a->bytes) != 1)
		return false;
	if (!slash)
		return true;
	if (slash[1] < '0' || slash[1] > '9')
		return false;
	prefix = strtoul(slash + 1, &end, 10);
	if (*end || prefix > a->prefix)
		return false;
	a->prefix = (uint8_t)prefix;
	return true;
}

/* ---- cards ---- */

static int interface_ioctl(unsigned long request, struct ifreq *r)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

	if (fd < 0)
		return -errno;
	result = ioctl(fd, request, r) ? -errno : 0;
	close(fd);
	return result;
}

static void set_name(struct ifreq *r, const char *name)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", name);
}

static int card_find(const uint8_t mac[6])
{
	struct if_nameindex *all = if_nameindex();
	int index = 0;

	for (struct if_nameindex *i = all; i && i->if_index && !index; i++) {
		struct ifreq r;

		set_name(&r, i->if_name);
		if (!interface_ioctl(SIOCGIFHWADDR, &r) && r.ifr_hwaddr.sa_family == ARPHRD_ETHER &&
		    !memcmp(r.ifr_hwaddr.sa_data, mac, 6))
			index = (int)i->if_index;
	}
	if_freenameindex(all);
	return index;
}

int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* A socket that wakes when an interface or an IPv6 address appears or changes. */
static int watch_links(void)
{
	struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void sleep_on(int fd, int64_t ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char news[4096];

	if (poll(&p, 1, (int)ms) > 0)
		while (recv(fd, news, sizeof(news), 0) > 0)
			;
}

int card_wait(const uint8_t mac[6], int seconds)
{
	int fd = watch_links(), index;
	int64_t end = clock_ms() + seconds * 1000ll, left;

	/* First listen, then look: nothing is missed between the two. */
	while (!(index = card_find(mac)) && (left = end - clock_ms()) > 0)
		sleep_on(fd, left);
	if (fd >= 0)
		close(fd);
	return index ? index : -ENODEV;
}

/* Are the interface's flags such that frames pass? The kernel tells of a carrier up to
 * a second after it came; before that it throws away what is sent. */
static bool running(const char *name)
{
	struct ifreq r;

	set_name(&r, name);
	return !interface_ioctl(SIOCGIFFLAGS, &r) && (r.ifr_flags & IFF_RUNNING);
}

bool card_wait_carrier(const char *name, int64_t until_ms)
{
	int fd = watch_links();
	int64_t left;
	bool up;

	while (!(up = running(name)) && (left = until_ms - clock_ms()) > 0)
		sleep_on(fd, left);
	if (fd >= 0)
		close(fd);
	return up;
}

/* The flags of all the card's IPv6 addresses together (IFA_F_*), from the kernel's list:
 * address, index, prefix, scope, flags, name. */
static unsigned address_flags(const char *name)
{
	FILE *f = fopen("/proc/net/if_inet6", "re");
	char line[128];
	unsigned all = 0;

	while (f && fgets(line, sizeof(line), f)) {
		char *rest = line, *word, *field[6] = {"", "", "", "", "0", ""};
		unsigned n = 0;

		while (n < 6 && (word = strsep(&rest, " \n")))
			if (*word)
				field[n++] = word;
		if (!strcmp(field[5], name))
			all |= (unsigned)strtoul(field[4], NULL, 16);
	}
	if (f)
		fclose(f);
	return all;
}

int card_wait_addresses(const char *name, int64_t until_ms)
{
	int fd = watch_links();
	unsigned flags;
	int64_t left;

	while (((flags = address_flags(name)) & IFA_F_TENTATIVE) && !(flags & IFA_F_DADFAILED) &&
	       (left = until_ms - clock_ms()) > 0)
		sleep_on(fd, left);
	if (fd >= 0)
		close(fd);
	return flags & IFA_F_DADFAILED ? -EADDRINUSE : flags & IFA_F_TENTATIVE ? -ETIMEDOUT : 0;
}

static int change_flags(const char *name, short clear, short set)
{
	struct ifreq r;
	int error;

	set_name(&r, name);
	error = interface_ioctl(SIOCGIFFLAGS, &r);
	if (error)
		return error;
	r.ifr_flags = (short)((r.ifr_flags & ~clear) | set);
	return interface_ioctl(SIOCSIFFLAGS, &r);
}

int card_rename(int index, const char *name)
{
	char old[IF_NAMESIZE];
	struct ifreq r;
	int error;

	if (!if_indextoname((unsigned)index, old))
		return -errno;
	if (!strcmp(old, name))
		return 0;
	error = change_flags(old, IFF_UP, 0); /* the kernel renames only what is down */
	if (error)
		return error;
	set_name(&r, old);
	snprintf(r.ifr_newname, sizeof(r.ifr_newname), "%s", name);
	return interface_ioctl(SIOCSIFNAME, &r);
}

int card_up(const char *name)
{
	return change_flags(name, 0, IFF_UP);
}

/* ---- addresses and routes ---- */

static void add_attribute(struct request *r, unsigned short type, const void *data, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

	if (NLMSG_ALIGN(r->header.nlmsg_len) + RTA_SPACE(size) > sizeof(*r))
		abort(); /* our requests are small */
	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	r->header.nlmsg_len = (unsigned)(NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
}

/* The kernel's own words in an extended acknowledgement, if there are any. */
static const char *kernel_words(struct nlmsghdr *h, size_t size)
{
	static char words[256];
	struct nlmsgerr *e = NLMSG_DATA(h);
	size_t at = NLMSG_ALIGN(sizeof(*e));

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(e->msg.nlmsg_len - sizeof(e->msg));
	for (size_t end = size - NLMSG_HDRLEN; at + sizeof(struct nlattr) <= end;) {
		struct nlattr *a = (struct nlattr *)((char *)e + at);

		if (a->nla_len < sizeof(*a) || at + a->nla_len > end)
			break;
		if (a->nla_type == NLMSGERR_ATTR_MSG) {
			snprintf(words, sizeof(words), "%.*s", (int)(a->nla_len - sizeof(*a)), (char *)(a + 1));
			return words;
		}
		at += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static int ask(struct request *r, const char **why)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), on = 1, error;
	_Alignas(struct nlmsghdr) char answer[2048];
	struct nlmsghdr *h = (struct nlmsghdr *)answer;
	ssize_t n;

	*why = NULL;
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	n = send(fd, r, r->header.nlmsg_len, 0);
	if (n >= 0)
		n = recv(fd, answer, sizeof(answer), 0);
	error = n < 0 ? -errno : -EPROTO;
	if (n >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && h->nlmsg_type == NLMSG_ERROR) {
		error = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
		*why = error ? kernel_words(h, (size_t)n) : NULL;
	}
	close(fd);
	return error;
}

static struct request new_request(uint16_t type, size_t size)
{
	return (struct request){
		.header =
			{
				.nlmsg_len = (unsigned)NLMSG_LENGTH(size),
				.nlmsg_type = type,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
			},
	};
}

int card_add_address(const char *name, const struct address *a, const char **why)
{
	struct request r = new_request(RTM_NEWADDR, sizeof(struct ifaddrmsg));
	struct ifaddrmsg m = {
		.ifa_family = (uint8_t)a->family, .ifa_prefixlen = a->prefix, .ifa_index = if_nametoindex(name)};

	*why = NULL;
	if (!m.ifa_index)
		return -ENODEV;
	memcpy(r.body, &m, sizeof(m));
	add_attribute(&r, IFA_LOCAL, a->bytes, a->size);
	add_attribute(&r, IFA_ADDRESS, a->bytes, a->size);
	if (a->family == AF_INET && a->prefix < 31) {
		uint8_t broadcast[4];

		for (unsigned n = 0; n < 4; n++) {
			unsigned kept = a->prefix > 8 * n ? a->prefix - 8 * n : 0;

			broadcast[n] = (uint8_t)(a->bytes[n] | (kept >= 8 ? 0 : 0xff >> kept));
		}
		add_attribute(&r, IFA_BROADCAST, broadcast, sizeof(broadcast));
	}
	return ask(&r, why);
}

int route_add(const struct address *to, const struct address *via, const char *dev, const char **why)
{
	struct request r = new_request(RTM_NEWROUTE, sizeof(struct rtmsg));
	struct rtmsg m = {
		.rtm_family = (uint8_t)to->family,
		.rtm_dst_len = to->prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT, /* as `ip route add` marks them */
		.rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};

	*why = NULL;
	memcpy(r.body, &m, sizeof(m));
	if (to->prefix)
		add_attribute(&r, RTA_DST, to->bytes, to->size);
	if (via && via->family == to->family) {
		add_attribute(&r, RTA_GATEWAY, via->bytes, via->size);
	} else if (via) { /* IPv4 by an IPv6 router: RFC 5549 */
		struct {
			uint16_t family;
			uint8_t bytes[16];
		} other = {.family = (uint16_t)via->family};

		memcpy(other.bytes, via->bytes, via->size);
		add_attribute(&r, RTA_VIA, &other, sizeof(other.family) + via->size);
	}
	if (dev) {
		uint32_t index = if_nametoindex(dev);

		if (!index)
			return -ENODEV;
		add_attribute(&r, RTA_OIF, &index, sizeof(index));
	}
	return ask(&r, why);
}
