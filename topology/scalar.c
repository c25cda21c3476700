/* Plain scalars that YAML 1.1 (yaml.org/type) and YAML 1.2 (core schema, 10.3.2)
 * resolve to different things. */
#include <string.h>

#include "topology/yaml.h"

static const char *skip_sign(const char *p)
{
	return *p == '-' || *p == '+' ? p + 1 : p;
}

static bool is_boolean_1_1(const char *text)
{
	static const char *const words[] = {"y", "yes", "n", "no", "on", "off"};

	for (unsigned n = 0; n < ARRAY_LEN(words); n++) {
		g_autofree char *upper = g_ascii_strup(words[n], -1);

		/* yes, Yes, YES */
		if (!strcmp(text, words[n]) || !strcmp(text, upper) ||
		    (text[0] == upper[0] && !strcmp(text + 1, words[n] + 1)))
			return true;
	}
	return false;
}

/* Digits and underscores, starting with a digit. */
static const char *skip_digits(const char *p)
{
	if (g_ascii_isdigit(*p))
		while (g_ascii_isdigit(*p) || *p == '_')
			p++;
	return p;
}

static bool is_base_60(const char *text)
{
	const char *p = skip_digits(text);
	bool colon = false;

	if (p == text)
		return false;
	while (*p == ':' && g_ascii_isdigit(p[1])) {
		colon = true;
		if (p[1] <= '5' && g_ascii_isdigit(p[2]))
			p++;
		p += 2;
	}
	if (colon && *p == '.')
		for (p++; g_ascii_isdigit(*p) || *p == '_';)
			p++;
	return colon && !*p;
}

static bool all_digits(const char *p, const char *set)
{
	return *p && !p[strspn(p, set)];
}

/* 2001-12-14 and what may follow. */
static bool is_date(const char *p)
{
	unsigned fields[3] = {0};

	for (unsigned n = 0; n < 3; n++) {
		while (g_ascii_isdigit(*p)) {
			fields[n]++;
			p++;
		}
		if (n < 2 && *p++ != '-')
			return false;
	}
	return fields[0] == 4 && fields[1] >= 1 && fields[1] <= 2 && fields[2] >= 1 && fields[2] <= 2 &&
	       (!*p || *p == 'T' || *p == 't' || *p == ' ' || *p == '\t');
}

/* The 'e' of p, a number with an exponent; NULL: it is none. */
static const char *exponent(const char *p)
{
	const char *e = p + strspn(p, "0123456789._");

	return e != p && (*e == 'e' || *e == 'E') && all_digits(skip_sign(e + 1), "0123456789") ? e : NULL;
}

/* Only 1.1 has underscores in numbers. */
static bool has_underscores(const char *p)
{
	const char *e = exponent(p);

	return e ? memchr(p, '_', (size_t)(e - p)) != NULL : strchr(p, '_') && all_digits(p, "0123456789_.");
}

/* 1.1 wants a point and a signed exponent, 1.2 neither. Small numbers (1e-6) pass:
 * only probabilities are written so, and take text and number alike. */
static bool is_exponent(const char *p)
{
	const char *e = exponent(p);

	return e && e[1] != '-' && (!memchr(p, '.', (size_t)(e - p)) || skip_sign(e + 1) == e + 1);
}

const char *scalar_ambiguous(const char *text)
{
	const char *p = skip_sign(text);

	if (is_boolean_1_1(text))
		return "true or false to YAML 1.1 but text to YAML 1.2";
	if (!strcmp(text, "=") || !strcmp(text, "<<"))
		return "special to YAML 1.1 but text to YAML 1.2";
	if (is_date(text))
		return "a date to YAML 1.1 but text to YAML 1.2";
	if (!g_ascii_isdigit(*p) && !(*p == '.' && g_ascii_isdigit(p[1])))
		return NULL;
	if (is_base_60(p))
		return "a number in base 60 to YAML 1.1 but text to YAML 1.2";
	if (p[0] == '0' && all_digits(p + 1, "0123456789_"))
		return "an octal number to YAML 1.1 but a decimal one to YAML 1.2";
	if (p[0] == '0' && (p[1] == 'b' || p[1] == 'o') && all_digits(p + 2, "01234567_"))
		return "a number to one of YAML 1.1 and 1.2 but text to the other";
	if (p[0] == '0' && p[1] == 'x' && all_digits(p + 2, "0123456789abcdefABCDEF_") && (p != text || strchr(p, '_')))
		return "a number to YAML 1.1 but text to YAML 1.2";
	if (has_underscores(p))
		return "a number to YAML 1.1 but text to YAML 1.2";
	return is_exponent(p) ? "text to YAML 1.1 but a number to YAML 1.2" : NULL;
}
