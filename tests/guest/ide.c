/* run: --disk DISK */
/* An IDE disk by hand (ATA-4): reset and signature, IDENTIFY, PIO reads and
 * writes of several sectors, the interrupt, an error, bus master DMA. Sector n
 * of the disk holds the number n all over. */
#include "tests/guest/lib.h"

enum {
	DATA = 0x1f0,
	ERROR = 0x1f1,
	COUNT = 0x1f2,
	LBA0 = 0x1f3,
	LBA1 = 0x1f4,
	LBA2 = 0x1f5,
	DRIVE = 0x1f6,
	STATUS = 0x1f7,
	CONTROL = 0x3f6
};
enum { BSY = 0x80, DRDY = 0x40, DRQ = 8, ERR = 1 };

static uint32_t buffer[1024] __attribute__((aligned(4096)));
static struct {
	uint32_t address;
	uint16_t size, end;
} prd[2] __attribute__((aligned(64)));

static uint8_t wait_ready(void)
{
	uint8_t status;

	do {
		status = inb(STATUS);
	} while (status & BSY);
	return status;
}

static void command(uint8_t cmd, uint32_t lba, uint8_t count)
{
	outb(DRIVE, 0xe0 | (lba >> 24 & 15));
	wait_ready();
	outb(COUNT, count);
	outb(LBA0, (uint8_t)lba);
	outb(LBA1, (uint8_t)(lba >> 8));
	outb(LBA2, (uint8_t)(lba >> 16));
	outb(STATUS, cmd);
}

static void read_words(void *to, unsigned words)
{
	__asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(DATA) : "memory");
}

static void write_words(const void *from, unsigned words)
{
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(DATA) : "memory");
}

static bool irq14(void)
{
	outb(0xa0, 0x0a);
	return inb(0xa0) & 0x40;
}

static void test_identify(void)
{
	uint16_t *id = (uint16_t *)buffer;

	outb(CONTROL, 4);
	outb(CONTROL, 0);
	wait_ready();
	CHECK_EQ(inb(COUNT), 1); /* signature of a disk */
	CHECK_EQ(inb(LBA0), 1);
	CHECK_EQ(inb(LBA1), 0);
	CHECK_EQ(inb(ERROR) & 0x7f, 1);
	command(0xec, 0, 0);
	while (inb(CONTROL) & BSY) /* the alternate status leaves the interrupt alone */
		;
	CHECK(irq14());
	CHECK_EQ(wait_ready() & (DRQ | ERR), DRQ);
	CHECK(!irq14());
	read_words(id, 256);
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	CHECK_EQ(id[60] | (uint32_t)id[61] << 16, 2048);
	CHECK_EQ(id[49] & 0x300, 0x300); /* LBA, DMA */
	CHECK_EQ(id[0] & 0x8000, 0);
}

static void test_pio(void)
{
	command(0x20, 1000, 3);
	for (unsigned n = 0; n < 3; n++) {
		CHECK_EQ(wait_ready() & (DRQ | ERR), DRQ);
		read_words(buffer, 256);
		CHECK_EQ(buffer[0], 1000 + n);
		CHECK_EQ(buffer[127], 1000 + n);
	}
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	for (unsigned n = 0; n < 256; n++)
		buffer[n] = 0xabcd0000 + n;
	command(0x30, 5, 2);
	for (unsigned n = 0; n < 2; n++) {
		CHECK_EQ(wait_ready() & (DRQ | ERR), DRQ);
		write_words(buffer + 128 * n, 256);
	}
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	command(0x20, 4, 4);
	for (unsigned n = 0; n < 4; n++) {
		wait_ready();
		read_words(buffer, 256);
		CHECK_EQ(buffer[3], n == 0 ? 4 : n == 3 ? 7 : 0xabcd0003 + 128 * (n - 1));
	}
}

/* All blocks in one go, right behind the command, as small kernels write. */
static void test_impatient_write(void)
{
	for (unsigned n = 0; n < 384; n++)
		buffer[n] = 0x12340000 + n;
	command(0x30, 20, 3);
	write_words(buffer, 768);
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	command(0x20, 19, 5);
	for (unsigned n = 0; n < 5; n++) {
		wait_ready();
		read_words(buffer, 256);
		CHECK_EQ(buffer[5], n == 0 ? 19 : n == 4 ? 23 : 0x12340005 + 128 * (n - 1));
	}
}

static void test_errors(void)
{
	command(0x20, 2048, 1); /* one beyond */
	CHECK_EQ(wait_ready() & (DRQ | ERR), ERR);
	CHECK_EQ(inb(ERROR) & 0x10, 0x10); /* IDNF */
	command(0xff, 0, 0);
	CHECK_EQ(wait_ready() & ERR, ERR);
	CHECK_EQ(inb(ERROR) & 4, 4); /* ABRT */
}

static void test_dma(void)
{
	uint16_t bm;

	outl(0xcf8, 0x80000904); /* PIIX3 IDE at 0:1.1: bus master on */
	outl(0xcfc, inl(0xcfc) | 5);
	outl(0xcf8, 0x80000920);
	bm = (uint16_t)(inl(0xcfc) & 0xfff0);
	CHECK(bm != 0);
	for (unsigned n = 0; n < 1024; n++)
		buffer[n] = 0;
	prd[0].address = (uint32_t)buffer + 2048;
	prd[0].size = 512;
	prd[1].address = (uint32_t)buffer;
	prd[1].size = 1024;
	prd[1].end = 0x8000;
	outb(bm + 2, 6); /* clear interrupt and error */
	outl(bm + 4, (uint32_t)prd);
	outb(bm, 8); /* to memory */
	command(0xc8, 77, 3);
	outb(bm, 9);
	for (uint32_t n = 0; n < 10000000 && !(inb(bm + 2) & 4); n++)
		;
	CHECK_EQ(inb(bm + 2) & 7, 4); /* interrupt, no error, no longer active */
	outb(bm, 0);
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	CHECK_EQ(buffer[512], 77);
	CHECK_EQ(buffer[512 + 127], 77);
	CHECK_EQ(buffer[512 + 128], 0);
	CHECK_EQ(buffer[0], 78);
	CHECK_EQ(buffer[128], 79);
	CHECK_EQ(buffer[256], 0);
}

int main(void)
{
	test_identify();
	test_pio();
	test_impatient_write();
	test_errors();
	test_dma();
	return lib_result();
}
