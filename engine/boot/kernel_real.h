/* Images of the bzImage protocol that are entered in real mode, with the BIOS
 * still working: iPXE, memtest86+, and Linux kernels whose payload cannot be
 * unpacked on the host (Documentation/x86/boot.rst of Linux). */
#ifndef LANYARD_BOOT_KERNEL_REAL_H
#define LANYARD_BOOT_KERNEL_REAL_H

#include "engine/boot/kernel.h"

extern const struct kernel_kind kernel_real;

/* Offsets in the boot sector and zero page: the setup header's fields. */
enum {
	SETUP_SECTS = 0x1f1,
	SETUP_SYSSIZE = 0x1f4,
	SETUP_BOOT_FLAG = 0x1fe,
	SETUP_JUMP = 0x200,
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x206,
	SETUP_TYPE_OF_LOADER = 0x210,
	SETUP_LOADFLAGS = 0x211,
	SETUP_MOVE_SIZE = 0x212,
	SETUP_CODE32_START = 0x214,
	SETUP_RAMDISK_IMAGE = 0x218,
	SETUP_RAMDISK_SIZE = 0x21c,
	SETUP_HEAP_END_PTR = 0x224,
	SETUP_CMD_LINE_PTR = 0x228,
	SETUP_INITRD_ADDR_MAX = 0x22c,
	SETUP_KERNEL_ALIGNMENT = 0x230,
	SETUP_CMDLINE_SIZE = 0x238,
	SETUP_PAYLOAD_OFFSET = 0x248,
	SETUP_PAYLOAD_LENGTH = 0x24c,
	SETUP_SETUP_DATA = 0x250,
	SETUP_PREF_ADDRESS = 0x258,
	SETUP_INIT_SIZE = 0x260,
};
enum { LOADED_HIGH = 0x01, CAN_USE_HEAP = 0x80 }; /* loadflags */
#define LOADER_UNDEFINED 0xff                     /* type_of_loader: none with a number of its own */

/* Reads the setup header of k->file into k->setup. */
enum kernel_probe kernel_setup_parse(struct kernel *k, GError **error);
/* Checks k->append against the header's limit. */
bool kernel_setup_check_cmdline(const struct kernel *k, GError **error);
/* --initrd for the bzImage protocol: one file. */
bool kernel_setup_load_initrd(struct kernel *k, const char *argument, GError **error);
/* Finds room for the initrd as high as the header allows and adds it to the
 * plan; *addr is 0 if there is none. */
bool kernel_setup_place_initrd(const struct kernel *k, struct boot_plan *p, uint64_t *addr, GError **error);
/* Adds a setup_data node with 32 random bytes from the PC's seed, in [low,
 * high): Linux's random pool is then ready at once, and equal for equal seeds. */
bool kernel_setup_place_seed(struct boot_plan *p, uint64_t low, uint64_t high, uint64_t *addr);
/* "The kernel does not fit", with what the PC has. Returns false. */
bool kernel_setup_no_room(const struct boot_plan *p, uint64_t base, uint64_t size, GError **error);

#endif
