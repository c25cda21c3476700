/* The bzImage protocol's header and its real-mode entry; see kernel_real.h.
 * Section names are those of Documentation/x86/boot.rst. */
#include "engine/boot/kernel_real.h"

#include "engine/base/rng.h"
#include "engine/boot/boot.h"

#define SECTOR 512u
#define MAX_SETUP 0x8000u          /* bytes: the documented room of the real-mode code */
#define HEADER_END_MIN 0x22cu      /* protocol 2.00 to 2.02: up to cmd_line_ptr */
#define OLD_INITRD_MAX 0x37ffffffu /* before protocol 2.03 */
#define OLD_CMDLINE_SIZE 255u      /* before protocol 2.06 */
#define SETUP_RNG_SEED 9           /* setup_data type */
#define SEED_SIZE 32u

/* "Memory layout": where the parts of the three generations go. */
struct layout {
	uint32_t real;     /* boot sector and setup code; also SS and DS */
	uint32_t prot;     /* protected-mode code */
	uint32_t heap_end; /* offset in `real`: stack top, then the command line */
	uint32_t end;      /* of the real-mode part with its command line */
};
static const struct layout layout_low = {0x90000, 0x10000, 0x9800, 0x9a000};      /* zImage */
static const struct layout layout_ancient = {0x90000, 0x100000, 0x9800, 0x9a000}; /* bzImage before 2.02 */
static const struct layout layout_high = {0x10000, 0x100000, 0xe000, 0x20000};

static const struct layout *choose_layout(const struct kernel_setup *s)
{
	if (!(s->loadflags & LOADED_HIGH))
		return &layout_low;
	return s->version < 0x202 ? &layout_ancient : &layout_high;
}

/* ---- the header ---- */

static uint32_t field32(struct bytes file, const struct kernel_setup *s, uint16_t since, unsigned offset,
			uint32_t missing)
{
	const uint8_t *p = bytes_at(file, offset, 4);

	return p && s->version >= since && offset + 4 <= s->header_end ? get_le32(p) : missing;
}

static void read_fields(struct bytes file, struct kernel_setup *s)
{
	s->initrd_max = field32(file, s, 0x203, SETUP_INITRD_ADDR_MAX, OLD_INITRD_MAX);
	s->cmdline_size = field32(file, s, 0x206, SETUP_CMDLINE_SIZE, OLD_CMDLINE_SIZE);
	s->pref_address = field32(file, s, 0x20a, SETUP_PREF_ADDRESS, 0) |
			  (uint64_t)field32(file, s, 0x20a, SETUP_PREF_ADDRESS + 4, 0) << 32;
	s->init_size = field32(file, s, 0x20a, SETUP_INIT_SIZE, 0);
}

/* syssize counts paragraphs, in 16 bits before protocol 2.04 (where it is
 * too small for any bzImage). */
static bool check_complete(struct bytes file, const struct kernel_setup *s, GError **error)
{
	uint64_t size = s->setup_size + (uint64_t)get_le32(file.data + SETUP_SYSSIZE) * 16;

	if (s->setup_size >= file.size || (s->version >= 0x204 && size > (uint64_t)file.size + 15)) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL,
			    "is truncated: %zu bytes, at least %" G_GUINT64_FORMAT " expected", file.size,
			    (guint64)(s->version >= 0x204 ? size - 15 : s->setup_size + 1));
		return false;
	}
	return true;
}

enum kernel_probe kernel_setup_parse(struct kernel *k, GError **error)
{
	struct bytes file = kernel_bytes(k->file);
	const uint8_t *p = bytes_at(file, 0, HEADER_END_MIN);
	struct kernel_setup *s = &k->setup;
	unsigned sectors;

	memset(s, 0, sizeof(*s));
	if (!p || memcmp(p + SETUP_MAGIC, "HdrS", 4) || get_le16(p + SETUP_BOOT_FLAG) != 0xaa55)
		return PROBE_OTHER;
	s->version = get_le16(p + SETUP_VERSION);
	s->loadflags = p[SETUP_LOADFLAGS];
	s->header_end = SETUP_MAGIC + p[SETUP_JUMP + 1];
	if (s->header_end < HEADER_END_MIN)
		s->header_end = HEADER_END_MIN;
	sectors = p[SETUP_SECTS] ? p[SETUP_SECTS] : 4;
	s->setup_size = (sectors + 1) * SECTOR;
	if (s->version < 0x200 || s->setup_size > MAX_SETUP || s->header_end > file.size) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL,
			    "has a damaged setup header (version 0x%04x, %u setup sectors)", s->version, sectors);
		return PROBE_ERROR;
	}
	if (!check_complete(file, s, error))
		return PROBE_ERROR;
	read_fields(file, s);
	return PROBE_MINE;
}

bool kernel_setup_check_cmdline(const struct kernel *k, GError **error)
{
	if (strlen(k->append) <= k->setup.cmdline_size)
		return true;
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "takes a command line of at most %u characters, not %zu",
		    k->setup.cmdline_size, strlen(k->append));
	return false;
}

/* ---- the initrd ---- */

bool kernel_setup_load_initrd(struct kernel *k, const char *argument, GError **error)
{
	k->initrd = kernel_read_file(argument, KERNEL_MAX_INITRD, error);
	return k->initrd;
}

static uint64_t total_ram(const struct boot_facts *f)
{
	return ((uint64_t)boot_facts_upper(f) + 1024) >> 10;
}

bool kernel_setup_no_room(const struct boot_plan *p, uint64_t base, uint64_t size, GError **error)
{
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_MEMORY,
		    "needs %" G_GUINT64_FORMAT " KiB of memory at 0x%" G_GINT64_MODIFIER
		    "x, but the PC has %" G_GUINT64_FORMAT " MiB usable",
		    (guint64)((size + 1023) >> 10), (guint64)base, (guint64)total_ram(p->facts));
	return false;
}

bool kernel_setup_place_initrd(const struct kernel *k, struct boot_plan *p, uint64_t *addr, GError **error)
{
	struct bytes initrd = kernel_bytes(k->initrd);
	uint64_t high = k->setup.initrd_max + 1 < 1ull << 32 ? k->setup.initrd_max + 1 : 1ull << 32;

	*addr = 0;
	if (!k->initrd)
		return true;
	if (boot_plan_find(p, initrd.size, 4096, 1 << 20, high, true, addr)) {
		boot_plan_write(p, *addr, initrd.data, initrd.size, initrd.size);
		return true;
	}
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_MEMORY,
		    "its initrd of %zu KiB does not fit beside it: the PC has %" G_GUINT64_FORMAT " MiB usable",
		    (initrd.size + 1023) >> 10, (guint64)total_ram(p->facts));
	return false;
}

/* ---- the seed ---- */

bool kernel_setup_place_seed(struct boot_plan *p, uint64_t low, uint64_t high, uint64_t *addr)
{
	struct rng r;
	uint8_t *node;

	if (!boot_plan_find(p, 16 + SEED_SIZE, 16, low, high, false, addr))
		return false;
	node = boot_plan_buffer(p, *addr, 16 + SEED_SIZE);
	put_le64(node, 0); /* next */
	put_le32(node + 8, SETUP_RNG_SEED);
	put_le32(node + 12, SEED_SIZE);
	rng_seed(&r, p->facts->seed, "bootseed");
	for (unsigned n = 0; n < SEED_SIZE; n += 8)
		put_le64(node + 16 + n, rng_next(&r));
	return true;
}

/* ---- the real-mode entry ---- */

static enum kernel_probe probe(struct kernel *k, GError **error)
{
	enum kernel_probe r = kernel_setup_parse(k, error);

	return r == PROBE_MINE && !kernel_setup_check_cmdline(k, error) ? PROBE_ERROR : r;
}

/* "Sample Boot Configuration". */
static void fill_header(const struct kernel *k, const struct layout *l, uint8_t *setup, uint64_t initrd)
{
	const struct kernel_setup *s = &k->setup;

	setup[SETUP_TYPE_OF_LOADER] = LOADER_UNDEFINED;
	put_le32(setup + SETUP_RAMDISK_IMAGE, (uint32_t)initrd);
	put_le32(setup + SETUP_RAMDISK_SIZE, k->initrd ? (uint32_t)g_bytes_get_size(k->initrd) : 0);
	if (s->version >= 0x201) {
		put_le16(setup + SETUP_HEAP_END_PTR, (uint16_t)(l->heap_end - 0x200));
		setup[SETUP_LOADFLAGS] |= CAN_USE_HEAP;
	}
	if (s->version >= 0x202) {
		put_le32(setup + SETUP_CMD_LINE_PTR, l->real + l->heap_end);
		return;
	}
	put_le16(setup + 0x20, 0xa33f); /* cmd_line_magic, cmd_line_offset */
	put_le16(setup + 0x22, (uint16_t)l->heap_end);
	put_le16(setup + SETUP_MOVE_SIZE, (uint16_t)(l->heap_end + strlen(k->append) + 1));
}

static void set_entry(struct boot_entry *e, const struct layout *l)
{
	e->mode = BOOT_MODE_REAL;
	e->ds = (uint16_t)(l->real >> 4);
	e->cs = (uint16_t)(e->ds + 0x20); /* behind the boot sector */
	e->rip = 0;
	e->rsp = l->heap_end;
}

/* Protected-mode code up to where it says it ends; a signature may follow. */
static uint64_t prot_size(const struct kernel *k, struct bytes file)
{
	uint64_t rest = file.size - k->setup.setup_size;
	uint64_t size = (uint64_t)get_le32(file.data + SETUP_SYSSIZE) * 16;

	return k->setup.version >= 0x204 && size && size < rest ? size : rest;
}

static bool plan(const struct kernel *k, struct boot_plan *p, GError **error)
{
	const struct layout *l = choose_layout(&k->setup);
	struct bytes file = kernel_bytes(k->file);
	uint64_t size = prot_size(k, file), initrd, seed = 0;
	size_t room = l->end - l->real;
	uint8_t *setup;

	if (strlen(k->append) >= room - l->heap_end) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "takes a command line of at most %zu characters",
			    room - l->heap_end - 1);
		return false;
	}
	if (!boot_plan_take(p, l->real, room))
		return kernel_setup_no_room(p, l->real, room, error);
	if (!boot_plan_take(p, l->prot, size))
		return kernel_setup_no_room(p, l->prot, size, error);
	/* Where it will unpack itself; if that is not free, it will look for
	 * another place by itself. */
	if (k->setup.init_size && k->setup.pref_address >= l->prot + size)
		boot_plan_take(p, k->setup.pref_address, k->setup.init_size);
	if (!kernel_setup_place_initrd(k, p, &initrd, error))
		return false;
	if (k->setup.version >= 0x209 && !kernel_setup_place_seed(p, l->end, l->end + 0x1000, &seed))
		return kernel_setup_no_room(p, l->end, 0x1000, error);
	boot_plan_write(p, l->prot, file.data + k->setup.setup_size, size, size);
	setup = boot_plan_buffer(p, l->real, room);
	memcpy(setup, file.data, k->setup.setup_size);
	memcpy(setup + l->heap_end, k->append, strlen(k->append));
	fill_header(k, l, setup, initrd);
	if (seed)
		put_le64(setup + SETUP_SETUP_DATA, seed);
	set_entry(&p->entry, l);
	return true;
}

const struct kernel_kind kernel_real = {
	.name = "bzImage (real mode)",
	.bios_stays = true,
	.probe = probe,
	.load_initrd = kernel_setup_load_initrd,
	.plan = plan,
};
