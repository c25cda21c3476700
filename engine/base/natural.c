/* Names in the order of people; see natural.h. */
#include "engine/base/natural.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static size_t digits(const char *p)
{
	size_t n = 0;

	while (g_ascii_isdigit(p[n]))
		n++;
	return n;
}

static const char *skip_zeros(const char *p)
{
	while (*p == '0' && g_ascii_isdigit(p[1]))
		p++;
	return p;
}

int natural_compare(const char *a, const char *b)
{
	const char *p = a, *q = b;

	while (*p && *q) {
		bool numbers = g_ascii_isdigit(*p) && g_ascii_isdigit(*q);
		size_t np, nq;
		int c;

		p = numbers ? skip_zeros(p) : p;
		q = numbers ? skip_zeros(q) : q;
		np = numbers ? digits(p) : 1;
		nq = numbers ? digits(q) : 1;
		c = np != nq ? (np < nq ? -1 : 1) : memcmp(p, q, np);
		if (c)
			return c;
		p += np;
		q += nq;
	}
	if (*p || *q)
		return *p ? 1 : -1;
	return strcmp(a, b); /* 01 and 1 */
}
