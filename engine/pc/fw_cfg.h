/* QEMU's firmware configuration device (docs/specs/fw_cfg in QEMU): numbered
 * items and named files that SeaBIOS reads through ports 0x510 (selector), 0x511
 * (data) and 0x514 (DMA). File contents do not change while the PC runs. */
#ifndef LANYARD_PC_FW_CFG_H
#define LANYARD_PC_FW_CFG_H

#include "engine/base/types.h"

struct board;

#define FW_CFG_MAX_FILES 64
#define FW_CFG_NAME_SIZE 56 /* with its final NUL */

struct fw_cfg {
	uint64_t dma_addr; /* 0x514: high half waits for the low one */
	uint32_t offset;   /* next byte of the selected item */
	uint16_t key;      /* selected item */
	uint8_t pad[2];
};
_Static_assert(sizeof(struct fw_cfg) == 16, "no implicit padding");

void fw_cfg_attach(struct board *b);
/* Frees the files; the board goes away. */
void fw_cfg_free(struct board *b);
void fw_cfg_reset(struct board *b);
/* dst gets copies of src's files. */
void fw_cfg_clone(struct board *dst, const struct board *src);
const char *fw_cfg_validate(const struct board *b);

/* Adds a file (contents copied) before the guest runs; a file of that name is
 * replaced. False: name empty or too long, no room, or larger than 64 MiB. */
bool fw_cfg_add_file(struct board *b, const char *name, const void *data, size_t size);

#endif
