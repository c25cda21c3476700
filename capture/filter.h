/* Packet filters in tcpdump's language (pcap-filter(7)), for Ethernet frames. */
#ifndef LANYARD_CAPTURE_FILTER_H
#define LANYARD_CAPTURE_FILTER_H

#include <glib.h>

#include "engine/base/types.h"

#define CAPTURE_ERROR capture_error_quark()
GQuark capture_error_quark(void);
enum capture_error { CAPTURE_ERROR_FILTER, CAPTURE_ERROR_TARGET, CAPTURE_ERROR_FILE };

#define CAPTURE_FILTER_MAX 1024u /* characters */

struct capture_filter;
/* NULL with error, in libpcap's words, if the text is no filter. Empty text
 * matches everything. Names of hosts, ports and protocols are looked up on the
 * machine that runs the lab: numbers mean the same everywhere. */
struct capture_filter *capture_filter_new(const char *text, GError **error);
void capture_filter_free(struct capture_filter *f); /* NULL is accepted */
/* data is a whole frame. */
bool capture_filter_match(const struct capture_filter *f, const uint8_t *data, uint32_t size);

#endif
