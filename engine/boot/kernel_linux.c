/* Linux entered directly; see kernel_linux.h. What the kernel's own real-mode
 * code would have done is done here: the zero page (struct boot_params,
 * Documentation/x86/zero-page.rst) is filled from the setup header, the BIOS's
 * memory map and the BIOS data area. The decompressor is left out altogether:
 * the kernel is loaded where it is linked, so it needs no relocation. */
#include "engine/boot/kernel_linux.h"

#include "engine/boot/boot.h"
#include "engine/boot/kernel_real.h"
#include "engine/boot/kernel_unpack.h"

#define LOW_END 0x100000ull
#define ZERO_PAGE_SIZE 4096u
#define VMLINUX_CMDLINE 2047u /* COMMAND_LINE_SIZE - 1 on x86 */
#define VMLINUX_INITRD_MAX 0x7fffffffu

/* Offsets in the zero page: struct screen_info at 0, then boot_params. */
enum {
	ZP_ORIG_X = 0x00,
	ZP_ORIG_Y = 0x01,
	ZP_EXT_MEM_K = 0x02,
	ZP_VIDEO_PAGE = 0x04,
	ZP_VIDEO_MODE = 0x06,
	ZP_VIDEO_COLS = 0x07,
	ZP_VIDEO_EGA_BX = 0x0a,
	ZP_VIDEO_LINES = 0x0e,
	ZP_VIDEO_IS_VGA = 0x0f,
	ZP_VIDEO_POINTS = 0x10,
	ZP_ALT_MEM_K = 0x1e0,
	ZP_E820_ENTRIES = 0x1e8,
	ZP_KBD_STATUS = 0x1eb,
	ZP_HEADER_LIMIT = 0x290, /* other fields begin */
	ZP_E820_TABLE = 0x2d0,
};

/* Offsets in the BIOS data area. */
enum {
	BDA_KEYBOARD = 0x17,
	BDA_VIDEO_MODE = 0x49,
	BDA_COLUMNS = 0x4a,
	BDA_CURSOR = 0x50,
	BDA_VIDEO_PAGE = 0x62,
	BDA_ROWS = 0x84,
	BDA_POINTS = 0x85,
};

/* ---- recognizing ---- */

/* The payload, without its last four bytes, and the length they tell
 * ("payload_length" in boot.rst; for gzip they are part of the stream). */
static bool find_payload(const struct kernel *k, struct bytes *payload, uint32_t *unpacked)
{
	struct bytes file = kernel_bytes(k->file);
	const uint8_t *h = file.data;
	uint64_t offset, length;

	if (k->setup.version < 0x208 || k->setup.header_end < SETUP_PAYLOAD_LENGTH + 4)
		return false;
	offset = (uint64_t)k->setup.setup_size + get_le32(h + SETUP_PAYLOAD_OFFSET);
	length = get_le32(h + SETUP_PAYLOAD_LENGTH);
	if (length <= 4 || !bytes_at(file, offset, length))
		return false;
	*payload = (struct bytes){file.data + offset, length};
	*unpacked = get_le32(payload->data + length - 4);
	return kernel_unpack_format(*payload);
}

static bool check_unpacked(const struct kernel *k, uint32_t size, GError **error)
{
	if (g_bytes_get_size(k->vmlinux) == size)
		return true;
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "has a damaged payload: it unpacks to %zu bytes, not %u",
		    g_bytes_get_size(k->vmlinux), size);
	return false;
}

static bool check_entry(const struct kernel *k, GError **error)
{
	uint64_t entry;

	if (kernel_elf_entry(&k->elf, false, &entry))
		return true;
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL,
		    "has its entry point 0x%" G_GINT64_MODIFIER "x outside of what it loads", (guint64)k->elf.entry);
	return false;
}

/* OTHER leaves a good image to its real-mode entry: unknown compression, no
 * ELF file inside, or a 64-bit kernel on a 32-bit processor (which then says
 * so on the screen, as on real hardware). */
static enum kernel_probe probe_image(struct kernel *k, GError **error)
{
	enum kernel_probe r = kernel_setup_parse(k, error);
	struct bytes payload;
	uint32_t size;

	if (r != PROBE_MINE)
		return r;
	if (!kernel_setup_check_cmdline(k, error))
		return PROBE_ERROR;
	if (!find_payload(k, &payload, &size))
		return PROBE_OTHER;
	k->vmlinux = kernel_unpack(payload, KERNEL_MAX_SIZE, error);
	if (!k->vmlinux) {
		g_prefix_error(error, "has a damaged payload: ");
		return PROBE_ERROR;
	}
	if (!check_unpacked(k, size, error))
		return PROBE_ERROR;
	if (!kernel_elf_magic(kernel_bytes(k->vmlinux)))
		return PROBE_OTHER;
	if (!kernel_elf_parse(&k->elf, kernel_bytes(k->vmlinux), error) || !check_entry(k, error))
		return PROBE_ERROR;
	return k->elf.is64 && !k->cpu64 ? PROBE_OTHER : PROBE_MINE;
}

static enum kernel_probe probe_vmlinux(struct kernel *k, GError **error)
{
	struct bytes file = kernel_bytes(k->file);

	if (!kernel_elf_magic(file))
		return PROBE_OTHER;
	if (!kernel_elf_parse(&k->elf, file, error) || !check_entry(k, error))
		return PROBE_ERROR;
	k->setup = (struct kernel_setup){.version = 0x20f,
					 .loadflags = LOADED_HIGH,
					 .cmdline_size = VMLINUX_CMDLINE,
					 .initrd_max = VMLINUX_INITRD_MAX};
	if (!kernel_setup_check_cmdline(k, error))
		return PROBE_ERROR;
	if (!k->elf.is64 || k->cpu64)
		return PROBE_MINE;
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "is a 64-bit kernel, but the processor has no 64-bit mode");
	return PROBE_ERROR;
}

/* ---- the zero page ---- */

/* "32-bit boot protocol": zeros, and the header from 0x1f1 to where it ends. */
static void copy_header(const struct kernel *k, uint8_t *zp)
{
	struct bytes file = kernel_bytes(k->file);
	uint32_t end = k->setup.header_end < ZP_HEADER_LIMIT ? k->setup.header_end : ZP_HEADER_LIMIT;

	if (end) {
		memcpy(zp + SETUP_SECTS, file.data + SETUP_SECTS, end - SETUP_SECTS);
		return;
	}
	put_le16(zp + SETUP_BOOT_FLAG, 0xaa55);
	memcpy(zp + SETUP_MAGIC, "HdrS", 4);
	put_le16(zp + SETUP_VERSION, k->setup.version);
	zp[SETUP_LOADFLAGS] = k->setup.loadflags;
	put_le32(zp + SETUP_KERNEL_ALIGNMENT, 0x200000);
	put_le32(zp + SETUP_INITRD_ADDR_MAX, (uint32_t)k->setup.initrd_max);
	put_le32(zp + SETUP_CMDLINE_SIZE, k->setup.cmdline_size);
}

/* A text mode as the VGA BIOS left it, so that the kernel's console goes on
 * below the BIOS's text. */
static void fill_screen(const uint8_t *bda, uint8_t *zp)
{
	uint8_t page = bda[BDA_VIDEO_PAGE] & 7;

	if (!bda[BDA_COLUMNS]) /* no VGA BIOS has run */
		return;
	zp[ZP_ORIG_X] = bda[BDA_CURSOR + 2 * page];
	zp[ZP_ORIG_Y] = bda[BDA_CURSOR + 2 * page + 1];
	put_le16(zp + ZP_VIDEO_PAGE, page);
	zp[ZP_VIDEO_MODE] = bda[BDA_VIDEO_MODE] & 0x7f;
	zp[ZP_VIDEO_COLS] = bda[BDA_COLUMNS];
	put_le16(zp + ZP_VIDEO_EGA_BX, 3); /* INT 10h AH=12h BL=10h: colour, 256 KiB */
	zp[ZP_VIDEO_LINES] = (uint8_t)(bda[BDA_ROWS] + 1);
	zp[ZP_VIDEO_IS_VGA] = 1;
	put_le16(zp + ZP_VIDEO_POINTS, bda[BDA_POINTS] ? bda[BDA_POINTS] : 16);
}

static void fill_memory(const struct boot_facts *f, uint8_t *zp)
{
	uint32_t upper = boot_facts_upper(f);

	put_le16(zp + ZP_EXT_MEM_K, upper < 0xfc00 ? (uint16_t)upper : 0xfc00);
	put_le32(zp + ZP_ALT_MEM_K, upper);
	zp[ZP_E820_ENTRIES] = (uint8_t)f->map_count;
	for (unsigned n = 0; n < f->map_count; n++) {
		put_le64(zp + ZP_E820_TABLE + n * 20, f->map[n].base);
		put_le64(zp + ZP_E820_TABLE + n * 20 + 8, f->map[n].size);
		put_le32(zp + ZP_E820_TABLE + n * 20 + 16, f->map[n].type);
	}
}
_Static_assert(ZP_E820_TABLE + BOOT_MAP_MAX * 20 <= ZERO_PAGE_SIZE, "the map fits");

static bool place_cmdline(const struct kernel *k, struct boot_plan *p, uint64_t *addr)
{
	size_t size = strlen(k->append) + 1;

	if (!boot_plan_find(p, size, 16, 0, LOW_END, false, addr))
		return false;
	memcpy(boot_plan_buffer(p, *addr, size), k->append, size);
	return true;
}

static bool place_zero_page(const struct kernel *k, struct boot_plan *p, uint64_t initrd, uint64_t *addr)
{
	uint64_t cmdline, seed;
	uint8_t *zp;

	if (!boot_plan_find(p, ZERO_PAGE_SIZE, 4096, 0, LOW_END, false, addr) || !place_cmdline(k, p, &cmdline) ||
	    !kernel_setup_place_seed(p, 0, LOW_END, &seed))
		return false;
	zp = boot_plan_buffer(p, *addr, ZERO_PAGE_SIZE);
	copy_header(k, zp);
	fill_screen(p->facts->bda, zp);
	fill_memory(p->facts, zp);
	zp[ZP_KBD_STATUS] = p->facts->bda[BDA_KEYBOARD];
	zp[SETUP_TYPE_OF_LOADER] = LOADER_UNDEFINED;
	put_le32(zp + SETUP_RAMDISK_IMAGE, (uint32_t)initrd);
	put_le32(zp + SETUP_RAMDISK_SIZE, k->initrd ? (uint32_t)g_bytes_get_size(k->initrd) : 0);
	put_le32(zp + SETUP_CMD_LINE_PTR, (uint32_t)cmdline);
	if (k->setup.version >= 0x209)
		put_le64(zp + SETUP_SETUP_DATA, seed);
	return true;
}

/* ---- the plan ---- */

/* init_size counts from the start of the kernel and includes what it uses
 * behind its image before it knows the memory map. */
static bool place_kernel(const struct kernel *k, struct boot_plan *p, GError **error)
{
	uint64_t size = k->elf.high - k->elf.low;

	if (size < k->setup.init_size)
		size = k->setup.init_size;
	if (!boot_plan_take(p, k->elf.low, size))
		return kernel_setup_no_room(p, k->elf.low, size, error);
	kernel_elf_write(&k->elf, p);
	return true;
}

static bool plan(const struct kernel *k, struct boot_plan *p, GError **error)
{
	uint64_t initrd, zero_page;

	if (!place_kernel(k, p, error) || !kernel_setup_place_initrd(k, p, &initrd, error))
		return false;
	if (!place_zero_page(k, p, initrd, &zero_page) || !boot_plan_gdt(p, k->elf.is64) ||
	    (k->elf.is64 && !boot_plan_tables(p)))
		return kernel_setup_no_room(p, 0, 16 * 4096, error);
	p->entry.mode = k->elf.is64 ? BOOT_MODE_LONG : BOOT_MODE_FLAT32;
	p->entry.rsi = zero_page;
	return kernel_elf_entry(&k->elf, false, &p->entry.rip);
}

const struct kernel_kind kernel_linux_image = {
	.name = "Linux (bzImage)",
	.probe = probe_image,
	.load_initrd = kernel_setup_load_initrd,
	.plan = plan,
};

const struct kernel_kind kernel_vmlinux = {
	.name = "Linux (vmlinux)",
	.probe = probe_vmlinux,
	.load_initrd = kernel_setup_load_initrd,
	.plan = plan,
};
