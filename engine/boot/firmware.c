/* The firmware of a PC and what it finds: the BIOS and the VGA BIOS, the CMOS, and
 * its settings in fw_cfg. */
#include "engine/boot/firmware.h"

#include "engine/boot/boot.h"
#include "engine/boot/kernel.h"
#include "engine/boot/optrom_idle.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

#define BIOS_MIN 0x10000u
#define BIOS_MAX 0x400000u
#define VGABIOS_MAX 0x10000u

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
	uint64_t kib = b->mem.ram.count << PAGE_SHIFT >> 10, ext = kib > 1024 ? kib - 1024 : 0;

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

bool firmware_add_file(struct board *b, const char *name, const void *data, size_t size, GError **error)
{
	if (fw_cfg_add_file(b, name, data, size))
		return true;
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_CONFIG, "no room for the firmware's file %s", name);
	return false;
}

/* No menu (and no wait for its key); without a boot device, stop; an idle DOS idles. */
static bool add_settings(struct board *b, GError **error)
{
	static const uint8_t no[2], never[4] = {0xff, 0xff, 0xff, 0xff};
	uint8_t idle[OPTROM_SIZE];

	optrom_idle_build(idle);
	return firmware_add_file(b, OPTROM_IDLE_FILE, idle, sizeof(idle), error) &&
	       firmware_add_file(b, "etc/show-boot-menu", no, sizeof(no), error) &&
	       firmware_add_file(b, "etc/boot-fail-wait", never, sizeof(never), error);
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
			    "%s: is no PC firmware: %zu bytes, expected 64 KiB to 4 MiB in units of 4 KiB", path,
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

bool firmware_prepare(struct board *b, const struct boot_config *cfg, GError **error)
{
	if (!load_bios(b, cfg->bios ? cfg->bios : BOOT_DEFAULT_BIOS, error) ||
	    !load_vgabios(b, cfg->vgabios ? cfg->vgabios : BOOT_DEFAULT_VGABIOS, error))
		return false;
	set_memory(b);
	set_drives(b);
	return set_boot_order(b, cfg->boot_order, error) && add_settings(b, error);
}
