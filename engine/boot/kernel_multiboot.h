/* Multiboot 1 kernels (Multiboot Specification 0.6.96): GNU Mach, Xen-like and
 * teaching kernels, and the guests of our own tests. */
#ifndef LANYARD_BOOT_KERNEL_MULTIBOOT_H
#define LANYARD_BOOT_KERNEL_MULTIBOOT_H

#include "engine/boot/kernel.h"

extern const struct kernel_kind kernel_multiboot;

/* Offset of the Multiboot header in a file, or -1. */
int64_t multiboot_find_header(struct bytes file);

#endif
