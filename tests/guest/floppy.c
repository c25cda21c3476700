/* run: --floppy FLOPPY */
/* The floppy controller (Intel 82077AA, 290166) and channel 2 of the 8237:
 * resets, seeks, READ and WRITE by DMA and through the data port, multi-track,
 * FORMAT, READ ID, errors, the disk change line. Sector n of the disk holds the
 * number n all over. */
#include "tests/guest/lib.h"

enum { DOR = 0x3f2, MSR = 0x3f4, FIFO = 0x3f5, DIR = 0x3f7, CCR = 0x3f7 };
enum { RQM = 0x80, DIO = 0x40, NDMA = 0x20, BUSY = 0x10 };
enum { SPT = 18, READ = 0xe6, WRITE = 0xc5 }; /* MT, MFM (and SK) */

static uint32_t *const buffer = (uint32_t *)0x20000; /* the 8237 reaches 16 MiB, one 64 KiB page at a time */
static uint8_t result[16];

static bool wait_msr(uint8_t mask, uint8_t value)
{
	for (uint32_t n = 0; n < 3000000; n++)
		if ((inb(MSR) & mask) == value)
			return true;
	return false;
}

static void put(uint8_t v)
{
	CHECK(wait_msr(RQM | DIO, RQM));
	outb(FIFO, v);
}

static void send(unsigned size, const uint8_t *bytes)
{
	for (unsigned n = 0; n < size; n++)
		put(bytes[n]);
}
#define SEND(...) send(sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

static unsigned results(void)
{
	unsigned n = 0;

	wait_msr(RQM | DIO, RQM | DIO);
	while (n < sizeof(result) && (inb(MSR) & (RQM | DIO | BUSY)) == (RQM | DIO | BUSY))
		result[n++] = inb(FIFO);
	return n;
}

static bool irq6(void)
{
	outb(0x20, 0x0a);
	return inb(0x20) & 0x40;
}

static void wait_irq(void)
{
	uint32_t n = 0;

	while (n < 3000000 && !irq6())
		n++;
	CHECK(irq6());
}

static void sense(uint8_t st0, uint8_t pcn)
{
	SEND(0x08);
	CHECK_EQ(results(), 2);
	CHECK_EQ(result[0], st0);
	CHECK_EQ(result[1], pcn);
}

static void dma(bool to_memory, unsigned bytes)
{
	outb(0x0a, 6); /* mask channel 2 */
	outb(0x0c, 0);
	outb(0x0b, to_memory ? 0x46 : 0x4a);
	outb(0x04, 0);
	outb(0x04, 0);
	outb(0x05, (uint8_t)(bytes - 1));
	outb(0x05, (uint8_t)((bytes - 1) >> 8));
	outb(0x81, 2); /* page: 0x20000 */
	outb(0x0a, 2);
}

static void seek(uint8_t track)
{
	SEND(0x0f, 0, track);
	wait_irq();
	sense(0x20, track);
}

/* C H R: result of a data command. */
static void check_result(uint8_t st0, uint8_t st1, uint8_t c, uint8_t h, uint8_t r)
{
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0], st0);
	CHECK_EQ(result[1], st1);
	CHECK_EQ(result[3] | result[4] << 8 | result[5] << 16, c | h << 8 | r << 16);
	CHECK_EQ(result[6], 2);
}

static void test_reset(void)
{
	outb(0xd6, 0xc0); /* channel 4 is the cascade of the first 8237 */
	outb(0xd4, 0);
	outb(DOR, 0x1c);
	outb(DOR, 0x18); /* reset */
	outb(DOR, 0x1c);
	wait_irq();
	for (unsigned n = 0; n < 4; n++) {
		SEND(0x08);
		CHECK_EQ(results(), 2);
		CHECK_EQ(result[0], 0xc0 | n);
	}
	CHECK(!irq6());
	outb(CCR, 0); /* 500 kb/s */
	SEND(0x08);   /* nothing to tell */
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0], 0x80);
	SEND(0x10);
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0], 0x90);
	SEND(0x1e); /* not a command */
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0], 0x80);
	SEND(0x03, 0xdf, 0x02);
	SEND(0x07, 0);
	wait_irq();
	sense(0x20, 0);
	SEND(0x04, 0);
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0] & 0x57, 0x10); /* track 0, writable, drive and head 0 */
	SEND(0x94);
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0], 0x10); /* locked */
	SEND(0x14);
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0], 0);
}

static void test_change(void)
{
	seek(1);
	CHECK_EQ(inb(DIR) & 0x80, 0); /* a step with a disk in the drive clears it */
	seek(10);
	SEND(0x04, 4);
	CHECK_EQ(results(), 1);
	CHECK_EQ(result[0] & 0x17, 0x04);
}

static void test_read(void)
{
	dma(true, 1024);
	SEND(READ, 0, 10, 0, 5, 2, SPT, 0x1b, 0xff);
	check_result(0, 0, 10, 0, 7);
	CHECK_EQ(buffer[0], 10 * 36 + 4);
	CHECK_EQ(buffer[127], 10 * 36 + 4);
	CHECK_EQ(buffer[128], 10 * 36 + 5);
	outb(0x0c, 0);
	CHECK_EQ(inb(0x08) & 4, 4); /* terminal count */
	CHECK_EQ(inb(0x08) & 4, 0);
	/* From the last sector of side 0 on to side 1. */
	dma(true, 1024);
	SEND(READ, 0, 10, 0, 18, 2, SPT, 0x1b, 0xff);
	check_result(4, 0, 10, 1, 2);
	CHECK_EQ(buffer[0], 10 * 36 + 17);
	CHECK_EQ(buffer[128], 10 * 36 + 18);
	/* The last sector of all: the ID goes to the next cylinder. */
	dma(true, 512);
	SEND(READ, 4, 10, 1, 18, 2, SPT, 0x1b, 0xff);
	check_result(4, 0, 11, 0, 1);
	CHECK_EQ(buffer[0], 10 * 36 + 35);
}

static void test_errors(void)
{
	dma(true, 512);
	SEND(READ, 0, 10, 0, 19, 2, 30, 0x1b, 0xff); /* no such sector */
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0] & 0xc0, 0x40);
	CHECK_EQ(result[1] & 0x04, 0x04);
	/* Past the end of the track without a terminal count. */
	dma(true, 1024);
	SEND(0x46, 0, 10, 0, 18, 2, SPT, 0x1b, 0xff);
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0] & 0xc0, 0x40);
	CHECK_EQ(result[1] & 0x80, 0x80);
	CHECK_EQ(buffer[0], 10 * 36 + 17);
	/* An ID of another cylinder than the head is on. */
	dma(true, 512);
	SEND(READ, 0, 11, 0, 1, 2, SPT, 0x1b, 0xff);
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0] & 0xc0, 0x40);
	CHECK_EQ(result[1] & 0x04, 0x04);
	CHECK_EQ(result[2] & 0x10, 0x10);
}

static void test_write(void)
{
	for (unsigned n = 0; n < 256; n++)
		buffer[n] = 0xfeed0000 + n;
	dma(false, 1024);
	SEND(WRITE, 0, 10, 0, 18, 2, SPT, 0x1b, 0xff);
	check_result(4, 0, 10, 1, 2);
	for (unsigned n = 0; n < 256; n++)
		buffer[n] = 0;
	dma(true, 1024);
	SEND(READ, 0, 10, 0, 18, 2, SPT, 0x1b, 0xff);
	check_result(4, 0, 10, 1, 2);
	CHECK_EQ(buffer[0], 0xfeed0000);
	CHECK_EQ(buffer[255], 0xfeed00ff);
	/* Verify transfers move nothing. */
	buffer[0] = 1;
	dma(true, 512);
	outb(0x0b, 0x42);
	SEND(READ, 0, 10, 0, 1, 2, SPT, 0x1b, 0xff);
	check_result(0, 0, 10, 0, 2);
	CHECK_EQ(buffer[0], 1);
}

static void test_format(void)
{
	uint8_t *ids = (uint8_t *)buffer;

	seek(20);
	for (unsigned n = 0; n < SPT; n++) {
		ids[4 * n] = 20;
		ids[4 * n + 1] = 1;
		ids[4 * n + 2] = (uint8_t)(n + 1);
		ids[4 * n + 3] = 2;
	}
	dma(false, SPT * 4);
	SEND(0x4d, 4, 2, SPT, 0x54, 0xa6);
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0] & 0xc0, 0);
	CHECK_EQ(result[1], 0);
	dma(true, 512);
	SEND(READ, 4, 20, 1, 9, 2, SPT, 0x1b, 0xff);
	check_result(4, 0, 20, 1, 10);
	CHECK_EQ(buffer[0], 0xa6a6a6a6);
	CHECK_EQ(buffer[127], 0xa6a6a6a6);
	SEND(0x4a, 4);
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0], 4);
	CHECK_EQ(result[3], 20);
	CHECK_EQ(result[4], 1);
	CHECK(result[5] >= 1 && result[5] <= SPT);
}

/* Without DMA the processor moves each byte, and there is no terminal count:
 * the command ends at the end of the track, which is an error. */
static void test_port(void)
{
	uint32_t word = 0;

	SEND(0x03, 0xdf, 0x03);
	SEND(0x46, 0, 20, 0, 18, 2, SPT, 0x1b, 0xff);
	for (unsigned n = 0; n < 512; n++) {
		CHECK(wait_msr(RQM, RQM));
		if (n == 0)
			CHECK_EQ(inb(MSR) & (DIO | NDMA | BUSY), DIO | NDMA | BUSY);
		word = word >> 8 | (uint32_t)inb(FIFO) << 24;
	}
	CHECK_EQ(word, 20 * 36 + 17);
	wait_irq();
	CHECK_EQ(results(), 7);
	CHECK_EQ(result[0] & 0xc0, 0x40);
	CHECK_EQ(result[1], 0x80);
	SEND(0x03, 0xdf, 0x02);
}

int main(void)
{
	test_reset();
	test_change();
	test_read();
	test_errors();
	test_write();
	test_format();
	test_port();
	outb(DOR, 0x0c);
	return lib_result();
}
