/* Images of the plan: the lab's own, and those of this machine (built from a
 * recipe, imported) that its PCs use. `debian` is known everywhere, built or not. */
#include <string.h>

#include "engine/base/nearest.h"
#include "engine/lab/image_store.h"
#include "engine/boot/boot.h"
#include "topology/plan_maker.h"

static const char *const builtin_images[] = {"debian", NULL};

static bool is_builtin(const char *name)
{
	for (unsigned n = 0; builtin_images[n]; n++)
		if (!strcmp(builtin_images[n], name))
			return true;
	return false;
}

/* The names of the images on this machine (char *, sorted, some twice); a lab
 * that is no file does not ask for them. */
static GPtrArray *stored_images(const struct build *b)
{
	g_autoptr(GPtrArray) images = b->folder ? image_store_list() : NULL;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	for (guint n = 0; images && n < images->len; n++)
		g_ptr_array_add(names, g_strdup(((struct image *)images->pdata[n])->name));
	return names;
}

static bool is_stored(const struct build *b, const char *name)
{
	g_autoptr(GPtrArray) names = stored_images(b);

	return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

static char *file_of(struct build *b, const struct node *map, const char *name)
{
	return value_text(map, keys_image, name) ? build_path(b, map_get(map, name), false) : NULL;
}

/* What is booted first must be there; the net always is. */
static void check_first(struct build *b, const struct node *map)
{
	const struct node *first = map_get(map, "boot");
	const char *name = value_text(map, keys_image, "boot");

	if (!name)
		return;
	if (map_get(map, "kernel"))
		node_key_error(b->tree, first, "it is the kernel that boots: expected no `kernel` with it");
	else if (strcmp(name, "net") != 0 && !map_get(map, name))
		node_key_error(b->tree, first, "expected `%s` with it", name);
	else if (strcmp(name, "net") == 0 && map_get(map, "agent"))
		node_key_error(b->tree, first, "an image with an agent boots before it has a card");
}

static void check_parts(struct build *b, const struct node *map)
{
	static const char *const with_kernel[] = {"initrd", "cmdline"};
	static const char *const boots[] = {"kernel", "disk", "cdrom", "floppy", "boot"};
	bool any = false;

	for (unsigned n = 0; n < ARRAY_LEN(with_kernel); n++)
		if (map_get(map, with_kernel[n]) && !map_get(map, "kernel"))
			node_key_error(b->tree, map_get(map, with_kernel[n]), "expected `kernel` with it");
	for (unsigned n = 0; n < ARRAY_LEN(boots); n++)
		any = any || map_get(map, boots[n]);
	if (!any)
		node_key_error(b->tree, map,
			       "there is nothing to boot: expected kernel, disk, cdrom, floppy or boot: net");
	check_first(b, map);
}

static void own_image(struct build *b, const struct node *map)
{
	struct plan_image *i;
	struct option_value agent, first;

	if (is_builtin(map->key)) {
		node_key_error(b->tree, map, "'%s' is the name of a built-in image", map->key);
		return;
	}
	check_parts(b, map);
	value_get(map, keys_image, "agent", &agent);
	i = g_new0(struct plan_image, 1);
	i->name = g_strdup(map->key);
	i->mark = map->key_mark;
	i->agent = agent.number;
	i->boot_order = value_get(map, keys_image, "boot", &first) ? boot_first_order((unsigned)first.number) : "";
	i->kernel = file_of(b, map, "kernel");
	i->initrd = file_of(b, map, "initrd");
	i->cmdline = g_strdup(value_text(map, keys_image, "cmdline"));
	i->disk = file_of(b, map, "disk");
	i->cdrom = file_of(b, map, "cdrom");
	i->floppy = file_of(b, map, "floppy");
	i->bios = file_of(b, map, "bios");
	g_ptr_array_add(b->plan->images, i);
}

static struct plan_image *find(struct build *b, const char *name)
{
	for (guint n = 0; n < b->plan->images->len; n++) {
		struct plan_image *i = b->plan->images->pdata[n];

		if (!strcmp(i->name, name))
			return i;
	}
	return NULL;
}

static struct plan_image *add_builtin(struct build *b, const char *name, const struct plan_mark *mark)
{
	struct plan_image *i = g_new0(struct plan_image, 1);

	i->name = g_strdup(name);
	i->builtin = i->agent = true;
	i->boot_order = "";
	i->mark = *mark;
	g_ptr_array_add(b->plan->images, i);
	return i;
}

static void unknown_image(struct build *b, const struct node *n, const char *name)
{
	g_autoptr(GPtrArray) own = value_sorted(map_get(b->root, "images"), false), stored = stored_images(b);
	struct nearest near;

	nearest_init(&near, name);
	for (unsigned i = 0; builtin_images[i]; i++)
		nearest_offer(&near, builtin_images[i]);
	for (guint i = 0; i < own->len; i++)
		nearest_offer(&near, ((struct node *)own->pdata[i])->key);
	for (guint i = 0; i < stored->len; i++)
		nearest_offer(&near, stored->pdata[i]);
	if (near.best)
		node_error(b->tree, n, "there is no image '%s'; did you mean '%s'?", name, near.best);
	else
		node_error(b->tree, n,
			   "there is no image '%s': expected 'debian', one of `images`, or one that `lanyard image "
			   "list` shows",
			   name);
}

/* Name and perhaps pin, from the PC, the defaults or the list of keys. */
char *image_name(struct build *b, const struct node *pc, const struct node **where, char **pin)
{
	const char *text = value_text(pc, keys_pc, "image"), *at;

	*where = map_get(pc, "image");
	if (!text) {
		text = value_text(b->defaults, keys_defaults, "image");
		*where = map_get(b->defaults, "image");
	}
	if (!text) {
		text = key_find(keys_pc, "image")->option.standard;
		*where = pc;
	}
	at = strchr(text, '@');
	*pin = at ? g_strdup(at + strlen("@sha256:")) : NULL;
	return at ? g_strndup(text, (gsize)(at - text)) : g_strdup(text);
}

/* One PC's image: is it there, and do all agree on its pin? */
static void note_use(struct build *b, const struct node *pc)
{
	const struct node *where;
	g_autofree char *pin = NULL, *name = NULL;
	struct plan_image *i;

	name = image_name(b, pc, &where, &pin);
	i = find(b, name);
	if (!i && !map_get(map_get(b->root, "images"), name) && (is_builtin(name) || is_stored(b, name)))
		i = add_builtin(b, name, &where->mark);
	if (!i) {
		if (!map_get(map_get(b->root, "images"), name))
			unknown_image(b, where, name);
		return;
	}
	if (pin && !i->builtin)
		node_error(b->tree, where, "the lab's own images cannot be pinned");
	else if (pin && i->pin && strcmp(pin, i->pin))
		node_error(b->tree, where, "image '%s' is pinned to two different contents", name);
	else if (pin && !i->pin)
		i->pin = g_steal_pointer(&pin);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp((*(struct plan_image *const *)a)->name, (*(struct plan_image *const *)b)->name);
}

void build_images(struct build *b)
{
	g_autoptr(GPtrArray) own = value_sorted(map_get(b->root, "images"), true);
	g_autoptr(GPtrArray) pcs = value_sorted(map_get(b->root, "pcs"), true);

	for (guint n = 0; n < own->len; n++)
		own_image(b, own->pdata[n]);
	for (guint n = 0; n < pcs->len; n++)
		note_use(b, pcs->pdata[n]);
	g_ptr_array_sort(b->plan->images, by_name);
}
