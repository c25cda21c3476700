/* Asking the process of a user network; see user_process.h. */
#include "engine/uplink/user_process.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* It answers in microseconds. This long, it hangs. */
#define PATIENCE_MS 20000

struct user_process {
	struct user_process_ops ops;
	int fd;
	bool gone, ping;
	char *refusal; /* what WIRE_ERROR said last */
	struct {
		struct wire_header header;
		uint8_t bytes[WIRE_BYTES];
	} in;
};

struct user_process *user_process_new(int fd, const struct user_process_ops *ops)
{
	struct user_process *p = g_new0(struct user_process, 1);

	p->fd = fd;
	p->ops = *ops;
	return p;
}

void user_process_free(struct user_process *p)
{
	if (!p)
		return;
	close(p->fd);
	g_free(p->refusal);
	g_free(p);
}

int user_process_fd(const struct user_process *p)
{
	return p->fd;
}
bool user_process_can_ping(const struct user_process *p)
{
	return p->ping;
}
bool user_process_gone(const struct user_process *p)
{
	return p->gone;
}

/* The next message; false: there is none (yet). */
static bool receive(struct user_process *p, int flags)
{
	ssize_t got = p->gone ? 0 : recv(p->fd, &p->in, sizeof(p->in), flags);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got < (ssize_t)sizeof(p->in.header) || p->in.header.size != (size_t)got - sizeof(p->in.header)) {
		p->gone = true;
		return false;
	}
	return true;
}

static void take(struct user_process *p, bool answer)
{
	const struct wire_header *h = &p->in.header;
	g_autofree char *text = NULL;

	switch (h->type) {
	case WIRE_FRAME: p->ops.frame(p->ops.opaque, p->in.bytes, h->size, answer); break;
	case WIRE_HELLO: p->ping = h->size && p->in.bytes[0]; break;
	case WIRE_TEXT:
		text = g_strndup((const char *)p->in.bytes, h->size);
		p->ops.text(p->ops.opaque, text);
		break;
	case WIRE_ERROR:
		g_free(p->refusal);
		p->refusal = g_strndup((const char *)p->in.bytes, h->size);
		break;
	default: break;
	}
}

static bool wait_done(struct user_process *p)
{
	for (;;) {
		struct pollfd row = {.fd = p->fd, .events = POLLIN};
		int ready;

		if (!receive(p, MSG_DONTWAIT)) {
			ready = p->gone ? 0 : poll(&row, 1, PATIENCE_MS);
			if (ready <= 0 && errno != EINTR)
				p->gone = true;
			if (p->gone)
				return false;
			continue;
		}
		if (p->in.header.type == WIRE_DONE)
			return true;
		take(p, true);
	}
}

bool user_process_ask(struct user_process *p, enum wire_type type, uint64_t clock, const void *data, uint32_t size,
		      GError **error)
{
	struct wire_header header = {.clock = clock, .type = type, .size = size};
	struct iovec part[2] = {{&header, sizeof(header)}, {(void *)(uintptr_t)data, size}};
	struct msghdr message = {.msg_iov = part, .msg_iovlen = 2};

	g_clear_pointer(&p->refusal, g_free);
	if (p->gone || sendmsg(p->fd, &message, MSG_NOSIGNAL) < 0)
		p->gone = true;
	else if (wait_done(p) && !p->refusal)
		return true;
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			    p->refusal ? p->refusal : "the process of the user network has died");
	return false;
}

void user_process_input(struct user_process *p)
{
	while (receive(p, MSG_DONTWAIT))
		take(p, false);
}
