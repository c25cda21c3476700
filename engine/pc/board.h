/* The board: the host side of one PC, around its value (pc.h). Chips get it as
 * their first argument and find their registers in b->pc; it carries ports,
 * device memory, timers and interrupt lines between them.
 *
 * A chip foo is foo.h, foo.c and a row in chips.c:
 *   struct foo              its registers, a flat part of struct pc (no pointers,
 *                           no implicit padding: fill with named pad fields)
 *   foo_attach(b)           claims ports and memory; host side only, once
 *   foo_reset(b)            the state after RESET#
 *   foo_timer(b, unit)      its timer is due
 *   foo_validate(b)         NULL, or what is wrong with loaded state (hostile)
 * Every time is virtual, in nanoseconds; nothing reads the host's clock. */
#ifndef LANYARD_PC_BOARD_H
#define LANYARD_PC_BOARD_H

#include "engine/base/types.h"
#include "engine/cpu/core.h"
#include "engine/mem/mem.h"

struct board;
struct pc;

/* One row for each timer of the value; due times are pc->due[]. At equal times
 * the lower row is served first. */
enum pc_timer {
	TIMER_LAPIC,
	TIMER_PIT,
	TIMER_RTC,
	TIMER_PM,
	TIMER_UART0,
	TIMER_UART1,
	TIMER_KBC,
	TIMER_IDE0,
	TIMER_IDE1,
	TIMER_FDC,
	TIMER_INPUT,
	TIMER_EXIT,
	TIMER_DOZE, /* the end of a PAUSE or of an access to a port */
	TIMER_NIC0,
	TIMER_NIC_LAST = TIMER_NIC0 + 7,
	PC_TIMERS
};

/* Port access. unit is the number given at mapping (which of two UARTs);
 * size is 1, 2 or 4, never more than the mapping's max_size (wider accesses
 * arrive as several, low part first). */
typedef uint32_t io_in_fn(struct board *b, unsigned unit, uint16_t port, unsigned size);
typedef void io_out_fn(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size);

struct io_range {
	uint16_t base, count;
	uint8_t unit, max_size;
	io_in_fn *in;   /* NULL: reads as all ones */
	io_out_fn *out; /* NULL: writes are ignored */
};
/* An access to a chip on the ISA bus, or to nobody, takes a microsecond on a PC, and
 * programs count on it. */
#define IO_ISA_NS 1000
#define IO_PCI_NS 120
#define PAUSE_NS 1000
#define BOARD_MAX_IO 128

/* Bytes between a guest and the outside (terminal, file, debug console). */
struct board_host {
	void *opaque;
	/* A byte left a serial port (unit 0, 1) or the debug console (unit 0xe9, 0x402). */
	void (*byte_out)(void *opaque, unsigned unit, uint8_t byte);
	/* One line for --trace SUBJECT (already filtered), without newline. */
	void (*trace)(void *opaque, const char *subject, const char *text);
};

/* The network: what a card in this slot does at board_now(). NULL: nobody is there. */
struct nic_wire {
	void *opaque;
	void (*transmit)(void *opaque, unsigned slot, const uint8_t *data, size_t size); /* a frame, no FCS */
	/* It gives up a frame that its driver wanted sent; reason: enum drop_reason. */
	void (*drop)(void *opaque, unsigned slot, const uint8_t *data, size_t size, int reason);
	void (*phy)(void *opaque, unsigned slot, bool up, uint64_t rate); /* nic_phy() */
};

/* Why board_run() returned. */
enum board_state {
	BOARD_RUNNING, /* the time asked for has come */
	BOARD_IDLE,    /* halted with no timer at all: only input can wake it */
	BOARD_POWERED_OFF,
	BOARD_RESET,  /* the guest asked for a reset; board_reset() to go on */
	BOARD_EXITED, /* --test-exit: status in pc->exit_status */
};

struct chip;        /* chips.h */
struct disk_image;  /* disk.h: the host file behind a drive */
struct boot_loader; /* boot_port.h: how a kernel is started */
struct boot_kernel;

struct board {
	struct pc *pc; /* the value; owned */
	struct core *core;
	struct mem mem;
	struct pages vram; /* 256 KiB of video memory */
	struct board_host host;
	uint8_t io_index[65536]; /* 0: nobody; else io[] row + 1 */
	struct io_range io[BOARD_MAX_IO];
	uint16_t io_ns[BOARD_MAX_IO]; /* how long an access to io[n] takes, each of a string instruction */
	unsigned io_count;
	uint64_t until;                  /* where board_run() ends */
	uint32_t trace_mask;             /* TRACE_* */
	struct disk_image *ide_drive[4]; /* primary master, slave, secondary ...; NULL: none */
	struct disk_image *floppy[2];
	const struct pci_model *pci_model[256];   /* by devfn; pci.h */
	struct pci_host *pci_host;                /* mapped windows, option ROMs; pci.c */
	struct fw_cfg_files *fw_files;            /* named files for the firmware; fw_cfg.c */
	const struct boot_loader *loader;         /* boot_port.c */
	struct boot_kernel *kernel;               /* NULL: no kernel to start */
	const struct chip *timer_chip[PC_TIMERS]; /* whose timer it is; chips.c */
	void *owner;                              /* whose PC this is; for input_due() */
	void (*input_due)(struct board *b);       /* TIMER_INPUT; NULL: nobody feeds this PC */
	struct nic_wire nic_wire;                 /* where the cards' frames go */
	/* Set by engine/nic once a card is plugged in: TIMER_NIC0 + slot is due; RESET#. */
	void (*nic_timer)(struct board *b, unsigned slot);
	void (*nic_reset)(struct board *b);
};

/* --trace subjects. */
#define TRACE_SUBJECTS(X) \
	X(CPU, "cpu") \
	X(INT, "int") \
	X(PIC, "pic") \
	X(APIC, "apic") \
	X(PIT, "pit") \
	X(RTC, "rtc") \
	X(KBC, "kbc") \
	X(IDE, "ide") \
	X(FDC, "fdc") \
	X(DMA, "dma") \
	X(UART, "uart") \
	X(VGA, "vga") \
	X(PCI, "pci") \
	X(PM, "pm") \
	X(FWCFG, "fwcfg") \
	X(IO, "io") \
	X(MMIO, "mmio") \
	X(NIC, "nic")
enum trace_bit {
#define X(id, name) TRACE_BIT_##id,
	TRACE_SUBJECTS(X)
#undef X
		TRACE_SUBJECT_COUNT
};
#define TRACE_ON(b, id) UNLIKELY((b)->trace_mask & 1u << TRACE_BIT_##id)
void board_trace(struct board *b, enum trace_bit subject, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define TRACE(b, id, ...) \
	do { \
		if (TRACE_ON(b, id)) \
			board_trace((b), TRACE_BIT_##id, __VA_ARGS__); \
	} while (0)

/* ---- services for chips ---- */

/* Claims ports [base, base + count). A later mapping hides an earlier one. */
void board_map_io(struct board *b, const struct io_range *range);
/* The same, but an access takes ns instead of IO_ISA_NS. What a BAR maps is given
 * IO_PCI_NS by pci_bar.c. */
void board_map_io_timed(struct board *b, const struct io_range *range, uint16_t ns);
/* Frees what a mapping with these functions and unit claimed (PCI BAR moves). */
void board_unmap_io(struct board *b, unsigned unit, io_in_fn *in, io_out_fn *out);

/* Virtual time: nanoseconds since power-on, exact at the current instruction. */
uint64_t board_now(const struct board *b);
/* Sets (or moves) a timer; TIME_NEVER stops it. A time already past is due at
 * once: before the next instruction. */
void board_timer_set(struct board *b, enum pc_timer timer, uint64_t when);

/* An ISA interrupt line 0..15 as its chip drives it; both the 8259 and the
 * IOAPIC (IRQ 0 at pin 2) see it. The caller keeps the level of its own line;
 * shared PCI lines go through pci_set_irq(). */
void board_set_irq(struct board *b, unsigned irq, bool level);
/* Recomputes the CPU's INTR line from local APIC and 8259; called by both
 * whenever their output may have changed. (intr_line.c) */
void board_update_intr(struct board *b);
void board_nmi(struct board *b);

/* The CPU's port accesses (owner is the board); the time that they take is apart
 * (board_io_time). */
uint32_t board_in(void *owner, uint16_t port, unsigned size);
void board_out(void *owner, uint16_t port, uint32_t value, unsigned size);
/* What the processor waits for (doze.c): bus functions of core.h. */
void board_io_time(void *owner, uint16_t port);
void board_doze(void *owner);
void board_doze_end(void *owner);
bool board_doze_pass(void *owner);
/* NULL, or what is wrong with the wait of a loaded value. */
const char *board_doze_validate(const struct board *b);
/* How long an access to this port takes. */
uint16_t board_io_ns(const struct board *b, uint16_t port);
/* Virtual time at which the instruction that calls out now will have retired. */
uint64_t board_after(const struct board *b);
/* The count at which virtual time reaches t if the CPU does not idle. */
uint64_t board_count_at(const struct board *b, uint64_t t);
/* A timer's chip acts (pc.c). */
void pc_timer_run(struct board *b, unsigned timer);

/* Ends the current board_run() after this instruction with this state. */
void board_stop(struct board *b, enum board_state state);

/* ---- for the owner of the PC ---- */

struct board *board_new(uint64_t ram_bytes);
void board_free(struct board *b);
/* RESET#: CPU and chips; RAM is kept. */
void board_reset(struct board *b);
/* A second PC in the same state, between two runs. Pages are shared, copied
 * when written; the host functions are its owner's to set. Cards of its own are
 * plugged in as src's are. (pc_clone.c) */
struct board *board_clone(const struct board *src);
/* Wires the host side after *b->pc was replaced. */
void board_restore(struct board *b);
/* NULL, or what is wrong with a value that came from elsewhere: its clock and chips.
 * Cards are judged by nic_validate() (engine/nic). */
const char *board_validate(const struct board *b);
/* Runs until virtual time `until` (ns) or another reason to return. What is due
 * at `until` itself is left to the next run: its input may not all be known. */
enum board_state board_run(struct board *b, uint64_t until);
/* Time of the next timer; TIME_NEVER if none. */
uint64_t board_next_due(const struct board *b);
/* The processor has halted, dozes or waits for a port, and nothing there wakes it:
 * nothing happens before the next timer. */
bool board_halted(const struct board *b);
/* Halted with interrupts off: the guest has given up. */
bool board_dead(const struct board *b);

#endif
