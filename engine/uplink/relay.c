/* Joining two connections; see relay.h. */
#include "engine/uplink/relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/uplink/endpoint.h"

static int call(const char *to)
{
	struct endpoint e;
	struct endpoint_address a;
	int fd;

	if (!endpoint_parse(to, false, &e, NULL) || !endpoint_resolve(&e, NULL, false, &a, NULL))
		return -1;
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && !connect(fd, &a.any, a.size) ? fd : -1;
}

/* False: nothing more will come from there. */
static bool carry(int from, int to)
{
	char bytes[16384];
	ssize_t got = read(from, bytes, sizeof(bytes));

	for (ssize_t at = 0, sent; at < got; at += sent) {
		sent = send(to, bytes + at, (size_t)(got - at), MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
	}
	if (got <= 0)
		shutdown(to, SHUT_WR);
	return got > 0;
}

_Noreturn void relay_main(int fd, const char *to)
{
	struct pollfd row[2] = {{.fd = fd, .events = POLLIN}, {.fd = call(to), .events = POLLIN}};
	const int ends[2] = {row[0].fd, row[1].fd};

	while (ends[1] >= 0 && (row[0].fd >= 0 || row[1].fd >= 0) && poll(row, 2, -1) >= 0)
		for (unsigned n = 0; n < 2; n++)
			if (row[n].fd >= 0 && row[n].revents && !carry(ends[n], ends[!n]))
				row[n].fd = -1;
	_exit(0);
}
