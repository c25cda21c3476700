/* A lab file as a tree: scalars, maps and lists, each with the place where it
 * stands. A tree owns its nodes; nodes are changed in place by what follows the
 * reader: overlays, templates, counts. */
#ifndef LANYARD_TOPOLOGY_TREE_H
#define LANYARD_TOPOLOGY_TREE_H

#include "topology/report.h"

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node {
	enum node_kind kind;
	bool quoted;               /* scalar: written in quotes or as a block */
	bool reported;             /* the reader has said what is wrong with it */
	bool key_reported;         /* ... with its key */
	char *text;                /* scalar, ends with NUL; "" for the others */
	gsize size;                /* bytes of text; it may contain NUL */
	char *key;                 /* in its map; NULL in a list */
	struct plan_mark mark;     /* of the value */
	struct plan_mark key_mark; /* of the key, where there is one */
	struct node *parent;       /* NULL: the root */
	GPtrArray *items;          /* struct node *: of a map or list, in order */
	GHashTable *index;         /* of a map: key -> node */
};

/* At most: copies of aliases, templates and counts included, and the bytes of
 * text in those copies. */
enum { TREE_NODES = 200000, TREE_COPIES = 64 << 20 };

struct tree {
	GPtrArray *nodes; /* all of them */
	struct topology_report *report;
	gsize copied; /* bytes of text and keys in copies */
	bool full;    /* TREE_NODES or TREE_COPIES was reached and said */
};

void tree_init(struct tree *t, struct topology_report *report);
void tree_clear(struct tree *t);

/* A node without a place in the tree. NULL (said once, at mark) if the tree is
 * full. */
struct node *node_new(struct tree *t, enum node_kind kind, const struct plan_mark *mark);
void node_set_text(struct node *n, const char *text, gsize size);
/* A node of n's kind and marks, without text, items and place; its text counts as
 * copied. NULL as node_new(). */
struct node *node_like(struct tree *t, const struct node *n);
/* The whole subtree again, without a place. NULL as node_new(). */
struct node *node_copy(struct tree *t, const struct node *n);
/* Puts n into a map; false, and nothing done, if the key is there. */
bool map_add(struct node *map, const char *key, const struct plan_mark *key_mark, struct node *n);
void map_remove(struct node *map, struct node *n);
/* NULL if there is none, or map is NULL or no map. */
struct node *map_get(const struct node *map, const char *key);
void list_add(struct node *list, struct node *n);

/* "pcs.alice.memory"; lists do not number their items. g_free() it. */
char *node_path(const struct node *n);
/* "line 4", or "line 4 of parts/hosts.yaml" if it is not in the file of `from`.
 * g_free() it. */
char *mark_place(const struct plan_mark *mark, const struct plan_mark *from);
/* "a map", "a list", "a value", "nothing". */
const char *node_kind_name(const struct node *n);
/* Messages about n, with its path in front. */
void node_error(struct tree *t, const struct node *n, const char *format, ...) G_GNUC_PRINTF(3, 4);
void node_warning(struct tree *t, const struct node *n, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* About its key rather than its value. */
void node_key_error(struct tree *t, const struct node *n, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
