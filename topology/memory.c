/* A PC's memory against what its image needs, if the image is on this machine and
 * says so. */
#include "engine/lab/image_store.h"
#include "topology/plan_maker.h"

static void check_pc(struct build *b, const struct plan_pc *pc, const char *image, guint64 least)
{
	const struct node *map = map_get(map_get(b->root, "pcs"), pc->name);
	const struct node *n = map_get(map, "memory") ? map_get(map, "memory") : map_get(b->defaults, "memory");
	unsigned has = (unsigned)(pc->memory >> 20), needs = (unsigned)(least >> 20);

	if (!map || pc->memory >= least)
		return;
	if (n)
		node_error(b->tree, n, "'%s': image '%s' needs at least %uM", n->text, image, needs);
	else
		node_key_error(b->tree, map, "%uM of memory, but image '%s' needs at least %uM", has, image, needs);
}

void build_memory(struct build *b)
{
	for (guint n = 0; n < b->plan->images->len; n++) {
		const struct plan_image *i = b->plan->images->pdata[n];
		struct image *image = i->builtin && !i->pin ? image_store_find(i->name, NULL, NULL) : NULL;
		guint64 least = image ? image_memory(image) : 0;

		image_free(image);
		for (guint p = 0; least && p < b->plan->pcs->len; p++)
			if (((const struct plan_pc *)b->plan->pcs->pdata[p])->image == n)
				check_pc(b, b->plan->pcs->pdata[p], i->name, least);
	}
}
