/* The list of capture formats, and what all of them need. */
#include "capture/format.h"

#include <string.h>

#include "capture/pcap.h"
#include "capture/pcapng.h"

const struct capture_format *const capture_formats[] = {&capture_pcapng, &capture_pcap, NULL};

const struct capture_format *capture_format_find(const char *name)
{
	for (const struct capture_format *const *f = capture_formats; *f; f++)
		if (strcmp((*f)->name, name) == 0)
			return *f;
	return NULL;
}

const struct capture_format *capture_format_for(const char *path)
{
	const char *dot = strrchr(path, '.');
	const struct capture_format *f = dot ? capture_format_find(dot + 1) : NULL;

	return f ? f : capture_formats[0];
}

struct capture_summary capture_summarize(const struct capture_session *s, unsigned iface, uint64_t from,
					 const struct capture_counts *base, const struct capture_tally *tally)
{
	struct capture_summary sum = {.iface = iface, .from = from, .to = s->now, .tally = *tally};

	sum.since = s->ifaces[iface].counts;
	if (base) {
		sum.since.seen -= base->seen;
		sum.since.accepted -= base->accepted;
		for (unsigned r = 0; r < DROP_COUNT; r++)
			sum.since.drops[r] -= base->drops[r];
	}
	return sum;
}

uint8_t *capture_append(GByteArray *out, size_t size)
{
	guint at = out->len;

	assert(size <= G_MAXUINT / 2 && at <= G_MAXUINT / 2);
	g_byte_array_set_size(out, at + (guint)size);
	memset(out->data + at, 0, size);
	return out->data + at;
}
