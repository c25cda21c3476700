/* Forwards as people write them; see forward.h. */
#include "engine/uplink/forward.h"

#include <gio/gio.h>
#include <string.h>

#include "engine/base/units.h"
#include "engine/uplink/endpoint.h"

static bool wrong(GError **error, const char *text, const char *what)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s': %s", text, what);
	return false;
}

/* What stands before `mark`, which is passed; brackets protect colons. NULL: there is
 * no mark. */
static char *until(const char **at, char mark)
{
	const char *p = *at, *end;

	if (*p == '[' && strchr(p, ']'))
		p = strchr(p, ']');
	end = strchr(p, mark);
	if (!end)
		return NULL;
	p = *at;
	*at = end + 1;
	return g_strndup(p, (gsize)(end - p));
}

static bool read_address(const char *text, struct address *a)
{
	size_t len = strlen(text);
	g_autofree char *bare = *text == '[' && text[len - 1] == ']' ? g_strndup(text + 1, len - 2) : g_strdup(text);

	return !*text || address_parse(bare, false, a);
}

static bool read_port(const char *text, unsigned min, uint16_t *port)
{
	uint64_t v;

	if (!text || !parse_number(text, min, 65535, &v, NULL))
		return false;
	*port = (uint16_t)v;
	return true;
}

static bool read_protocol(const char *text, const char **at, bool *udp, GError **error)
{
	g_autofree char *protocol = until(at, ':');

	if (!protocol)
		return wrong(error, text, "no ':' after the protocol");
	*udp = !strcmp(protocol, "udp");
	if (*protocol && strcmp(protocol, "tcp") != 0 && !*udp)
		return wrong(error, text, "expected tcp, udp or nothing before the first ':'");
	return true;
}

/* PROTOCOL:HOST:, after which the port stands. */
static bool read_host(const char *text, const char **at, struct forward *f, GError **error)
{
	g_autofree char *host = NULL;
	bool udp;

	memset(f, 0, sizeof(*f));
	if (!read_protocol(text, at, &udp, error))
		return false;
	f->udp = udp;
	host = until(at, ':');
	if (!host)
		return wrong(error, text, "no ':' after the host's address");
	if (!read_address(*host ? host : "127.0.0.1", &f->host))
		return wrong(error, text, "expected an address of the host, such as 127.0.0.1");
	return true;
}

bool forward_parse_host(const char *text, struct forward *f, GError **error)
{
	const char *at = text;

	if (!read_host(text, &at, f, error))
		return false;
	return read_port(at, 0, &f->host_port) || wrong(error, text, "expected a port of the host, 0 to 65535");
}

static bool read_guest(const char *text, const char *guest, struct forward *f, GError **error)
{
	g_autofree char *mac = *guest == '@' ? g_strdelimit(g_strdup(guest + 1), "-", ':') : NULL;

	f->by_mac = mac && address_parse_mac(mac, f->mac);
	if (f->by_mac || read_address(guest, &f->guest))
		return true;
	return wrong(error, text, "expected a guest's address, or nothing for the first lease");
}

bool forward_parse(const char *text, struct forward *f, GError **error)
{
	const char *at = text;
	g_autofree char *port = NULL, *guest = NULL;

	if (!read_host(text, &at, f, error))
		return false;
	port = until(&at, '-');
	if (!port)
		return wrong(error, text, "no '-' before the guest");
	if (!read_port(port, 0, &f->host_port))
		return wrong(error, text, "expected a port of the host, 0 to 65535");
	guest = until(&at, ':');
	if (!guest)
		return wrong(error, text, "no ':' before the guest's port");
	if (!read_guest(text, guest, f, error))
		return false;
	if (!read_port(at, 1, &f->guest_port))
		return wrong(error, text, "expected a port of the guest, 1 to 65535");
	if (!f->by_mac && (f->guest.family ? f->guest.family : 4) != f->host.family)
		return wrong(error, text, "expected a host's and a guest's address of one family");
	return true;
}

static void put_address(GString *s, const struct address *a)
{
	char text[ADDRESS_TEXT];

	if (!a->family)
		return;
	address_format(a, false, text);
	g_string_append_printf(s, a->family == 6 ? "[%s]" : "%s", text);
}

void forward_text(const struct forward *f, char text[FORWARD_TEXT])
{
	g_autoptr(GString) s = g_string_new(f->udp ? "udp:" : "tcp:");
	char mac[ADDRESS_TEXT];

	put_address(s, &f->host);
	g_string_append_printf(s, ":%u-", f->host_port);
	address_format_mac(f->mac, mac);
	if (f->by_mac && !f->guest.family)
		g_string_append_printf(s, "@%s", mac);
	put_address(s, &f->guest);
	g_string_append_printf(s, ":%u", f->guest_port);
	g_strlcpy(text, s->str, FORWARD_TEXT);
}

bool forward_same_host(const struct forward *a, const struct forward *b)
{
	return a->udp == b->udp && a->host_port == b->host_port && address_equal(&a->host, &b->host);
}

bool forward_is_private(const struct forward *f)
{
	static const uint8_t six[16] = {[15] = 1};

	return f->host.family == 4 ? f->host.bytes[0] == 127 : !memcmp(f->host.bytes, six, sizeof(six));
}

/* ---- the other way ---- */

static bool read_target(const char *text, const char *target, struct guest_forward *g, GError **error)
{
	struct endpoint e = {0};
	bool ok;

	if (g_str_has_prefix(target, "cmd:") && target[4]) {
		g->command = g_strdup(target + 4);
		return true;
	}
	if (!g_str_has_prefix(target, "tcp:"))
		return wrong(error, text, "expected cmd:COMMAND or tcp:HOST:PORT after the '-'");
	ok = endpoint_parse(target + 4, false, &e, error);
	endpoint_clear(&e);
	g->to = g_strdup(target + 4);
	return ok;
}

bool guest_forward_parse(const char *text, struct guest_forward *g, GError **error)
{
	const char *at = text;
	g_autofree char *server = NULL, *port = NULL;
	bool udp;

	memset(g, 0, sizeof(*g));
	if (!read_protocol(text, &at, &udp, error))
		return false;
	if (udp)
		return wrong(error, text, "only TCP can be forwarded to the host this way");
	server = until(&at, ':');
	if (!server || !read_address(server, &g->server) || g->server.family == 6)
		return wrong(error, text, "expected an IPv4 address of the network, or nothing, and ':'");
	port = until(&at, '-');
	if (!read_port(port, 1, &g->port))
		return wrong(error, text, "expected a port from 1 to 65535 and '-'");
	return read_target(text, at, g, error);
}

void guest_forward_clear(struct guest_forward *g)
{
	g_free(g->command);
	g_free(g->to);
	memset(g, 0, sizeof(*g));
}
