/* The store of guest images; see image_store.h. Files in it may have been put
 * there by hand or come from strangers: names, sizes and hashes are checked. */
#include "engine/lab/image_store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/units.h"

enum { HASH_LEN = 64, NAME_MAX_LEN = 64, JSON_MAX = 1 << 20, CMDLINE_MAX = 2047 /* Linux x86's limit */ };

static const char *const files[] = {"vmlinuz", "initrd", "image.json"};

G_DEFINE_QUARK(lanyard - image - error, image_error)

/* ---- names ---- */

bool image_name_ok(const char *name)
{
	size_t len = strlen(name);

	return len && len <= NAME_MAX_LEN && g_ascii_isalnum(name[0]) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

bool image_hash_ok(const char *hash)
{
	return strlen(hash) == HASH_LEN && strspn(hash, "0123456789abcdef") == HASH_LEN;
}

char *image_store_root(void)
{
	return g_build_filename(g_get_user_cache_dir(), "lanyard", "images", NULL);
}

static char *path_of(const char *name, const char *rest)
{
	g_autofree char *root = image_store_root();

	return g_build_filename(root, name, rest, NULL);
}

static bool host_error(const char *path, GError **error)
{
	g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_HOST, "%s: %s", path, g_strerror(errno));
	return false;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	g_free(image->name);
	g_free(image->hash);
	g_free(image->folder);
	g_free(image->kernel);
	g_free(image->initrd);
	g_free(image->cmdline);
	g_free(image->versions);
	g_free(image);
}

guint64 image_memory(const struct image *image)
{
	const char *line =
		g_str_has_prefix(image->versions, "@memory ") ? image->versions : strstr(image->versions, "\n@memory ");
	g_autofree char *text = NULL;
	uint64_t bytes;

	if (!line)
		return 0;
	line += strspn(line, "\n") + strlen("@memory ");
	text = g_strndup(line, strcspn(line, "\n"));
	return parse_size(text, &bytes, NULL) ? bytes : 0;
}

/* ---- image.json ---- */

static void json_add(GString *out, const char *key, const char *value, const char *end)
{
	g_string_append_printf(out, "  \"%s\": \"", key);
	for (const char *p = value; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f)
			g_string_append_printf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else
			g_string_append_c(out, (char)c);
	}
	g_string_append_printf(out, "\"%s\n", end);
}

static char *json_text(const char *name, const char *hash, const char *cmdline, const char *versions)
{
	GString *out = g_string_new("{\n");

	json_add(out, "format", "1", ",");
	json_add(out, "name", name, ",");
	json_add(out, "hash", hash, ",");
	json_add(out, "cmdline", cmdline, ",");
	json_add(out, "versions", versions, "");
	g_string_append(out, "}\n");
	return g_string_free(out, FALSE);
}

/* A regular file, not what a link points to; its size. */
static bool regular(const char *path, guint64 *size)
{
	struct stat s;

	if (lstat(path, &s) || !S_ISREG(s.st_mode))
		return false;
	*size = (guint64)s.st_size;
	return true;
}

/* A flat JSON object of strings reads as GVariant's text format, a{ss}. */
static GVariant *json_parse(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	guint64 size;
	GVariant *object = NULL;

	if (regular(path, &size) && size <= JSON_MAX && g_file_get_contents(path, &text, NULL, NULL) &&
	    g_utf8_validate(text, -1, NULL))
		object = g_variant_parse(G_VARIANT_TYPE("a{ss}"), text, NULL, NULL, NULL);
	if (!object)
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s: expected the description of an image", path);
	return object;
}

bool image_json_read(const char *path, char **cmdline, char **versions, GError **error)
{
	g_autoptr(GVariant) object = json_parse(path, error);
	const char *format = "", *line = NULL, *made = "";

	if (!object)
		return false;
	g_variant_lookup(object, "format", "&s", &format);
	g_variant_lookup(object, "cmdline", "&s", &line);
	g_variant_lookup(object, "versions", "&s", &made);
	if (strcmp(format, "1") || !line || strlen(line) > CMDLINE_MAX || strpbrk(line, "\n\r")) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s: expected format 1 and a kernel command line",
			    path);
		return false;
	}
	*cmdline = g_strdup(line);
	*versions = g_strdup(made);
	return true;
}

/* ---- contents ---- */

static char *file_sum(const char *path, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guchar buffer[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
		g_checksum_update(sum, buffer, n);
	if (n < 0)
		host_error(path, error);
	if (fd >= 0)
		close(fd);
	return n < 0 ? NULL : g_strdup(g_checksum_get_string(sum));
}

static char *content_hash(const char *kernel, const char *initrd, const char *cmdline, GError **error)
{
	g_autofree char *kernel_sum = file_sum(kernel, error);
	g_autofree char *initrd_sum = kernel_sum ? file_sum(initrd, error) : NULL;
	g_autofree char *text = NULL;

	if (!initrd_sum)
		return NULL;
	text = g_strdup_printf("lanyard-image 1\nkernel %s\ninitrd %s\ncmdline %s\n", kernel_sum, initrd_sum, cmdline);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

bool image_store_verify(const struct image *image, GError **error)
{
	g_autofree char *hash = content_hash(image->kernel, image->initrd, image->cmdline, error);

	if (!hash)
		return false;
	if (strcmp(hash, image->hash)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD,
			    "%s: these files are not the image %s@sha256:%s (they are sha256:%s); forget it and build "
			    "or import it again",
			    image->folder, image->name, image->hash, hash);
		return false;
	}
	return true;
}

/* ---- finding ---- */

/* The current hash of a name, or NULL. */
static char *current_hash(const char *name)
{
	g_autofree char *path = path_of(name, "current"), *text = NULL;
	guint64 size;

	if (!regular(path, &size) || size > 2 * HASH_LEN || !g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	g_strchomp(text);
	return image_hash_ok(text) ? g_steal_pointer(&text) : NULL;
}

static struct image *load(const char *name, const char *hash, GError **error)
{
	struct image *image = g_new0(struct image, 1);
	g_autofree char *current = current_hash(name), *json = NULL;
	guint64 kernel_size, initrd_size;

	image->name = g_strdup(name);
	image->hash = g_strdup(hash);
	image->folder = path_of(name, hash);
	image->kernel = g_build_filename(image->folder, files[0], NULL);
	image->initrd = g_build_filename(image->folder, files[1], NULL);
	json = g_build_filename(image->folder, files[2], NULL);
	if (!image_json_read(json, &image->cmdline, &image->versions, error))
		goto fail;
	if (!regular(image->kernel, &kernel_size) || !regular(image->initrd, &initrd_size)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD, "%s: the kernel or the initrd is missing",
			    image->folder);
		goto fail;
	}
	image->size = kernel_size + initrd_size;
	image->current = !g_strcmp0(current, hash);
	return image;
fail:
	image_free(image);
	return NULL;
}

struct image *image_store_find(const char *name, const char *hash, GError **error)
{
	struct image *image;
	g_autofree char *current = NULL, *folder = NULL;

	if (!image_name_ok(name) || (hash && !image_hash_ok(hash))) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_NAME,
			    "'%s%s%s': expected NAME or NAME@sha256: and 64 hexadecimal digits", name,
			    hash ? "@sha256:" : "", hash ? hash : "");
		return NULL;
	}
	current = hash ? g_strdup(hash) : current_hash(name);
	folder = current ? path_of(name, current) : NULL;
	if (!folder || !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING,
			    "image %s%s%s is not on this machine: `lanyard image build %s` makes it, `lanyard image "
			    "import` brings another's",
			    name, hash ? "@sha256:" : "", hash ? hash : "", name);
		return NULL;
	}
	image = load(name, current, error);
	if (!image || !hash || image_store_verify(image, error))
		return image;
	image_free(image);
	return NULL;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct image *x = *(struct image *const *)a, *y = *(struct image *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->hash, y->hash);
}

static void list_name(GPtrArray *list, const char *name)
{
	g_autofree char *path = path_of(name, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *hash;

	while (dir && (hash = g_dir_read_name(dir))) {
		struct image *image = image_hash_ok(hash) ? load(name, hash, NULL) : NULL;

		if (image)
			g_ptr_array_add(list, image);
	}
}

GPtrArray *image_store_list(void)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)image_free);
	g_autofree char *root = image_store_root();
	g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (image_name_ok(name))
			list_name(list, name);
	g_ptr_array_sort(list, by_name);
	return list;
}

/* ---- changing ---- */

/* hash: NULL for none. */
static bool set_current(const char *name, const char *hash, GError **error)
{
	g_autofree char *path = path_of(name, "current"), *text = NULL;

	if (!hash)
		return !g_unlink(path) || errno == ENOENT || host_error(path, error);
	text = g_strdup_printf("%s\n", hash);
	return g_file_set_contents(path, text, -1, error); /* by a rename: never half written */
}

static bool remove_folder(const char *folder, GError **error)
{
	for (unsigned n = 0; n < G_N_ELEMENTS(files); n++) {
		g_autofree char *path = g_build_filename(folder, files[n], NULL);

		if (g_unlink(path) && errno != ENOENT)
			return host_error(path, error);
	}
	return !g_rmdir(folder) || errno == ENOENT || host_error(folder, error);
}

/* A complete folder beside its place, then renamed: nobody sees half an image. */
static bool fill(const char *from, const char *to, const char *json, GError **error)
{
	g_autofree char *part = g_strconcat(to, ".part", NULL), *path = g_build_filename(part, files[2], NULL);

	if (!remove_folder(part, error))
		return false;
	if (g_mkdir_with_parents(part, 0777))
		return host_error(part, error);
	for (unsigned n = 0; n < 2; n++) {
		g_autofree char *old = g_build_filename(from, files[n], NULL),
				*new = g_build_filename(part, files[n], NULL);

		if (g_rename(old, new))
			return host_error(old, error);
	}
	if (!g_file_set_contents(path, json, -1, error))
		return false;
	return !g_rename(part, to) || host_error(to, error);
}

/* Is the store's copy there, with all its bytes? */
static bool complete(const char *name, const char *hash)
{
	struct image *image = load(name, hash, NULL);
	bool ok = image && image_store_verify(image, NULL);

	image_free(image);
	return ok;
}

struct image *image_store_add(const char *name, const char *folder, const char *cmdline, const char *versions,
			      GError **error)
{
	g_autofree char *kernel = g_build_filename(folder, files[0], NULL),
			*initrd = g_build_filename(folder, files[1], NULL);
	g_autofree char *hash = NULL, *to = NULL, *json = NULL;
	guint64 size;

	if (!image_name_ok(name)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_NAME,
			    "'%s': expected lower-case letters and digits as an image's name", name);
		return NULL;
	}
	if (!regular(kernel, &size) || !regular(initrd, &size) || strlen(cmdline) > CMDLINE_MAX ||
	    strpbrk(cmdline, "\n\r") || !g_utf8_validate(cmdline, -1, NULL) || !g_utf8_validate(versions, -1, NULL)) {
		g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_BAD,
			    "%s: expected vmlinuz, initrd and a command line of one line", folder);
		return NULL;
	}
	hash = content_hash(kernel, initrd, cmdline, error);
	if (!hash)
		return NULL;
	to = path_of(name, hash);
	if (!complete(name, hash)) {
		json = json_text(name, hash, cmdline, versions);
		if (!remove_folder(to, error) || !fill(folder, to, json, error))
			return NULL;
	}
	return set_current(name, hash, error) ? load(name, hash, error) : NULL;
}

bool image_store_forget(const struct image *image, GError **error)
{
	g_autofree char *newest = NULL, *path = path_of(image->name, NULL);
	g_autoptr(GPtrArray) all = image_store_list();
	gint64 best = -1;

	for (guint n = 0; n < all->len && image->current; n++) {
		const struct image *other = all->pdata[n];
		struct stat s;

		if (!strcmp(other->name, image->name) && strcmp(other->hash, image->hash) && !stat(other->folder, &s) &&
		    s.st_mtime > best) {
			best = s.st_mtime;
			g_free(newest);
			newest = g_strdup(other->hash);
		}
	}
	if ((image->current && !set_current(image->name, newest, error)) || !remove_folder(image->folder, error))
		return false;
	g_rmdir(path); /* succeeds only for the last one */
	return true;
}
