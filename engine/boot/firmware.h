/* The firmware of a PC and what it finds there; see firmware.c. */
#ifndef LANYARD_BOOT_FIRMWARE_H
#define LANYARD_BOOT_FIRMWARE_H

#include <glib.h>

#include "engine/base/types.h"

struct board;
struct boot_config;

/* Loads BIOS and VGA BIOS, fills CMOS and fw_cfg; once, after drives were attached. */
bool firmware_prepare(struct board *b, const struct boot_config *cfg, GError **error);
/* Adds a file of fw_cfg (copied). */
bool firmware_add_file(struct board *b, const char *name, const void *data, size_t size, GError **error);

#endif
