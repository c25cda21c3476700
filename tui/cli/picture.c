/* SVG and Mermaid; see picture.h. Things and cables are those of the console's topology. */
#include "tui/cli/picture.h"

#include <string.h>

#include "engine/net/link_keys.h"
#include "tui/console/layout.h"

#define CELL_W 8 /* pixels of a column and of a row of the layout */
#define CELL_H 16
#define COLUMNS 140
#define MARGIN 2 /* columns around the picture */

struct thing {
	const char *name, *kind; /* kind: also its class in the SVG */
};
struct cable {
	unsigned a, b;
	char *label; /* what is special of it; "" */
	bool up;
};
struct sketch {
	GArray *things; /* struct thing */
	GArray *cables; /* struct cable */
};

/* ---- what there is ---- */

static void add_thing(struct sketch *s, const char *name, const char *kind)
{
	struct thing t = {name, kind};

	g_array_append_val(s->things, t);
}

/* By its name, or that of one of its ports; -1: none. */
static int thing_at(const struct sketch *s, const char *port, const char *kind)
{
	for (guint n = 0; n < s->things->len; n++) {
		const struct thing *t = &g_array_index(s->things, struct thing, n);
		size_t size = strlen(t->name);
		bool match = !strncmp(t->name, port, size) && (port[size] == ':' || !port[size]);

		if (match && (kind ? !strcmp(t->kind, kind) : strcmp(t->kind, "vlan") != 0))
			return (int)n;
	}
	return -1;
}

static void add_cable(struct sketch *s, int a, int b, char *label, bool up)
{
	struct cable c = {(unsigned)a, (unsigned)b, label, up};

	if (a >= 0 && b >= 0)
		g_array_append_val(s->cables, c);
	else
		g_free(label);
}

static void attach(struct sketch *s, const struct plan *p, const char *name, enum plan_attach how, unsigned vlan,
		   const char *to)
{
	if (how == ATTACH_VLAN)
		add_cable(s, thing_at(s, name, NULL),
			  thing_at(s, ((const struct plan_vlan *)p->vlans->pdata[vlan])->name, "vlan"), g_strdup(""),
			  true);
	else if (how == ATTACH_PORT)
		add_cable(s, thing_at(s, name, NULL), thing_at(s, to, NULL), g_strdup(""), true);
}

static bool vlan_is_used(const struct plan *p, guint vlan)
{
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint m = 0; m < pc->nics->len; m++) {
			const struct plan_nic *nic = pc->nics->pdata[m];

			if (nic->attach == ATTACH_VLAN && nic->vlan == vlan)
				return true;
		}
	}
	for (guint n = 0; n < p->uplinks->len; n++) {
		const struct plan_uplink *u = p->uplinks->pdata[n];

		if (u->attach == ATTACH_VLAN && u->vlan == vlan)
			return true;
	}
	return false;
}

/* "5ms 16Mbit": what is not as usual, of the first direction. */
static char *link_label(const struct plan_link *l)
{
	GString *s = g_string_new(NULL);

	for (const struct link_key *k = link_keys; k->option.name; k++) {
		g_autofree char *text = link_key_is_default(k, &l->params[0]) ? NULL : link_key_text(k, &l->params[0]);

		if (text)
			g_string_append_printf(s, "%s%s", s->len ? " " : "", text);
	}
	return g_string_free(s, FALSE);
}

static struct sketch sketch_of(const struct plan *p)
{
	struct sketch s = {g_array_new(FALSE, FALSE, sizeof(struct thing)),
			   g_array_new(FALSE, FALSE, sizeof(struct cable))};

	for (guint n = 0; n < p->pcs->len; n++)
		add_thing(&s, ((const struct plan_pc *)p->pcs->pdata[n])->name, "pc");
	for (guint n = 0; n < p->vlans->len; n++)
		if (vlan_is_used(p, n))
			add_thing(&s, ((const struct plan_vlan *)p->vlans->pdata[n])->name, "vlan");
	for (guint n = 0; n < p->switches->len; n++)
		add_thing(&s, ((const struct plan_switch *)p->switches->pdata[n])->name, "switch");
	for (guint n = 0; n < p->hubs->len; n++)
		add_thing(&s, ((const struct plan_hub *)p->hubs->pdata[n])->name, "hub");
	for (guint n = 0; n < p->uplinks->len; n++)
		add_thing(&s, ((const struct plan_uplink *)p->uplinks->pdata[n])->name, "uplink");
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint m = 0; m < pc->nics->len; m++) {
			const struct plan_nic *nic = pc->nics->pdata[m];

			attach(&s, p, pc->name, nic->attach, nic->vlan, nic->to);
		}
	}
	for (guint n = 0; n < p->uplinks->len; n++) {
		const struct plan_uplink *u = p->uplinks->pdata[n];

		attach(&s, p, u->name, u->attach, u->vlan, u->to);
	}
	for (guint n = 0; n < p->links->len; n++) {
		const struct plan_link *l = p->links->pdata[n];

		add_cable(&s, thing_at(&s, l->end[0], NULL), thing_at(&s, l->end[1], NULL), link_label(l), l->up);
	}
	return s;
}

static void sketch_clear(struct sketch *s)
{
	for (guint n = 0; n < s->cables->len; n++)
		g_free(g_array_index(s->cables, struct cable, n).label);
	g_array_unref(s->cables);
	g_array_unref(s->things);
}

/* ---- SVG ---- */

static void svg_cable(GString *out, const struct layout_edge *e, const struct cable *c)
{
	g_autofree char *label = g_markup_escape_text(c->label, -1);

	if (!e->points)
		return;
	g_string_append_printf(out, "<polyline class=\"%s\" points=\"", c->up ? "cable" : "cable down");
	for (unsigned n = 0; n < e->points; n++)
		g_string_append_printf(out, "%s%d,%d", n ? " " : "", (e->point[n].x + MARGIN) * CELL_W + CELL_W / 2,
				       (e->point[n].y + MARGIN) * CELL_H + CELL_H / 2);
	g_string_append(out, "\"/>\n");
	if (*label)
		g_string_append_printf(out, "<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>\n",
				       (MIN(e->point[2 % e->points].x, e->point[3 % e->points].x) + MARGIN + 1) *
					       CELL_W,
				       (e->point[2 % e->points].y + MARGIN) * CELL_H + 4, label);
}

static void svg_thing(GString *out, const struct layout_node *n, const struct thing *t)
{
	g_autofree char *name = g_markup_escape_text(t->name, -1);
	int x = (n->x + MARGIN) * CELL_W, y = (n->y + MARGIN) * CELL_H, h = n->h * CELL_H;

	if (n->leaf) {
		y += 1;
		h -= 2;
	}
	g_string_append_printf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>\n",
			       t->kind, x, y, n->w * CELL_W, h);
	g_string_append_printf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + n->w * CELL_W / 2, y + h / 2 + 4, name);
}

char *picture_svg(const struct plan *p)
{
	static const char style[] =
		"<style>text{font:12px monospace;text-anchor:middle}.label{font-size:10px;text-anchor:start;fill:#666}"
		"rect{fill:#fff;stroke:#444}.pc{fill:#e8f4e8}.switch,.vlan{fill:#e4ecf8}.hub{fill:#f8f0dc}"
		".uplink{fill:#f0e4f4;stroke-dasharray:4 2}.cable{fill:none;stroke:#444}"
		".down{stroke:#c00;stroke-dasharray:4 3}</style>\n";
	struct sketch s = sketch_of(p);
	g_autofree struct layout_node *nodes = g_new0(struct layout_node, s.things->len + 1);
	g_autofree struct layout_edge *edges = g_new0(struct layout_edge, s.cables->len + 1);
	g_autofree char *title = g_markup_escape_text(p->name, -1);
	GString *out = g_string_new(NULL);
	int width, height;

	for (guint n = 0; n < s.things->len; n++) {
		const struct thing *t = &g_array_index(s.things, struct thing, n);

		nodes[n].width = (int)g_utf8_strlen(t->name, -1) + 2;
		nodes[n].solid = !strcmp(t->kind, "switch") || !strcmp(t->kind, "vlan") || !strcmp(t->kind, "hub");
	}
	for (guint n = 0; n < s.cables->len; n++) {
		edges[n].a = g_array_index(s.cables, struct cable, n).a;
		edges[n].b = g_array_index(s.cables, struct cable, n).b;
	}
	layout_find(nodes, s.things->len, edges, s.cables->len, COLUMNS, false, &width, &height);
	g_string_append_printf(out,
			       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">\n"
			       "<title>%s</title>\n%s",
			       (width + 2 * MARGIN) * CELL_W, (height + 2 * MARGIN) * CELL_H, title, style);
	for (guint n = 0; n < s.cables->len; n++)
		svg_cable(out, &edges[n], &g_array_index(s.cables, struct cable, n));
	for (guint n = 0; n < s.things->len; n++)
		svg_thing(out, &nodes[n], &g_array_index(s.things, struct thing, n));
	g_string_append(out, "</svg>\n");
	sketch_clear(&s);
	return g_string_free(out, FALSE);
}

/* ---- Mermaid ---- */

char *picture_mermaid(const struct plan *p)
{
	static const struct {
		const char *kind, *open, *close;
	} shapes[] = {{"pc", "[\"", "\"]"},
		      {"vlan", "([\"", "\"])"},
		      {"switch", "[[\"", "\"]]"},
		      {"hub", "{{\"", "\"}}"},
		      {"uplink", "(\"", "\")"}};
	struct sketch s = sketch_of(p);
	GString *out = g_string_new("graph TD\n");

	for (guint n = 0; n < s.things->len; n++) {
		const struct thing *t = &g_array_index(s.things, struct thing, n);

		for (unsigned k = 0; k < ARRAY_LEN(shapes); k++)
			if (!strcmp(shapes[k].kind, t->kind))
				g_string_append_printf(out, "    n%u%s%s%s\n", n, shapes[k].open, t->name,
						       shapes[k].close);
	}
	for (guint n = 0; n < s.cables->len; n++) {
		const struct cable *c = &g_array_index(s.cables, struct cable, n);

		g_string_append_printf(out, "    n%u %s%s%s%s n%u\n", c->a, c->up ? "---" : "-.-",
				       *c->label ? "|\"" : "", c->label, *c->label ? "\"|" : "", c->b);
	}
	sketch_clear(&s);
	return g_string_free(out, FALSE);
}
