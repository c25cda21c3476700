/* The port through which the option ROM (engine/boot/optrom.h) asks the host for
 * a kernel. It answers only between RESET# and the entry of the kernel, and only
 * in a PC that has a kernel:
 *   write BOOT_CMD_PLAN    the memory map is in the buffer: does all fit?
 *   read                   BOOT_STATUS_* bits
 *   write BOOT_CMD_ENTER   before the next instruction, enter the kernel
 * What is behind it, files of the host and how they are placed, is engine/boot's. */
#ifndef LANYARD_PC_BOOT_PORT_H
#define LANYARD_PC_BOOT_PORT_H

#include "engine/base/types.h"

struct board;

#define BOOT_PORT 0x0cf0 /* no PC chip decodes it */
enum { BOOT_CMD_PLAN = 0x4c31, BOOT_CMD_ENTER = 0x4c32 };
enum {
	BOOT_STATUS_READY = 0x01,    /* planned: BOOT_CMD_ENTER will work */
	BOOT_STATUS_MASK_PIC = 0x02, /* the kernel does without the BIOS: mask the 8259s first */
	BOOT_STATUS_FAIL = 0x80,     /* no room in memory */
};

/* The part of the PC's value. */
struct boot_port {
	uint64_t seed;  /* of the kernel's random pool */
	uint8_t armed;  /* 1: the port answers */
	uint8_t status; /* BOOT_STATUS_* */
	uint8_t enter;  /* 1: TIMER_EXIT enters the kernel */
	uint8_t pad[5];
};
_Static_assert(sizeof(struct boot_port) == 16, "no implicit padding");

struct boot_kernel;

/* How a PC's kernel is started; of engine/boot. */
struct boot_loader {
	/* Would it start with the memory map that the ROM has left? BOOT_STATUS_* */
	uint8_t (*plan)(struct board *b, struct boot_kernel *k);
	/* Writes it to memory and sets the processor to its entry; false: it does not fit. */
	bool (*enter)(struct board *b, struct boot_kernel *k);
	/* A second PC has it, too; one less has it. */
	struct boot_kernel *(*share)(struct boot_kernel *k);
	void (*release)(struct boot_kernel *k);
};

void boot_port_attach(struct board *b);
void boot_port_reset(struct board *b);
/* TIMER_EXIT: enters the kernel. */
void boot_port_timer(struct board *b, unsigned unit);
const char *boot_port_validate(const struct board *b);

/* From now on the PC starts this kernel (the board's now); before the guest runs. */
void boot_port_set(struct board *b, const struct boot_loader *loader, struct boot_kernel *kernel);
/* dst starts what src starts, also after a reset. */
void boot_port_clone(struct board *dst, const struct board *src);
/* Releases the kernel; the board goes away. */
void boot_port_free(struct board *b);

#endif
