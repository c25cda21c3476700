/* One parser for every type of option; see option.h. */
#include "engine/base/option.h"

#include <string.h>

#include "engine/base/units.h"

enum { NAME_LIMIT = 32, CARD_LIMIT = 15, SHA256_DIGITS = 64 };

typedef bool parse_fn(const struct option *o, const char *text, struct option_value *v, GError **error);

GQuark option_error_quark(void)
{
	return g_quark_from_static_string("lanyard-option");
}

static bool expected(const char *text, const char *what, GError **error)
{
	g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE, "'%s': expected %s", text, what);
	return false;
}

/* ---- text ---- */

static bool has_control(const char *text, const char *allowed)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 || *text == 0x7f) && !strchr(allowed, *text))
			return true;
	return false;
}

/* With control characters escaped; UTF-8 stays. */
static char *shown_text(const char *text)
{
	char above_ascii[129];

	for (unsigned n = 0; n < 128; n++)
		above_ascii[n] = (char)(0x80 + n);
	above_ascii[128] = '\0';
	return g_strescape(text, above_ascii);
}

static bool no_control(const char *text, const char *allowed, GError **error)
{
	g_autofree char *shown = NULL;

	if (!has_control(text, allowed))
		return true;
	shown = shown_text(text);
	return expected(shown, "text without control characters", error);
}

static bool parse_string(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return no_control(text, "", error);
}

static bool parse_text(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return no_control(text, "\t\n\r", error);
}

static bool is_word(const char *text, const char *extra, size_t limit)
{
	const char *p = text;

	if (!g_ascii_isalpha(*p))
		return false;
	while (g_ascii_isalnum(*p) || (*p && strchr(extra, *p)))
		p++;
	return !*p && (size_t)(p - text) <= limit;
}

/* Checks a word, showing what was written without control characters. */
static bool parse_word(const char *text, const char *extra, size_t limit, const char *what, GError **error)
{
	g_autofree char *shown = NULL;

	if (is_word(text, extra, limit))
		return true;
	shown = has_control(text, "") ? shown_text(text) : g_strdup(text);
	return expected(shown, what, error);
}

static bool parse_name(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return parse_word(text, "-_.", NAME_LIMIT,
			  "a name: a letter, then letters, digits, '-', '_' or '.', at most 32 characters", error);
}

static bool parse_host(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	static const char what[] = "a host name: a letter, then letters, digits or '-', at most 32 characters";

	if (g_str_has_suffix(text, "-"))
		return expected(text, what, error);
	return parse_word(text, "-", NAME_LIMIT, what, error);
}

static bool parse_card(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	static const char what[] = "a card's name such as eth0: a letter, then letters, digits, '-', '_' or '.', "
				   "at most 15 characters";

	if (!strcmp(text, "lo") || !strcmp(text, "all") || !strcmp(text, "default"))
		return expected(text, "a card's name that the guest's kernel does not use itself", error);
	return parse_word(text, "-_.", CARD_LIMIT, what, error);
}

static bool is_hex(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

static bool parse_image(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	const char *at = strchr(text, '@');
	g_autofree char *name = at ? g_strndup(text, (gsize)(at - text)) : g_strdup(text);

	if (at && (!g_str_has_prefix(at, "@sha256:") || !is_hex(at + strlen("@sha256:"), SHA256_DIGITS)))
		return expected(text, "NAME@sha256: and 64 lower-case hexadecimal digits after the name", error);
	return parse_name(o, name, v, error);
}

static bool parse_regex(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	g_autoptr(GError) wrong = NULL;
	g_autoptr(GRegex) regex = g_regex_new(text, G_REGEX_MULTILINE, 0, &wrong);
	const char *where;

	if (regex)
		return true;
	/* GLib's message repeats the expression first. */
	where = strstr(wrong->message, "at char ");
	g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE, "'%s': expected a regular expression: %s", text,
		    where ? where : wrong->message);
	return false;
}

/* ---- numbers ---- */

static bool parse_bool(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	v->number = !strcmp(text, "true");
	return v->number || !strcmp(text, "false") || expected(text, "true or false", error);
}

static bool in_range(const struct option *o, const char *text, uint64_t number, GError **error)
{
	g_autofree char *what = NULL;

	if (!o->max || (number >= o->min && number <= o->max))
		return true;
	what = option_describe(o);
	g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE, "'%s' is out of range: expected a %s", text, what);
	return false;
}

static bool parse_plain_number(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return parse_number(text, o->min, o->max ? o->max : UINT64_MAX, &v->number, error);
}

static bool parse_time_option(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return parse_time(text, &v->number, error) && in_range(o, text, v->number, error);
}

static bool parse_size_option(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return parse_size(text, &v->number, error) && in_range(o, text, v->number, error);
}

static bool parse_rate_option(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return parse_rate(text, &v->number, error) && in_range(o, text, v->number, error);
}

/* A rate, or one of two words. */
static bool parse_speed(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	if (!strcmp(text, "auto"))
		return true;
	if (!strcmp(text, "unlimited")) {
		v->number = UINT64_MAX;
		return true;
	}
	if (!g_ascii_isdigit(*text))
		return expected(text, "auto, unlimited or a rate with its unit, such as 10Mbit (bit kbit Mbit Gbit)",
				error);
	return parse_rate_option(o, text, v, error);
}

/* Frames, or bytes with a unit. */
static bool parse_queue(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	const uint64_t least = 2048, most = 64u << 20;

	if (strspn(text, "0123456789") == strlen(text))
		return parse_number(text, 1, o->max, &v->number, error);
	if (!parse_size(text, &v->last, NULL))
		return expected(text, "a number of frames, or bytes with a unit, such as 100 or 64K", error);
	if (v->last >= least && v->last <= most)
		return true;
	v->last = 0;
	return expected(text, "2K to 64M for a queue in bytes", error);
}

/* Digits, a point, an exponent of ten: to 10^-12. */
static bool parse_probability(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	static const char what[] = "a probability from 0 to 1, such as 1e-6 or 0.001";
	char *end;
	double value = g_ascii_strtod(text, &end); /* of what a person wrote, once */

	if (!g_ascii_isdigit(*text) || *end || !(value >= 0 && value <= 1))
		return expected(text, what, error);
	v->number = (uint64_t)(value * 1e12 + 0.5);
	return v->number || value == 0 || expected(text, "0, or at least 1e-12", error);
}

static bool parse_percent_option(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return parse_percent(text, &v->number, error);
}

/* ---- loss in bursts ---- */

const char *const option_burst_names[] = {"good_to_bad", "bad_to_good", "in_bad", NULL};
static const char burst_form[] = "a share such as 1%, or {good_to_bad: 1%, bad_to_good: 20%, in_bad: 100%}";

static bool burst_part(char *part, struct option_value *v)
{
	char *colon = strchr(part, ':');
	uint64_t share;

	if (!colon)
		return false;
	*colon = 0;
	if (!parse_percent(g_strstrip(colon + 1), &share, NULL))
		return false;
	g_strstrip(part);
	for (unsigned n = 0; option_burst_names[n]; n++)
		if (!strcmp(part, option_burst_names[n])) {
			v->burst[n] = (uint32_t)share;
			return true;
		}
	return false;
}

static bool parse_loss(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	g_autofree char *inside = NULL;
	g_auto(GStrv) parts = NULL;

	if (*text != '{')
		return parse_percent(text, &v->number, error);
	if (!g_str_has_suffix(text, "}"))
		return expected(text, burst_form, error);
	inside = g_strndup(text + 1, strlen(text) - 2);
	parts = g_strsplit(inside, ",", -1);
	v->burst[2] = 1000000;
	for (unsigned n = 0; parts[n]; n++)
		if (!burst_part(parts[n], v))
			return expected(text, burst_form, error);
	return (v->burst[0] && v->burst[1]) ||
	       expected(text, "good_to_bad and bad_to_good above 0%: how often bursts begin and end", error);
}

static bool parse_choice(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	g_autofree char *what = NULL;

	for (; o->choices[v->number]; v->number++)
		if (!strcmp(text, o->choices[v->number]))
			return true;
	what = option_describe(o);
	v->number = 0;
	return expected(text, what, error);
}

static bool parse_mode(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	size_t len = strlen(text);

	if ((len != 3 && len != 4) || strspn(text, "01234567") != len || (len == 4 && text[0] != '0'))
		return expected(text, "permissions in octal and in quotes, such as \"0644\"", error);
	v->number = g_ascii_strtoull(text, NULL, 8);
	return true;
}

static bool parse_range(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	const char *dash = strchr(text, '-');
	g_autofree char *first = dash ? g_strndup(text, (gsize)(dash - text)) : g_strdup(text);

	if (!parse_number(first, o->min, o->max, &v->number, error))
		return false;
	if (!parse_number(dash ? dash + 1 : first, o->min, o->max, &v->last, error))
		return false;
	return v->number <= v->last || expected(text, "a range that goes up, such as 1-8", error);
}

/* ---- addresses ---- */

static bool parse_mac(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	static const uint8_t zero[6];

	if (!address_parse_mac(text, v->mac))
		return expected(text, "an Ethernet address in quotes, such as \"52:54:00:12:34:56\"", error);
	if ((v->mac[0] & 1) || !memcmp(v->mac, zero, sizeof(zero)))
		return expected(text, "the address of one card, not a group's (an even first byte)", error);
	return true;
}

static bool parse_ip(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return address_parse(text, false, &v->address) ||
	       expected(text, "an address without a prefix, such as 10.0.1.1", error);
}

static bool parse_network(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	struct address net;
	char shown[ADDRESS_TEXT];

	if (!address_parse(text, true, &v->address))
		return expected(text, "a network, such as 10.0.1.0/24", error);
	net = address_network(&v->address);
	if (address_equal(&net, &v->address))
		return true;
	address_format(&net, true, shown);
	g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE,
		    "'%s' has bits set after its prefix: expected the network itself, %s", text, shown);
	return false;
}

static bool parse_destination(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	if (!strcmp(text, "default") || address_parse(text, false, &v->address))
		return true;
	if (strchr(text, '/'))
		return parse_network(o, text, v, error);
	return expected(text, "default, or a network such as 10.0.2.0/24", error);
}

static bool parse_interface(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	const char *wrong;

	if (!strcmp(text, "dhcp"))
		return true;
	if (!address_parse(text, true, &v->address))
		return expected(text, "an address with its prefix, such as 10.0.1.10/24, or dhcp", error);
	wrong = address_unusable(&v->address);
	if (!wrong)
		return true;
	g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE, "'%s' is %s: expected a host's address", text, wrong);
	return false;
}

static bool parse_port(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	const char *colon = strchr(text, ':');
	g_autofree char *owner = colon ? g_strndup(text, (gsize)(colon - text)) : NULL;

	if (!colon || !is_word(owner, "-_.", NAME_LIMIT) || !colon[1] || strchr(colon + 1, ':') ||
	    has_control(text, ""))
		return expected(text, "a port: PC:CARD, SWITCH:NUMBER or HUB:NUMBER", error);
	return true;
}

static bool parse_end(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	return !strchr(text, ':') ? parse_name(o, text, v, error) : parse_port(o, text, v, error);
}

/* ---- paths ---- */

/* No empty, "." or ".." parts, but a '/' at the end. */
static bool clean_path(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);

	for (unsigned n = 0; parts[n]; n++) {
		bool last = !parts[n + 1];

		if (!strcmp(parts[n], ".") || !strcmp(parts[n], "..") || (!*parts[n] && !(last && n > 0)))
			return false;
	}
	return parts[0] != NULL;
}

static bool parse_file(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	if (has_control(text, ""))
		return no_control(text, "", error);
	return (*text != '/' && clean_path(text)) ||
	       expected(text, "a path inside the lab's folder, relative, without '.' and '..'", error);
}

static bool parse_out_file(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	if (has_control(text, ""))
		return no_control(text, "", error);
	return (*text != '/' && clean_path(text)) || expected(text, "a relative path, without '.' and '..'", error);
}

static bool parse_guest_file(const struct option *o, const char *text, struct option_value *v, GError **error)
{
	if (has_control(text, ""))
		return no_control(text, "", error);
	return (*text == '/' && (!text[1] || clean_path(text + 1))) ||
	       expected(text, "an absolute path in the PC, such as /etc/motd", error);
}

/* ---- the types ---- */

#define JSON_NAME "[A-Za-z][A-Za-z0-9_.-]{0,31}"

static const struct type {
	parse_fn *parse;
	const char *text;    /* for people */
	const char *pattern; /* for a JSON Schema */
} types[OPTION_TYPES] = {
	[OPTION_STRING] = {parse_string, "text", NULL},
	[OPTION_TEXT] = {parse_text, "text, many lines", NULL},
	[OPTION_BOOL] = {parse_bool, "true or false", NULL},
	[OPTION_NUMBER] = {parse_plain_number, "number", NULL},
	[OPTION_TIME] = {parse_time_option, "time", "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$"},
	[OPTION_SIZE] = {parse_size_option, "size", "^[0-9]+(\\.[0-9]+)?(B|[KMGT](iB)?)$"},
	[OPTION_RATE] = {parse_rate_option, "rate", "^[0-9]+(\\.[0-9]+)?[kKMG]?bit$"},
	[OPTION_SPEED] = {parse_speed, "rate", "^([0-9]+(\\.[0-9]+)?[kKMG]?bit|auto|unlimited)$"},
	[OPTION_PROBABILITY] = {parse_probability, "probability", "^[0-9.]+(e-?[0-9]+)?$"},
	[OPTION_LOSS] = {parse_loss, "share 0% to 100%", "^([0-9]+(\\.[0-9]+)?%|\\{.*\\})$"},
	[OPTION_QUEUE] = {parse_queue, "frames 1 to 100000, or bytes 2K to 64M",
			  "^[0-9]+(\\.[0-9]+)?(B|[KMGT](iB)?)?$"},
	[OPTION_PERCENT] = {parse_percent_option, "share 0% to 100%", "^[0-9]+(\\.[0-9]+)?%$"},
	[OPTION_CHOICE] = {parse_choice, "one of", NULL},
	[OPTION_NAME] = {parse_name, "name", "^" JSON_NAME "$"},
	[OPTION_HOST] = {parse_host, "host name", "^[A-Za-z]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$"},
	[OPTION_CARD] = {parse_card, "card's name", "^[A-Za-z][A-Za-z0-9_.-]{0,14}$"},
	[OPTION_IMAGE] = {parse_image, "image", "^" JSON_NAME "(@sha256:[0-9a-f]{64})?$"},
	[OPTION_MAC] = {parse_mac, "Ethernet address", "^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$"},
	[OPTION_IP] = {parse_ip, "address", "^[0-9a-fA-F:.]+$"},
	[OPTION_NETWORK] = {parse_network, "network", "^[0-9a-fA-F:.]+/[0-9]+$"},
	[OPTION_DESTINATION] = {parse_destination, "network or default", "^(default|[0-9a-fA-F:.]+(/[0-9]+)?)$"},
	[OPTION_INTERFACE] = {parse_interface, "address/prefix or dhcp", "^(dhcp|[0-9a-fA-F:.]+/[0-9]+)$"},
	[OPTION_END] = {parse_end, "port or uplink", "^" JSON_NAME "(:[A-Za-z0-9_.-]+)?$"},
	[OPTION_PORT] = {parse_port, "port", "^" JSON_NAME ":[A-Za-z0-9_.-]+$"},
	[OPTION_RANGE] = {parse_range, "number or range", "^[0-9]+(-[0-9]+)?$"},
	[OPTION_OUT_FILE] = {parse_out_file, "relative path", "^[^/]"},
	[OPTION_FILE] = {parse_file, "path in the lab's folder", "^[^/]"},
	[OPTION_GUEST_FILE] = {parse_guest_file, "path in the PC", "^/"},
	[OPTION_MODE] = {parse_mode, "octal permissions", "^0?[0-7]{3}$"},
	[OPTION_REGEX] = {parse_regex, "regular expression", NULL},
};

bool option_parse(const struct option *o, const char *text, struct option_value *value, GError **error)
{
	struct option_value v;

	assert(o->type < OPTION_TYPES);
	memset(&v, 0, sizeof(v));
	if (!types[o->type].parse(o, text, &v, error))
		return false;
	*value = v;
	return true;
}

struct scale {
	uint64_t factor;
	const char *name;
};

static const struct scale scale_time[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
static const struct scale scale_size[] = {{1ull << 30, "G"}, {1 << 20, "M"}, {1 << 10, "K"}, {1, "B"}};
static const struct scale scale_rate[] = {{1000000000, "Gbit"}, {1000000, "Mbit"}, {1000, "kbit"}, {1, "bit"}};
static const struct scale scale_none[] = {{1, ""}};

/* 300us, 64M, 10Mbit: with the largest unit that leaves a whole number. */
static char *with_unit(enum option_type type, uint64_t value)
{
	const struct scale *units = type == OPTION_TIME                           ? scale_time
				    : type == OPTION_SIZE                         ? scale_size
				    : type == OPTION_RATE || type == OPTION_SPEED ? scale_rate
										  : scale_none;

	while (units->factor != 1 && (!value || value % units->factor))
		units++;
	return g_strdup_printf("%" G_GUINT64_FORMAT "%s", value / units->factor, units->name);
}

char *option_describe(const struct option *o)
{
	const char *text = types[o->type].text;
	g_autofree char *low = NULL, *high = NULL;

	if (o->type == OPTION_CHOICE) {
		low = g_strjoinv(", ", (char **)o->choices);
		return g_strdup_printf("one of %s", low);
	}
	if (!o->max || o->type == OPTION_QUEUE)
		return g_strdup(text);
	low = with_unit(o->type, o->min);
	if (o->min == o->max)
		return g_strdup_printf("%s %s", text, low);
	high = with_unit(o->type, o->max);
	return g_strdup_printf("%s %s to %s%s", text, low, high, o->type == OPTION_SPEED ? ", auto or unlimited" : "");
}

const char *option_pattern(enum option_type type)
{
	return types[type].pattern;
}

/* 1%, 0.25%: no digit more than needed. */
static char *share_text(uint64_t ppm)
{
	g_autofree char *text = g_strdup_printf("%u.%04u", (unsigned)(ppm / 10000), (unsigned)(ppm % 10000));
	size_t len = strlen(text);

	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	return g_strdup_printf("%.*s%%", (int)len, text);
}

static char *loss_text(const struct option_value *v)
{
	g_autofree char *to_bad = share_text(v->burst[0]), *to_good = share_text(v->burst[1]),
			*in_bad = share_text(v->burst[2]);

	if (!v->burst[0])
		return share_text(v->number);
	return g_strdup_printf("{good_to_bad: %s, bad_to_good: %s, in_bad: %s}", to_bad, to_good, in_bad);
}

static char *probability_text(uint64_t trillionths)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	return g_strdup(g_ascii_formatd(text, sizeof(text), "%g", (double)trillionths / 1e12));
}

char *option_show(const struct option *o, const struct option_value *value)
{
	switch (o->type) {
	case OPTION_CHOICE: return g_strdup(o->choices[value->number]);
	case OPTION_BOOL: return g_strdup(value->number ? "true" : "false");
	case OPTION_PERCENT: return share_text(value->number);
	case OPTION_LOSS: return loss_text(value);
	case OPTION_PROBABILITY: return probability_text(value->number);
	case OPTION_QUEUE:
		return value->last ? with_unit(OPTION_SIZE, value->last) : with_unit(OPTION_NUMBER, value->number);
	case OPTION_SPEED:
		if (!value->number || value->number == UINT64_MAX)
			return g_strdup(value->number ? "unlimited" : "auto");
		return with_unit(OPTION_RATE, value->number);
	default: return with_unit(o->type, value->number);
	}
}

const struct option *option_find(const struct option *table, const char *name)
{
	for (; table && table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}
