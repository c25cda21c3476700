/* The classic libpcap format with nanoseconds: read by everything, but it knows
 * neither interfaces, directions nor drops. */
#ifndef LANYARD_CAPTURE_PCAP_H
#define LANYARD_CAPTURE_PCAP_H

#include "capture/format.h"

extern const struct capture_format capture_pcap;

#endif
