/* Drives and files for them; see disks.h. */
#include "tests/unit/disks.h"

void make_file(char *path, size_t sectors, size_t size)
{
	uint8_t sector[2048];
	int fd;

	snprintf(path, PATH_SIZE, "/tmp/lanyard-disk-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t n = 0; n < sectors; n++) {
		memset(sector, (int)(n * 7 + 1), sizeof(sector));
		put_le32(sector, (uint32_t)n);
		assert_int_equal(write(fd, sector, size), size);
	}
	close(fd);
}

int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	make_file(t->path[0], DISK_SECTORS, 512);
	make_file(t->path[1], CD_SECTORS, 2048);
	make_file(t->path[2], 2880, 512);
	t->b = board_new(4 << 20);
	ide_insert(t->b, 0, disk_open(t->path[0], DISK_HARD, false, NULL));
	ide_insert(t->b, 2, disk_open(t->path[1], DISK_CDROM, false, NULL));
	fdc_insert(t->b, 0, disk_open(t->path[2], DISK_FLOPPY, false, NULL));
	*state = t;
	return 0;
}

int teardown(void **state)
{
	struct fixture *t = *state;

	for (unsigned n = 0; n < 4; n++)
		ide_insert(t->b, n, NULL);
	fdc_insert(t->b, 0, NULL);
	fdc_insert(t->b, 1, NULL);
	board_free(t->b);
	for (unsigned n = 0; n < 3; n++)
		unlink(t->path[n]);
	free(t);
	return 0;
}

struct board *board(void **state)
{
	return ((struct fixture *)*state)->b;
}

uint8_t in8(struct board *b, uint16_t port)
{
	return (uint8_t)board_in(b, port, 1);
}

uint16_t in16(struct board *b, uint16_t port)
{
	return (uint16_t)board_in(b, port, 2);
}

void out8(struct board *b, uint16_t port, uint8_t v)
{
	board_out(b, port, v, 1);
}

void pass(struct board *b, uint64_t ns)
{
	b->pc->cpu.attn |= ATTN_HALT;
	b->pc->cpu.eflags &= ~0x200u;
	board_run(b, board_now(b) + ns);
}

void command(struct board *b, uint16_t base, uint8_t device, uint32_t lba, uint8_t count, uint8_t opcode)
{
	out8(b, base + 6, (uint8_t)(device | (lba >> 24 & 15)));
	out8(b, base + 2, count);
	out8(b, base + 3, (uint8_t)lba);
	out8(b, base + 4, (uint8_t)(lba >> 8));
	out8(b, base + 5, (uint8_t)(lba >> 16));
	out8(b, base + 7, opcode);
	/* An interrupt never comes inside the OUT. */
	assert_false(b->pc->ide.channel[base == 0x170].irq);
	assert_true(in8(b, base == 0x1f0 ? 0x3f6 : 0x376) & 0x80);
	pass(b, 1000);
}

void read_words(struct board *b, uint16_t base, uint8_t *out, unsigned bytes)
{
	for (unsigned n = 0; n < bytes; n += 2)
		put_le16(out + n, in16(b, base));
}

void enable_bus_master(struct board *b)
{
	pci_config_write(b, PCI_DEVFN(1, 1), 0x20, BM_BASE, 4);
	pci_config_write(b, PCI_DEVFN(1, 1), PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER, 2);
}

void put_prd(struct board *b, unsigned n, uint32_t addr, uint32_t count, bool last)
{
	uint8_t prd[8];

	put_le32(prd, addr);
	put_le32(prd + 4, (count & 0xffff) | (last ? 0x80000000 : 0));
	mem_dma_write(&b->mem, 0x10000 + n * 8, prd, 8);
}

uint32_t ram32(struct board *b, uint32_t addr)
{
	uint8_t v[4];

	mem_dma_read(&b->mem, addr, v, 4);
	return get_le32(v);
}
