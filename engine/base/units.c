/* Numbers with units; see units.h. */
#include "engine/base/units.h"

#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

/* clang-format off */
static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000 * 1000}, {"s", 1000ull * 1000 * 1000},
	{"m", 60ull * 1000 * 1000 * 1000}, {"h", 3600ull * 1000 * 1000 * 1000}, {NULL, 0},
};

static const struct unit size_units[] = {
	{"B", 1}, {"K", 1ull << 10}, {"M", 1ull << 20}, {"G", 1ull << 30}, {"T", 1ull << 40},
	{"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}, {NULL, 0},
};
/* clang-format on */

static const struct unit rate_units[] = {
	{"bit", 1}, {"kbit", 1000}, {"Kbit", 1000}, {"Mbit", 1000 * 1000}, {"Gbit", 1000ull * 1000 * 1000}, {NULL, 0},
};

static const struct unit percent_units[] = {{"%", 10000}, {NULL, 0}};

GQuark units_error_quark(void)
{
	return g_quark_from_static_string("lanyard-units");
}

static bool add_digit(uint64_t *v, unsigned base, unsigned digit)
{
	return !__builtin_mul_overflow(*v, base, v) && !__builtin_add_overflow(*v, digit, v);
}

static const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (const struct unit *u = units; u->name; u++)
		if (!strcmp(u->name, name))
			return u;
	return NULL;
}

static bool fail(GError **error, enum units_error code, const char *text, const char *expected)
{
	g_set_error(error, UNITS_ERROR, code, code == UNITS_ERROR_SYNTAX ? "'%s': %s" : "'%s' %s", text, expected);
	return false;
}

/* digits [. digits] unit. The digits are gathered as one number and a power of
 * ten to divide by, so that no fraction is rounded. */
static bool parse_with_unit(const char *text, const struct unit *units, const char *expected, uint64_t *value,
			    GError **error)
{
	uint64_t number = 0, scale = 1;
	unsigned __int128 product;
	const struct unit *unit;
	const char *p = text;
	bool fraction = false;

	if (!g_ascii_isdigit(*p))
		return fail(error, UNITS_ERROR_SYNTAX, text, expected);
	for (; g_ascii_isdigit(*p) || (*p == '.' && !fraction && g_ascii_isdigit(p[1])); p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		if (!add_digit(&number, 10, (unsigned)(*p - '0')) || (fraction && !add_digit(&scale, 10, 0)))
			return fail(error, UNITS_ERROR_RANGE, text, "is too large or has too many digits");
	}
	unit = unit_find(units, p);
	if (!unit)
		return fail(error, UNITS_ERROR_SYNTAX, text, expected);
	product = (unsigned __int128)number * unit->factor;
	if (product % scale)
		return fail(error, UNITS_ERROR_RANGE, text, "is not a whole number of the smallest unit");
	product /= scale;
	if (product >= UINT64_MAX)
		return fail(error, UNITS_ERROR_RANGE, text, "is too large");
	*value = (uint64_t)product;
	return true;
}

bool parse_time(const char *text, uint64_t *ns, GError **error)
{
	return parse_with_unit(text, time_units,
			       "expected a time with its unit, such as 30s, 500ms or 2m (ns us ms s m h)", ns, error);
}

bool parse_size(const char *text, uint64_t *bytes, GError **error)
{
	return parse_with_unit(text, size_units, "expected a size with its unit, such as 256M (B K M G T)", bytes,
			       error);
}

bool parse_rate(const char *text, uint64_t *bits, GError **error)
{
	return parse_with_unit(text, rate_units, "expected a rate with its unit, such as 10Mbit (bit kbit Mbit Gbit)",
			       bits, error);
}

bool parse_percent(const char *text, uint64_t *ppm, GError **error)
{
	uint64_t v;

	if (!parse_with_unit(text, percent_units, "expected a share with its unit, such as 1% or 0.25%", &v, error))
		return false;
	if (v > 1000000)
		return fail(error, UNITS_ERROR_RANGE, text, "is more than 100%");
	*ppm = v;
	return true;
}

static bool digits(const char *p, unsigned base, uint64_t *v, bool *overflow)
{
	*v = 0;
	*overflow = false;
	if (!*p)
		return false;
	for (; *p; p++) {
		int digit = g_ascii_xdigit_value(*p);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		*overflow = *overflow || !add_digit(v, base, (unsigned)digit);
	}
	return true;
}

static bool fail_number(GError **error, enum units_error code, const char *text, uint64_t min, uint64_t max)
{
	const char *out = code == UNITS_ERROR_RANGE ? " is out of range" : "";

	if (min == max)
		g_set_error(error, UNITS_ERROR, code, "'%s'%s: expected %" G_GUINT64_FORMAT, text, out, min);
	else
		g_set_error(error, UNITS_ERROR, code,
			    "'%s'%s: expected a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, text, out,
			    min, max);
	return false;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value, GError **error)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X'), overflow;
	uint64_t v;

	if (!digits(hex ? text + 2 : text, hex ? 16 : 10, &v, &overflow))
		return fail_number(error, UNITS_ERROR_SYNTAX, text, min, max);
	if (overflow || v < min || v > max)
		return fail_number(error, UNITS_ERROR_RANGE, text, min, max);
	*value = v;
	return true;
}
