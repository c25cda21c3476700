/* Endpoints of sockets as people write them; see endpoint.h. */
#include "engine/uplink/endpoint.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <netdb.h>
#include <string.h>
#include <sys/un.h>

#include "engine/base/units.h"

static bool complain(GError **error, const char *text, const char *expected)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s': expected %s", text, expected);
	return false;
}

static bool path_ok(const char *path)
{
	static const struct sockaddr_un un;
	g_auto(GStrv) part = g_strsplit(path, "/", -1);

	for (unsigned n = 0; part[n]; n++)
		if (!strcmp(part[n], ".."))
			return false;
	return *path && strlen(path) < sizeof(un.sun_path);
}

bool endpoint_parse(const char *text, bool unix_too, struct endpoint *e, GError **error)
{
	const char *expected = unix_too ? "HOST:PORT, [IPV6]:PORT or unix:PATH" : "HOST:PORT or [IPV6]:PORT";
	const char *colon = strrchr(text, ':');
	g_autofree char *host = NULL;
	uint64_t port;
	size_t len;

	memset(e, 0, sizeof(*e));
	if (unix_too && g_str_has_prefix(text, "unix:")) {
		if (!path_ok(text + 5))
			return complain(error, text, "a path of less than 108 bytes without '..' after unix:");
		e->sort = ENDPOINT_UNIX;
		e->path = g_strdup(text + 5);
		return true;
	}
	if (!colon)
		return complain(error, text, expected);
	if (!parse_number(colon + 1, 1, 65535, &port, NULL))
		return complain(error, text, "a port from 1 to 65535 after the last ':'");
	host = g_strndup(text, (gsize)(colon - text));
	len = strlen(host);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = 0;
		if (!g_hostname_is_ip_address(host))
			return complain(error, text, "an IPv6 address between [ and ]");
	} else if (strchr(host, ':')) {
		return complain(error, text, "[ and ] around an IPv6 address");
	}
	e->host = g_strdup(*host ? host : "127.0.0.1");
	e->port = g_strdup_printf("%u", (unsigned)port);
	return true;
}

void endpoint_clear(struct endpoint *e)
{
	g_free(e->host);
	g_free(e->port);
	g_free(e->path);
	memset(e, 0, sizeof(*e));
}

bool endpoint_is_private(const struct endpoint *e)
{
	if (e->sort == ENDPOINT_UNIX)
		return !g_path_is_absolute(e->path);
	return g_str_has_prefix(e->host, "127.") || !strcmp(e->host, "::1") || !strcmp(e->host, "localhost");
}

static void resolve_path(const struct endpoint *e, const char *folder, struct endpoint_address *a)
{
	struct sockaddr_un *un = (void *)&a->room;
	g_autofree char *path = NULL;

	path = g_path_is_absolute(e->path) || !folder ? g_strdup(e->path) : g_build_filename(folder, e->path, NULL);
	un->sun_family = AF_UNIX;
	g_strlcpy(un->sun_path, path, sizeof(un->sun_path));
	a->size = sizeof(*un);
}

bool endpoint_resolve(const struct endpoint *e, const char *folder, bool ipv4_only, struct endpoint_address *a,
		      GError **error)
{
	const struct addrinfo hints = {.ai_family = ipv4_only ? AF_INET : AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int status;

	memset(a, 0, sizeof(*a));
	if (e->sort == ENDPOINT_UNIX) {
		resolve_path(e, folder, a);
		return true;
	}
	status = getaddrinfo(e->host, e->port, &hints, &found);
	if (status) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: %s", e->host, gai_strerror(status));
		return false;
	}
	memcpy(&a->room, found->ai_addr, found->ai_addrlen);
	a->size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

bool endpoint_same(const struct endpoint_address *a, const struct endpoint_address *b)
{
	const struct sockaddr_in *x = (const void *)&a->room, *y = (const void *)&b->room;
	const struct sockaddr_in6 *x6 = (const void *)&a->room, *y6 = (const void *)&b->room;
	const struct sockaddr_un *xu = (const void *)&a->room, *yu = (const void *)&b->room;

	if (a->any.sa_family != b->any.sa_family)
		return false;
	switch (a->any.sa_family) {
	case AF_INET: return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
	case AF_INET6:
		return x6->sin6_port == y6->sin6_port && !memcmp(&x6->sin6_addr, &y6->sin6_addr, sizeof(x6->sin6_addr));
	case AF_UNIX: return !strncmp(xu->sun_path, yu->sun_path, sizeof(xu->sun_path));
	default: return false;
	}
}

char *endpoint_text(const struct endpoint_address *a)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	const struct sockaddr_un *un = (const void *)&a->room;

	if (a->any.sa_family == AF_UNIX)
		return g_strdup_printf("unix:%s", a->size > offsetof(struct sockaddr_un, sun_path) ? un->sun_path : "");
	if (getnameinfo(&a->any, a->size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		return g_strdup("?");
	return g_strdup_printf(strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}
