/* Where things of a lab stand in its picture: the console and `lanyard graph` draw by
 * the same layout, in character cells.
 *
 * Things with more than one cable are boxes in layers, by their distance from the one
 * with the most; the others hang below the thing that they are plugged into. A cable
 * between boxes runs from the right side of one, through the space below its layer, to
 * the top of the other. */
#ifndef LANYARD_TUI_CONSOLE_LAYOUT_H
#define LANYARD_TUI_CONSOLE_LAYOUT_H

#include <glib.h>

#include "engine/base/types.h"

struct layout_node {
	int width;  /* columns of its text */
	bool solid; /* a box even with one cable: switches, VLANs, hubs */
	/* found: */
	int x, y, w, h; /* a box: h 3; a leaf: h 1, its text begins at x */
	bool leaf;
};

struct layout_point {
	int x, y;
};
struct layout_edge {
	unsigned a, b;                /* nodes */
	struct layout_point point[6]; /* found: a line through these */
	unsigned points;
};

/* cols: how wide the picture should be if possible. compact: boxes are one row high,
 * for many nodes. Sets what is to be found, and the size of all. */
void layout_find(struct layout_node *nodes, unsigned node_count, struct layout_edge *edges, unsigned edge_count,
		 int cols, bool compact, int *width, int *height);

#endif
