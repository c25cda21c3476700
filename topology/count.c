/* Counted PCs: `c<n>: {count: 20}`, and checks of each: `reach<n>: {pc: c<n>, ...}`;
 * see expand.h. <n+8> and <n-1> stand for
 * numbers beside that of the PC: those of its port or of its neighbour. */
#include <string.h>

#include "engine/base/units.h"
#include "topology/expand.h"

enum { COUNT_MAX = 1000, DIGITS_MAX = 4 };

/* The length of a place for a number at p, which ends with NUL: <n>, <n+8>,
 * <n-1>; 0: it is none. *add: what is added to the PC's number. */
static gsize place_at(const char *p, int *add)
{
	const char *sign = p + strlen("<n"), *end = sign;
	bool plus;

	*add = 0;
	if (strncmp(p, "<n", strlen("<n")) != 0)
		return 0;
	plus = *sign == '+';
	if (plus || *sign == '-') {
		for (end++; g_ascii_isdigit(*end) && end - sign <= DIGITS_MAX; end++)
			*add = *add * 10 + (*end - '0');
		if (end == sign + 1)
			return 0;
		if (!plus)
			*add = -*add;
	}
	return *end == '>' ? (gsize)(end + 1 - p) : 0;
}

bool count_has_place(const char *text)
{
	int add;

	for (; *text; text++)
		if (place_at(text, &add))
			return true;
	return false;
}

/* text (of n, its value or key) with each place replaced; *size is that of text,
 * then of the result. *ok: no number is negative, which was said. */
static char *replaced(struct tree *t, const struct node *n, const char *text, gsize *size, unsigned number, bool *ok)
{
	GString *s = g_string_sized_new(*size);

	*ok = true;
	for (gsize i = 0; i < *size;) {
		int add;
		gsize len = place_at(text + i, &add);

		if (!len)
			g_string_append_c(s, text[i++]);
		else
			g_string_append_printf(s, "%d", (int)number + add);
		if (len && (int)number + add < 0) {
			node_error(t, n, "with <n> = %u, %.*s is less than 0", number, (int)len, text + i);
			*ok = false;
		}
		i += len;
	}
	*size = s->len;
	return g_string_free(s, FALSE);
}

static struct node *numbered(struct tree *t, const struct node *n, unsigned number)
{
	struct node *copy = node_like(t, n);
	bool ok;

	if (!copy)
		return NULL;
	if (n->kind == NODE_SCALAR) {
		gsize size = n->size;
		g_autofree char *text = replaced(t, n, n->text, &size, number, &ok);

		node_set_text(copy, text, size);
		copy->reported = copy->reported || !ok;
	}
	for (guint i = 0; n->items && i < n->items->len; i++) {
		const struct node *item = n->items->pdata[i];
		struct node *child = numbered(t, item, number);

		if (!child)
			return NULL;
		if (n->kind == NODE_MAP) {
			gsize size = strlen(item->key);
			g_autofree char *key = replaced(t, item, item->key, &size, number, &ok);

			child->key_reported = child->key_reported || !ok;
			if (!map_add(copy, key, &item->key_mark, child))
				node_key_error(t, item, "with <n> = %u this key is there twice", number);
		} else {
			list_add(copy, child);
		}
	}
	return copy;
}

/* How many, or 0 with a message. */
static unsigned count_of(struct tree *t, const struct node *pc, const struct node *count)
{
	g_autoptr(GError) error = NULL;
	uint64_t v = 0;

	if (count && !count_has_place(pc->key)) {
		node_error(t, count, "expected <n> in the name of a PC that is counted, such as %.*s<n>",
			   (int)strcspn(pc->key, "<"), pc->key);
		return 0;
	}
	if (!count) {
		node_key_error(t, pc, "expected `count` in a PC with <n> in its name");
		return 0;
	}
	if (count->kind != NODE_SCALAR) {
		node_error(t, count, "expected a number from 1 to 1000, found %s", node_kind_name(count));
		return 0;
	}
	if (!parse_number(count->text, 1, COUNT_MAX, &v, &error))
		node_error(t, count, "%s", error->message);
	return (unsigned)v;
}

/* `all` copies of an item of a map, numbered, instead of it. what: "PC". */
static void copies(struct tree *t, struct node *map, struct node *item, unsigned all, const char *what)
{
	map_remove(map, item);
	item->parent = map; /* for messages about it */
	for (unsigned number = 1; number <= all; number++) {
		struct node *copy = numbered(t, item, number);
		gsize size = strlen(item->key);
		bool ok;
		g_autofree char *name = replaced(t, item, item->key, &size, number, &ok);

		if (!copy)
			return;
		copy->key_reported = !ok;
		if (!map_add(map, name, &item->key_mark, copy)) {
			g_autofree char *place = mark_place(&map_get(map, name)->key_mark, &item->key_mark);

			node_key_error(t, item, "its %s '%s' is there twice: first in %s", what, name, place);
		}
	}
}

static void expand(struct tree *t, struct node *pcs, struct node *pc)
{
	struct node *count = map_get(pc, "count");
	unsigned all = count_of(t, pc, count);

	if (count)
		map_remove(pc, count);
	copies(t, pcs, pc, all, "PC");
}

/* A check of each of the PCs that `pc` names, which are still counted. */
static void expand_check(struct tree *t, const struct node *pcs, struct node *checks, struct node *check)
{
	const struct node *name = map_get(check, "pc"), *pc = NULL, *count;
	uint64_t all = 0;

	if (name && name->kind == NODE_SCALAR)
		pc = map_get(pcs, name->text);
	count = pc ? map_get(pc, "count") : NULL;
	if (name && !count_has_place(check->key)) {
		node_error(t, name, "'%s': expected <n> in the check's name, too, such as %s<n>", name->text,
			   check->key);
		check->key_reported = true;
	} else if (!count) {
		node_key_error(t, check, "expected `pc` with the name of counted PCs, such as c<n>");
	} else if (count->kind == NODE_SCALAR) { /* else its PC says so */
		parse_number(count->text, 1, COUNT_MAX, &all, NULL);
	}
	copies(t, checks, check, (unsigned)all, "check");
}

static bool check_counted(const struct node *check)
{
	const struct node *pc = map_get(check, "pc");

	return check->kind == NODE_MAP &&
	       (count_has_place(check->key) || (pc && pc->kind == NODE_SCALAR && count_has_place(pc->text)));
}

static void checks_apply(struct tree *t, const struct node *pcs, struct node *checks)
{
	g_autoptr(GPtrArray) counted = g_ptr_array_new();

	for (guint n = 0; checks && checks->kind == NODE_MAP && n < checks->items->len; n++)
		if (check_counted(checks->items->pdata[n]))
			g_ptr_array_add(counted, checks->items->pdata[n]);
	for (guint n = 0; n < counted->len; n++)
		expand_check(t, pcs, checks, counted->pdata[n]);
}

void count_apply(struct tree *t, struct node *root)
{
	struct node *pcs = map_get(root, "pcs");
	g_autoptr(GPtrArray) counted = g_ptr_array_new();

	checks_apply(t, pcs, map_get(root, "checks"));
	for (guint n = 0; pcs && pcs->kind == NODE_MAP && n < pcs->items->len; n++) {
		struct node *pc = pcs->items->pdata[n];

		if (pc->kind == NODE_MAP && (map_get(pc, "count") || count_has_place(pc->key)))
			g_ptr_array_add(counted, pc);
	}
	for (guint n = 0; n < counted->len; n++)
		expand(t, pcs, counted->pdata[n]);
}
