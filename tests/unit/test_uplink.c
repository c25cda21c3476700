/* Parts of uplinks that need no host: framing, forwards, endpoints, the DHCP server,
 * fragments, the bridge helper's access list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "engine/uplink/endpoint.h"
#include "engine/uplink/framing.h"
#include "engine/uplink/tap.h"
#include "engine/uplink/user_dhcp.h"
#include "engine/uplink/user_fragments.h"

/* One byte at a time; a length of 13, then one of 69633 end it. */
static void frames_in_pieces(void **state)
{
	static const uint8_t stream[] = {0, 0, 0, 14, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0, 1, 16, 1};
	struct framing *f = test_calloc(1, sizeof(*f));
	const uint8_t *frame;
	uint32_t room, length, at;
	unsigned frames = 0;
	enum framing_result result = FRAMING_MORE;

	for (unsigned n = 0; n < sizeof(stream); n++) {
		*framing_room(f, &room) = stream[n];
		framing_added(f, 1);
		at = 0;
		while ((result = framing_next(f, &at, &frame, &length)) == FRAMING_FRAME) {
			assert_int_equal(length, 14);
			assert_memory_equal(frame, stream + 4, 14);
			frames++;
		}
	}
	assert_int_equal(frames, 1);
	assert_int_equal(result, FRAMING_BAD);
	test_free(f);
}

static void forwards(void **state)
{
	static const struct {
		const char *text, *shown; /* NULL: refused */
	} rows[] = {
		{"tcp:127.0.0.1:2222-10.0.2.15:22", "tcp:127.0.0.1:2222-10.0.2.15:22"},
		{"::80-:8080", "tcp:127.0.0.1:80-:8080"},
		{"udp:0.0.0.0:0x35-10.0.2.3:53", "udp:0.0.0.0:53-10.0.2.3:53"},
		{"tcp:[::1]:2222-[fec0::15]:22", "tcp:[::1]:2222-[fec0::15]:22"},
		{"tcp::1-@52-54-00-00-00-01:2", "tcp:127.0.0.1:1-@52:54:00:00:00:01:2"},
		{"tcp:1.2.3.4", NULL},
		{"sctp::1-:2", NULL},
		{"tcp::1:2", NULL},
		{"tcp::99999-:1", NULL},
		{"tcp::1-:0", NULL},
		{"tcp:[::1]:1-10.0.2.15:2", NULL},
		{"tcp:host:1-:2", NULL},
	};

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		struct forward f;
		char text[FORWARD_TEXT];
		bool ok = forward_parse(rows[n].text, &f, NULL);

		assert_int_equal(ok, rows[n].shown != NULL);
		if (!ok)
			continue;
		forward_text(&f, text);
		assert_string_equal(text, rows[n].shown);
	}
}

static void access_list(void **state)
{
	unsigned line;

	assert_int_equal(bridge_acl_text("allow br0\n", "br0", &line), BRIDGE_ALLOWED);
	assert_int_equal(bridge_acl_text("# x\n allow all\n", "br0", &line), BRIDGE_ALLOWED);
	assert_int_equal(bridge_acl_text("allow br1\n", "br0", &line), BRIDGE_DENIED);
	assert_int_equal(bridge_acl_text("deny br0\nallow br0\n", "br0", &line), BRIDGE_DENIED);
	assert_int_equal(bridge_acl_text("\nallow br0 # why\n", "br0", &line), BRIDGE_COMMENT);
	assert_int_equal(line, 2);
}

/* ---- DHCP ---- */

struct client {
	uint8_t frame[ETH_HEADER + IP4_HEADER + UDP_HEADER + 300];
	uint8_t mac[6];
	struct user_dhcp *server;
	struct user_config *config;
};

static uint8_t *put_option(uint8_t *at, uint8_t code, const void *value, uint8_t size)
{
	at[0] = code;
	at[1] = size;
	memcpy(at + 2, value, size);
	return at + 2 + size;
}

/* The type of the answer, 0 if there is none; *address: what it gives. */
static uint8_t ask(struct client *c, uint8_t type, uint32_t requested, uint32_t server, uint64_t now, uint32_t *address)
{
	uint8_t *ip = c->frame + ETH_HEADER, *bootp = ip + IP4_HEADER + UDP_HEADER, *option = bootp + 240;
	struct packet_out out;
	struct packet p;

	memset(c->frame, 0, sizeof(c->frame));
	put_be16(c->frame + 12, ETHERTYPE_IP4);
	ip[0] = 0x45;
	ip[9] = PROTO_UDP;
	put_be16(ip + 2, sizeof(c->frame) - ETH_HEADER);
	put_be16(ip + IP4_HEADER, 68);
	put_be16(ip + IP4_HEADER + 2, 67);
	bootp[0] = bootp[1] = 1;
	bootp[2] = 6;
	memcpy(bootp + 28, c->mac, 6);
	put_be32(bootp + 236, 0x63825363);
	option = put_option(option, 53, &type, 1);
	if (requested)
		option = put_option(option, 50, &requested, 4);
	if (server)
		option = put_option(option, 54, &server, 4);
	*option = 255;
	assert_true(packet_read(&p, c->frame, sizeof(c->frame)));
	if (!user_dhcp_answer(c->server, c->config, &p, now, &out))
		return 0;
	bootp = out.data + ETH_HEADER + IP4_HEADER + UDP_HEADER;
	memcpy(address, bootp + 16, 4);
	assert_int_equal(bootp[240], 53);
	return bootp[242];
}

static void leases(void **state)
{
	struct uplink_settings *s = uplink_settings_new(NULL);
	const char *key;
	struct client c = {.server = test_calloc(1, sizeof(struct user_dhcp)),
			   .config = user_config_new(s, &key, NULL)};
	uint32_t first = 0, other = 0, host = inet_addr("10.0.2.2"), taken;
	const uint64_t second = 1000000000;

	c.mac[5] = 1;
	assert_int_equal(ask(&c, 1, 0, 0, 0, &first), 2); /* DISCOVER: OFFER */
	assert_int_equal(first, inet_addr("10.0.2.15"));
	assert_int_equal(ask(&c, 3, first, host, second, &other), 5); /* REQUEST: ACK */
	c.mac[5] = 2;
	taken = first;
	assert_int_equal(ask(&c, 3, taken, 0, second, &other), 6); /* another's: NAK */
	assert_int_equal(ask(&c, 3, inet_addr("192.168.1.5"), 0, second, &other), 6);
	assert_int_equal(ask(&c, 1, 0, 0, second, &other), 2);
	assert_int_equal(other, inet_addr("10.0.2.16"));
	/* Another server's offer was taken: this one's is free again. */
	assert_int_equal(ask(&c, 3, inet_addr("10.0.2.77"), inet_addr("10.0.2.200"), second, &other), 0);
	c.mac[5] = 3;
	assert_int_equal(ask(&c, 1, 0, 0, second, &other), 2);
	assert_int_equal(other, inet_addr("10.0.2.16"));
	/* After a day nobody has the first any more. */
	assert_int_equal(ask(&c, 3, taken, 0, 90000 * second, &other), 5);
	/* Many more than libslirp's 16. */
	for (unsigned n = 10; n < 200; n++) {
		c.mac[4] = (uint8_t)n;
		assert_int_equal(ask(&c, 1, 0, 0, 90001 * second, &other), 2);
	}
	test_free(c.server);
	user_config_free(c.config);
	uplink_settings_free(s);
}

/* ---- fragments ---- */

static const uint8_t *add(struct user_fragments *f, unsigned offset, unsigned size, bool more, uint32_t *whole)
{
	uint8_t frame[ETH_HEADER + IP4_HEADER + 64] = {0}, *ip = frame + ETH_HEADER;
	struct packet p;

	put_be16(frame + 12, ETHERTYPE_IP4);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(IP4_HEADER + size));
	put_be16(ip + 6, (uint16_t)(offset / 8 | (more ? 0x2000u : 0)));
	ip[9] = PROTO_UDP;
	memset(ip + IP4_HEADER, (int)offset, size);
	assert_true(packet_read(&p, frame, ETH_HEADER + IP4_HEADER + size));
	return user_fragments_add(f, &p, 0, whole);
}

static void fragments(void **state)
{
	struct user_fragments f = {.whole = NULL};
	uint32_t size;
	const uint8_t *whole;

	assert_null(add(&f, 16, 5, false, &size)); /* the last one first */
	assert_null(add(&f, 0, 8, true, &size));
	whole = add(&f, 8, 8, true, &size);
	assert_non_null(whole);
	assert_int_equal(size, ETH_HEADER + IP4_HEADER + 21);
	assert_int_equal(get_be16(whole + ETH_HEADER + 2), IP4_HEADER + 21);
	assert_int_equal(whole[ETH_HEADER + IP4_HEADER + 20], 16);
	/* One that overlaps spoils all of it. */
	assert_null(add(&f, 0, 16, true, &size));
	assert_null(add(&f, 8, 8, true, &size));
	assert_null(add(&f, 16, 5, false, &size));
	user_fragments_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_in_pieces), cmocka_unit_test(forwards),  cmocka_unit_test(access_list),
		cmocka_unit_test(leases),           cmocka_unit_test(fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
