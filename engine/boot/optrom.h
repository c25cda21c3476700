/* The option ROM through which SeaBIOS hands a kernel's start to the host: a
 * Plug and Play ROM with a bootstrap entry vector (PnP BIOS Specification 1.0A,
 * section 3). It is the fw_cfg file OPTROM_FILE and comes first in the boot
 * order. Its code asks the BIOS for the memory map and talks to BOOT_PORT
 * (engine/pc/boot_port.h). */
#ifndef LANYARD_BOOT_OPTROM_H
#define LANYARD_BOOT_OPTROM_H

#include "engine/base/types.h"

#define OPTROM_SIZE 512u
#define OPTROM_FILE "genroms/kernel.bin"

/* Where the ROM leaves the memory map: a 16-bit count at OPTROM_MAP, then from
 * OPTROM_MAP_FIRST as many E820 entries of 20 bytes (base, size, type). */
#define OPTROM_MAP 0x10000u
#define OPTROM_MAP_FIRST 0x10008u
#define OPTROM_MAP_ENTRY 20u

void optrom_build(uint8_t rom[OPTROM_SIZE]);

/* ---- for what builds a ROM ---- */

enum { OPTROM_INIT = 0x03, OPTROM_CODE = 0x40, OPTROM_NAME = 0x1e0 };

struct optrom_text {
	unsigned at;
	const void *data;
	size_t size;
};
/* Headers, the name of the product, and the parts. bootstrap: entry vector, 0: none.
 * Init just returns. Without a checksum: optrom_seal(). */
void optrom_assemble(uint8_t rom[OPTROM_SIZE], const char *name, uint16_t bootstrap, const struct optrom_text *parts,
		     unsigned count);
void optrom_seal(uint8_t rom[OPTROM_SIZE]);

#endif
