/* Linux entered directly in its own code: the vmlinux inside a bzImage, which
 * the host unpacks, or a vmlinux file. */
#ifndef LANYARD_BOOT_KERNEL_LINUX_H
#define LANYARD_BOOT_KERNEL_LINUX_H

#include "engine/boot/kernel.h"

extern const struct kernel_kind kernel_linux_image; /* bzImage with a payload that we can unpack */
extern const struct kernel_kind kernel_vmlinux;     /* plain ELF */

#endif
