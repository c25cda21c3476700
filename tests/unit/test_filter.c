/* Packet filters mean the same on every machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/net/filter.h"

/* What libpcap gets to see of a text. */
static void test_words_become_numbers(void **state)
{
	static const char *const rows[][2] = {
		{"port http", "port 80"},
		{"tcp port http or https", "tcp port 80 or 443"},
		{"udp portrange bootps-bootpc", "udp portrange 67-68"},
		{"portrange ftp-data-ftp", NULL}, /* two names with a dash between are a puzzle */
		{"src port ftp-data", "src port 20"},
		{"ip proto \\tcp", "ip proto 6"},
		{"ip proto ospf", "ip proto 89"},
		{"ip6 proto \\icmp6", "ip6 proto 58"},
		{"ether proto \\arp", "ether proto 2054"},
		{"ether proto \\stp", "ether proto \\stp"},
		{"host 10.0.0.1 and not port 53", "host 10.0.0.1 and not port 53"},
		{"net 10.0.0.0/8 or host fe80::1", "net 10.0.0.0/8 or host fe80::1"},
		{"ether host 52:54:00:12:34:56", "ether host 52:54:00:12:34:56"},
		{"ether src ab:cd:ef:01:02:03", "ether src ab:cd:ef:01:02:03"},
		{"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0"},
		{"icmp[icmptype]==icmp-echo", "icmp[icmptype]==icmp-echo"},
		{"ether[0:2] & 0x0f = 1 && len<=64", "ether[0:2] & 0x0f = 1 && len<=64"},
		{"ip[2:2]-((ip[0]&0xf)<<2)!=0", "ip[2:2]-((ip[0]&0xf)<<2)!=0"},
		{"host b", NULL},
		{"b", NULL},
		{"net office", NULL},
		{"host 3com", NULL},
		{"ether host alice", NULL},
		{"host 10.0.0.1 or bob", NULL},
		{"port nosuchservice", NULL},
		{"ip proto nosuchproto", NULL},
		{"gateway 10.0.0.1", NULL},
		{"wlan type mgt", NULL},
		{"ifname eth0", NULL},
		{"icmp-foo", NULL},
		{"host www.example.org", NULL},
	};

	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *got = filter_resolve(rows[n][0], &error);

		if (g_strcmp0(got, rows[n][1]))
			print_error("%s: %s (%s)\n", rows[n][0], got, error ? error->message : "");
		assert_true(!g_strcmp0(got, rows[n][1]));
		assert_true(!error == !!got);
	}
}

static bool matches(const char *text, bool outbound)
{
	static const uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06};
	g_autoptr(GError) error = NULL;
	struct filter *f = filter_new(text, &error);
	bool yes;

	if (!f)
		print_error("%s: %s\n", text, error->message);
	assert_non_null(f);
	yes = filter_match(f, arp, sizeof(arp), outbound);
	filter_free(f);
	return yes;
}

static void test_directions(void **state)
{
	assert_true(matches("inbound", false));
	assert_false(matches("inbound", true));
	assert_false(matches("outbound", false));
	assert_true(matches("outbound", true));
	assert_true(matches("arp and not inbound", true));
	assert_false(matches("arp and not inbound", false));
	assert_true(matches("(outbound and arp) or (inbound and ip)", true));
	assert_false(matches("(outbound and arp) or (inbound and ip)", false));
	assert_true(matches("", false));
	assert_true(matches(" ", true));
}

static void test_mistakes(void **state)
{
	static const char *const texts[] = {"icmp or or", "port 99999", "inbound outbound", "ip and arp", "host ["};

	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		g_autoptr(GError) error = NULL;

		assert_null(filter_new(texts[n], &error));
		assert_true(g_error_matches(error, FILTER_ERROR, FILTER_ERROR_TEXT));
	}
}

static bool sees_tags(const char *text)
{
	struct filter *f = filter_new(text, NULL);
	bool yes = filter_sees_tags(f);

	filter_free(f);
	return yes;
}

static void test_tags(void **state)
{
	assert_true(sees_tags("vlan 10 and icmp"));
	assert_true(sees_tags("icmp or (vlan and icmp)"));
	assert_true(sees_tags(""));
	assert_false(sees_tags("icmp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_become_numbers),
		cmocka_unit_test(test_directions),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
