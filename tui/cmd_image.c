/* lanyard image: the guest images of this machine. Building runs the image's
 * recipe (labs/images/NAME/recipe.sh); the store is engine/lab/image_store.h. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/base/types.h"
#include "engine/lab/image_store.h"
#include "tui/command.h"

#define RECIPE "recipe.sh"
#define DEFAULT_IMAGE "debian"

enum { SHORT_HASH = 12 };

static int fail(int status, const char *format, ...) G_GNUC_PRINTF(2, 3);
static int fail(int status, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "lanyard image: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* Prints error (taken over); whose fault it was. */
static int fail_error(GError *error)
{
	bool host = !g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_NAME) &&
		    !g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_MISSING) &&
		    !g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_BAD);
	/* Callers pass what they got with a NULL: never none. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	int status = fail(host ? STATUS_HOST : STATUS_USAGE, "%s", error->message);

	g_error_free(error);
	return status;
}

/* "NAME", "NAME@sha256:HASH" or "NAME@HASH-PREFIX": an image of the store. Its
 * bytes are not checked: a damaged one can be looked at and forgotten. */
static struct image *find(const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "@", 2);
	g_autoptr(GPtrArray) all = NULL;
	const char *hash = parts[0] ? parts[1] : NULL;
	guint matches = 0, match = 0;

	if (!hash)
		return image_store_find(parts[0] ? parts[0] : "", NULL, error);
	if (g_str_has_prefix(hash, "sha256:"))
		hash += strlen("sha256:");
	all = image_store_list();
	for (guint n = 0; n < all->len && *hash; n++) {
		const struct image *i = all->pdata[n];

		if (!strcmp(i->name, parts[0]) && g_str_has_prefix(i->hash, hash)) {
			match = n;
			matches++;
		}
	}
	if (matches == 1)
		return g_ptr_array_steal_index(all, match);
	if (matches)
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_NAME, "'%s': more than one image begins so", text);
	return matches ? NULL : image_store_find(parts[0], hash, error); /* says what is wrong */
}

/* ---- a folder to work in ---- */

static int run(const char *const *argv, int *status, GError **error)
{
	return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL,
			    NULL, NULL, status, error);
}

static void remove_tree(const char *path)
{
	const char *const argv[] = {"rm", "-rf", "--", path, NULL};
	int status;

	run(argv, &status, NULL);
}

/* An empty folder beside the images, on their file system; one program at a time
 * works in it (*lock is to be closed). What a killed one left there goes. */
static char *new_folder(int *lock, GError **error)
{
	g_autofree char *root = image_store_root(), *lock_path = g_build_filename(root, ".lock", NULL);
	char *folder = g_build_filename(root, ".new", NULL);

	*lock = -1;
	if (!g_mkdir_with_parents(root, 0777)) {
		*lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB)) {
			fprintf(stderr, "lanyard image: waiting for another build or import\n");
			flock(*lock, LOCK_EX);
		}
		remove_tree(folder);
		if (*lock >= 0 && !g_mkdir(folder, 0777))
			return folder;
	}
	g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_HOST, "%s: %s", folder, g_strerror(errno));
	if (*lock >= 0)
		close(*lock);
	*lock = -1;
	g_free(folder);
	return NULL;
}

static void end_folder(char *folder, int lock)
{
	if (folder)
		remove_tree(folder);
	if (lock >= 0)
		close(lock);
	g_free(folder);
}

/* ---- build ---- */

/* The folder with the recipe: given, installed, or in the source tree. */
static char *recipe_folder(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *bin = g_path_get_dirname(self ? self : "/usr/bin/lanyard");
	const char *const beside[] = {"../share/lanyard/images", "../../labs/images", "../labs/images"};

	if (strchr(name, '/'))
		return g_canonicalize_filename(name, NULL);
	for (unsigned n = 0; n < ARRAY_LEN(beside); n++) {
		g_autofree char *folder = g_build_filename(bin, beside[n], name, NULL);
		g_autofree char *recipe = g_build_filename(folder, RECIPE, NULL);

		if (g_file_test(recipe, G_FILE_TEST_IS_REGULAR))
			return g_canonicalize_filename(folder, NULL);
	}
	return NULL;
}

static bool read_text(const char *folder, const char *name, char **text, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return g_file_get_contents(path, text, NULL, error);
}

static void announce(const struct image *image, const char *what)
{
	printf("%s %s@sha256:%s\n", what, image->name, image->hash);
}

static struct image *run_recipe(const char *name, const char *recipe, const char *out, GError **error)
{
	g_autofree char *cache = g_build_filename(g_get_user_cache_dir(), "lanyard", "packages", NULL);
	g_autofree char *cmdline = NULL, *versions = NULL;
	const char *const argv[] = {"bash", recipe, out, cache, NULL};
	int status;

	fflush(stdout);
	if (!run(argv, &status, error))
		return NULL;
	if (!g_spawn_check_wait_status(status, NULL)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s did not make the image", recipe);
		return NULL;
	}
	if (!read_text(out, "cmdline", &cmdline, error) || !read_text(out, "versions", &versions, error))
		return NULL;
	return image_store_add(name, out, g_strchomp(cmdline), versions, error);
}

/* The recipe and the image's name (to be freed); false: said why not. */
static bool find_recipe(const char *what, char **recipe, char **name)
{
	g_autofree char *folder = recipe_folder(what);

	*recipe = folder ? g_build_filename(folder, RECIPE, NULL) : NULL;
	*name = folder ? g_path_get_basename(folder) : NULL;
	if (!folder || !g_file_test(*recipe, G_FILE_TEST_IS_REGULAR))
		return !fail(STATUS_USAGE, "build: '%s': no recipe of that name, no folder with a " RECIPE, what);
	if (!image_name_ok(*name))
		return !fail(STATUS_USAGE,
			     "build: '%s': expected a folder with lower-case letters and digits as its name", *name);
	return true;
}

static int build(int argc, char **argv)
{
	gboolean update = FALSE;
	const GOptionEntry entries[] = {
		{"update", 0, 0, G_OPTION_ARG_NONE, &update, "ask for newer packages first", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context =
		g_option_context_new("[NAME|FOLDER] - make an image from its recipe (" DEFAULT_IMAGE ")");
	g_autofree char *name = NULL, *recipe = NULL;
	GError *error = NULL;
	struct image *image = NULL;
	char *out;
	int lock;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fail(STATUS_USAGE, "build: %s", error->message);
		g_error_free(error);
		return STATUS_USAGE;
	}
	if (argc > 2)
		return fail(STATUS_USAGE, "build: '%s': expected one name", argv[2]);
	if (!find_recipe(argc > 1 ? argv[1] : DEFAULT_IMAGE, &recipe, &name))
		return STATUS_USAGE;
	if (update)
		g_setenv("LANYARD_UPDATE", "1", TRUE);
	out = new_folder(&lock, &error);
	if (out)
		image = run_recipe(name, recipe, out, &error);
	end_folder(out, lock);
	if (!image)
		return fail_error(error);
	announce(image, "built");
	image_free(image);
	return STATUS_DONE;
}

/* ---- list, info, forget ---- */

static int list(int argc, char **argv)
{
	g_autoptr(GPtrArray) all = image_store_list();

	if (argc > 1)
		return fail(STATUS_USAGE, "list: '%s': expected nothing more", argv[1]);
	if (!all->len)
		fprintf(stderr, "lanyard image: no images; `lanyard image build` makes the default one\n");
	for (guint n = 0; n < all->len; n++) {
		const struct image *i = all->pdata[n];

		printf("%c %-16s %.*s %4u MB\n", i->current ? '*' : ' ', i->name, SHORT_HASH, i->hash,
		       (unsigned)(i->size >> 20));
	}
	return STATUS_DONE;
}

static struct image *one_image(int argc, char **argv, int *status)
{
	GError *error = NULL;
	struct image *image;

	if (argc != 2) {
		*status = fail(STATUS_USAGE, "%s: expected one image, as NAME or NAME@HASH", argv[0]);
		return NULL;
	}
	image = find(argv[1], &error);
	if (!image)
		*status = fail_error(error);
	return image;
}

static int info(int argc, char **argv)
{
	GError *error = NULL;
	int status;
	struct image *image = one_image(argc, argv, &status);

	if (!image)
		return status;
	printf("image:    %s@sha256:%s\n", image->name, image->hash);
	printf("folder:   %s\nsize:     %u MB\ncmdline:  %s\n", image->folder, (unsigned)(image->size >> 20),
	       image->cmdline);
	printf("made of:\n");
	for (const char *p = image->versions; *p;) {
		int len = (int)strcspn(p, "\n");

		printf("  %.*s\n", len, p);
		p += len + (p[len] == '\n');
	}
	status = image_store_verify(image, &error) ? STATUS_DONE : fail_error(error);
	image_free(image);
	return status;
}

static int forget(int argc, char **argv)
{
	GError *error = NULL;
	int status;
	struct image *image = one_image(argc, argv, &status);

	if (!image)
		return status;
	status = STATUS_DONE;
	if (image_store_forget(image, &error))
		announce(image, "forgot");
	else
		status = fail_error(error);
	image_free(image);
	return status;
}

/* ---- export, import: a tar file with the three files of an image ---- */

static int export_image(int argc, char **argv)
{
	GError *error = NULL;
	int status;
	struct image *image;

	if (argc != 3)
		return fail(STATUS_USAGE, "export: expected an image and a file");
	image = one_image(2, argv, &status);
	if (!image)
		return status;
	if (image_store_verify(image, &error)) {
		const char *const tar[] = {
			"tar",        "-cf", argv[2],       "--force-local", "--owner=0", "--group=0", "--mode=0644",
			"--mtime=@0", "-C",  image->folder, "image.json",    "vmlinuz",   "initrd",    NULL};

		if (run(tar, &status, &error) && g_spawn_check_wait_status(status, &error))
			announce(image, "exported");
	}
	image_free(image);
	return error ? fail_error(error) : STATUS_DONE;
}

/* The name that the exporter gave; the store checks it. */
static char *exported_name(const char *path)
{
	g_autofree char *text = NULL;
	g_autoptr(GVariant) object = NULL;
	char *name = NULL;

	if (g_file_get_contents(path, &text, NULL, NULL) && g_utf8_validate(text, -1, NULL))
		object = g_variant_parse(G_VARIANT_TYPE("a{ss}"), text, NULL, NULL, NULL);
	if (object)
		g_variant_lookup(object, "name", "s", &name);
	return name ? name : g_strdup("");
}

static struct image *import_from(const char *file, const char *folder, const char *name, GError **error)
{
	/* Only these three, whatever else is inside; a link among them is refused later. */
	const char *const tar[] = {
		"tar", "-xf",  file,         "--force-local", "--no-same-owner", "--no-same-permissions",
		"-C",  folder, "image.json", "vmlinuz",       "initrd",          NULL};
	g_autofree char *json = g_build_filename(folder, "image.json", NULL), *own_name = NULL, *cmdline = NULL,
			*versions = NULL;
	struct image *image;
	int status;

	if (!run(tar, &status, error))
		return NULL;
	if (!g_spawn_check_wait_status(status, NULL)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD,
			    "%s: expected a file that `lanyard image export` wrote", file);
		return NULL;
	}
	if (!image_json_read(json, &cmdline, &versions, error))
		return NULL;
	own_name = exported_name(json);
	image = image_store_add(name ? name : own_name, folder, cmdline, versions, error);
	if (!image)
		g_prefix_error(error, "%s: ", file);
	return image;
}

static int import_image(int argc, char **argv)
{
	GError *error = NULL;
	struct image *image = NULL;
	char *folder;
	int lock;

	if (argc != 2 && argc != 3)
		return fail(STATUS_USAGE, "import: expected a file, and perhaps a name for the image");
	folder = new_folder(&lock, &error);
	if (folder)
		image = import_from(argv[1], folder, argc > 2 ? argv[2] : NULL, &error);
	end_folder(folder, lock);
	if (!image)
		return fail_error(error);
	announce(image, "imported");
	image_free(image);
	return STATUS_DONE;
}

/* ---- the table ---- */

static const struct command subcommands[] = {
	{"build", "[--update] [NAME|FOLDER]", "make an image from its recipe; packages are downloaded once", build},
	{"list", "", "the images on this machine; '*' is the one that labs get", list},
	{"info", "NAME[@HASH]", "one image: hash, files, what it is made of; checks its bytes", info},
	{"export", "NAME[@HASH] FILE.tar", "write an image to a file for another machine", export_image},
	{"import", "FILE.tar [NAME]", "take an image from such a file", import_image},
	{"forget", "NAME[@HASH]", "remove an image", forget},
};

static void print_help(void)
{
	printf("Usage: lanyard image COMMAND [ARGUMENT...]\n\nCommands:\n");
	for (unsigned n = 0; n < ARRAY_LEN(subcommands); n++)
		printf("  %-7s %-24s %s\n", subcommands[n].name, subcommands[n].usage, subcommands[n].help);
	printf("\nA lab may demand exact bytes: `image: debian@sha256:HASH`.\n");
}

int cmd_image(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		print_help();
		return STATUS_DONE;
	}
	for (unsigned n = 0; argc > 1 && n < ARRAY_LEN(subcommands); n++)
		if (!strcmp(argv[1], subcommands[n].name))
			return subcommands[n].run(argc - 1, argv + 1);
	if (argc > 1)
		return fail(STATUS_USAGE, "'%s': no such command; `lanyard image --help` lists them", argv[1]);
	print_help();
	return STATUS_USAGE;
}
