/* Edit distance between names; see nearest.h. */
#include "engine/base/nearest.h"

#include <string.h>

enum { LONGEST = 64 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment (Damerau 1964, without edits inside a swap). Rows
 * are kept modulo three: a swap looks two rows back. */
unsigned nearest_distance(const char *a, const char *b)
{
	unsigned row[3][LONGEST + 1];
	size_t rows = strlen(a), columns = strlen(b);

	if (rows > LONGEST || columns > LONGEST)
		return UINT32_MAX;
	for (size_t c = 0; c <= columns; c++)
		row[0][c] = (unsigned)c;
	for (size_t r = 1; r <= rows; r++) {
		unsigned *now = row[r % 3], *above = row[(r - 1) % 3];

		now[0] = (unsigned)r;
		for (size_t c = 1; c <= columns; c++) {
			now[c] = above[c - 1] + (a[r - 1] != b[c - 1]);
			now[c] = least(now[c], least(above[c], now[c - 1]) + 1);
			if (r > 1 && c > 1 && a[r - 1] == b[c - 2] && a[r - 2] == b[c - 1])
				now[c] = least(now[c], row[(r - 2) % 3][c - 2] + 1);
		}
	}
	return row[rows % 3][columns];
}

void nearest_init(struct nearest *n, const char *wanted)
{
	size_t len = strlen(wanted);

	n->wanted = wanted;
	n->best = NULL;
	/* More wrong letters than this make another word. */
	n->distance = len <= 2 ? 2 : len <= 5 ? 3 : 4;
}

void nearest_offer(struct nearest *n, const char *name)
{
	unsigned d = nearest_distance(n->wanted, name);

	if (d < n->distance && d < strlen(name)) {
		n->distance = d;
		n->best = name;
	}
}
