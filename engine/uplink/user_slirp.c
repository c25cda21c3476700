/* The process of a user network: libslirp between the lab and the host's sockets.
 * It lives alone because libslirp has one clock a process, takes raw sockets when it
 * may, and is not to be trusted with whatever a PC sends. Its clock is the lab's. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "engine/uplink/forward.h"
#include "engine/uplink/user_config.h"
#include "engine/uplink/user_process.h"

struct process {
	int fd;
	Slirp *slirp;
	uint64_t clock;
	const struct user_config *config;
	GArray *fds;      /* struct pollfd; the first is ours */
	GArray *forwards; /* struct forward */
	GArray *heard;    /* uint32_t: addresses of stations */
	GQueue waiting;   /* GBytes: messages that the lab has no room for */
	bool lost;        /* the lab is gone */
	char *why;        /* the last thing that libslirp complained of */
	struct {
		struct wire_header header;
		uint8_t bytes[WIRE_BYTES];
	} in;
};

/* ---- to the lab ---- */

static bool put(struct process *p, const void *message, size_t size, int flags)
{
	if (send(p->fd, message, size, flags | MSG_NOSIGNAL) >= 0)
		return true;
	p->lost = p->lost || (errno != EAGAIN && errno != EINTR && errno != ENOBUFS);
	return false;
}

static void flush(struct process *p)
{
	while (!g_queue_is_empty(&p->waiting)) {
		GBytes *b = g_queue_peek_head(&p->waiting);
		gsize size;
		const void *data = g_bytes_get_data(b, &size);

		if (!put(p, data, size, MSG_DONTWAIT))
			return;
		g_bytes_unref(g_queue_pop_head(&p->waiting));
	}
}

static void tell(struct process *p, enum wire_type type, const void *data, uint32_t size)
{
	struct wire_header header = {.clock = p->clock, .type = type, .size = size};
	GByteArray *b = g_byte_array_sized_new((guint)sizeof(header) + size);

	g_byte_array_append(b, (const guint8 *)&header, sizeof(header));
	g_byte_array_append(b, data, size);
	g_queue_push_tail(&p->waiting, g_byte_array_free_to_bytes(b));
	flush(p);
}

static void tell_text(struct process *p, enum wire_type type, const char *text)
{
	tell(p, type, text, (uint32_t)MIN(strlen(text), 1000));
}

/* ---- libslirp's callbacks ---- */

static ssize_t send_packet(const void *data, size_t size, void *opaque)
{
	if (size <= WIRE_BYTES)
		tell(opaque, WIRE_FRAME, data, (uint32_t)size);
	return (ssize_t)size;
}

static void guest_error(const char *text, void *opaque) {}

static int64_t clock_ns(void *opaque)
{
	return (int64_t)((struct process *)opaque)->clock;
}

/* Its only timer is that of router advertisements, which are the lab's own. */
static void *timer_new(SlirpTimerId id, void *cb, void *opaque)
{
	return opaque;
}
static void timer_free(void *timer, void *opaque) {}
static void timer_mod(void *timer, int64_t when, void *opaque) {}
static void poll_fd(int fd, void *opaque) {}
static void notify(void *opaque) {}
static void init_completed(Slirp *slirp, void *opaque)
{
	((struct process *)opaque)->slirp = slirp;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_ns,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = poll_fd,
	.unregister_poll_fd = poll_fd,
	.notify = notify,
	.init_completed = init_completed,
	.timer_new_opaque = timer_new,
};

/* ---- waiting for the host ---- */

static bool was_heard(const struct process *p, uint32_t address)
{
	for (guint n = 0; n < p->heard->len; n++)
		if (g_array_index(p->heard, uint32_t, n) == address)
			return true;
	return false;
}

static socklen_t host_address(const struct forward *f, struct sockaddr_storage *room)
{
	struct sockaddr_in *in = (void *)room;
	struct sockaddr_in6 *in6 = (void *)room;

	memset(room, 0, sizeof(*room));
	if (f->host.family == 6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(f->host_port);
		memcpy(&in6->sin6_addr, f->host.bytes, 16);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_port = htons(f->host_port);
	memcpy(&in->sin_addr, f->host.bytes, 4);
	return sizeof(*in);
}

/* Is fd the host's end of a forward whose PC nobody has heard of yet? Then who
 * calls there waits in the kernel: a call that libslirp takes now it would lose. */
static bool is_early(const struct process *p, int fd)
{
	struct sockaddr_storage own = {0}, wanted;
	socklen_t size = sizeof(own), type_size = sizeof(int);
	int type = 0;

	if (getsockname(fd, (struct sockaddr *)&own, &size) || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size))
		return false;
	for (guint n = 0; n < p->forwards->len; n++) {
		const struct forward *f = &g_array_index(p->forwards, struct forward, n);
		socklen_t length = host_address(f, &wanted);

		if (f->guest.family == 4 && (type == SOCK_DGRAM) == f->udp && !was_heard(p, get_le32(f->guest.bytes)) &&
		    length == size && !memcmp(&own, &wanted, length))
			return true;
	}
	return false;
}

static bool all_heard(const struct process *p)
{
	for (guint n = 0; n < p->forwards->len; n++)
		if (!was_heard(p, get_le32(g_array_index(p->forwards, struct forward, n).guest.bytes)))
			return false;
	return true;
}

static int add_poll(int fd, int events, void *opaque)
{
	struct process *p = opaque;
	struct pollfd row = {.fd = fd};

	if (events & SLIRP_POLL_IN)
		row.events |= POLLIN;
	if (events & SLIRP_POLL_OUT)
		row.events |= POLLOUT;
	if (events & SLIRP_POLL_PRI)
		row.events |= POLLPRI;
	if (!all_heard(p) && is_early(p, fd))
		row.fd = -1;
	g_array_append_val(p->fds, row);
	return (int)p->fds->len - 1;
}

static int get_events(int index, void *opaque)
{
	struct process *p = opaque;
	short events = g_array_index(p->fds, struct pollfd, index).revents;

	return (events & POLLIN ? SLIRP_POLL_IN : 0) | (events & POLLOUT ? SLIRP_POLL_OUT : 0) |
	       (events & POLLPRI ? SLIRP_POLL_PRI : 0) | (events & POLLERR ? SLIRP_POLL_ERR : 0) |
	       (events & POLLHUP ? SLIRP_POLL_HUP : 0);
}

/* Everything that libslirp does by itself. While the lab has no room for frames, only
 * that is waited for. */
static void turn(struct process *p, bool wait)
{
	struct pollfd own = {.fd = p->fd, .events = POLLIN};
	bool full = !g_queue_is_empty(&p->waiting);
	uint32_t timeout = 1000;
	int ready;

	if (full)
		own.events |= POLLOUT;
	g_array_set_size(p->fds, 0);
	g_array_append_val(p->fds, own);
	if (!full || !wait)
		slirp_pollfds_fill(p->slirp, &timeout, add_poll, p);
	ready = poll((struct pollfd *)(void *)p->fds->data, p->fds->len, wait ? -1 : 0);
	if (!full || !wait)
		slirp_pollfds_poll(p->slirp, ready < 0, get_events, p);
	flush(p);
}

/* ---- what the lab asks ---- */

static void add_forward(struct process *p, const struct forward *f)
{
	struct sockaddr_storage host, guest;
	socklen_t host_size = host_address(f, &host), guest_size;
	struct forward to = {.host = f->guest, .host_port = f->guest_port};
	char text[FORWARD_TEXT];
	g_autofree char *line = NULL;

	if (!to.host.family) {
		to.host.family = 4;
		memcpy(to.host.bytes, &p->config->first, 4);
	}
	guest_size = host_address(&to, &guest);
	if (!slirp_add_hostxfwd(p->slirp, (struct sockaddr *)&host, host_size, (struct sockaddr *)&guest, guest_size,
				f->udp ? SLIRP_HOSTFWD_UDP : SLIRP_HOSTFWD_V6ONLY * (f->host.family == 6))) {
		struct forward kept = *f;

		kept.guest = to.host;
		g_array_append_val(p->forwards, kept);
		return;
	}
	forward_text(f, text);
	line = g_strdup_printf("hostfwd %s: %s", text, g_strerror(errno));
	tell_text(p, WIRE_ERROR, line);
}

static void remove_forward(struct process *p, const struct forward *f)
{
	struct sockaddr_storage host;
	socklen_t size = host_address(f, &host);

	for (guint n = 0; n < p->forwards->len; n++)
		if (forward_same_host(&g_array_index(p->forwards, struct forward, n), f)) {
			slirp_remove_hostxfwd(p->slirp, (struct sockaddr *)&host, size, f->udp ? SLIRP_HOSTFWD_UDP : 0);
			g_array_remove_index(p->forwards, n);
			return;
		}
	tell_text(p, WIRE_ERROR, "there is no such forward");
}

static void connections(struct process *p)
{
	g_autofree char *text = slirp_connection_info(p->slirp);

	tell(p, WIRE_TEXT, text, (uint32_t)MIN(strlen(text), WIRE_BYTES));
}

static void answer(struct process *p)
{
	const struct wire_header *h = &p->in.header;
	struct forward f;

	p->clock = h->clock;
	turn(p, false); /* libslirp's idea of now is made there */
	if (h->size == sizeof(f))
		memcpy(&f, p->in.bytes, sizeof(f));
	if (h->type == WIRE_FRAME)
		slirp_input(p->slirp, p->in.bytes, (int)h->size);
	else if (h->type == WIRE_HEARD && h->size == 4)
		g_array_append_vals(p->heard, p->in.bytes, 1);
	else if (h->type == WIRE_ADD && h->size == sizeof(f))
		add_forward(p, &f);
	else if (h->type == WIRE_REMOVE && h->size == sizeof(f))
		remove_forward(p, &f);
	else if (h->type == WIRE_CONNECTIONS)
		connections(p);
	turn(p, false);
	tell(p, WIRE_DONE, "", 0);
}

static void hear(struct process *p)
{
	for (;;) {
		ssize_t got = recv(p->fd, &p->in, sizeof(p->in), MSG_DONTWAIT);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got < (ssize_t)sizeof(p->in.header) || p->in.header.size != (size_t)got - sizeof(p->in.header)) {
			p->lost = true;
			return;
		}
		answer(p);
	}
}

/* ---- start ---- */

/* libslirp would fall back to a raw socket, and take anybody's messages for answers. */
static void drop_raw_sockets(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return;
	data[0].effective &= ~(1u << CAP_NET_RAW);
	data[0].permitted &= ~(1u << CAP_NET_RAW);
	data[0].inheritable = data[1].inheritable = 0;
	syscall(SYS_capset, &header, data);
}

static void say_hello(struct process *p)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
	uint8_t ping = fd >= 0;

	if (fd >= 0)
		close(fd);
	tell(p, WIRE_HELLO, &ping, 1);
}

static Slirp *make_slirp(struct process *p, const struct user_config *c, bool open)
{
	SlirpConfig cfg = {
		.version = 4,
		.restricted = c->restricted || !open,
		.in_enabled = c->ipv4,
		.vnetwork.s_addr = c->net,
		.vnetmask.s_addr = c->mask,
		.vhost.s_addr = c->host,
		.in6_enabled = c->ipv6,
		.vprefix_len = (uint8_t)c->prefix_length,
		.tftp_path = c->tftp,
		.bootfile = c->bootfile,
		.vdhcp_start.s_addr = c->first,
		.vnameserver.s_addr = c->dns,
		.disable_dhcp = true,
	};

	memcpy(&cfg.vprefix_addr6, c->prefix, 16);
	memcpy(&cfg.vhost6, c->host6, 16);
	memcpy(&cfg.vnameserver6, c->dns6, 16);
	return slirp_new(&cfg, &callbacks, p);
}

static void add_guest(struct process *p, uint32_t server, uint16_t port, const char *path)
{
	struct in_addr address = {.s_addr = server};

	if (path && slirp_add_unix(p->slirp, path, &address, port) < 0)
		tell_text(p, WIRE_TEXT, "a guest forward cannot be made");
}

static void add_guests(struct process *p, char *const *guest)
{
	const struct user_config *c = p->config;

	for (unsigned n = 0; n < c->guests; n++)
		add_guest(p, get_le32(c->guest[n].server.bytes), c->guest[n].port, guest[n]);
	if (!c->smb)
		return;
	add_guest(p, c->smb, 139, guest[c->guests]);
	add_guest(p, c->smb, 445, guest[c->guests + 1]);
}

static void log_text(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer opaque)
{
	tell_text(opaque, WIRE_TEXT, text);
}

_Noreturn void user_process_main(int fd, const struct user_config *c, bool open, char *const *guest)
{
	struct process *p = g_new0(struct process, 1);

	signal(SIGPIPE, SIG_IGN);
	drop_raw_sockets();
	p->fd = fd;
	p->config = c;
	p->fds = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
	p->forwards = g_array_new(FALSE, TRUE, sizeof(struct forward));
	p->heard = g_array_new(FALSE, TRUE, sizeof(uint32_t));
	g_queue_init(&p->waiting);
	g_log_set_default_handler(log_text, p);
	make_slirp(p, c, open);
	if (open && guest)
		add_guests(p, guest);
	turn(p, false);
	say_hello(p);
	while (!p->lost) {
		turn(p, true);
		hear(p);
	}
	_exit(0);
}
