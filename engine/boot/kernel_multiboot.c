/* Multiboot 1 kernels; see kernel_multiboot.h. Numbers in comments are sections
 * of the specification. */
#include "engine/boot/kernel_multiboot.h"

#include "engine/boot/boot.h"
#include "engine/boot/kernel_real.h"

#define SEARCH 8192u /* 3.1: the header lies in the first bytes, 4-aligned */
#define HEADER_MAGIC 0x1badb002u
#define LOADER_MAGIC 0x2badb002u /* 3.2: EAX */
#define LOW_END 0x100000ull
#define MAX_STRING 4096u
#define MAX_MODULES 64u

/* 3.1.2: header flags. The low half are requirements. */
enum { WANT_ALIGN = 1 << 0, WANT_MEMORY = 1 << 1, WANT_VIDEO = 1 << 2, WANT_UNKNOWN = 0xfff8, AOUT_KLUDGE = 1 << 16 };

/* 3.3: the information structure. */
enum {
	MBI_FLAGS = 0,
	MBI_MEM_LOWER = 4,
	MBI_MEM_UPPER = 8,
	MBI_CMDLINE = 16,
	MBI_MODS_COUNT = 20,
	MBI_MODS_ADDR = 24,
	MBI_MMAP_LENGTH = 44,
	MBI_MMAP_ADDR = 48,
	MBI_LOADER_NAME = 64,
	MBI_FB_ADDR = 88,
	MBI_FB_PITCH = 96,
	MBI_FB_WIDTH = 100,
	MBI_FB_HEIGHT = 104,
	MBI_FB_BPP = 108,
	MBI_FB_TYPE = 109,
	MBI_SIZE = 116,
};
enum {
	HAVE_MEMORY = 1 << 0,
	HAVE_CMDLINE = 1 << 2,
	HAVE_MODS = 1 << 3,
	HAVE_MMAP = 1 << 6,
	HAVE_LOADER = 1 << 9,
	HAVE_FRAMEBUFFER = 1 << 12,
};
#define FB_EGA_TEXT 2

static const char loader_name[] = "lanyard";

/* ---- the header ---- */

int64_t multiboot_find_header(struct bytes file)
{
	for (uint32_t at = 0; at + 12 <= SEARCH; at += 4) {
		const uint8_t *p = bytes_at(file, at, 12);

		if (!p)
			break;
		if (get_le32(p) == HEADER_MAGIC && !(uint32_t)(HEADER_MAGIC + get_le32(p + 4) + get_le32(p + 8)))
			return at;
	}
	return -1;
}

static enum kernel_probe bad(GError **error, const char *text)
{
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "has a bad Multiboot header: %s", text);
	return PROBE_ERROR;
}

/* 3.1.3: the header's own addresses, for files that are not ELF. */
static enum kernel_probe probe_kludge(struct kernel *k, struct bytes file, uint32_t at, GError **error)
{
	struct kernel_multiboot *m = &k->multiboot;
	const uint8_t *p = bytes_at(file, at, 32);
	uint64_t header, load, load_end, bss_end, offset;

	if (!p)
		return bad(error, "it is truncated");
	header = get_le32(p + 12);
	load = get_le32(p + 16);
	load_end = get_le32(p + 20);
	bss_end = get_le32(p + 24);
	if (load > header || header - load > at)
		return bad(error, "load_addr does not agree with header_addr");
	offset = at - (header - load);
	if (!load_end)
		load_end = load + (file.size - offset);
	if (load_end < load || load_end - load > file.size - offset)
		return bad(error, "load_end_addr lies beyond the end of the file");
	if (bss_end && bss_end < load_end)
		return bad(error, "bss_end_addr lies before load_end_addr");
	m->load = load;
	m->data = file.data + offset;
	m->data_size = load_end - load;
	m->memory = (bss_end ? bss_end : load_end) - load;
	m->entry = get_le32(p + 28);
	if (m->entry < load || m->entry - load >= m->memory)
		return bad(error, "entry_addr lies outside of what is loaded");
	return PROBE_MINE;
}

static enum kernel_probe probe(struct kernel *k, GError **error)
{
	struct kernel_multiboot *m = &k->multiboot;
	struct bytes file = kernel_bytes(k->file);
	int64_t at = multiboot_find_header(file);

	if (at < 0)
		return PROBE_OTHER;
	m->flags = get_le32(file.data + at + 4);
	if (m->flags & WANT_UNKNOWN)
		return bad(error, "it requires a feature that does not exist");
	if (strlen(k->append) >= MAX_STRING) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "the command line is longer than %u characters",
			    MAX_STRING - 1);
		return PROBE_ERROR;
	}
	if (m->flags & AOUT_KLUDGE)
		return probe_kludge(k, file, (uint32_t)at, error);
	if (!kernel_elf_parse(&k->elf, file, error))
		return PROBE_ERROR;
	if (!kernel_elf_entry(&k->elf, true, &m->entry))
		return bad(error, "the ELF entry point lies outside of what is loaded");
	return PROBE_MINE;
}

/* ---- modules ---- */

/* One "FILE ARGS"; the string that the kernel sees has the file's base name. */
static bool add_module(struct kernel *k, const char *text, GError **error)
{
	size_t length = strcspn(text, " ");
	g_autofree char *path = g_strndup(text, length);
	g_autofree char *base = g_path_get_basename(path);
	struct kernel_module m;

	if (!length || strlen(text) >= MAX_STRING || k->modules->len == MAX_MODULES) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_CONFIG,
			    "initrd: '%s': expected at most %u modules, "
			    "FILE or FILE ARGS, separated by commas",
			    text, MAX_MODULES);
		return false;
	}
	m.data = kernel_read_file(path, KERNEL_MAX_INITRD, error);
	if (!m.data)
		return false;
	m.string = g_strconcat(base, text + length, NULL);
	g_array_append_val(k->modules, m);
	return true;
}

/* Commas separate modules; two commas are one comma of the text. */
static bool load_modules(struct kernel *k, const char *argument, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (const char *s = argument;; s++) {
		if (s[0] == ',' && s[1] == ',') {
			g_string_append_c(text, *s++);
		} else if (*s == ',' || !*s) {
			if (!add_module(k, text->str, error))
				return false;
			g_string_truncate(text, 0);
			if (!*s)
				return true;
		} else {
			g_string_append_c(text, *s);
		}
	}
}

/* ---- the plan ---- */

static bool place_string(struct boot_plan *p, const char *text, uint64_t *addr)
{
	size_t size = strlen(text) + 1;

	if (!boot_plan_find(p, size, 4, 0, LOW_END, false, addr))
		return false;
	memcpy(boot_plan_buffer(p, *addr, size), text, size);
	return true;
}

static bool place_kernel(const struct kernel *k, struct boot_plan *p, uint64_t *end, GError **error)
{
	const struct kernel_multiboot *m = &k->multiboot;
	bool kludge = m->flags & AOUT_KLUDGE;
	uint64_t base = kludge ? m->load : k->elf.low;
	uint64_t size = kludge ? m->memory : k->elf.high - k->elf.low;

	*end = base + size;
	if (!boot_plan_take(p, base, size))
		return kernel_setup_no_room(p, base, size, error);
	if (kludge)
		boot_plan_write(p, base, m->data, m->data_size, size);
	else
		kernel_elf_write(&k->elf, p);
	return true;
}

/* 3.3 mods_addr. Page-aligned whether asked for or not, above the kernel: where
 * GRUB puts them, and where small kernels have their first page tables. */
static bool place_modules(const struct kernel *k, struct boot_plan *p, uint64_t end, uint64_t *list, GError **error)
{
	uint64_t low = end > LOW_END ? end : LOW_END, base, string;
	uint8_t *entry;

	if (!boot_plan_find(p, k->modules->len * 16, 4, 0, LOW_END, false, list))
		return kernel_setup_no_room(p, 0, k->modules->len * 16, error);
	entry = boot_plan_buffer(p, *list, k->modules->len * 16);
	for (unsigned n = 0; n < k->modules->len; n++, entry += 16) {
		const struct kernel_module *m = &g_array_index(k->modules, struct kernel_module, n);
		struct bytes data = kernel_bytes(m->data);

		if (!boot_plan_find(p, data.size, 4096, low, 1ull << 32, false, &base) ||
		    !place_string(p, m->string, &string)) {
			g_set_error(error, BOOT_ERROR, BOOT_ERROR_MEMORY,
				    "its module '%s' of %zu KiB does not fit in "
				    "the PC's memory",
				    m->string, (data.size + 1023) >> 10);
			return false;
		}
		boot_plan_write(p, base, data.data, data.size, data.size);
		put_le32(entry, (uint32_t)base);
		put_le32(entry + 4, (uint32_t)(base + data.size));
		put_le32(entry + 8, (uint32_t)string);
		low = base + data.size;
	}
	return true;
}

static bool place_map(struct boot_plan *p, uint8_t *mbi)
{
	const struct boot_facts *f = p->facts;
	uint64_t addr;
	uint8_t *map;

	if (!boot_plan_find(p, f->map_count * 24, 4, 0, LOW_END, false, &addr))
		return false;
	map = boot_plan_buffer(p, addr, f->map_count * 24);
	for (unsigned n = 0; n < f->map_count; n++, map += 24) {
		put_le32(map, 20); /* bytes that follow */
		put_le64(map + 4, f->map[n].base);
		put_le64(map + 12, f->map[n].size);
		put_le32(map + 20, f->map[n].type);
	}
	put_le32(mbi + MBI_MMAP_ADDR, (uint32_t)addr);
	put_le32(mbi + MBI_MMAP_LENGTH, f->map_count * 24);
	return true;
}

/* 3.3, framebuffer: the text mode that the BIOS left. */
static void fill_framebuffer(const struct boot_facts *f, uint8_t *mbi)
{
	uint32_t columns = f->bda[0x4a] ? f->bda[0x4a] : 80, rows = f->bda[0x84] ? f->bda[0x84] + 1u : 25;

	put_le64(mbi + MBI_FB_ADDR, 0xb8000);
	put_le32(mbi + MBI_FB_PITCH, columns * 2);
	put_le32(mbi + MBI_FB_WIDTH, columns);
	put_le32(mbi + MBI_FB_HEIGHT, rows);
	mbi[MBI_FB_BPP] = 16;
	mbi[MBI_FB_TYPE] = FB_EGA_TEXT;
}

static bool place_strings(const struct kernel *k, struct boot_plan *p, uint8_t *mbi)
{
	g_autofree char *line = k->append[0] ? g_strconcat(k->name, " ", k->append, NULL) : g_strdup(k->name);
	uint64_t cmdline, name;

	if (!place_string(p, line, &cmdline) || !place_string(p, loader_name, &name))
		return false;
	put_le32(mbi + MBI_CMDLINE, (uint32_t)cmdline);
	put_le32(mbi + MBI_LOADER_NAME, (uint32_t)name);
	return true;
}

static bool place_info(const struct kernel *k, struct boot_plan *p, uint64_t mods, uint64_t *addr)
{
	uint32_t flags = HAVE_MEMORY | HAVE_CMDLINE | HAVE_MODS | HAVE_MMAP | HAVE_LOADER;
	uint8_t *mbi;

	if (!boot_plan_find(p, MBI_SIZE, 16, 0, LOW_END, false, addr))
		return false;
	mbi = boot_plan_buffer(p, *addr, MBI_SIZE);
	if (!place_strings(k, p, mbi) || !place_map(p, mbi))
		return false;
	put_le32(mbi + MBI_MEM_LOWER, boot_facts_lower(p->facts));
	put_le32(mbi + MBI_MEM_UPPER, boot_facts_upper(p->facts));
	put_le32(mbi + MBI_MODS_COUNT, k->modules->len);
	put_le32(mbi + MBI_MODS_ADDR, k->modules->len ? (uint32_t)mods : 0);
	if (k->multiboot.flags & WANT_VIDEO) {
		flags |= HAVE_FRAMEBUFFER;
		fill_framebuffer(p->facts, mbi);
	}
	put_le32(mbi + MBI_FLAGS, flags);
	return true;
}

static bool plan(const struct kernel *k, struct boot_plan *p, GError **error)
{
	uint64_t end, mods = 0, info;

	if (!place_kernel(k, p, &end, error))
		return false;
	if (k->modules->len && !place_modules(k, p, end, &mods, error))
		return false;
	if (!place_info(k, p, mods, &info) || !boot_plan_gdt(p, false))
		return kernel_setup_no_room(p, 0, 4096, error);
	p->entry.mode = BOOT_MODE_FLAT32;
	p->entry.rip = k->multiboot.entry;
	p->entry.rax = LOADER_MAGIC;
	p->entry.rbx = info;
	return true;
}

const struct kernel_kind kernel_multiboot = {
	.name = "Multiboot",
	.probe = probe,
	.load_initrd = load_modules,
	.plan = plan,
};
