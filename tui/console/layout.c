/* Layers of boxes with leaves below them; see layout.h. Everything goes by the order of
 * the nodes: equal labs have equal pictures. */
#include "tui/console/layout.h"

#include <string.h>

#define NONE UINT_MAX
#define LEAF_MARK 2 /* columns before a leaf's text: its piece of cable and a space */
#define GAP 2       /* columns between things */
#define LEAF_ROWS 6 /* of a column of leaves, if there is room for them beside each other */

struct place {
	unsigned layer, parent; /* parent: a leaf's box */
	unsigned leaves;        /* that hang below it */
	int leaf_width, leaf_cols, leaf_rows;
	int exits; /* cables that leave at its right side and run down */
	int cell;  /* columns of the box with its leaves and cables */
	double at; /* order within the layer */
};

struct work {
	struct layout_node *nodes;
	unsigned count;
	struct layout_edge *edges;
	unsigned edge_count;
	struct place *places;
	unsigned layers;
	int box; /* rows of a box */
};

static unsigned degree(const struct work *w, unsigned n)
{
	unsigned sum = 0;

	for (unsigned e = 0; e < w->edge_count; e++)
		sum += (w->edges[e].a == n) + (w->edges[e].b == n);
	return sum;
}

static unsigned other(const struct layout_edge *e, unsigned n)
{
	return e->a == n ? e->b : e->a;
}

/* ---- who is a leaf of whom, and the layers ---- */

static void find_leaves(struct work *w)
{
	for (unsigned n = 0; n < w->count; n++) {
		w->places[n] = (struct place){.layer = NONE, .parent = NONE};
		w->nodes[n].leaf = !w->nodes[n].solid && degree(w, n) == 1;
	}
	for (unsigned e = 0; e < w->edge_count; e++) {
		struct layout_edge *edge = &w->edges[e];

		/* Two that have only each other: the first is the box. */
		if (w->nodes[edge->a].leaf && w->nodes[edge->b].leaf)
			w->nodes[edge->a].leaf = false;
		if (w->nodes[edge->a].leaf)
			w->places[edge->a].parent = edge->b;
		if (w->nodes[edge->b].leaf)
			w->places[edge->b].parent = edge->a;
	}
	for (unsigned n = 0; n < w->count; n++)
		if (w->nodes[n].leaf) {
			struct place *p = &w->places[w->places[n].parent];

			p->leaves++;
			p->leaf_width = MAX(p->leaf_width, w->nodes[n].width + LEAF_MARK);
		}
}

/* The box with the most cables that has no layer yet; NONE: all have one. */
static unsigned center(const struct work *w)
{
	unsigned best = NONE, most = 0;

	for (unsigned n = 0; n < w->count; n++) {
		unsigned d = degree(w, n);

		if (w->nodes[n].leaf || w->places[n].layer != NONE || (best != NONE && d <= most))
			continue;
		best = n;
		most = d;
	}
	return best;
}

static void spread(struct work *w, unsigned from)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(unsigned));

	w->places[from].layer = 0;
	g_array_append_val(queue, from);
	for (guint at = 0; at < queue->len; at++) {
		unsigned n = g_array_index(queue, unsigned, at);

		w->layers = MAX(w->layers, w->places[n].layer + 1);
		for (unsigned e = 0; e < w->edge_count; e++) {
			unsigned to = other(&w->edges[e], n);

			if ((w->edges[e].a != n && w->edges[e].b != n) || w->nodes[to].leaf ||
			    w->places[to].layer != NONE)
				continue;
			w->places[to].layer = w->places[n].layer + 1;
			g_array_append_val(queue, to);
		}
	}
}

static bool is_exit(const struct work *w, const struct layout_edge *e, unsigned n)
{
	return e->a != e->b && !w->nodes[e->a].leaf && !w->nodes[e->b].leaf && (e->a == n || e->b == n) &&
	       w->places[other(e, n)].layer >= w->places[n].layer;
}

static void count_exits(struct work *w)
{
	for (unsigned n = 0; n < w->count; n++)
		for (unsigned e = 0; e < w->edge_count; e++)
			w->places[n].exits += is_exit(w, &w->edges[e], n);
}

/* ---- order within a layer: near to those they are joined with ---- */

static void settle_order(struct work *w, unsigned layer)
{
	for (unsigned n = 0; n < w->count; n++) {
		double sum = 0;
		unsigned count = 0;

		if (w->nodes[n].leaf || w->places[n].layer != layer)
			continue;
		for (unsigned e = 0; e < w->edge_count; e++) {
			unsigned to = other(&w->edges[e], n);

			if ((w->edges[e].a != n && w->edges[e].b != n) || w->nodes[to].leaf ||
			    w->places[to].layer + 1 != layer)
				continue;
			sum += w->places[to].at;
			count++;
		}
		w->places[n].at = (count ? sum / count : 0) + n * 1e-6;
	}
}

static gint by_place(gconstpointer a, gconstpointer b, gpointer opaque)
{
	const struct work *w = opaque;
	double x = w->places[*(const unsigned *)a].at, y = w->places[*(const unsigned *)b].at;

	return x < y ? -1 : x > y;
}

static GArray *layer_of(struct work *w, unsigned layer)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(unsigned));

	settle_order(w, layer);
	for (unsigned n = 0; n < w->count; n++)
		if (!w->nodes[n].leaf && w->places[n].layer == layer)
			g_array_append_val(all, n);
	g_array_sort_with_data(all, by_place, w);
	for (guint i = 0; i < all->len; i++)
		w->places[g_array_index(all, unsigned, i)].at = i;
	return all;
}

/* ---- sizes ---- */

static void size_cell(struct work *w, unsigned n, int rows)
{
	struct place *p = &w->places[n];

	w->nodes[n].w = w->nodes[n].width + (w->box == 1 ? 0 : 4);
	w->nodes[n].h = w->box;
	p->leaf_rows = MAX(1, MIN((int)p->leaves, rows));
	p->leaf_cols = ((int)p->leaves + p->leaf_rows - 1) / p->leaf_rows;
	p->leaf_rows = p->leaves ? p->leaf_rows : 0;
	p->cell = MAX(w->nodes[n].w, p->leaf_cols * (p->leaf_width + GAP) - GAP + 1) +
		  (p->exits ? GAP + 2 * p->exits : 0);
}

static int layer_width(struct work *w, const GArray *layer, int rows)
{
	int sum = 0;

	for (guint i = 0; i < layer->len; i++) {
		unsigned n = g_array_index(layer, unsigned, i);

		size_cell(w, n, rows);
		sum += w->places[n].cell + (i ? 2 * GAP : 0);
	}
	return sum;
}

/* Longer columns of leaves until the layer fits, or they are all below each other. */
static int fit_layer(struct work *w, const GArray *layer, int cols)
{
	unsigned most = 1;
	int rows = LEAF_ROWS;

	for (guint i = 0; i < layer->len; i++)
		most = MAX(most, w->places[g_array_index(layer, unsigned, i)].leaves);
	while (layer_width(w, layer, rows) > cols && rows < (int)most)
		rows++;
	return layer_width(w, layer, rows);
}

/* ---- places ---- */

static void place_leaves(struct work *w, unsigned n)
{
	const struct place *p = &w->places[n];
	int at = 0;

	for (unsigned m = 0; m < w->count; m++) {
		struct layout_node *leaf = &w->nodes[m];

		if (!leaf->leaf || w->places[m].parent != n)
			continue;
		leaf->x = w->nodes[n].x + 1 + at / p->leaf_rows * (p->leaf_width + GAP) + LEAF_MARK;
		leaf->y = w->nodes[n].y + w->box + 1 + at % p->leaf_rows - (p->leaf_cols == 1);
		leaf->w = leaf->width;
		leaf->h = 1;
		at++;
	}
}

/* Returns the rows that the layer takes. */
static int place_layer(struct work *w, const GArray *layer, int x, int y)
{
	int height = w->box;

	for (guint i = 0; i < layer->len; i++) {
		unsigned n = g_array_index(layer, unsigned, i);
		const struct place *p = &w->places[n];

		w->nodes[n].x = x;
		w->nodes[n].y = y;
		place_leaves(w, n);
		height = MAX(height, w->box + p->leaf_rows + (p->leaf_cols > 1));
		x += p->cell + 2 * GAP;
	}
	return height;
}

/* ---- cables ---- */

static void point(struct layout_edge *e, int x, int y)
{
	e->point[e->points++] = (struct layout_point){x, y};
}

/* Down from the box, along to the leaf's column, down to its row. */
static void leaf_edge(struct work *w, struct layout_edge *e)
{
	unsigned leaf = w->nodes[e->a].leaf ? e->a : e->b, box = other(e, leaf);
	const struct layout_node *l = &w->nodes[leaf], *b = &w->nodes[box];
	int column = l->x - LEAF_MARK, top = b->y + b->h;

	e->points = 0;
	point(e, b->x + 1, b->y + b->h - 1);
	if (column != b->x + 1) {
		point(e, b->x + 1, top);
		point(e, column, top);
	}
	point(e, column, l->y);
	point(e, l->x, l->y); /* under its text */
}

struct track {
	int from, to, row;
};

/* The first row of the space below a layer that nothing else uses there. */
static int take_row(GArray *tracks, int x1, int x2)
{
	struct track t = {MIN(x1, x2) - 1, MAX(x1, x2) + 1, 0};

	for (guint i = 0; i < tracks->len; i++) {
		const struct track *other_track = &g_array_index(tracks, struct track, i);

		if (other_track->row == t.row && other_track->from <= t.to && t.from <= other_track->to) {
			t.row++;
			i = UINT_MAX; /* again from the first */
		}
	}
	g_array_append_val(tracks, t);
	return t.row;
}

struct ends {
	int exit_a, exit_b, enter; /* columns; enter: at the top of the lower box, -1: none is lower */
};

/* The box's cables in their order, each with a column of its own. */
static int exit_column(struct work *w, unsigned n, const struct layout_edge *e)
{
	int column = w->nodes[n].x + w->places[n].cell - 2 * w->places[n].exits;

	for (const struct layout_edge *x = w->edges; x < e; x++)
		column += is_exit(w, x, n) ? 2 : 0;
	return column;
}

static int enter_column(struct work *w, unsigned n, const struct layout_edge *e)
{
	int column = w->nodes[n].x + (w->box == 1 ? 0 : 2);

	for (const struct layout_edge *x = w->edges; x < e; x++)
		if ((x->a == n || x->b == n) && w->places[other(x, n)].layer < w->places[n].layer)
			column += 2;
	return MIN(column, w->nodes[n].x + w->nodes[n].w - (w->box == 1 ? 1 : 2));
}

static int box_edge(struct work *w, struct layout_edge *e, GArray *tracks, int below)
{
	unsigned upper = w->places[e->a].layer <= w->places[e->b].layer ? e->a : e->b, lower = other(e, upper);
	bool same = w->places[upper].layer == w->places[lower].layer;
	const struct layout_node *u = &w->nodes[upper], *l = &w->nodes[lower];
	int x1 = exit_column(w, upper, e), x2 = same ? exit_column(w, lower, e) : enter_column(w, lower, e);
	int row = take_row(tracks, x1, x2);

	e->points = 0;
	point(e, u->x + u->w - 1, u->y + w->box / 2);
	point(e, x1, u->y + w->box / 2);
	point(e, x1, below + row);
	point(e, x2, below + row);
	if (same) {
		point(e, x2, l->y + w->box / 2);
		point(e, l->x + l->w - 1, l->y + w->box / 2);
	} else {
		point(e, x2, 0); /* the lower box's place is found later */
	}
	return row;
}

/* The cables that begin in a layer; returns the rows that they need below it. */
static int layer_edges(struct work *w, unsigned layer, int below)
{
	g_autoptr(GArray) tracks = g_array_new(FALSE, FALSE, sizeof(struct track));
	int rows = 0;

	for (unsigned n = 0; n < w->edge_count; n++) {
		struct layout_edge *e = &w->edges[n];
		unsigned upper = MIN(w->places[e->a].layer, w->places[e->b].layer);

		if (e->a == e->b || w->nodes[e->a].leaf || w->nodes[e->b].leaf || upper != layer)
			continue;
		rows = MAX(rows, box_edge(w, e, tracks, below) + 1);
	}
	return rows;
}

/* Cables end at the tops of boxes whose places are known by now. */
static void end_edges(struct work *w)
{
	for (unsigned n = 0; n < w->edge_count; n++) {
		struct layout_edge *e = &w->edges[n];

		if (e->a == e->b)
			continue;
		if (w->nodes[e->a].leaf || w->nodes[e->b].leaf)
			leaf_edge(w, e);
		else if (e->points == 5)
			e->point[4].y = MAX(w->nodes[e->a].y, w->nodes[e->b].y);
	}
}

static void draw_layers(struct work *w, GPtrArray *layers, int cols, int *width, int *height)
{
	int *widths = g_new0(int, layers->len + 1);
	int y = 0;

	*width = 0;
	for (guint n = 0; n < layers->len; n++) {
		widths[n] = fit_layer(w, layers->pdata[n], cols);
		*width = MAX(*width, widths[n]);
	}
	for (guint n = 0; n < layers->len; n++) /* columns are known before cables are drawn */
		place_layer(w, layers->pdata[n], (*width - widths[n]) / 2, 0);
	for (guint n = 0; n < layers->len; n++) {
		int tall = place_layer(w, layers->pdata[n], (*width - widths[n]) / 2, y);

		y += tall + 1 + layer_edges(w, n, y + tall);
	}
	end_edges(w);
	*height = y;
	g_free(widths);
}

static void free_array(gpointer a)
{
	g_array_unref(a);
}

void layout_find(struct layout_node *nodes, unsigned node_count, struct layout_edge *edges, unsigned edge_count,
		 int cols, bool compact, int *width, int *height)
{
	struct work w = {.nodes = nodes, .count = node_count, .edges = edges, .edge_count = edge_count};
	g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func(free_array);
	unsigned first;

	w.places = g_new0(struct place, node_count + 1);
	w.box = compact ? 1 : 3;
	for (unsigned e = 0; e < edge_count; e++)
		edges[e].points = 0;
	find_leaves(&w);
	while ((first = center(&w)) != NONE)
		spread(&w, first);
	count_exits(&w);
	for (unsigned n = 0; n < w.layers; n++)
		g_ptr_array_add(layers, layer_of(&w, n));
	draw_layers(&w, layers, cols, width, height);
	g_free(w.places);
}
