/* One PC as a value: everything that its guest can observe, in one flat struct
 * without host pointers. RAM, video memory and disk overlays are pages beside
 * it (board.h). Copy the struct, share the pages: that is a clone. */
#ifndef LANYARD_PC_PC_H
#define LANYARD_PC_PC_H

#include "engine/cpu/cpu.h"
#include "engine/pc/acpi_pm.h"
#include "engine/pc/board.h"
#include "engine/pc/boot_port.h"
#include "engine/pc/dma8237.h"
#include "engine/pc/fdc.h"
#include "engine/pc/fw_cfg.h"
#include "engine/pc/i8042.h"
#include "engine/pc/ide.h"
#include "engine/pc/ioapic.h"
#include "engine/pc/lapic.h"
#include "engine/pc/pci.h"
#include "engine/pc/pic.h"
#include "engine/pc/pit.h"
#include "engine/pc/rtc.h"
#include "engine/pc/system_ports.h"
#include "engine/pc/uart.h"
#include "engine/pc/vga.h"

#define PC_MIPS_MAX 10000 /* counts per microsecond */
#define PC_NIC_SLOTS 8
#define PC_NIC_BYTES 20480

struct pc {
	struct cpu cpu;

	/* The clock: now = idle_ns + cpu.count * 1000 / mips. */
	uint64_t idle_ns;        /* time skipped while halted */
	uint64_t due[PC_TIMERS]; /* virtual ns, TIME_NEVER: off */
	uint64_t epoch;          /* seconds since 1970 UTC at time zero: the RTC's date */
	uint32_t mips;           /* counts per microsecond */
	uint32_t state;          /* enum board_state */
	int32_t exit_status;     /* BOARD_EXITED */
	uint32_t test_exit_port; /* 0: none */

	struct pic pic; /* both 8259 */
	struct ioapic ioapic;
	struct lapic lapic;
	struct pit pit;
	struct rtc rtc;
	struct i8042 i8042;
	struct dma8237 dma;
	struct system_ports system_ports; /* ports 0x61, 0x92, 0xCF9 */
	struct pci pci;                   /* host bridge and all configuration spaces */
	struct acpi_pm pm;
	struct fw_cfg fw_cfg;
	struct ide ide;
	struct fdc fdc;
	struct uart uart[2];
	struct vga vga;
	struct boot_port boot; /* handing over to a kernel */

	/* One opaque slot a card (engine/nic); model 0 is an empty slot. */
	uint32_t nic_model[PC_NIC_SLOTS];
	_Alignas(64) uint8_t nic[PC_NIC_SLOTS][PC_NIC_BYTES];
};

#endif
