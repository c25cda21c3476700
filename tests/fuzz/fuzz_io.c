/* Fuzzing the chips: arbitrary port and memory-mapped accesses, with time
 * passing between them, on a PC with a disk, a CD-ROM and a floppy. The
 * processor halts. Bus masters find descriptors in memory that the input wrote.
 *
 * Input: records of 8 bytes: operation, size, port or offset, value. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

enum { RAM = 2 << 20, RECORD = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static char image[3][64]; /* paths of files in memory */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const size_t sizes[3] = {8 << 20, 1 << 20, 1474560};

	for (unsigned n = 0; n < 3; n++) {
		int fd = memfd_create("image", 0);

		if (fd < 0 || ftruncate(fd, (off_t)sizes[n]))
			abort();
		snprintf(image[n], sizeof(image[n]), "/proc/self/fd/%d", fd);
	}
	return 0;
}

static struct disk_image *open_image(unsigned n, enum disk_kind kind)
{
	GError *error = NULL;
	struct disk_image *d = disk_open(image[n], kind, false, &error);

	if (!d) {
		fprintf(stderr, "%s\n", error->message);
		abort();
	}
	return d;
}

/* Ports of the chips, so that few accesses go nowhere; the PCI ones move. */
static uint16_t port_of(const uint8_t *r)
{
	static const uint16_t bases[] = {
		0x00,   0x20,   0x40,   0x60,   0x70,   0x80,  0xa0,  0xc0,  0x1f0, 0x170,  0x2f8,
		0x376,  0x3b0,  0x3c0,  0x3d0,  0x3f0,  0x3f8, 0x402, 0x510, 0xcf0, 0xcf8,  0xafe0,
		0xb000, 0xb008, 0xb100, 0xc000, 0xc008, 0x4d0, 0x92,  0xe9,  0xf0,  0xae00,
	};

	return (uint16_t)(r[0] & 0x80 ? get_le16(r + 2) : bases[r[2] % ARRAY_LEN(bases)] + r[3] % 16);
}

static uint64_t address_of(const uint8_t *r)
{
	static const uint64_t bases[] = {
		0xa0000, 0xb8000, 0xc0000, 0xfec00000, 0xfee00000, 0xe0000000, 0xfd000000, 0x0,
	};

	return bases[r[1] >> 4 & 7] + (get_le16(r + 2) & 0xfff8);
}

/* Time passes, up to 4 ms. What the accesses raised (NMI, INIT, interrupts) must
 * not set the processor off through memory: that is fuzz_code's field. */
static void pass(struct board *b, uint64_t ns)
{
	struct cpu *c = &b->pc->cpu;

	c->eflags &= ~FL_IF;
	c->attn = (c->attn & ~(ATTN_NMI | ATTN_INIT)) | ATTN_HALT;
	board_run(b, board_now(b) + ns);
}

static void step(struct board *b, const uint8_t *r)
{
	unsigned size = 1u << r[1] % 3;

	switch (r[0] & 7) {
	case 0:
	case 1:
	case 2: board_out(b, port_of(r), get_le32(r + 4), size); break;
	case 3: board_in(b, port_of(r), size); break;
	case 4: mem_write(&b->mem, address_of(r), get_le32(r + 4), size); break;
	case 5: mem_read(&b->mem, address_of(r), size); break;
	case 6: mem_dma_write(&b->mem, get_le16(r + 2), r + 4, 4); break;
	case 7: pass(b, get_le32(r + 4) & 0x3fffff); break;
	}
	if (b->pc->state != BOARD_RUNNING) {
		board_reset(b);
		b->pc->cpu.attn |= ATTN_HALT;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board *b;

	if (size < RECORD || size > 4096)
		return 0;
	b = board_new(RAM);
	b->ide_drive[0] = open_image(0, DISK_HARD);
	b->ide_drive[2] = open_image(1, DISK_CDROM);
	b->floppy[0] = open_image(2, DISK_FLOPPY);
	board_reset(b);
	b->pc->cpu.attn |= ATTN_HALT;
	/* As the BIOS leaves it: I/O, memory and bus master on for the IDE controller. */
	board_out(b, 0xcf8, 0x80000904, 4);
	board_out(b, 0xcfc, 5, 4);
	board_out(b, 0xcf8, 0x80000920, 4);
	board_out(b, 0xcfc, 0xc001, 4);
	for (size_t at = 0; at + RECORD <= size; at += RECORD)
		step(b, data + at);
	board_free(b);
	return 0;
}
