/* Opening a kernel: files, compression of the whole file, and the list of
 * kinds; see kernel.h. */
#include "engine/boot/kernel.h"

#include <errno.h>
#include <sys/stat.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/boot/boot.h"
#include "engine/boot/kernel_linux.h"
#include "engine/boot/kernel_multiboot.h"
#include "engine/boot/kernel_real.h"
#include "engine/boot/kernel_unpack.h"

/* In the order of asking: a bzImage that Linux cannot be entered in directly
 * falls to its real-mode entry; an ELF file with a Multiboot header is not
 * taken for a vmlinux. */
/* clang-format off */
static const struct kernel_kind *const kinds[] = {
	&kernel_linux_image, &kernel_real, &kernel_multiboot, &kernel_vmlinux,
};
/* clang-format on */

GQuark boot_error_quark(void)
{
	return g_quark_from_static_string("boot-error");
}

struct bytes kernel_bytes(GBytes *bytes)
{
	struct bytes b = {NULL, 0};

	if (bytes)
		b.data = g_bytes_get_data(bytes, &b.size);
	return b;
}

GBytes *kernel_read_file(const char *path, uint64_t max, GError **error)
{
	g_autoptr(GError) cause = NULL;
	struct stat st;
	char *data;
	gsize size;

	if (stat(path, &st) < 0)
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: %s", path, g_strerror(errno));
	else if (!S_ISREG(st.st_mode))
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: %s, expected a file", path,
			    S_ISDIR(st.st_mode) ? "is a directory" : "is not a regular file");
	else if (st.st_size == 0)
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: is empty", path);
	else if ((uint64_t)st.st_size > max)
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE,
			    "%s: is too large: %" G_GUINT64_FORMAT " bytes, at most %" G_GUINT64_FORMAT " expected",
			    path, (guint64)st.st_size, (guint64)max);
	else if (!g_file_get_contents(path, &data, &size, &cause))
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: %s", path, cause->message);
	else
		return g_bytes_new_take(data, size);
	return NULL;
}

char *boot_file_digest(const char *path, GError **error)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
	XXH128_hash_t hash;

	if (!file)
		return NULL;
	hash = XXH3_128bits(g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
	return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", (guint64)hash.high64,
			       (guint64)hash.low64);
}

/* What a file that is no kernel seems to be, for the error message. */
static const char *describe(struct bytes file)
{
	static const struct {
		uint32_t offset;
		const char *magic, *what;
	} known[] = {
		{0, "MZ", "a Windows or EFI program"},
		{0x8001, "CD001", "a CD-ROM image: give it as --cdrom"},
		{257, "ustar", "a tar archive"},
		{0, "070701", "a cpio archive: give it as --initrd"},
		{0, "!<arch>", "a Debian package or library"},
		{0, "#!", "a script"},
		{0, "BZh", "bzip2 data: unpack it first"},
		{0, "\x89LZO", "lzop data: unpack it first"},
		{0, "PK\3\4", "a zip archive"},
		{0x1fe, "\x55\xaa", "a boot sector or disk image: give it as --floppy or --disk"},
	};

	for (unsigned n = 0; n < ARRAY_LEN(known); n++) {
		size_t size = strlen(known[n].magic);
		const uint8_t *p = bytes_at(file, known[n].offset, size);

		if (p && !memcmp(p, known[n].magic, size))
			return known[n].what;
	}
	return "unknown data";
}

/* vmlinux.gz and its like, in any format that payloads have. LZMA's magic number
 * is three bytes that other files may begin with: it has to work out. */
static bool unpack_file(struct kernel *k, GError **error)
{
	const char *format = kernel_unpack_format(kernel_bytes(k->file));
	bool sure = format && strcmp(format, "lzma");
	GBytes *inner;

	if (!format)
		return true;
	inner = kernel_unpack(kernel_bytes(k->file), KERNEL_MAX_SIZE, sure ? error : NULL);
	if (!inner)
		return !sure;
	k->packed = format;
	g_bytes_unref(k->file);
	k->file = inner;
	return true;
}

static bool recognize(struct kernel *k, GError **error)
{
	if (!unpack_file(k, error))
		return false;
	for (unsigned n = 0; n < ARRAY_LEN(kinds); n++) {
		enum kernel_probe r = kinds[n]->probe(k, error);

		if (r == PROBE_MINE)
			k->kind = kinds[n];
		if (r != PROBE_OTHER)
			return r == PROBE_MINE;
	}
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "is not a Linux or Multiboot kernel but %s%s%s",
		    k->packed ? k->packed : "", k->packed ? " data with this inside: " : "",
		    describe(kernel_bytes(k->file)));
	return false;
}

static void module_clear(void *p)
{
	struct kernel_module *m = p;

	g_bytes_unref(m->data);
	g_free(m->string);
}

struct kernel *kernel_open(const char *path, const char *initrd, const char *append, bool cpu64, GError **error)
{
	GBytes *file = kernel_read_file(path, KERNEL_MAX_SIZE, error);
	struct kernel *k;

	if (!file)
		return NULL;
	k = g_new0(struct kernel, 1);
	k->file = file;
	k->name = g_path_get_basename(path);
	k->append = g_strdup(append ? append : "");
	k->cpu64 = cpu64;
	k->modules = g_array_new(FALSE, FALSE, sizeof(struct kernel_module));
	g_array_set_clear_func(k->modules, module_clear);
	if (!recognize(k, error))
		g_prefix_error(error, "%s: ", path);
	else if (!initrd || k->kind->load_initrd(k, initrd, error))
		return k;
	kernel_free(k);
	return NULL;
}

void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	g_bytes_unref(k->file);
	g_bytes_unref(k->vmlinux);
	g_bytes_unref(k->initrd);
	g_array_unref(k->modules);
	g_free(k->name);
	g_free(k->append);
	g_free(k);
}

bool kernel_plan(const struct kernel *k, const struct boot_facts *facts, struct boot_plan *p, GError **error)
{
	boot_plan_init(p, facts);
	return k->kind->plan(k, p, error);
}
