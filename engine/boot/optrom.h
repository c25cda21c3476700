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

#endif
