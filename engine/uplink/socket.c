/* `kind: socket`: a link to QEMU's socket, stream and dgram back-ends, or to another
 * Lanyard, over TCP, UDP, multicast or UNIX sockets. */
#include "engine/uplink/socket.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <arpa/inet.h>

static const struct socket_sort *const sorts[] = {&socket_listen, &socket_connect, &socket_mcast, &socket_udp,
						  &socket_dgram};

static const struct uplink_key keys[] = {
	{.option = {"listen", OPTION_STRING,
		    .help = "where neighbours may connect: HOST:PORT, [IPV6]:PORT or unix:PATH"}},
	{.option = {"connect", OPTION_STRING, .help = "whom to call, until somebody answers"}},
	{.option = {"mcast", OPTION_STRING, .help = "a multicast group whose members are neighbours: GROUP:PORT"}},
	{.option = {"udp", OPTION_STRING, .help = "the neighbour's HOST:PORT; a datagram is a frame"}},
	{.option = {"dgram", OPTION_STRING, .help = "the neighbour's unix:PATH; a datagram is a frame"}},
	{.option = {"localaddr", OPTION_STRING,
		    .help = "with udp: our own HOST:PORT; with mcast: the interface's address, else 127.0.0.1"}},
	{.option = {"local", OPTION_STRING, .help = "with dgram: our own unix:PATH"}},
	{.option = {"peers", OPTION_NUMBER, 1, UPLINK_PLACES_MAX, "16",
		    .help = "with listen: neighbours at a time; on a VLAN each has a port of its own"}},
	{.option = {.name = NULL}},
};

struct socket_uplink {
	struct uplink *uplink;
	const struct uplink_settings *settings;
	const struct socket_sort *sort;
	void *carrier; /* NULL: not open */
};

bool socket_failed(GError **error, const char *what)
{
	int code = errno;

	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s: %s", what, g_strerror(code));
	return false;
}

static const struct socket_sort *sort_of(const struct uplink_settings *s)
{
	for (unsigned n = 0; n < ARRAY_LEN(sorts); n++)
		if (uplink_text(s, sorts[n]->key))
			return sorts[n];
	return NULL;
}

/* ---- what the rows cannot tell ---- */

static bool wrong(const char **key, const char *at, GError **error, const char *text)
{
	*key = at;
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
	return false;
}

static bool check_endpoint(const struct uplink_settings *s, const char *key, bool unix_too, enum endpoint_sort *sort,
			   const char **where, GError **error)
{
	struct endpoint e;
	bool ok = endpoint_parse(uplink_text(s, key), unix_too, &e, error);

	*where = key;
	*sort = e.sort;
	endpoint_clear(&e);
	return ok;
}

static bool check_mcast(const struct uplink_settings *s, const char **key, GError **error)
{
	const char *local = uplink_text(s, "localaddr");
	struct in_addr a = {0};
	struct endpoint e;
	bool group;

	endpoint_parse(uplink_text(s, "mcast"), false, &e, NULL);
	group = inet_pton(AF_INET, e.host, &a) == 1 && IN_MULTICAST(ntohl(a.s_addr));
	endpoint_clear(&e);
	if (!group)
		return wrong(key, "mcast", error,
			     "expected an IPv4 multicast group and a port, such as 230.0.0.1:1234");
	if (local && inet_pton(AF_INET, local, &a) != 1)
		return wrong(key, "localaddr", error, "with mcast: expected the IPv4 address of an interface");
	return true;
}

static bool check_udp(const struct uplink_settings *s, const char **key, GError **error)
{
	enum endpoint_sort sort;

	if (!uplink_text(s, "localaddr"))
		return wrong(key, "udp", error, "expected `localaddr` beside it: our own HOST:PORT");
	return check_endpoint(s, "localaddr", false, &sort, key, error);
}

static bool check_dgram(const struct uplink_settings *s, const char **key, GError **error)
{
	enum endpoint_sort remote, local;

	if (!uplink_text(s, "local"))
		return wrong(key, "dgram", error, "expected `local` beside it: our own unix:PATH");
	if (!check_endpoint(s, "dgram", true, &remote, key, error) ||
	    !check_endpoint(s, "local", true, &local, key, error))
		return false;
	if (remote != ENDPOINT_UNIX || local != ENDPOINT_UNIX)
		return wrong(key, remote != ENDPOINT_UNIX ? "dgram" : "local", error, "expected unix:PATH");
	return true;
}

static bool check_one(const struct uplink_settings *s, const char **key, GError **error)
{
	unsigned count = 0;

	for (unsigned n = 0; n < ARRAY_LEN(sorts); n++)
		if (uplink_text(s, sorts[n]->key)) {
			*key = sorts[n]->key;
			count++;
		}
	if (count != 1)
		return wrong(key, count ? *key : NULL, error,
			     "expected exactly one of listen, connect, mcast, udp, dgram");
	return true;
}

/* Keys that only some sorts have. */
static const struct {
	const char *key;
	const struct socket_sort *of[2];
	const char *text;
} owners[] = {
	{"localaddr", {&socket_mcast, &socket_udp}, "only mcast and udp have a `localaddr`"},
	{"local", {&socket_dgram}, "only dgram has a `local`"},
	{"peers", {&socket_listen}, "only listen has `peers`"},
};

static bool check(const struct uplink_settings *s, const char **key, GError **error)
{
	const struct socket_sort *sort;
	enum endpoint_sort end;

	if (!check_one(s, key, error))
		return false;
	sort = sort_of(s);
	for (unsigned n = 0; n < ARRAY_LEN(owners); n++)
		if (uplink_text(s, owners[n].key) && sort != owners[n].of[0] && sort != owners[n].of[1])
			return wrong(key, owners[n].key, error, owners[n].text);
	if (!check_endpoint(s, sort->key, sort != &socket_mcast && sort != &socket_udp, &end, key, error))
		return false;
	if (sort == &socket_mcast)
		return check_mcast(s, key, error);
	if (sort == &socket_udp)
		return check_udp(s, key, error);
	return sort != &socket_dgram || check_dgram(s, key, error);
}

/* ---- what it is ---- */

static unsigned places(const struct uplink_settings *s)
{
	const struct uplink_setting *peers = uplink_setting(s, "peers", 0);

	if (!sort_of(s)->many)
		return 1;
	return peers ? (unsigned)peers->value.number : 16;
}

static char *describe(const struct uplink_settings *s)
{
	const struct socket_sort *sort = sort_of(s);
	const char *local = uplink_text(s, "localaddr");

	if (!local)
		local = uplink_text(s, "local");
	return g_strdup_printf("%s %s%s%s", sort->verb, uplink_text(s, sort->key), local ? " from " : "",
			       local ? local : "");
}

static bool is_private(const char *text)
{
	struct endpoint e;
	bool private = text && endpoint_parse(text, true, &e, NULL) && endpoint_is_private(&e);

	if (text)
		endpoint_clear(&e);
	return private;
}

/* A group is as private as the interface that it is joined on. */
static unsigned asks(const struct uplink_settings *s)
{
	const struct socket_sort *sort = sort_of(s);
	const char *local = uplink_text(s, "localaddr");
	bool private;

	if (sort == &socket_mcast)
	private = !local || g_str_has_prefix(local, "127.");
	else if (sort == &socket_udp) private = is_private(local);
	else if (sort == &socket_dgram) private =
		is_private(uplink_text(s, "local")) && is_private(uplink_text(s, "dgram"));
	else private = is_private(uplink_text(s, sort->key));
	return private || (sort == &socket_connect && !g_str_has_prefix(uplink_text(s, "connect"), "unix:"))
		       ? 0
		       : UPLINK_ASKS_OUTSIDE;
}

/* ---- carrying frames ---- */

static void *make(struct uplink *u, const struct uplink_settings *s)
{
	struct socket_uplink *k = g_new0(struct socket_uplink, 1);

	k->uplink = u;
	k->settings = s;
	k->sort = sort_of(s);
	return k;
}

static void socket_free(void *self)
{
	g_free(self);
}

static void stop(void *self)
{
	struct socket_uplink *k = self;

	k->sort->close(k->carrier);
	k->carrier = NULL;
}

static bool start(void *self, bool sealed, GError **error)
{
	struct socket_uplink *k = self;
	struct endpoint e;

	endpoint_parse(uplink_text(k->settings, k->sort->key), true, &e, NULL);
	k->carrier = k->sort->open(k->uplink, k->settings, &e, error);
	endpoint_clear(&e);
	return k->carrier != NULL;
}

static void poll_fds(void *self, GArray *fds)
{
	struct socket_uplink *k = self;

	k->sort->poll(k->carrier, fds);
}

static void input(void *self)
{
	struct socket_uplink *k = self;

	k->sort->input(k->carrier);
}

static void send_frame(void *self, unsigned place, struct frame *f, uint64_t when)
{
	struct socket_uplink *k = self;

	k->sort->send(k->carrier, place, f);
}

static void flush(void *self)
{
	struct socket_uplink *k = self;

	k->sort->flush(k->carrier);
}

const struct uplink_kind uplink_socket = {
	.name = "socket",
	.help = "frames over TCP, UDP, multicast or UNIX sockets: to QEMU or another Lanyard",
	.keys = keys,
	.check = check,
	.places = places,
	.describe = describe,
	.asks = asks,
	.make = make,
	.free = socket_free,
	.start = start,
	.stop = stop,
	.poll = poll_fds,
	.input = input,
	.send = send_frame,
	.flush = flush,
};
