/* The 8237s as the floppy and 16-bit channels use them, and memory refresh. */
#include "tests/unit/chips.h"

static void dma_program(struct board *b, uint8_t mode, uint32_t addr, uint16_t count)
{
	out(b, 0x0a, 0x06); /* mask channel 2 */
	out(b, 0x0c, 0);
	out(b, 0x0b, mode);
	out(b, 0x04, (uint8_t)addr);
	out(b, 0x04, (uint8_t)(addr >> 8));
	out(b, 0x05, (uint8_t)count);
	out(b, 0x05, (uint8_t)(count >> 8));
	out(b, 0x81, (uint8_t)(addr >> 16));
	out(b, 0x0a, 0x02);
}

static void dma_floppy(void **state)
{
	struct board *b = with_pic(0);
	uint8_t buf[512], back[512];
	bool tc;

	for (unsigned n = 0; n < sizeof(buf); n++)
		buf[n] = (uint8_t)(n * 7);
	dma_program(b, 0x46, 0x1fe00, 1023);
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 0); /* no cascade yet */
	out(b, 0xd6, 0xc0);
	out(b, 0xd4, 0x00);
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 512);
	assert_false(tc);
	mem_dma_read(&b->mem, 0x1fe00, back, 512);
	assert_memory_equal(buf, back, 512);
	/* The page register does not count: the second half wraps to 0x10000. */
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 512);
	assert_true(tc);
	mem_dma_read(&b->mem, 0x10000, back, 512);
	assert_memory_equal(buf, back, 512);
	assert_int_equal(in(b, 0x08), 0x04);
	assert_int_equal(in(b, 0x08), 0x00);
	assert_int_equal(in(b, 0x0f) & 4, 4); /* TC masks the channel */
	out(b, 0x0c, 0);
	assert_int_equal(in(b, 0x05), 0xff);
	assert_int_equal(in(b, 0x05), 0xff);
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 0);
	/* From memory, fewer bytes than the device has; auto-initialize. */
	memset(back, 0, sizeof(back));
	dma_program(b, 0x5a, 0x1fe00, 99);
	assert_int_equal(dma8237_transfer(b, 2, back, 512, false, &tc), 100);
	assert_true(tc);
	assert_memory_equal(buf, back, 100);
	assert_int_equal(back[100], 0);
	assert_int_equal(in(b, 0x0f) & 4, 0);
	out(b, 0x0c, 0);
	assert_int_equal(in(b, 0x05), 99);
	/* Downwards. */
	dma_program(b, 0x66, 0x20003, 3);
	assert_int_equal(dma8237_transfer(b, 2, buf, 4, true, &tc), 4);
	mem_dma_read(&b->mem, 0x20000, back, 4);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(back[n], buf[3 - n]);
	done(b);
}

static void dma_words(void **state)
{
	struct board *b = with_pic(0);
	uint8_t buf[8] = "ABCDEFGH", back[8];
	bool tc;

	out(b, 0xd8, 0);
	out(b, 0xd6, 0x45);
	out(b, 0xc4, 0x00);
	out(b, 0xc4, 0x80);
	out(b, 0xc6, 0x03);
	out(b, 0xc6, 0x00);
	out(b, 0x8b, 0x05); /* bit 0 is not used */
	out(b, 0xd4, 0x01);
	assert_int_equal(dma8237_transfer(b, 5, buf, 8, true, &tc), 8);
	assert_true(tc);
	mem_dma_read(&b->mem, 0x50000, back, 8);
	assert_memory_equal(buf, back, 8);
	done(b);
}

/* Port 0x61's refresh bit is a coarse clock for old programs. */
static void port61_refresh(void **state)
{
	struct board *b = with_pic(0);
	unsigned changes = 0;
	uint8_t last = in(b, 0x61) & 0x10;

	for (unsigned n = 0; n < 1000; n++) {
		uint8_t now;

		pass(b, US);
		now = in(b, 0x61) & 0x10;
		changes += now != last;
		last = now;
	}
	assert_in_range(changes, 65, 67);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dma_floppy),
		cmocka_unit_test(dma_words),
		cmocka_unit_test(port61_refresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
