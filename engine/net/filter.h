/* Packet filters in tcpdump's language (pcap-filter(7)) for Ethernet frames, for
 * captures and checks alike. libpcap compiles them to BPF and runs that.
 *
 * A filter means the same on every machine: the names of ports and protocols come
 * from tables here, those of hosts are refused, so that neither /etc nor DNS is
 * asked. `inbound` and `outbound` are answered by the caller, who knows. Words of
 * wires that are none of ours (802.11, ATM, a firewall's log) are refused. */
#ifndef LANYARD_NET_FILTER_H
#define LANYARD_NET_FILTER_H

#include <glib.h>

#include "engine/base/types.h"

#define FILTER_ERROR filter_error_quark()
GQuark filter_error_quark(void);
enum filter_error { FILTER_ERROR_TEXT };

#define FILTER_TEXT_MAX 1024u /* characters */

struct filter;
/* NULL with error if the text is no filter. Empty text matches everything. */
struct filter *filter_new(const char *text, GError **error);
void filter_free(struct filter *f); /* NULL is accepted */
/* data is a whole frame; outbound: the port where it is seen sends it. */
bool filter_match(const struct filter *f, const uint8_t *data, uint32_t size, bool outbound);
/* Does it look behind VLAN tags? Without the word `vlan`, pcap's language does
 * not, and matches hardly any frame that has one. */
bool filter_sees_tags(const struct filter *f);
/* The same text in numbers: what libpcap gets. NULL with error. g_free() it. */
char *filter_resolve(const char *text, GError **error);

#endif
