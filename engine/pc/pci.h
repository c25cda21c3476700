/* The PCI bus 0 of the PC: configuration mechanism #1 (ports 0xCF8 and
 * 0xCFC-0xCFF), the configuration space of each function, base address
 * registers and the INTx lines. PCI Local Bus Specification 2.1/3.0.
 *
 * A device of the bus is a const struct pci_model: its identity and what of its
 * configuration space can be written. pci.c keeps the registers in the value and
 * calls the model when something has to happen:
 *
 *   static void foo_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
 *   {
 *           struct io_range r = {(uint16_t)base, 0x20, (uint8_t)devfn, 4, foo_in, foo_out};
 *
 *           if (on)
 *                   board_map_io(b, &r);
 *           else
 *                   board_unmap_io(b, devfn, foo_in, foo_out);
 *   }
 *   const struct pci_model foo_pci = {
 *           .name = "foo", .vendor = 0x10ec, .device = 0x8029, .class_code = 0x020000, .pin = 1,
 *           .bar = {{PCI_BAR_IO, 0x20}}, .map = foo_map,
 *   };
 *   foo_attach(b):  pci_add(b, PCI_DEVFN(3, 0), &foo_pci);
 *
 * An interrupt is pci_set_irq(b, devfn, level); a bus master asks
 * pci_bus_master(b, devfn) before it touches memory.
 *
 * What is mapped follows from the value alone: of two windows that overlap the
 * lower devfn (then the lower BAR) is reachable. Memory windows are reachable
 * only where the host bridge forwards: from the top of RAM to 0xFEC00000, and
 * from 4 GiB to 64 GiB. A window at address 0 counts as not assigned. */
#ifndef LANYARD_PC_PCI_H
#define LANYARD_PC_PCI_H

#include "engine/base/types.h"

struct board;

#define PCI_DEVFN(slot, fn) ((slot) << 3 | (fn))
#define PCI_MAX_FNS 32 /* functions present at once */
#define PCI_CONFIG_SIZE 256

/* Registers of the type 0 header (PCI 2.1 section 6.1). */
enum pci_reg {
	PCI_VENDOR_ID = 0x00,
	PCI_DEVICE_ID = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_REVISION_ID = 0x08,
	PCI_CLASS_PROG = 0x09,
	PCI_CACHE_LINE_SIZE = 0x0c,
	PCI_LATENCY_TIMER = 0x0d,
	PCI_HEADER_TYPE = 0x0e,
	PCI_BASE_ADDRESS = 0x10,
	PCI_SUBSYSTEM_VENDOR_ID = 0x2c,
	PCI_SUBSYSTEM_ID = 0x2e,
	PCI_ROM_ADDRESS = 0x30,
	PCI_CAPABILITY_LIST = 0x34,
	PCI_INTERRUPT_LINE = 0x3c,
	PCI_INTERRUPT_PIN = 0x3d,
	PCI_MIN_GNT = 0x3e,
	PCI_MAX_LAT = 0x3f,
};

enum {
	/* PCI_COMMAND */
	PCI_COMMAND_IO = 1 << 0,
	PCI_COMMAND_MEMORY = 1 << 1,
	PCI_COMMAND_MASTER = 1 << 2,
	PCI_COMMAND_PARITY = 1 << 6,
	PCI_COMMAND_SERR = 1 << 8,
	PCI_COMMAND_INTX_DISABLE = 1 << 10,
	/* PCI_STATUS */
	PCI_STATUS_INTERRUPT = 1 << 3,
	PCI_STATUS_CAP_LIST = 1 << 4,
	PCI_STATUS_FAST_BACK = 1 << 7,
	PCI_STATUS_DEVSEL_MEDIUM = 1 << 9,
	/* PCI_HEADER_TYPE */
	PCI_HEADER_MULTI_FUNCTION = 0x80,
	/* PCI_ROM_ADDRESS */
	PCI_ROM_ENABLE = 1 << 0,
};

enum pci_bar_kind {
	PCI_BAR_NONE,
	PCI_BAR_IO,
	PCI_BAR_MEM,
	PCI_BAR_MEM_PREFETCH,
	PCI_BAR_MEM64, /* takes this and the next BAR */
	PCI_BAR_MEM64_PREFETCH,
};

struct pci_bar {
	uint8_t kind;  /* enum pci_bar_kind */
	uint32_t size; /* bytes, a power of two; at least 4 (I/O) or 16 (memory) */
};
#define PCI_BARS 6u
#define PCI_BAR_ROM 6u /* number of the expansion ROM's window */

/* What a register holds after reset and how it is written, beyond the standard
 * header (which pci.c knows). Bits in none of the masks are read-only. */
struct pci_rule {
	uint8_t offset, size; /* size 1, 2 or 4 bytes, little-endian */
	uint32_t reset;
	uint32_t write; /* bits that are written */
	uint32_t clear; /* bits that are cleared by writing 1 */
	uint32_t lock;  /* bits that writing 1 sets until the next reset */
};

/* One kind of PCI function. Every hook may be NULL. */
struct pci_model {
	const char *name;
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem; /* both 0: 1af4:1100, as QEMU's machines */
	uint32_t class_code;                  /* 24 bits: class, subclass, programming interface */
	uint8_t revision;
	uint8_t header_type; /* PCI_HEADER_MULTI_FUNCTION or 0 */
	uint8_t pin;         /* 1..4: INTA#..INTD#; 0: no interrupt */
	uint8_t min_gnt, max_lat;
	uint16_t command;      /* after reset */
	uint16_t command_mask; /* bits that can be written; 0: the usual ones */
	uint16_t status;       /* after reset */
	struct pci_bar bar[PCI_BARS];
	const struct pci_rule *rules;
	unsigned rule_count;

	/* The guest is about to read config bytes [offset, offset + size). */
	void (*config_reading)(struct board *b, unsigned devfn, unsigned offset, unsigned size);
	/* The guest wrote config bytes [offset, offset + size); they are in place. */
	void (*config_written)(struct board *b, unsigned devfn, unsigned offset, unsigned size);
	/* Window bar now answers at base, or (on false) no longer does. */
	void (*map)(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on);
	/* The host side is to follow the configuration registers: after a reset and
	 * after a value was loaded. */
	void (*sync)(struct board *b, unsigned devfn);
	/* The guest ejected the card; it is gone from the bus already. */
	void (*removed)(struct board *b, unsigned devfn);
};

struct pci_fn {
	uint8_t devfn;
	uint8_t present;
	uint8_t intx; /* the level the device drives on its INTx pin */
	uint8_t pad;
	uint8_t config[PCI_CONFIG_SIZE];
};

/* fn[0..count) are sorted by devfn, the rest is zero. */
struct pci {
	uint32_t address;   /* CONFADD: bit 31 enable, bus, device, function, register */
	uint16_t irq_lines; /* ISA interrupt lines now driven high by the PIRQs or SCI */
	uint8_t sci;        /* level of the ACPI interrupt (acpi_pm.c) */
	uint8_t count;
	struct pci_fn fn[PCI_MAX_FNS];
};
_Static_assert(sizeof(struct pci) == 8 + PCI_MAX_FNS * 260, "no implicit padding");

void pci_attach(struct board *b);
/* Frees what pci_attach() and pci_set_rom() allocated; the board goes away. */
void pci_free(struct board *b);
/* RST#: every function as after power-on; functions stay where they are. */
void pci_reset(struct board *b);
/* Host side follows the value again: after the value was replaced. */
void pci_restore(struct board *b);
/* NULL, or what is wrong with a loaded value. */
const char *pci_validate(const struct board *b);

/* Puts a function on the bus. If the value already has one at devfn (it was
 * loaded), that one keeps its registers. False: the bus is full. */
bool pci_add(struct board *b, unsigned devfn, const struct pci_model *model);
/* Takes it off, unmapped and with its interrupt line low. Unknown devfn: nothing. */
void pci_remove(struct board *b, unsigned devfn);
/* The expansion ROM's contents (copied), before the guest runs; at most 16 MiB.
 * The window is the next power of two, at least 4 KiB. size 0: no ROM. */
void pci_set_rom(struct board *b, unsigned devfn, const void *data, size_t size);
/* dst gets copies of src's option ROMs. */
void pci_clone_roms(struct board *dst, const struct board *src);

/* The configuration space, PCI_CONFIG_SIZE bytes; NULL if nothing is there. */
uint8_t *pci_config(struct board *b, unsigned devfn);
/* May the function start transfers (PCI_COMMAND_MASTER)? */
bool pci_bus_master(struct board *b, unsigned devfn);
/* The level of the function's interrupt pin; lines are shared. */
void pci_set_irq(struct board *b, unsigned devfn, bool level);

/* Configuration cycles as the host bridge issues them; size 1, 2 or 4, within a
 * doubleword. Nobody there: all ones. */
uint32_t pci_config_read(struct board *b, unsigned devfn, unsigned offset, unsigned size);
void pci_config_write(struct board *b, unsigned devfn, unsigned offset, uint32_t value, unsigned size);

#endif
