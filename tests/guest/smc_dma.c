/* run: --disk DISK */
/* Code that a device writes (SDM 3A 11.6): a sector read over instructions that
 * have run, by programmed input and by bus-master DMA, while code beside it in
 * the page stays. Sector n holds the number n all over. */
#include "tests/guest/lib.h"

enum { IDE = 0x1f0, BUSY = 0x80, DRQ = 8, READ = 0x20, READ_DMA = 0xc8 };

static uint8_t page[4096] __attribute__((aligned(4096)));
static uint32_t prd[2] __attribute__((aligned(8)));

static void command(uint32_t sector, uint8_t cmd)
{
	outb(IDE + 6, 0xe0);
	outb(IDE + 2, 1);
	outb(IDE + 3, (uint8_t)sector);
	outb(IDE + 4, (uint8_t)(sector >> 8));
	outb(IDE + 5, 0);
	outb(IDE + 7, cmd);
}

static void wait_for(uint8_t bits)
{
	while ((inb(IDE + 7) & (BUSY | bits)) != bits)
		;
}

static void read_pio(uint32_t sector, void *to)
{
	uint32_t n = 256;

	command(sector, READ);
	wait_for(DRQ);
	__asm__ volatile("rep insw" : "+D"(to), "+c"(n) : "d"(IDE) : "memory");
}

static uint32_t pci_read(uint32_t at)
{
	outl(0xcf8, 0x80000000u | at);
	return inl(0xcfc);
}

static void read_dma(uint32_t sector, void *to)
{
	uint16_t bm = pci_read(1 << 11 | 1 << 8 | 0x20) & 0xfff0;

	outl(0xcf8, 0x80000000u | 1 << 11 | 1 << 8 | 4);
	outl(0xcfc, pci_read(1 << 11 | 1 << 8 | 4) | 5);
	prd[0] = (uint32_t)to;
	prd[1] = 0x80000200;
	outb(bm, 0);
	outb(bm + 2, 6);
	outl(bm + 4, (uint32_t)prd);
	outb(bm, 8);
	command(sector, READ_DMA);
	outb(bm, 9);
	while (inb(bm + 2) & 1)
		;
	outb(bm, 0);
	wait_for(0);
}

static uint32_t run(uint32_t at)
{
	uint32_t v = 0;

	__asm__ volatile("call *%1" : "+a"(v) : "r"(page + at) : "ecx", "edx", "memory", "cc");
	return v;
}

/* MOV EAX, imm32 in front of the sector: its operand is the sector's first word. */
static void test(void (*read)(uint32_t, void *))
{
	for (unsigned n = 1; n < 40; n++) {
		page[0x1ff] = 0xb8;
		read(n, page + 0x200);
		page[0x204] = 0xc3;
		CHECK_EQ(run(0x1ff), n);
	}
}

int main(void)
{
	outb(0x3f6, 2); /* no interrupts */
	test(read_pio);
	test(read_dma);
	return lib_result();
}
