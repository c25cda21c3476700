/* The option ROM that lets an idle DOS idle, as the power managers of its time do:
 * DOS says so by INT 28h, and programs that wait for a key ask for one by INT 16h
 * AH=01h or 11h. The ROM halts until the next interrupt in INT 28h (hooked when DOS
 * is there, for DOS sets the vector itself), and when no key came for 32 such
 * questions within one tick of the clock. A caller with interrupts off is let be. It
 * is the fw_cfg file OPTROM_IDLE_FILE: the BIOS calls its init, it boots nothing. */
#ifndef LANYARD_BOOT_OPTROM_IDLE_H
#define LANYARD_BOOT_OPTROM_IDLE_H

#include "engine/boot/optrom.h"

#define OPTROM_IDLE_FILE "genroms/idle.bin"

void optrom_idle_build(uint8_t rom[OPTROM_SIZE]);

#endif
