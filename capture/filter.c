/* Filters are compiled by libpcap to BPF and run by its interpreter. */
#include "capture/filter.h"

#include <pcap/pcap.h>
#include <string.h>

#include "engine/net/frame.h"

GQuark capture_error_quark(void)
{
	return g_quark_from_static_string("lanyard-capture-error");
}

struct capture_filter {
	struct bpf_program program;
};

/* libpcap repeats itself ("can't parse filter expression: syntax error"). */
static const char *error_words(const char *text)
{
	static const char prefix[] = "can't parse filter expression: ";

	return strncmp(text, prefix, sizeof(prefix) - 1) == 0 ? text + sizeof(prefix) - 1 : text;
}

static bool filter_compile(struct capture_filter *f, const char *text, GError **error)
{
	/* The program returns the snap length given here for a match: any but 0. */
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, FRAME_MAX + 4);
	bool ok;

	if (!dead) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_FILTER, "filter \"%s\": out of memory", text);
		return false;
	}
	ok = pcap_compile(dead, &f->program, text, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!ok)
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_FILTER, "filter \"%s\": %s", text,
			    error_words(pcap_geterr(dead)));
	pcap_close(dead);
	return ok;
}

struct capture_filter *capture_filter_new(const char *text, GError **error)
{
	struct capture_filter *f;

	/* libpcap's optimizer is not made for what strangers may write. */
	if (strlen(text) > CAPTURE_FILTER_MAX) {
		g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_FILTER, "filter of %zu characters, at most %u",
			    strlen(text), CAPTURE_FILTER_MAX);
		return NULL;
	}
	f = g_new0(struct capture_filter, 1);
	if (filter_compile(f, text, error))
		return f;
	g_free(f);
	return NULL;
}

void capture_filter_free(struct capture_filter *f)
{
	if (!f)
		return;
	pcap_freecode(&f->program);
	g_free(f);
}

bool capture_filter_match(const struct capture_filter *f, const uint8_t *data, uint32_t size)
{
	struct pcap_pkthdr h = {.caplen = size, .len = size};

	return pcap_offline_filter(&f->program, &h, data) != 0;
}
