/* lanyard image: the guest images of this machine. Building runs the image's
 * recipe (labs/images/NAME/recipe.sh); the store is engine/lab/image_store.h. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/base/types.h"
#include "engine/lab/image_store.h"
#include "engine/lab/pc_store.h"
#include "tui/cli/args.h"
#include "tui/cli/child.h"
#include "tui/cli/command.h"
#include "tui/cli/recipe.h"
#include "tui/term/term.h"

#define DEFAULT_IMAGE "debian"
/* Begins what an image says of its origin: the recipe's digest. */
#define RECIPE_LINE "recipe "

enum { SHORT_HASH = 12, LOCK_LOOK_US = 100000 };

struct image_args {
	char **word; /* what is no option */
	unsigned words;
	gboolean update, if_needed;
};

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

/* Prints error (taken over); whose fault it was, or which signal came. */
static int fail_error(GError *error)
{
	bool stopped = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && term_ended_by();
	bool host = !g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_NAME) &&
		    !g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_MISSING) &&
		    !g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_BAD);
	/* Callers pass what they got with a NULL: never none. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	int status = fail(host ? STATUS_HOST : STATUS_USAGE, "%s", error->message);

	g_error_free(error);
	return stopped ? 128 + term_ended_by() : status;
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

/* Also when a signal has come: that is when it matters. */
static void remove_tree(const char *path)
{
	const char *const argv[] = {"rm", "-rf", "--", path, NULL};

	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* True when it is ours; false: a signal came. */
static bool wait_lock(int lock)
{
	if (!flock(lock, LOCK_EX | LOCK_NB))
		return true;
	fprintf(stderr, "lanyard image: waiting for another build or import\n");
	while (!term_ended_by()) {
		if (!flock(lock, LOCK_EX | LOCK_NB))
			return true;
		g_usleep(LOCK_LOOK_US);
	}
	return false;
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
		if (*lock >= 0 && !wait_lock(*lock)) {
			g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
		} else if (*lock >= 0) {
			remove_tree(folder);
			if (!g_mkdir(folder, 0777))
				return folder;
		}
	}
	if (!*error)
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

static bool read_text(const char *folder, const char *name, char **text, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return g_file_get_contents(path, text, NULL, error);
}

static void announce(const struct image *image, const char *what)
{
	printf("%s %s@sha256:%s\n", what, image->name, image->hash);
}

static struct image *run_recipe(const char *name, const char *recipe, const char *digest, const char *out,
				GError **error)
{
	g_autofree char *cache = g_build_filename(g_get_user_cache_dir(), "lanyard", "packages", NULL);
	g_autofree char *cmdline = NULL, *versions = NULL, *made_of = NULL;
	const char *const argv[] = {"bash", recipe, out, cache, NULL};

	fflush(stdout);
	if (!child_run(argv, recipe, false, error)) {
		if ((*error)->domain == G_SPAWN_EXIT_ERROR) {
			g_clear_error(error);
			g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s did not make the image", recipe);
		}
		return NULL;
	}
	if (!read_text(out, "cmdline", &cmdline, error) || !read_text(out, "versions", &versions, error))
		return NULL;
	made_of = g_strdup_printf(RECIPE_LINE "%s\n%s", digest, versions);
	return image_store_add(name, out, g_strchomp(cmdline), made_of, error);
}

/* The recipe and the image's name (to be freed); false: said why not. */
static bool find_recipe(const char *what, char **recipe, char **name)
{
	g_autofree char *folder = recipe_folder(what);

	*recipe = folder ? g_build_filename(folder, RECIPE_SCRIPT, NULL) : NULL;
	*name = folder ? g_path_get_basename(folder) : NULL;
	if (!folder || !g_file_test(*recipe, G_FILE_TEST_IS_REGULAR))
		return !fail(STATUS_USAGE, "build: '%s': no recipe of that name, no folder with a " RECIPE_SCRIPT,
			     what);
	if (!image_name_ok(*name))
		return !fail(STATUS_USAGE,
			     "build: '%s': expected a folder with lower-case letters and digits as its name", *name);
	return true;
}

/* Was the current image of this name made by a recipe of this digest? */
static bool made_already(const char *name, const char *digest)
{
	g_autofree char *line = g_strdup_printf(RECIPE_LINE "%s\n", digest);
	struct image *image = image_store_find(name, NULL, NULL);
	bool made = image && g_str_has_prefix(image->versions, line);

	image_free(image);
	return made;
}

static int build(const struct image_args *a)
{
	g_autofree char *name = NULL, *recipe = NULL, *folder = NULL, *digest = NULL;
	GError *error = NULL;
	struct image *image = NULL;
	char *out;
	int lock;

	if (!find_recipe(a->words ? a->word[0] : DEFAULT_IMAGE, &recipe, &name))
		return STATUS_USAGE;
	folder = g_path_get_dirname(recipe);
	digest = recipe_digest(folder, &error);
	if (!digest)
		return fail_error(error);
	if (a->if_needed && made_already(name, digest))
		return STATUS_DONE;
	if (a->update)
		g_setenv("LANYARD_UPDATE", "1", TRUE);
	term_signals();
	out = new_folder(&lock, &error);
	if (out && a->if_needed && made_already(name, digest)) { /* while we waited */
		end_folder(out, lock);
		return STATUS_DONE;
	}
	if (out)
		image = run_recipe(name, recipe, digest, out, &error);
	end_folder(out, lock);
	if (!image)
		return fail_error(error);
	announce(image, "built");
	image_free(image);
	return STATUS_DONE;
}

/* ---- list, info, forget ---- */

static int list(const struct image_args *a)
{
	g_autoptr(GPtrArray) all = image_store_list();

	if (!all->len)
		fprintf(stderr, "lanyard image: no images; `lanyard image build` makes the default one\n");
	for (guint n = 0; n < all->len; n++) {
		const struct image *i = all->pdata[n];

		printf("%c %-16s %.*s %4u MB\n", i->current ? '*' : ' ', i->name, SHORT_HASH, i->hash,
		       (unsigned)(i->size >> 20));
	}
	return STATUS_DONE;
}

static struct image *one_image(const struct image_args *a, int *status)
{
	GError *error = NULL;
	struct image *image = find(a->word[0], &error);

	if (!image)
		*status = fail_error(error);
	return image;
}

/* What the labels of its booted PCs begin with (image.c of engine/lab). */
static char *label_prefix(const struct image *image)
{
	return g_strdup_printf("image %s %s\n", image->name, image->hash);
}

/* "memory 268435456" of a label, in MB. */
static unsigned memory_of(const char *label)
{
	const char *line = strstr(label, "\nmemory ");

	return line ? (unsigned)(g_ascii_strtoull(line + strlen("\nmemory "), NULL, 10) >> 20) : 0;
}

static void print_values(const struct image *image)
{
	g_autofree char *prefix = label_prefix(image);
	g_autoptr(GPtrArray) rows = pc_store_list(prefix);

	printf("booted:   %s\n", rows->len ? "" : "never; the first lab that uses it boots it");
	for (guint n = 0; n < rows->len; n++) {
		const struct pc_store_row *row = rows->pdata[n];

		printf("  with %u MB of memory, %u MB in %s\n", memory_of(row->label), (unsigned)(row->bytes >> 20),
		       row->path);
	}
}

/* Lines "@service frr Routing by FRR" of what an image says of itself. */
static void print_facts(const struct image *image, const char *title, const char *kind)
{
	g_auto(GStrv) lines = g_strsplit(image->versions, "\n", -1);

	for (char **line = lines; *line; line++) {
		char *name = *line + strlen(kind);
		size_t size = strcspn(name, " ");

		if (!g_str_has_prefix(*line, kind))
			continue;
		if (title)
			puts(title);
		title = NULL;
		printf("  %-11.*s %s\n", (int)size, name, name[size] ? name + size + 1 : "");
	}
}

/* Programs beside those of a shell, as many on a line as fit. */
static void print_tools(const struct image *image)
{
	static const char kind[] = "@tool ";
	g_auto(GStrv) lines = g_strsplit(image->versions, "\n", -1);
	size_t column = 0;

	for (char **line = lines; *line; line++) {
		const char *name = *line + strlen(kind);

		if (!g_str_has_prefix(*line, kind))
			continue;
		if (!column || column + 1 + strlen(name) > 79) {
			printf(column ? "\n " : "tools:\n ");
			column = 1;
		}
		printf(" %s", name);
		column += 1 + strlen(name);
	}
	if (column)
		putchar('\n');
}

static void print_packages(const struct image *image)
{
	g_auto(GStrv) lines = g_strsplit(image->versions, "\n", -1);

	printf("made of:\n");
	for (char **line = lines; *line; line++)
		if (**line && **line != '@')
			printf("  %s\n", *line);
}

static int info(const struct image_args *a)
{
	GError *error = NULL;
	int status;
	struct image *image = one_image(a, &status);

	if (!image)
		return status;
	printf("image:    %s@sha256:%s\n", image->name, image->hash);
	printf("folder:   %s\nsize:     %u MB\ncmdline:  %s\n", image->folder, (unsigned)(image->size >> 20),
	       image->cmdline);
	if (image_memory(image))
		printf("memory:   at least %u MB a PC\n", (unsigned)(image_memory(image) >> 20));
	print_facts(image, "services (`start:`):", "@service ");
	print_tools(image);
	print_packages(image);
	print_values(image);
	status = image_store_verify(image, &error) ? STATUS_DONE : fail_error(error);
	image_free(image);
	return status;
}

static int forget(const struct image_args *a)
{
	g_autofree char *prefix = NULL;
	GError *error = NULL;
	int status;
	struct image *image = one_image(a, &status);

	if (!image)
		return status;
	status = STATUS_DONE;
	prefix = label_prefix(image);
	if (pc_store_forget(prefix, &error) && image_store_forget(image, &error))
		announce(image, "forgot");
	else
		status = fail_error(error);
	image_free(image);
	return status;
}

/* ---- export, import: a tar file with the three files of an image ---- */

/* The file appears when it is whole. */
static bool write_tar(const struct image *image, const char *path, GError **error)
{
	g_autofree char *part = g_strdup_printf("%s.part", path);
	const char *const tar[] = {"tar",         "-cf",        part, "--force-local", "--owner=0",  "--group=0",
				   "--mode=0644", "--mtime=@0", "-C", image->folder,   "image.json", "vmlinuz",
				   "initrd",      NULL};
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s: %s", part, g_strerror(errno));
		return false;
	}
	close(fd);
	if (child_run(tar, "tar", false, error) && !g_rename(part, path))
		return true;
	if (!*error)
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s: %s", path, g_strerror(errno));
	g_unlink(part);
	return false;
}

static int export_image(const struct image_args *a)
{
	g_autofree char *path = g_canonicalize_filename(a->word[1], NULL);
	GError *error = NULL;
	int status;
	struct image *image = one_image(a, &status);

	if (!image)
		return status;
	term_signals();
	if (image_store_verify(image, &error) && write_tar(image, path, &error))
		announce(image, "exported");
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

	if (!child_run(tar, "tar", true, error)) {
		if ((*error)->domain == G_SPAWN_EXIT_ERROR) {
			g_clear_error(error);
			g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD,
				    "%s: expected a file that `lanyard image export` wrote", file);
		}
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

static int import_image(const struct image_args *a)
{
	g_autofree char *file = g_canonicalize_filename(a->word[0], NULL);
	GError *error = NULL;
	struct image *image = NULL;
	char *folder;
	int lock;

	if (!g_file_test(file, G_FILE_TEST_IS_REGULAR))
		return fail(STATUS_USAGE, "import: %s: there is no such file", a->word[0]);
	term_signals();
	folder = new_folder(&lock, &error);
	if (folder)
		image = import_from(file, folder, a->words > 1 ? a->word[1] : NULL, &error);
	end_folder(folder, lock);
	if (!image)
		return fail_error(error);
	announce(image, "imported");
	image_free(image);
	return STATUS_DONE;
}

/* ---- the table ---- */

static const struct {
	const char *name, *words, *help;
	unsigned min, max; /* words */
	int (*run)(const struct image_args *a);
} subcommands[] = {
	{"build", "[NAME|FOLDER]", "make an image from its recipe; packages are downloaded once", 0, 1, build},
	{"list", "", "the images on this machine; '*' is the one that labs get", 0, 0, list},
	{"info", "NAME[@HASH]", "one image: hash, files, what it is made of, its booted PCs; checks its bytes", 1, 1,
	 info},
	{"export", "NAME[@HASH] FILE.tar", "write an image to a file for another machine", 2, 2, export_image},
	{"import", "FILE.tar [NAME]", "take an image from such a file", 1, 2, import_image},
	{"forget", "NAME[@HASH]", "remove an image and its booted PCs", 1, 1, forget},
};

static void print_help(FILE *out)
{
	fprintf(out, "Usage:\n  lanyard image COMMAND [ARGUMENT...]\n\nCommands:\n");
	for (unsigned n = 0; n < ARRAY_LEN(subcommands); n++)
		fprintf(out, "  %-7s %-21s %s\n", subcommands[n].name, subcommands[n].words, subcommands[n].help);
	fprintf(out, "\nA lab may demand exact bytes: `image: debian@sha256:HASH`.\n");
}

static int run_subcommand(unsigned n, int argc, char **argv)
{
	g_autofree char *name = g_strdup_printf("image %s", subcommands[n].name);
	g_autofree char *program = g_strdup_printf("lanyard %s", name);
	struct image_args a = {.update = FALSE};
	const GOptionEntry entries[] = {
		{"update", 0, 0, G_OPTION_ARG_NONE, &a.update, "ask for newer packages first", NULL},
		{"if-needed", 0, 0, G_OPTION_ARG_NONE, &a.if_needed,
		 "do nothing if there is an image made by this recipe", NULL},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = name,
		.words = subcommands[n].words,
		.text = subcommands[n].help,
		.min = subcommands[n].min,
		.max = subcommands[n].max,
	};

	g_set_prgname(program);
	if (!args_parse(&usage, subcommands[n].run == build ? entries : NULL, &argc, &argv))
		return STATUS_USAGE;
	a.words = (unsigned)argc - 1;
	a.word = argv + 1;
	return subcommands[n].run(&a);
}

int cmd_image(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		print_help(stdout);
		return STATUS_DONE;
	}
	for (unsigned n = 0; argc > 1 && n < ARRAY_LEN(subcommands); n++)
		if (!strcmp(argv[1], subcommands[n].name))
			return run_subcommand(n, argc - 1, argv + 1);
	if (argc > 1)
		args_expected_word("image", argv[1], "build, list, info, export, import or forget");
	else
		fprintf(stderr, "lanyard image: expected a command; --help lists them\n");
	return STATUS_USAGE;
}
