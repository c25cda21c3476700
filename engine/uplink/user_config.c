/* The settings of a user network; see user_config.h. The names and defaults are
 * those of QEMU's -netdev user. */
#include "engine/uplink/user_config.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"

/* ---- keys ---- */

static const struct option forward_map[] = {
	{"proto", OPTION_CHOICE, .standard = "tcp", .choices = (const char *const[]){"tcp", "udp", NULL},
	 .help = "protocol"},
	{"host", OPTION_STRING, .help = "the host's [ADDRESS:]PORT"},
	{"pc", OPTION_STRING, .help = "the PC that is reached"},
	{"port", OPTION_NUMBER, 1, 65535, .help = "its port"},
	{.name = NULL},
};

/* pc has become an address, or @ and a MAC. */
static char *forward_from_map(const char *const v[], GError **error)
{
	enum { PROTO, HOST, PC, PORT };

	if (v[HOST] && v[PC] && v[PORT])
		return g_strdup_printf("%s:%s%s-%s:%s", v[PROTO] ? v[PROTO] : "tcp", strchr(v[HOST], ':') ? "" : ":",
				       v[HOST], v[PC], v[PORT]);
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "expected `host`, `pc` and `port`");
	return NULL;
}

const struct uplink_key user_keys[] = {
	{.option = {"net", OPTION_NETWORK, .standard = "10.0.2.0/24", .help = "its network"}},
	{.option = {"host", OPTION_IP, .help = "the router, which stands for the host; else NET with .2 at the end"}},
	{.option = {"dns", OPTION_IP, .help = "the name server; else .3"}},
	{.option = {"dhcp", OPTION_BOOL, .standard = "true", .help = "gives out addresses"}},
	{.option = {"dhcpstart", OPTION_IP, .help = "the first of them; else .15"}},
	{.option = {"hostname", OPTION_HOST,
		    .help = "told by DHCP to who asks; a PC with an agent keeps its own name"}},
	{.option = {"domainname", OPTION_STRING, .help = "told by DHCP"}},
	{.option = {"dnssearch", OPTION_STRING, .help = "domains to search, told by DHCP"}, .list = true},
	{.option = {"tftp", OPTION_FILE, .help = "a folder whose files the router serves by TFTP"}},
	{.option = {"bootfile", OPTION_STRING, .help = "the file to boot, told by DHCP"}},
	{.option = {"tftp-server-name", OPTION_STRING, .help = "told by DHCP (option 66)"}},
	{.option = {"smb", OPTION_FILE, .help = "a folder to share as //SMBSERVER/qemu, by Debian's smbd"}},
	{.option = {"smbserver", OPTION_IP, .help = "its address; else .4"}},
	{.option = {"hostfwd", OPTION_STRING,
		    .help = "a port of the host that leads to a PC: [tcp|udp]:[HOST]:PORT-[GUEST]:PORT, or a map"},
	 .list = true,
	 .map = forward_map,
	 .from_map = forward_from_map},
	{.option = {"guestfwd", OPTION_STRING,
		    .help = "a port of the network that leads to the host: [tcp]:[SERVER]:PORT-cmd:COMMAND or "
			    "-tcp:HOST:PORT"},
	 .list = true},
	{.option = {"restrict", OPTION_BOOL, .standard = "false", .help = "PCs reach only the forwards"}},
	{.option = {"ipv4", OPTION_BOOL, .standard = "true", .help = "IPv4"}},
	{.option = {"ipv6", OPTION_BOOL, .help = "IPv6; else as `defaults.ipv6`"}},
	{.option = {"ipv6-net", OPTION_STRING, .standard = "fec0::/64", .help = "its IPv6 network"}},
	{.option = {"ipv6-host", OPTION_IP, .help = "the router; else ::2 in it"}},
	{.option = {"ipv6-dns", OPTION_IP, .help = "the name server; else ::3"}},
	{.option = {.name = NULL}},
};

/* ---- reading ---- */

struct reader {
	const struct uplink_settings *s;
	const char **key;
	GError **error;
};

static bool wrong(struct reader *r, const char *key, const char *text)
{
	*r->key = key;
	g_set_error_literal(r->error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
	return false;
}

static bool flag(const struct reader *r, const char *key, bool standard)
{
	const struct uplink_setting *v = uplink_setting(r->s, key, 0);

	return v ? v->value.number : standard;
}

static uint32_t word(const struct address *a)
{
	uint32_t v;

	memcpy(&v, a->bytes, sizeof(v));
	return v;
}

/* An address inside the network; `last`: what it ends in by default. */
static bool inside(struct reader *r, const struct user_config *c, const char *key, uint32_t last, uint32_t *out)
{
	const struct uplink_setting *v = uplink_setting(r->s, key, 0);

	*out = c->net | (htonl(last) & ~c->mask);
	if (!v)
		return true;
	*out = word(&v->value.address);
	if (v->value.address.family != 4 || !user_config_inside(c, *out))
		return wrong(r, key, "expected an IPv4 address inside `net`");
	return true;
}

static bool read_ipv4(struct reader *r, struct user_config *c)
{
	const struct uplink_setting *net = uplink_setting(r->s, "net", 0);

	c->mask = htonl(0xffffff00);
	c->net = htonl(0x0a000200);
	if (net && (net->value.address.family != 4 || net->value.address.prefix < 4 || net->value.address.prefix > 29))
		return wrong(r, "net", "expected an IPv4 network with a prefix from /4 to /29");
	if (net) {
		c->mask = htonl(~0u << (32 - net->value.address.prefix));
		c->net = word(&net->value.address) & c->mask;
	}
	if (!inside(r, c, "host", 0x0202, &c->host) || !inside(r, c, "dns", 0x0203, &c->dns) ||
	    !inside(r, c, "dhcpstart", 0x020f, &c->first) || !inside(r, c, "smbserver", 0x0204, &c->smb))
		return false;
	if (c->host == c->dns)
		return wrong(r, uplink_setting(r->s, "dns", 0) ? "dns" : "host",
			     "expected another address than that of the other one");
	if (c->first == c->host || c->first == c->dns)
		return wrong(r, "dhcpstart", "expected another address than those of `host` and `dns`");
	if (!uplink_setting(r->s, "smb", 0))
		c->smb = 0;
	return true;
}

static bool inside6(struct reader *r, const struct user_config *c, const char *key, uint8_t last, uint8_t out[16])
{
	const struct uplink_setting *v = uplink_setting(r->s, key, 0);

	memcpy(out, c->prefix, 16);
	out[15] = last;
	if (!v)
		return true;
	memcpy(out, v->value.address.bytes, 16);
	if (v->value.address.family != 6 || !user_config_inside6(c, out))
		return wrong(r, key, "expected an IPv6 address inside `ipv6-net`");
	return true;
}

static bool read_ipv6(struct reader *r, struct user_config *c)
{
	const char *text = uplink_text(r->s, "ipv6-net");
	struct address net;

	if (!address_parse(text ? text : "fec0::/64", true, &net) || net.family != 6 || net.prefix > 64)
		return wrong(r, "ipv6-net", "expected an IPv6 network with a prefix up to /64, such as fec0::/64");
	net = address_network(&net);
	memcpy(c->prefix, net.bytes, 16);
	c->prefix_length = net.prefix ? net.prefix : 64;
	return inside6(r, c, "ipv6-host", 2, c->host6) && inside6(r, c, "ipv6-dns", 3, c->dns6);
}

static bool read_folder(struct reader *r, const char *key, char **out)
{
	const char *text = uplink_text(r->s, key);
	g_autofree char *path = text ? g_build_filename(r->s->folder ? r->s->folder : ".", text, NULL) : NULL;
	char *real = path ? realpath(path, NULL) : NULL;
	bool ok = real && g_file_test(real, G_FILE_TEST_IS_DIR) &&
		  (!r->s->folder || g_str_has_prefix(real, r->s->folder));

	if (text && !ok)
		wrong(r, key, "there is no such folder beside the lab file");
	else if (text)
		*out = g_strdup(real);
	free(real);
	return !text || ok;
}

/* Cards that are named by their MACs have the first addresses, in the order in which
 * they are named. */
static void reserve(struct user_config *c)
{
	uint32_t next = ntohl(c->first);

	for (guint n = 0; n < c->forwards->len; n++) {
		struct forward *f = &g_array_index(c->forwards, struct forward, n);
		guint before = 0;

		while (before < n && memcmp(g_array_index(c->forwards, struct forward, before).mac, f->mac, 6) != 0)
			before++;
		if (!f->by_mac)
			continue;
		f->guest.family = 4;
		f->guest.prefix = 32;
		put_be32(f->guest.bytes,
			 before < n ? get_be32(g_array_index(c->forwards, struct forward, before).guest.bytes)
				    : next++);
	}
}

static bool read_forwards(struct reader *r, struct user_config *c)
{
	const struct uplink_setting *v;

	for (unsigned n = 0; (v = uplink_setting(r->s, "hostfwd", n)); n++) {
		struct forward f;

		*r->key = "hostfwd";
		if (!forward_parse(v->text, &f, r->error))
			return false;
		if (f.guest.family == 4 && !user_config_inside(c, word(&f.guest)))
			return wrong(r, "hostfwd", "expected a guest's address inside `net`");
		g_array_append_val(c->forwards, f);
	}
	reserve(c);
	return true;
}

static bool read_guest_forwards(struct reader *r, struct user_config *c)
{
	const struct uplink_setting *v;

	for (unsigned n = 0; (v = uplink_setting(r->s, "guestfwd", n)); n++) {
		struct guest_forward *g = &c->guest[c->guests];
		uint32_t server;

		*r->key = "guestfwd";
		if (n == USER_GUEST_FORWARDS)
			return wrong(r, "guestfwd", "expected at most 16 of them");
		if (!guest_forward_parse(v->text, g, r->error)) {
			guest_forward_clear(g);
			return false;
		}
		c->guests++;
		if (!g->server.family) {
			server = c->net | (htonl(0x0204) & ~c->mask);
			g->server.family = 4;
			memcpy(g->server.bytes, &server, sizeof(server));
		}
		server = word(&g->server);
		if (!user_config_inside(c, server) || server == c->host || server == c->dns)
			return wrong(r, "guestfwd", "expected a server inside `net` that is neither `host` nor `dns`");
		for (unsigned i = 0; i < n; i++)
			if (word(&c->guest[i].server) == server && c->guest[i].port == g->port)
				return wrong(r, "guestfwd", "expected each server and port once");
	}
	return true;
}

static bool read_names(struct reader *r, struct user_config *c)
{
	const struct uplink_setting *v;

	c->hostname = uplink_text(r->s, "hostname");
	c->domain = uplink_text(r->s, "domainname");
	c->bootfile = uplink_text(r->s, "bootfile");
	c->tftp_server = uplink_text(r->s, "tftp-server-name");
	for (unsigned n = 0; (v = uplink_setting(r->s, "dnssearch", n)); n++)
		g_ptr_array_add(c->search, v->text);
	if (c->bootfile && strlen(c->bootfile) > 127)
		return wrong(r, "bootfile", "expected less than 128 bytes");
	if (c->domain && strlen(c->domain) > 255)
		return wrong(r, "domainname", "expected at most 255 bytes");
	return true;
}

struct user_config *user_config_new(const struct uplink_settings *s, const char **key, GError **error)
{
	struct user_config *c = g_new0(struct user_config, 1);
	struct reader r = {s, key, error};

	*key = NULL;
	c->forwards = g_array_new(FALSE, TRUE, sizeof(struct forward));
	c->search = g_ptr_array_new();
	c->ipv4 = flag(&r, "ipv4", true);
	c->ipv6 = flag(&r, "ipv6", s->ipv6);
	c->restricted = flag(&r, "restrict", false);
	c->dhcp = flag(&r, "dhcp", true);
	if (!c->ipv4 && !c->ipv6)
		wrong(&r, "ipv4", "expected IPv4, IPv6 or both");
	else if (read_ipv4(&r, c) && read_ipv6(&r, c) && read_names(&r, c) && read_folder(&r, "tftp", &c->tftp) &&
		 read_folder(&r, "smb", &c->smb_folder) && read_forwards(&r, c) && read_guest_forwards(&r, c))
		return c;
	user_config_free(c);
	return NULL;
}

void user_config_free(struct user_config *c)
{
	if (!c)
		return;
	for (unsigned n = 0; n < c->guests; n++)
		guest_forward_clear(&c->guest[n]);
	g_array_unref(c->forwards);
	g_ptr_array_unref(c->search);
	g_free(c->tftp);
	g_free(c->smb_folder);
	g_free(c);
}

/* ---- whose address it is ---- */

bool user_config_inside(const struct user_config *c, uint32_t address)
{
	return (address & c->mask) == c->net;
}

bool user_config_owns(const struct user_config *c, uint32_t address)
{
	if (address == c->host || address == c->dns || (c->smb && address == c->smb))
		return true;
	for (unsigned n = 0; n < c->guests; n++)
		if (word(&c->guest[n].server) == address)
			return true;
	return false;
}

bool user_config_inside6(const struct user_config *c, const uint8_t address[16])
{
	struct address a = {.family = 6, .prefix = 128}, net = {.family = 6, .prefix = (uint8_t)c->prefix_length};

	memcpy(a.bytes, address, 16);
	memcpy(net.bytes, c->prefix, 16);
	return address_within(&a, &net);
}

bool user_config_owns6(const struct user_config *c, const uint8_t address[16])
{
	return !memcmp(address, c->host6, 16) || !memcmp(address, c->dns6, 16);
}
