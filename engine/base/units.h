/* Numbers as people write them: times, sizes, rates, shares and plain numbers,
 * each with its unit and range checked. On failure *error says what was written
 * and what was expected; the caller puts in front where it stood. */
#ifndef LANYARD_BASE_UNITS_H
#define LANYARD_BASE_UNITS_H

#include <glib.h>

#include "engine/base/types.h"

enum units_error { UNITS_ERROR_SYNTAX, UNITS_ERROR_RANGE };
#define UNITS_ERROR units_error_quark()
GQuark units_error_quark(void);

/* "30s", "1.5s", "500ms", "20us", "7ns", "2m", "1h" to nanoseconds. A fraction
 * must come out whole. */
bool parse_time(const char *text, uint64_t *ns, GError **error);
/* "512B", "64K", "256M", "1.5G" to bytes; K, M, G, T are powers of 1024 and may
 * be written KiB, MiB, ... */
bool parse_size(const char *text, uint64_t *bytes, GError **error);
/* "10Mbit", "64kbit", "2.5Gbit" to bit/s; powers of 1000. */
bool parse_rate(const char *text, uint64_t *bits, GError **error);
/* "1%", "0.25%" to parts per million; at most 100%. */
bool parse_percent(const char *text, uint64_t *ppm, GError **error);
/* A number in decimal, or in hexadecimal after 0x, within [min, max]. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value, GError **error);

#endif
