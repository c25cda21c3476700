/* pcapng: one file with every interface of a lab, by name, on one clock, with
 * directions, reasons of drops as comments, and counts at the end. */
#ifndef LANYARD_CAPTURE_PCAPNG_H
#define LANYARD_CAPTURE_PCAPNG_H

#include "capture/format.h"

extern const struct capture_format capture_pcapng;

#endif
