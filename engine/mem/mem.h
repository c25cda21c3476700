/* The guest-physical address space of one PC: which page, device or nothing
 * answers at an address. Every store to RAM passes here, DMA too: copy-on-write
 * and the code check happen in one place.
 *
 *   0x00000000  RAM
 *   0x000A0000  video memory window (a device), or the RAM below it (SMRAM)
 *   0x000C0000  ROMs, or the RAM below them (shadow RAM, i440FX PAM registers)
 *   0x00100000  RAM up to ram_pages; then nothing, or PCI memory (devices)
 *   0xFEC00000  IOAPIC, 0xFEE00000 local APIC (devices)
 *   4G - size   the firmware, again at the end of the first megabyte
 *
 * struct mem is host-side. Its pages are part of the PC value; the map above
 * them follows from the chips' registers. */
#ifndef LANYARD_MEM_MEM_H
#define LANYARD_MEM_MEM_H

#include "engine/mem/pages.h"

#define MEM_LOW_FRAMES 256u /* frames of the first megabyte */
#define MEM_MAX_REGIONS 64
#define MEM_MAX_RAM (3ull << 30) /* bytes; PCI memory lives above */

/* A device's window. addr is the offset within the region; size is 1, 2, 4
 * or 8 bytes; an access never leaves the region. */
typedef uint64_t mem_read_fn(void *owner, unsigned unit, uint64_t addr, unsigned size);
typedef void mem_write_fn(void *owner, unsigned unit, uint64_t addr, uint64_t value, unsigned size);

struct mem_region {
	uint64_t base, size; /* bytes; small PCI windows may share a frame */
	unsigned unit;       /* handed to the functions: which of several equals */
	void *owner;
	mem_read_fn *read;
	mem_write_fn *write;
};

enum mem_kind { MEM_RAM, MEM_ROM, MEM_DEVICE, MEM_NONE };

/* Told to the cpu so that host-side shortcuts are dropped. */
struct mem_watch {
	void *opaque;
	/* Frame pfn is now another page. old: the one it was if that held decoded
	 * code, else NULL; the callee now owns a reference to it, because it may be
	 * running that code. */
	void (*moved)(void *opaque, uint64_t pfn, struct page *old);
	/* Everything may have moved (A20, regions, PAM). */
	void (*remapped)(void *opaque);
	/* Bytes with decoded code are about to change in page. */
	void (*code_written)(void *opaque, struct page *page, unsigned offset, unsigned size);
};

struct mem {
	struct pages ram;
	struct pages rom;                          /* 0xC0000..0xFFFFF as ROM: 64 pages */
	struct pages bios;                         /* the firmware, ending at 4 GiB */
	uint8_t pam_read[64];                      /* frame 0xC0+n: nonzero = reads go to RAM */
	uint8_t pam_write[64];                     /* nonzero = writes go to RAM */
	bool smram;                                /* the RAM at 0xA0000, not the video window */
	struct mem_region region[MEM_MAX_REGIONS]; /* sorted by base */
	unsigned regions;
	struct mem_watch watch;
};

void mem_init(struct mem *m, uint64_t ram_bytes);
void mem_free(struct mem *m);
/* Copies pages (shared), PAM and SMRAM state; regions and watch stay dst's own. */
void mem_clone(struct mem *dst, const struct mem *src);

/* size bytes of firmware, at most 1 MiB, a multiple of 4 KiB: at the end of
 * 4 GiB, its last 128 KiB also at 0xE0000 (all of it if smaller). */
void mem_set_bios(struct mem *m, const uint8_t *data, size_t size);
/* Shadow RAM: frames [first, first+count) of 0xC0000.. (i440FX PAM). */
void mem_shadow(struct mem *m, unsigned first, unsigned count, bool read_ram, bool write_ram);

/* RAM instead of the video window at 0xA0000 (i440FX SMRAM). */
void mem_open_smram(struct mem *m, bool open);

/* Adds a device window; false if it overlaps another or the table is full. */
bool mem_map(struct mem *m, const struct mem_region *r);
void mem_unmap(struct mem *m, uint64_t base, unsigned unit, mem_read_fn *read);

/* Who answers a read / write of frame pfn. For MEM_RAM and MEM_ROM *data is
 * the page's bytes for reading. */
enum mem_kind mem_peek(const struct mem *m, uint64_t pfn, const uint8_t **data, struct page **page);
/* Makes frame pfn writable and private: MEM_RAM and *page, else the kind
 * (a write to MEM_ROM or MEM_NONE is dropped by hardware). */
enum mem_kind mem_own(struct mem *m, uint64_t pfn, struct page **page);

/* Do loads from the frame find what stores leave there? Not from shadow RAM
 * that is written while the ROM is read. */
bool mem_reads_back(const struct mem *m, uint64_t pfn);

/* Physical access of 1, 2, 4 or 8 bytes within one frame, devices included.
 * Nothing answers: all ones. */
uint64_t mem_read(struct mem *m, uint64_t addr, unsigned size);
void mem_write(struct mem *m, uint64_t addr, uint64_t value, unsigned size);
/* Any range, as a bus master sees it. Devices are not reached: their bytes
 * read as all ones and swallow writes (no device-to-device DMA). */
void mem_dma_read(struct mem *m, uint64_t addr, void *buf, size_t size);
void mem_dma_write(struct mem *m, uint64_t addr, const void *buf, size_t size);

#endif
