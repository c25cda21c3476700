/* Opening TAP interfaces; see tap.h. What fails is said with what to do about it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/uplink/tap.h"

#define DEVICE "/dev/net/tun"
#define HELPER "/usr/lib/qemu/qemu-bridge-helper"
#define ACL "/etc/qemu/bridge.conf"

static bool failed(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool failed(GError **error, const char *format, ...)
{
	int code = errno;
	va_list args;
	g_autofree char *text = NULL;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, G_IO_ERROR, g_io_error_from_errno(code), text);
	return false;
}

static bool explain(GError **error, const char *name, int code)
{
	const char *shown = name ? name : "a new TAP";

	switch (code) {
	case EPERM:
		return failed(error,
			      "%s: only its owner or root may open it. Let an administrator make one for you: "
			      "ip tuntap add dev %s mode tap user %s",
			      shown, name ? name : "tap0", g_get_user_name());
	case EBUSY: return failed(error, "%s: another program has it open", shown);
	case EINVAL: return failed(error, "%s: it is no TAP with one queue (see `ip -d link show %s`)", shown, shown);
	default: return failed(error, "%s: %s", shown, g_strerror(code));
	}
}

static bool read_back(struct tap *t, GError **error)
{
	struct ifreq request = {0};

	if (ioctl(t->fd, TUNGETIFF, &request))
		return failed(error, "%s: %s", t->name, g_strerror(errno));
	if ((request.ifr_flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)) != (IFF_TAP | IFF_NO_PI))
		return failed(error, "%s: it puts headers before frames, which other programs asked it to", t->name);
	g_strlcpy(t->name, request.ifr_name, sizeof(t->name));
	return true;
}

bool tap_open(struct tap *t, const char *name, GError **error)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	*t = (struct tap){.fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC)};
	if (t->fd < 0 && errno == ENOENT)
		return failed(error, DEVICE " is not there: the kernel has no TAPs (modprobe tun)");
	if (t->fd < 0)
		return failed(error, DEVICE ": %s", g_strerror(errno));
	if (name)
		g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
	t->made = !name || !if_nametoindex(name);
	if (ioctl(t->fd, TUNSETIFF, &request)) {
		explain(error, name, errno);
		close(t->fd);
		return false;
	}
	g_strlcpy(t->name, request.ifr_name, sizeof(t->name));
	if (read_back(t, error))
		return true;
	close(t->fd);
	return false;
}

/* ---- the bridge helper ---- */

static bool acl_allows(const char *bridge, GError **error)
{
	unsigned line;

	switch (bridge_acl_file(ACL, bridge, &line)) {
	case BRIDGE_COMMENT:
		return failed(error,
			      ACL ":%u: the bridge helper takes the comment behind '%s' for a part of the name: put it "
				  "on a line of its own",
			      line, bridge);
	case BRIDGE_NO_FILE:
		return failed(error,
			      ACL " is not there, or may not be read: the bridge helper then refuses. An administrator "
				  "can write into it: allow %s",
			      bridge);
	case BRIDGE_DENIED:
		return failed(error, ACL ": it does not allow '%s'. An administrator can write into it: allow %s",
			      bridge, bridge);
	default: return true;
	}
}

static int receive_descriptor(int from)
{
	char byte;
	struct iovec part = {&byte, 1};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(from, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

bool tap_open_bridge(struct tap *t, const char *bridge, struct spawner_side *side, GError **error)
{
	int pair[2];
	g_autofree char *to = NULL, *of = g_strdup_printf("--br=%s", bridge);
	bool ok;

	*t = (struct tap){.fd = -1};
	if (access(HELPER, X_OK))
		return failed(error, HELPER " is not there: install Debian's package qemu-system-common");
	if (!acl_allows(bridge, error))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return failed(error, "socketpair: %s", g_strerror(errno));
	to = g_strdup_printf("--fd=%d", pair[1]);
	ok = spawner_run(side, (const char *const[]){HELPER, to, of, NULL}, pair[1], error);
	if (ok)
		t->fd = receive_descriptor(pair[0]);
	close(pair[0]);
	close(pair[1]);
	if (!ok) {
		g_prefix_error(error, "bridge %s (the helper must be setuid root: chmod u+s " HELPER "): ", bridge);
		return false;
	}
	if (t->fd < 0)
		return failed(error, "bridge %s: the helper gave no TAP", bridge);
	fcntl(t->fd, F_SETFL, fcntl(t->fd, F_GETFL) | O_NONBLOCK);
	return read_back(t, error);
}

/* ---- the host's side of it ---- */

static void disable_ipv6(const char *name)
{
	g_autofree char *path = g_strdup_printf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* there is no IPv6, or it is not ours to say */
	if (write(fd, "1", 1) < 0)
		errno = 0;
	close(fd);
}

struct in6_request { /* struct in6_ifreq of the kernel */
	struct in6_addr address;
	uint32_t prefix;
	int index;
};

static int set_address6(int fd, struct ifreq *request, const struct address *a)
{
	struct in6_request six = {.prefix = a->prefix};

	if (ioctl(fd, SIOCGIFINDEX, request))
		return -1;
	six.index = request->ifr_ifindex;
	memcpy(&six.address, a->bytes, 16);
	return ioctl(fd, SIOCSIFADDR, &six);
}

static int set_address4(int fd, struct ifreq *request, const struct address *a)
{
	struct sockaddr_in *in = (void *)&request->ifr_addr;

	memset(in, 0, sizeof(*in));
	in->sin_family = AF_INET;
	memcpy(&in->sin_addr, a->bytes, 4);
	if (ioctl(fd, SIOCSIFADDR, request))
		return -1;
	in->sin_addr.s_addr = htonl(a->prefix ? ~0u << (32 - a->prefix) : 0);
	return ioctl(fd, SIOCSIFNETMASK, request);
}

static int put_up(int fd, struct ifreq *request)
{
	if (ioctl(fd, SIOCGIFFLAGS, request))
		return -1;
	request->ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, request);
}

void tap_name(int fd, char name[TAP_NAME])
{
	struct ifreq request = {0};

	if (!ioctl(fd, TUNGETIFF, &request))
		g_strlcpy(name, request.ifr_name, TAP_NAME);
}

void tap_unconfigure(const char *name, const struct address *address)
{
	struct ifreq request = {0};
	struct in6_request six = {.prefix = address->prefix};
	int fd = socket(address->family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
	if (address->family == 6 && !ioctl(fd, SIOCGIFINDEX, &request)) {
		six.index = request.ifr_ifindex;
		memcpy(&six.address, address->bytes, 16);
		ioctl(fd, SIOCDIFADDR, &six);
	} else if (address->family == 4) {
		request.ifr_addr.sa_family = AF_INET; /* 0.0.0.0: none */
		ioctl(fd, SIOCSIFADDR, &request);
	}
	close(fd);
}

bool tap_configure(const struct tap *t, const struct address *address, GError **error)
{
	struct ifreq request = {0};
	bool six = address && address->family == 6;
	int fd, result = 0;

	if (t->made && !six)
		disable_ipv6(t->name);
	if (!t->made && !address)
		return true; /* as its owner has it */
	fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	g_strlcpy(request.ifr_name, t->name, sizeof(request.ifr_name));
	result = put_up(fd, &request);
	if (!result && address)
		result = six ? set_address6(fd, &request, address) : set_address4(fd, &request, address);
	if (result)
		failed(error, "%s: address and state cannot be set: %s", t->name, g_strerror(errno));
	close(fd);
	return !result;
}
