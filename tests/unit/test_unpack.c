/* Decompression of kernels, also of damaged ones. */
#include "tests/unit/kernel_files.h"

static void test_unpack(void **state)
{
	struct blob elf = make_elf64(3000000, 3000000);

	for (unsigned n = 0; n < ARRAY_LEN(packers); n++) {
		struct blob packed = add_length(packers[n].pack(elf), (uint32_t)elf.size, n == 0);
		g_autoptr(GError) error = NULL;
		GBytes *out;

		assert_string_equal(kernel_unpack_format(blob_bytes(packed)), packers[n].name);
		out = kernel_unpack(blob_bytes(packed), KERNEL_MAX_SIZE, &error);
		assert_non_null(out);
		assert_int_equal(g_bytes_get_size(out), elf.size);
		assert_memory_equal(kernel_bytes(out).data, elf.data, elf.size);
		g_bytes_unref(out);
		assert_null(kernel_unpack(blob_bytes(packed), elf.size - 1, &error));
		assert_non_null(strstr(error->message, "more than"));
		g_free(packed.data);
	}
	g_free(elf.data);
}

/* Every cut must be noticed (in LZ4, which has no end mark, every cut inside a
 * block), and no damage may do harm. */
static void test_unpack_damaged(void **state)
{
	struct blob elf = make_elf64(3000, 3000);

	for (unsigned n = 0; n < ARRAY_LEN(packers); n++) {
		struct blob packed = packers[n].pack(elf);

		for (size_t size = 0; size < packed.size; size += 1 + size / 16) {
			/* A copy of its own, so that a sanitizer sees reads beyond. */
			uint8_t *cut = g_memdup2(packed.data, size);
			GBytes *out = kernel_unpack((struct bytes){cut, size}, 1 << 20, NULL);

			assert_null(out);
			g_free(cut);
		}
		for (size_t at = 4; at < packed.size; at += 1 + at / 16) {
			packed.data[at] ^= 0x55;
			g_bytes_unref(kernel_unpack(blob_bytes(packed), 1 << 20, NULL));
			packed.data[at] ^= 0x55;
		}
		g_free(packed.data);
	}
	g_free(elf.data);
	assert_null(kernel_unpack_format((struct bytes){(const uint8_t *)"BZh91AY", 7}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_unpack_damaged),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
