/* Finding recipes, and telling whether one has changed; see recipe.h. */
#include "tui/cli/recipe.h"

#include <string.h>

#include "engine/base/types.h"

char *recipe_folder(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *bin = g_path_get_dirname(self ? self : "/usr/bin/lanyard");
	const char *const beside[] = {"../share/lanyard/images", "../../labs/images", "../labs/images"};

	if (strchr(name, '/'))
		return g_canonicalize_filename(name, NULL);
	for (unsigned n = 0; n < ARRAY_LEN(beside); n++) {
		g_autofree char *folder = g_build_filename(bin, beside[n], name, NULL);
		g_autofree char *recipe = g_build_filename(folder, RECIPE_SCRIPT, NULL);

		if (g_file_test(recipe, G_FILE_TEST_IS_REGULAR))
			return g_canonicalize_filename(folder, NULL);
	}
	return NULL;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_folder(GChecksum *sum, const char *folder, GError **error);

/* Its name and bytes, each with its length before it. */
static bool add_file(GChecksum *sum, const char *path, const char *name, GError **error)
{
	g_autofree char *bytes = NULL, *head = NULL;
	gsize size;

	if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
		head = g_strdup_printf("folder %zu %s\n", strlen(name), name);
		g_checksum_update(sum, (const guchar *)head, -1);
		return add_folder(sum, path, error);
	}
	if (!g_file_get_contents(path, &bytes, &size, error))
		return false;
	head = g_strdup_printf("file %zu %s %zu\n", strlen(name), name, size);
	g_checksum_update(sum, (const guchar *)head, -1);
	g_checksum_update(sum, (const guchar *)bytes, (gssize)size);
	return true;
}

static bool add_folder(GChecksum *sum, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
	bool ok = dir;

	for (const char *name; dir && (name = g_dir_read_name(dir));)
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	for (guint n = 0; ok && n < names->len; n++) {
		g_autofree char *path = g_build_filename(folder, names->pdata[n], NULL);

		ok = add_file(sum, path, names->pdata[n], error);
	}
	return ok;
}

/* The folder beside it whose recipe it uses, as the file "base" says; NULL: none. */
static char *base_folder(const char *folder)
{
	g_autofree char *path = g_build_filename(folder, "base", NULL), *name = NULL;

	return g_file_get_contents(path, &name, NULL, NULL) ? g_build_filename(folder, "..", g_strstrip(name), NULL)
							    : NULL;
}

char *recipe_digest(const char *folder, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *agent = g_build_filename(folder, "..", "agent", NULL), *base = base_folder(folder);

	if (!add_folder(sum, folder, error) || (base && !add_folder(sum, base, error)))
		return NULL;
	if (g_file_test(agent, G_FILE_TEST_IS_DIR) && !add_folder(sum, agent, error))
		return NULL;
	return g_strdup(g_checksum_get_string(sum));
}
