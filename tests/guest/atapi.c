/* run: --cdrom DISK */
/* A CD-ROM drive on the secondary channel (ATA/ATAPI-6, MMC-3): its signature,
 * IDENTIFY PACKET DEVICE, packets with their byte counts and phases, sense data,
 * the tray, reading by PIO and by the bus master; the slave that is not there. */
#include "tests/guest/lib.h"

enum {
	DATA = 0x170,
	ERROR = 0x171,
	COUNT = 0x172,
	LOW = 0x173,
	MID = 0x174,
	HIGH = 0x175,
	DRIVE = 0x176,
	STATUS = 0x177,
	CONTROL = 0x376
};
enum { BSY = 0x80, DRDY = 0x40, DRQ = 8, ERR = 1 };
enum { COD = 1, IO = 2 };

static uint16_t words[4096] __attribute__((aligned(4096)));
static uint8_t *const bytes = (uint8_t *)words;
static struct {
	uint32_t address;
	uint16_t size, end;
} prd[2] __attribute__((aligned(64)));

static uint8_t wait_ready(void)
{
	uint8_t status = BSY;

	for (uint32_t n = 0; n < 10000000 && (status & BSY); n++)
		status = inb(STATUS);
	return status;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Sends a packet; the data that comes is read block by block. Its size, or -1
 * for an error (wait_ready() and ERROR tell of it). */
static int packet(const uint8_t *cdb, uint16_t limit)
{
	unsigned size = 0;
	uint8_t status;

	outb(DRIVE, 0xa0);
	wait_ready();
	outb(ERROR, 0);
	outb(MID, (uint8_t)limit);
	outb(HIGH, (uint8_t)(limit >> 8));
	outb(STATUS, 0xa0);
	CHECK_EQ(wait_ready() & (DRQ | ERR), DRQ);
	CHECK_EQ(inb(COUNT) & 3, COD);
	for (unsigned n = 0; n < 6; n++)
		outw(DATA, (uint16_t)(cdb[2 * n] | cdb[2 * n + 1] << 8));
	for (;;) {
		status = wait_ready();
		if (status & ERR)
			return -1;
		if (!(status & DRQ))
			break;
		CHECK_EQ(inb(COUNT) & 3, IO);
		unsigned part = inb(MID) | (unsigned)inb(HIGH) << 8;

		CHECK(part && part <= limit);
		for (unsigned n = 0; n < part; n += 2, size += 2)
			words[size / 2 & 4095] = inw(DATA);
	}
	CHECK_EQ(inb(COUNT) & 3, COD | IO);
	return (int)size;
}
#define PACKET(limit, ...) packet((const uint8_t[12]){__VA_ARGS__}, limit)

/* REQUEST SENSE: key, code and qualifier. */
static uint32_t sense(void)
{
	CHECK_EQ(PACKET(64, 0x03, 0, 0, 0, 18), 18);
	return (uint32_t)(bytes[2] & 15) << 16 | (uint32_t)bytes[12] << 8 | bytes[13];
}

static void test_signature(void)
{
	outb(CONTROL, 4);
	outb(CONTROL, 0);
	wait_ready();
	CHECK_EQ(inb(COUNT), 1);
	CHECK_EQ(inb(LOW), 1);
	CHECK_EQ(inb(MID), 0x14);
	CHECK_EQ(inb(HIGH), 0xeb);
	outb(DRIVE, 0xa0);
	outb(STATUS, 0xec); /* IDENTIFY DEVICE is refused, with the signature */
	CHECK_EQ(wait_ready() & (DRQ | ERR), ERR);
	CHECK_EQ(inb(ERROR) & 4, 4);
	CHECK_EQ(inb(MID), 0x14);
	CHECK_EQ(inb(HIGH), 0xeb);
	outb(STATUS, 0xa1);
	CHECK_EQ(wait_ready() & (DRQ | ERR), DRQ);
	for (unsigned n = 0; n < 256; n++)
		words[n] = inw(DATA);
	CHECK_EQ(words[0] & 0xdf03, 0x8500); /* ATAPI, CD-ROM, packets of 12 bytes */
	CHECK_EQ(words[49] & 0x0300, 0x0300);
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	/* Drive 1 does not exist: drive 0 answers with a status of 0. */
	outb(DRIVE, 0xb0);
	CHECK_EQ(inb(STATUS), 0);
	outb(STATUS, 0xa1);
	CHECK_EQ(inb(STATUS), 0);
	outb(DRIVE, 0xa0);
}

static void test_inquiries(void)
{
	for (unsigned n = 0; n < 4 && PACKET(64, 0x00) < 0; n++)
		sense();
	CHECK_EQ(PACKET(64, 0x00), 0); /* TEST UNIT READY */
	CHECK_EQ(PACKET(64, 0x12, 0, 0, 0, 36), 36);
	CHECK_EQ(bytes[0], 5);
	CHECK_EQ(bytes[1], 0x80);
	CHECK_EQ(PACKET(64, 0x12, 0, 0, 0, 8), 8); /* cut at the allocation length */
	CHECK_EQ(PACKET(64, 0x25), 8);
	CHECK_EQ(be32(bytes), 511);
	CHECK_EQ(be32(bytes + 4), 2048);
	CHECK_EQ(PACKET(64, 0x43, 0, 0, 0, 0, 0, 0, 0, 64), 20); /* READ TOC */
	CHECK_EQ(bytes[1], 18);
	CHECK_EQ(bytes[2] << 8 | bytes[3], 0x0101);
	CHECK_EQ(bytes[5], 0x14);
	CHECK_EQ(bytes[6], 1);
	CHECK_EQ(bytes[14], 0xaa);
	CHECK_EQ(be32(bytes + 16), 512);
	CHECK_EQ(PACKET(64, 0x43, 2, 0, 0, 0, 0, 0xaa, 0, 64), 12);
	CHECK_EQ(be32(bytes + 8), 8 << 8 | 62); /* 512 + 150 frames: 0:08:62 */
	CHECK_EQ(PACKET(64, 0x43, 0, 1, 0, 0, 0, 0, 0, 64), 12);
	CHECK_EQ(be32(bytes + 8), 0);
	CHECK(PACKET(64, 0x46, 0, 0, 0, 0, 0, 0, 0, 64) >= 8);     /* GET CONFIGURATION */
	CHECK_EQ(bytes[6] << 8 | bytes[7], 0x0008);                /* CD-ROM */
	CHECK(PACKET(64, 0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 64) >= 20); /* MODE SENSE: capabilities */
	CHECK_EQ(bytes[8] & 0x3f, 0x2a);
	CHECK_EQ(PACKET(64, 0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8), 8);
	CHECK_EQ(bytes[2] & 0x87, 4);
	CHECK_EQ(bytes[5] & 3, 2); /* a medium, the tray is closed */
}

static void test_errors(void)
{
	CHECK_EQ(PACKET(64, 0xf5), -1);
	CHECK_EQ(inb(ERROR) >> 4, 5);
	CHECK_EQ(sense(), 0x052000);
	CHECK_EQ(sense(), 0); /* told once */
	CHECK_EQ(PACKET(2048, 0x28, 0, 0, 0, 2, 0, 0, 0, 1), -1);
	CHECK_EQ(sense(), 0x052100);
	CHECK_EQ(PACKET(2048, 0x28, 0, 0, 0, 1, 0xff, 0, 0, 2), -1); /* the second is beyond */
	CHECK_EQ(sense(), 0x052100);
	CHECK_EQ(PACKET(2048, 0x28, 0, 0, 0, 0, 0, 0, 0, 0), 0); /* nothing is no error */
}

static void test_read(void)
{
	CHECK_EQ(PACKET(2048, 0x28, 0, 0, 0, 0, 100, 0, 0, 3), 6144);
	CHECK_EQ(words[0], 400);
	CHECK_EQ(words[256], 401);
	CHECK_EQ(words[3071 - 1], 411);
	CHECK_EQ(PACKET(0xfffe, 0xa8, 0, 0, 0, 1, 0xfe, 0, 0, 0, 2), 4096);
	CHECK_EQ(words[0], 510 * 4);
	CHECK_EQ(PACKET(512, 0x28, 0, 0, 0, 0, 7, 0, 0, 1), 2048); /* in four blocks */
	CHECK_EQ(words[0], 28);
	CHECK_EQ(words[1022], 31);
	CHECK_EQ(PACKET(4096, 0xbe, 0, 0, 0, 0, 9, 0, 0, 1, 0xf8), 2352); /* READ CD, raw */
	CHECK_EQ(be32(bytes), 0x00ffffff);
	CHECK_EQ(be32(bytes + 12), 0x00020901); /* 0:02:09, mode 1 */
	CHECK_EQ(words[8], 36);
}

static void test_dma(void)
{
	uint16_t bm;

	outl(0xcf8, 0x80000904);
	outl(0xcfc, inl(0xcfc) | 5);
	outl(0xcf8, 0x80000920);
	bm = (uint16_t)((inl(0xcfc) & 0xfff0) + 8);
	for (unsigned n = 0; n < 4096; n++)
		words[n] = 0;
	prd[0].address = (uint32_t)words;
	prd[0].size = 4096;
	prd[0].end = 0x8000;
	outb(bm + 2, 6);
	outl(bm + 4, (uint32_t)prd);
	outb(bm, 8);
	outb(DRIVE, 0xa0);
	wait_ready();
	outb(ERROR, 1); /* DMA */
	outb(MID, 0);
	outb(HIGH, 0);
	outb(STATUS, 0xa0);
	CHECK_EQ(wait_ready() & (DRQ | ERR), DRQ);
	for (unsigned n = 0; n < 6; n++)
		outw(DATA, (const uint16_t[]){0x28, 0, 0x3200, 0, 2, 0}[n]);
	outb(bm, 9);
	for (uint32_t n = 0; n < 10000000 && !(inb(bm + 2) & 4); n++)
		;
	CHECK_EQ(inb(bm + 2) & 7, 4);
	outb(bm, 0);
	CHECK_EQ(wait_ready() & (DRQ | ERR), 0);
	CHECK_EQ(inb(COUNT) & 3, COD | IO);
	CHECK_EQ(words[0], 200);
	CHECK_EQ(words[2047 - 1], 207);
	CHECK_EQ(words[2048], 0);
}

static void test_tray(void)
{
	CHECK_EQ(PACKET(64, 0x1e, 0, 0, 0, 1), 0); /* prevent removal */
	CHECK_EQ(PACKET(64, 0x1b, 0, 0, 0, 2), -1);
	CHECK_EQ(sense() >> 8 & 0xff, 0x53);
	CHECK_EQ(PACKET(64, 0x1e), 0);
	CHECK_EQ(PACKET(64, 0x1b, 0, 0, 0, 2), 0); /* eject */
	CHECK_EQ(PACKET(64, 0x00), -1);
	CHECK_EQ(sense() >> 8, 0x023a);            /* no medium */
	CHECK_EQ(PACKET(64, 0x1b, 0, 0, 0, 3), 0); /* load */
	for (unsigned n = 0; n < 4 && PACKET(64, 0x00) < 0; n++)
		sense(); /* a changed medium is told of */
	CHECK_EQ(PACKET(64, 0x00), 0);
	CHECK_EQ(PACKET(2048, 0x28, 0, 0, 0, 0, 100, 0, 0, 1), 2048);
	CHECK_EQ(words[0], 400);
}

int main(void)
{
	test_signature();
	test_inquiries();
	test_errors();
	test_read();
	test_dma();
	test_tray();
	return lib_result();
}
