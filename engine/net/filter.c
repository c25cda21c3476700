/* Packet filters: the text is made plain numbers (filter_resolve), then libpcap
 * compiles it, once for frames that come in and once for those that go out. */
#include "engine/net/filter.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <string.h>

#include "engine/net/filter_words.h"
#include "engine/net/frame.h"
#include "engine/net/vlan.h"

/* What says yes and no in the language. */
#define ALWAYS "(len >= 0)"
#define NEVER "(not len >= 0)"

GQuark filter_error_quark(void)
{
	return g_quark_from_static_string("lanyard-filter-error");
}

static bool fail(GError **error, const char *format, const char *word)
{
	g_set_error(error, FILTER_ERROR, FILTER_ERROR_TEXT, format, word);
	return false;
}

/* ---- from words to numbers ---- */

struct reader {
	const char *at;
	GString *out;
	enum filter_name kind; /* of a name that stands here */
	bool ether;            /* the last protocol was Ethernet: of `proto` */
	unsigned brackets;     /* within [ ] */
};

static bool word_char(const struct reader *r, char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '-' || (c == ':' && !r->brackets);
}

/* The word at r->at as libpcap's scanner cuts it: it does not end with '-', and
 * ':' belongs to addresses. g_free() it. */
static char *word_take(struct reader *r)
{
	const char *from = r->at;

	while (*r->at && word_char(r, *r->at))
		r->at++;
	while (r->at > from + 1 && (r->at[-1] == '-' || r->at[-1] == '_'))
		r->at--;
	return g_strndup(from, (gsize)(r->at - from));
}

/* Digits or hexadecimal digits in groups of at most `most`, parted by `by`. */
static bool grouped(const char *word, const char *digits, char by, unsigned groups, unsigned most)
{
	for (unsigned n = 0; n < groups; n++) {
		size_t len = strspn(word, digits);

		if (!len || len > most || word[len] != (n + 1 < groups ? by : 0))
			return false;
		word += len + 1;
	}
	return true;
}

#define DECIMAL "0123456789"
#define HEX "0123456789abcdefABCDEF"

static bool is_number(const char *word)
{
	if (!strncmp(word, "0x", 2) || !strncmp(word, "0X", 2))
		return grouped(word + 2, HEX, 0, 1, 8);
	return grouped(word, DECIMAL, 0, 1, 10) || grouped(word, DECIMAL, '-', 2, 5);
}

static bool is_address(const char *word)
{
	struct in6_addr ip6;

	for (unsigned n = 2; n <= 4; n++)
		if (grouped(word, DECIMAL, '.', n, 3))
			return true;
	for (const char *by = ":-."; *by; by++)
		if (grouped(word, HEX, *by, 6, 2))
			return true;
	return grouped(word, HEX, '.', 3, 4) || inet_pton(AF_INET6, word, &ip6) == 1;
}

/* -1: it is neither a number nor a name. */
static int port_number(const struct reader *r, const char *word)
{
	if (is_number(word))
		return (int)MIN(g_ascii_strtoull(word, NULL, 10), G_MAXINT);
	return filter_name_number(r->kind, word);
}

/* "http" or "ftp-data"; "domain-http" as a range of two. */
static bool name_numbers(struct reader *r, const char *name)
{
	int first = filter_name_number(r->kind, name), last;
	const char *dash = strchr(name, '-');
	g_autofree char *low = NULL;

	if (first >= 0) {
		g_string_append_printf(r->out, "%d", first);
		return true;
	}
	if (r->kind != FILTER_PORT || !dash)
		return false;
	low = g_strndup(name, (gsize)(dash - name));
	first = port_number(r, low);
	last = port_number(r, dash + 1);
	g_string_append_printf(r->out, "%d-%d", first, last);
	return first >= 0 && last >= 0;
}

static bool refuse_name(const struct reader *r, const char *name, GError **error)
{
	static const char *const texts[] = {
		[FILTER_HOST] = "'%s' is no word of the language and no address; names of hosts are not looked up",
		[FILTER_PORT] = "'%s': expected the number of a port; names are known of a few dozen",
		[FILTER_PROTO] = "'%s': expected the number of a protocol; names are known of a few",
		[FILTER_ETHER_PROTO] = "'%s': expected the number of an Ethernet protocol; names are known of a few",
	};

	return fail(error, texts[r->kind], name);
}

static bool name_put(struct reader *r, const char *name, GError **error)
{
	return name_numbers(r, name) || refuse_name(r, name, error);
}

/* After \ a word is a name, be it one of the language's. */
static bool escaped_put(struct reader *r, GError **error)
{
	g_autofree char *name = NULL;
	/* Protocols without a number of the kind, which libpcap has in itself. */
	static const char *const own = " stp ipx netbeui iso clnp esis isis ";
	g_autofree char *spaced = NULL;

	r->at++;
	name = word_take(r);
	spaced = g_strdup_printf(" %s ", name);
	if ((r->kind == FILTER_ETHER_PROTO || r->kind == FILTER_PROTO) && strstr(own, spaced)) {
		g_string_append_printf(r->out, "\\%s", name);
		return true;
	}
	return name_put(r, name, error);
}

/* What the word says of names to come. */
static void note_word(struct reader *r, const char *word)
{
	if (!strcmp(word, "port") || !strcmp(word, "portrange"))
		r->kind = FILTER_PORT;
	else if (!strcmp(word, "proto") || !strcmp(word, "protochain"))
		r->kind = r->ether ? FILTER_ETHER_PROTO : FILTER_PROTO;
	else if (strcmp(word, "and") && strcmp(word, "or") && strcmp(word, "not")) /* those pass it on */
		r->kind = FILTER_HOST;
	r->ether = !strcmp(word, "ether") || !strcmp(word, "link");
}

static bool word_put(struct reader *r, GError **error)
{
	g_autofree char *word = word_take(r);

	if (filter_word_known(word)) {
		note_word(r, word);
		g_string_append(r->out, word);
		return true;
	}
	if (is_number(word) || is_address(word)) {
		g_string_append(r->out, word);
		return true;
	}
	if (filter_word_foreign(word))
		return fail(error, "'%s' cannot be answered on an Ethernet wire of a lab", word);
	return name_put(r, word, error);
}

static bool token_put(struct reader *r, GError **error)
{
	char c = *r->at;

	if (c == '\\')
		return escaped_put(r, error);
	if (g_ascii_isalnum(c) || (c == ':' && !r->brackets))
		return word_put(r, error);
	if (c == '[')
		r->brackets++;
	else if (c == ']' && r->brackets)
		r->brackets--;
	g_string_append_c(r->out, c);
	r->at++;
	return true;
}

char *filter_resolve(const char *text, GError **error)
{
	struct reader r = {.at = text, .out = g_string_new(NULL)};
	bool ok = true;

	while (ok && *r.at)
		ok = token_put(&r, error);
	return g_string_free(r.out, !ok);
}

/* ---- the programs ---- */

struct filter {
	struct bpf_program program[2]; /* [1]: for frames that go out */
	bool never[2];                 /* no frame that way matches; there is no program */
	bool tags;
};

/* Is this whole word in the text, which is resolved? */
static const char *find_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[len]))
			return at;
	return NULL;
}

static char *word_replace(const char *text, const char *word, const char *by)
{
	GString *s = g_string_new(NULL);

	for (const char *at; (at = find_word(text, word)); text = at + strlen(word)) {
		g_string_append_len(s, text, at - text);
		g_string_append(s, by);
	}
	g_string_append(s, text);
	return g_string_free(s, FALSE);
}

/* libpcap repeats itself ("can't parse filter expression: syntax error"). */
static const char *error_words(const char *text)
{
	static const char prefix[] = "can't parse filter expression: ";

	return strncmp(text, prefix, sizeof(prefix) - 1) == 0 ? text + sizeof(prefix) - 1 : text;
}

/* False with libpcap's words in *wrong, g_free() it. */
static bool compile(struct bpf_program *program, const char *text, bool outbound, char **wrong)
{
	/* The program returns the snap length given here for a match: any but 0. */
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, FRAME_MAX + TAG_BYTES);
	g_autofree char *in = word_replace(text, "inbound", outbound ? NEVER : ALWAYS);
	g_autofree char *plain = word_replace(in, "outbound", outbound ? ALWAYS : NEVER);
	bool ok = dead && pcap_compile(dead, program, plain, 1, PCAP_NETMASK_UNKNOWN) == 0;

	if (!ok)
		*wrong = g_strdup(dead ? error_words(pcap_geterr(dead)) : "out of memory");
	if (dead)
		pcap_close(dead);
	return ok;
}

/* A filter for one direction rejects all of the other: that is no mistake. */
static bool compile_both(struct filter *f, const char *text, GError **error)
{
	for (unsigned out = 0; out < 2; out++) {
		g_autofree char *wrong = NULL;

		if (compile(&f->program[out], text, out, &wrong))
			continue;
		f->never[out] = true;
		if (!strstr(wrong, "rejects all packets") || (out && f->never[0]) ||
		    (!find_word(text, "inbound") && !find_word(text, "outbound")))
			return fail(error, "%s", wrong);
	}
	return true;
}

static struct filter *filter_make(const char *text, GError **error)
{
	g_autofree char *plain = NULL;
	struct filter *f;

	/* libpcap's optimizer is not made for what strangers may write. */
	if (strlen(text) > FILTER_TEXT_MAX) {
		g_set_error(error, FILTER_ERROR, FILTER_ERROR_TEXT, "%zu characters, at most %u", strlen(text),
			    FILTER_TEXT_MAX);
		return NULL;
	}
	plain = filter_resolve(text, error);
	if (!plain)
		return NULL;
	f = g_new0(struct filter, 1);
	f->tags = find_word(plain, "vlan") != NULL || !*g_strstrip(plain);
	if (compile_both(f, plain, error))
		return f;
	filter_free(f);
	return NULL;
}

struct filter *filter_new(const char *text, GError **error)
{
	struct filter *f = filter_make(text, error);

	if (!f)
		g_prefix_error(error, "filter \"%.64s\": ", text);
	return f;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (unsigned out = 0; out < 2; out++)
		if (!f->never[out])
			pcap_freecode(&f->program[out]);
	g_free(f);
}

bool filter_match(const struct filter *f, const uint8_t *data, uint32_t size, bool outbound)
{
	struct pcap_pkthdr h = {.caplen = size, .len = size};

	return !f->never[outbound] && pcap_offline_filter(&f->program[outbound], &h, data) != 0;
}

bool filter_sees_tags(const struct filter *f)
{
	return f->tags;
}
