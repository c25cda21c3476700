/* Starting a PC: firmware, CMOS, and the port through which the option ROM
 * asks for the kernel; see boot.h. What a kernel needs in memory is planned by
 * its kind (kernel.h) from the facts that are read here. */
#include "engine/pc/boot.h"

#include "engine/pc/board.h"
#include "engine/pc/disk.h"
#include "engine/pc/fdc.h"
#include "engine/pc/fw_cfg.h"
#include "engine/pc/kernel.h"
#include "engine/pc/optrom.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"
#include "engine/pc/rtc.h"

#define BIOS_MIN 0x10000u
#define BIOS_MAX 0x100000u
#define VGABIOS_MAX 0x10000u
#define BDA 0x400u

/* CMOS bytes as SeaBIOS's src/hw/rtc.h names them, for QEMU-like machines. */
enum {
	CMOS_FLOPPY_DRIVE_TYPE = 0x10,
	CMOS_DISK_DATA = 0x12, /* types of the hard disks C and D; 15: see the next */
	CMOS_EQUIPMENT_INFO = 0x14,
	CMOS_BASE_MEM_LOW = 0x15,
	CMOS_BASE_MEM_HIGH = 0x16,
	CMOS_MEM_OLD_EXT_LOW = 0x17,
	CMOS_MEM_OLD_EXT_HIGH = 0x18,
	CMOS_DISK_TYPE = 0x19, /* of C; of D in the next byte */
	CMOS_DISK_DRIVE1_CYL = 0x1b,
	CMOS_DISK_DRIVE2_CYL = 0x24,
	CMOS_MEM_EXTMEM_LOW = 0x30,
	CMOS_MEM_EXTMEM_HIGH = 0x31,
	CMOS_MEM_EXTMEM2_LOW = 0x34,
	CMOS_MEM_EXTMEM2_HIGH = 0x35,
	CMOS_BIOS_BOOTFLAG1 = 0x38,
	CMOS_BIOS_DISKTRANSFLAG = 0x39,
	CMOS_BIOS_BOOTFLAG2 = 0x3d,
	CMOS_MEM_HIGHMEM_LOW = 0x5b,
};

/* How to read the kernel's files, and what they held when the value was made. */
struct later {
	char *kernel, *initrd, *append, *kernel_digest, *initrd_digest;
	bool cpu64;
};

struct boot_images {
	gatomicrefcount refs;  /* shared by clones */
	GMutex lock;           /* of kernel: clones run on several threads */
	struct kernel *kernel; /* NULL: not read yet */
	struct later later;
};

static uint64_t ram_bytes(const struct board *b)
{
	return b->mem.ram.count << PAGE_SHIFT;
}

/* ---- the BIOS's settings ---- */

static void set_cmos16(struct board *b, unsigned index, uint64_t v)
{
	uint16_t w = v < 0xffff ? (uint16_t)v : 0xffff;

	rtc_set_cmos(b, index, (uint8_t)w);
	rtc_set_cmos(b, index + 1, (uint8_t)(w >> 8));
}

/* Sizes in KiB up to 64 MiB, and beyond 16 MiB in units of 64 KiB. */
static void set_memory(struct board *b)
{
	uint64_t kib = ram_bytes(b) >> 10, ext = kib > 1024 ? kib - 1024 : 0;

	set_cmos16(b, CMOS_BASE_MEM_LOW, kib < 640 ? kib : 640);
	set_cmos16(b, CMOS_MEM_OLD_EXT_LOW, ext);
	set_cmos16(b, CMOS_MEM_EXTMEM_LOW, ext);
	set_cmos16(b, CMOS_MEM_EXTMEM2_LOW, kib > 16384 ? (kib - 16384) / 64 : 0);
	for (unsigned n = 0; n < 3; n++)
		rtc_set_cmos(b, CMOS_MEM_HIGHMEM_LOW + n, 0); /* nothing above 4 GiB */
}

/* The AT's description of a hard disk on the primary channel, for systems that
 * believe it before the drive (Linux 2.0, MINIX): type 47, user defined. */
static uint8_t set_disk(struct board *b, unsigned drive, unsigned type_at, unsigned at)
{
	const struct disk_image *d = b->ide_drive[drive];
	uint64_t cylinders = d ? disk_size(d) / 512 / (16 * 63) : 0;

	if (!d || disk_kind(d) != DISK_HARD)
		return 0;
	cylinders = cylinders < 1 ? 1 : cylinders > 16383 ? 16383 : cylinders;
	rtc_set_cmos(b, type_at, 47);
	set_cmos16(b, at, cylinders);
	rtc_set_cmos(b, at + 2, 16);
	set_cmos16(b, at + 3, 0xffff);    /* no write precompensation */
	rtc_set_cmos(b, at + 5, 0xc8);    /* control: more than 8 heads, no retries */
	set_cmos16(b, at + 6, cylinders); /* landing zone */
	rtc_set_cmos(b, at + 8, 63);
	return 15;
}

static void set_drives(struct board *b)
{
	unsigned first = fdc_drive_type(b->floppy[0]), second = fdc_drive_type(b->floppy[1]);
	uint8_t equipment = 0x06; /* PS/2 mouse port, FPU */

	rtc_set_cmos(b, CMOS_FLOPPY_DRIVE_TYPE, (uint8_t)(first << 4 | second));
	if (first || second)
		equipment |= (uint8_t)(0x01 | (first && second ? 0x40 : 0));
	rtc_set_cmos(b, CMOS_EQUIPMENT_INFO, equipment);
	rtc_set_cmos(b, CMOS_DISK_DATA,
		     (uint8_t)(set_disk(b, 0, CMOS_DISK_TYPE, CMOS_DISK_DRIVE1_CYL) << 4 |
			       set_disk(b, 1, CMOS_DISK_TYPE + 1, CMOS_DISK_DRIVE2_CYL)));
	/* Two bits a drive: LBA translation. It gives disks below 504 MiB 16
	 * heads of 63 sectors, so that it is the same as none for them. */
	rtc_set_cmos(b, CMOS_BIOS_DISKTRANSFLAG, 0x55);
}

const char *const boot_first_names[] = {"floppy", "disk", "cdrom", "net", NULL};

const char *boot_first_order(unsigned n)
{
	static const char orders[][4] = {"acd", "cad", "dac", "n"};

	return orders[n];
}

static bool set_boot_order(struct board *b, const char *order, GError **error)
{
	static const char devices[] = "acdn"; /* SeaBIOS's numbers are 1, 2, 3, 4 */
	unsigned nibbles = 0, n;

	if (!*order)
		order = "acd";
	for (n = 0; n < 3 && order[n]; n++) {
		const char *d = strchr(devices, order[n]);

		if (!d) {
			g_set_error(error, BOOT_ERROR, BOOT_ERROR_CONFIG,
				    "boot order '%.3s': expected letters of 'a', 'c', 'd', 'n'", order);
			return false;
		}
		nibbles |= (unsigned)(d - devices + 1) << 4 * n;
	}
	rtc_set_cmos(b, CMOS_BIOS_BOOTFLAG2, (uint8_t)nibbles);
	rtc_set_cmos(b, CMOS_BIOS_BOOTFLAG1, (uint8_t)(nibbles >> 8 << 4));
	return true;
}

static bool add_file(struct board *b, const char *name, const void *data, size_t size, GError **error)
{
	if (fw_cfg_add_file(b, name, data, size))
		return true;
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_CONFIG, "no room for the firmware's file %s", name);
	return false;
}

/* No menu (and no wait for its key); without a boot device, stop. */
static bool add_settings(struct board *b, GError **error)
{
	static const uint8_t no[2], never[4] = {0xff, 0xff, 0xff, 0xff};

	return add_file(b, "etc/show-boot-menu", no, sizeof(no), error) &&
	       add_file(b, "etc/boot-fail-wait", never, sizeof(never), error);
}

/* ---- files ---- */

static bool load_bios(struct board *b, const char *path, GError **error)
{
	g_autoptr(GBytes) file = kernel_read_file(path, BIOS_MAX, error);
	struct bytes data = kernel_bytes(file);

	if (!file)
		return false;
	if (data.size < BIOS_MIN || data.size % PAGE_SIZE) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE,
			    "%s: is no PC firmware: %zu bytes, expected 64 KiB to 1 MiB in units of 4 KiB", path,
			    data.size);
		return false;
	}
	mem_set_bios(&b->mem, data.data, data.size);
	return true;
}

static bool load_vgabios(struct board *b, const char *path, GError **error)
{
	g_autoptr(GBytes) file = NULL;
	struct bytes data;

	if (!strcmp(path, "none"))
		return true;
	file = kernel_read_file(path, VGABIOS_MAX, error);
	data = kernel_bytes(file);
	if (!file)
		return false;
	if (data.size < 32 || data.data[0] != 0x55 || data.data[1] != 0xaa || data.data[2] * 512u > data.size) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: is no option ROM, or is truncated", path);
		return false;
	}
	pci_set_rom(b, VGA_DEVFN, data.data, data.size);
	return true;
}

/* Would it start? Better to say so now than inside the PC. */
static bool check_kernel(struct board *b, const struct kernel *k, const char *path, GError **error)
{
	struct boot_facts facts;
	struct boot_plan plan;
	bool ok;

	boot_facts_guess(&facts, ram_bytes(b));
	ok = kernel_plan(k, &facts, &plan, error);
	boot_plan_free(&plan);
	if (!ok)
		g_prefix_error(error, "%s: ", path);
	return ok;
}

static bool digest_is(const char *path, const char *digest, GError **error)
{
	g_autofree char *now = path ? boot_file_digest(path, error) : NULL;

	if (path && now && strcmp(now, digest))
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: is another file than when the PC started", path);
	return !path || (now && !strcmp(now, digest));
}

/* The kernel, read at the first need; NULL: its files are not what they were. The
 * files are a part of the host: a PC whose kernel is gone stays in its firmware. */
static const struct kernel *images_kernel(struct board *b)
{
	struct boot_images *i = b->images;
	const struct later *l = &i->later;
	g_autoptr(GError) error = NULL;

	g_mutex_lock(&i->lock);
	if (!i->kernel && digest_is(l->kernel, l->kernel_digest, &error) &&
	    digest_is(l->initrd, l->initrd_digest, &error))
		i->kernel = kernel_open(l->kernel, l->initrd, l->append, l->cpu64, &error);
	g_mutex_unlock(&i->lock);
	if (error)
		TRACE(b, FWCFG, "kernel: %s", error->message);
	return i->kernel;
}

static struct kernel *open_checked(struct board *b, const struct boot_config *cfg, GError **error)
{
	struct kernel *k = kernel_open(cfg->kernel, cfg->initrd, cfg->append, b->pc->cpu.model == CPU_X86_64, error);

	if (k && !check_kernel(b, k, cfg->kernel, error))
		g_clear_pointer(&k, kernel_free);
	return k;
}

static bool load_kernel(struct board *b, const struct boot_config *cfg, GError **error)
{
	static const char order[] = "/rom@" OPTROM_FILE; /* with its NUL */
	uint8_t rom[OPTROM_SIZE];
	struct kernel *k = cfg->kernel_digest ? NULL : open_checked(b, cfg, error);

	if (!k && !cfg->kernel_digest)
		return false;
	b->images = g_new0(struct boot_images, 1);
	g_atomic_ref_count_init(&b->images->refs);
	g_mutex_init(&b->images->lock);
	b->images->kernel = k;
	b->images->later = (struct later){
		.kernel = g_strdup(cfg->kernel),
		.initrd = g_strdup(cfg->initrd),
		.append = g_strdup(cfg->append),
		.kernel_digest = g_strdup(cfg->kernel_digest),
		.initrd_digest = g_strdup(cfg->initrd_digest),
		.cpu64 = b->pc->cpu.model == CPU_X86_64,
	};
	b->pc->boot.armed = 1;
	optrom_build(rom);
	return add_file(b, OPTROM_FILE, rom, sizeof(rom), error) &&
	       add_file(b, "bootorder", order, sizeof(order), error);
}

bool boot_prepare(struct board *b, const struct boot_config *cfg, GError **error)
{
	assert(!b->images);
	b->pc->boot.seed = cfg->seed;
	if (!cfg->kernel && (cfg->initrd || cfg->append)) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_CONFIG, "%s: expected a kernel, too",
			    cfg->initrd ? "initrd" : "append");
		return false;
	}
	if (!load_bios(b, cfg->bios ? cfg->bios : BOOT_DEFAULT_BIOS, error) ||
	    !load_vgabios(b, cfg->vgabios ? cfg->vgabios : BOOT_DEFAULT_VGABIOS, error))
		return false;
	set_memory(b);
	set_drives(b);
	if (!set_boot_order(b, cfg->boot_order, error) || !add_settings(b, error))
		return false;
	return !cfg->kernel || load_kernel(b, cfg, error);
}

static void later_clear(struct later *l)
{
	g_free(l->kernel);
	g_free(l->initrd);
	g_free(l->append);
	g_free(l->kernel_digest);
	g_free(l->initrd_digest);
}

void boot_free(struct board *b)
{
	if (b->images && g_atomic_ref_count_dec(&b->images->refs)) {
		if (b->images->kernel)
			kernel_free(b->images->kernel);
		later_clear(&b->images->later);
		g_mutex_clear(&b->images->lock);
		g_free(b->images);
	}
	b->images = NULL;
}

void boot_clone(struct board *dst, const struct board *src)
{
	dst->images = src->images;
	if (dst->images)
		g_atomic_ref_count_inc(&dst->images->refs);
}

/* ---- handing over ---- */

/* What the BIOS and the option ROM left in memory; false if that is nonsense. */
static bool read_facts(struct board *b, struct boot_facts *f)
{
	uint8_t raw[OPTROM_MAP_ENTRY], count[2];

	memset(f, 0, sizeof(*f));
	mem_dma_read(&b->mem, OPTROM_MAP, count, sizeof(count));
	f->map_count = get_le16(count);
	if (!f->map_count || f->map_count > BOOT_MAP_MAX)
		return false;
	for (unsigned n = 0; n < f->map_count; n++) {
		mem_dma_read(&b->mem, OPTROM_MAP_FIRST + n * OPTROM_MAP_ENTRY, raw, sizeof(raw));
		f->map[n] = (struct boot_range){get_le64(raw), get_le64(raw + 8), get_le32(raw + 16)};
	}
	mem_dma_read(&b->mem, BDA, f->bda, sizeof(f->bda));
	f->seed = b->pc->boot.seed;
	return true;
}

static void command_plan(struct board *b)
{
	const struct kernel *k = images_kernel(b);
	struct boot_facts facts;
	struct boot_plan plan;

	b->pc->boot.status = BOOT_STATUS_FAIL;
	if (!k || !read_facts(b, &facts))
		return;
	if (kernel_plan(k, &facts, &plan, NULL))
		b->pc->boot.status = BOOT_STATUS_READY | (k->kind->bios_stays ? 0 : BOOT_STATUS_MASK_PIC);
	boot_plan_free(&plan);
}

static uint32_t boot_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return b->pc->boot.armed && b->images ? b->pc->boot.status : UINT32_MAX;
}

static void boot_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct boot *s = &b->pc->boot;

	if (!s->armed || !b->images || size != 2)
		return;
	if (value == BOOT_CMD_PLAN) {
		command_plan(b);
	} else if (value == BOOT_CMD_ENTER && (s->status & BOOT_STATUS_READY)) {
		/* Not now: the OUT would go on with its own next instruction. */
		s->enter = 1;
		board_timer_set(b, TIMER_EXIT, board_now(b));
	}
}

void boot_timer(struct board *b)
{
	struct boot *s = &b->pc->boot;
	const struct kernel *k;
	struct boot_facts facts;
	struct boot_plan plan;

	if (!s->enter || !b->images)
		return;
	s->enter = 0;
	k = images_kernel(b);
	if (!k || !read_facts(b, &facts))
		return;
	if (kernel_plan(k, &facts, &plan, NULL)) {
		boot_plan_place(&plan, b);
		boot_plan_enter(&plan, b);
		s->armed = 0;
		s->status = 0;
	}
	boot_plan_free(&plan);
}

/* ---- the chip-like part ---- */

void boot_attach(struct board *b)
{
	const struct io_range r = {BOOT_PORT, 2, 0, 2, boot_in, boot_out};

	board_map_io(b, &r);
}

void boot_reset(struct board *b)
{
	struct boot *s = &b->pc->boot;

	s->armed = b->images ? 1 : 0;
	s->status = 0;
	s->enter = 0;
}

const char *boot_validate(const struct board *b)
{
	static const uint8_t zeros[sizeof(b->pc->boot.pad)];
	const struct boot *s = &b->pc->boot;

	if (s->armed > 1 || s->enter > 1)
		return "boot: a switch is neither on nor off";
	if (s->status & ~(BOOT_STATUS_READY | BOOT_STATUS_MASK_PIC | BOOT_STATUS_FAIL))
		return "boot: unknown status bits";
	if (memcmp(s->pad, zeros, sizeof(zeros)))
		return "boot: padding is not zero";
	return NULL;
}
