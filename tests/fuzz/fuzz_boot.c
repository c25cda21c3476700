/* Fuzzing what reads kernels: the file formats (bzImage, ELF, Multiboot, their
 * compressions), and the plans made of them.
 *
 * Input: byte 0 options, byte 1 memory, then the file. With a bit of byte 0 the
 * input is patched into a well-formed frame, so that it gets past the magic
 * numbers. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "engine/boot/kernel.h"

enum { HEAD = 2, MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t frame(uint8_t *file, const uint8_t *data, size_t size, unsigned kind)
{
	static const uint8_t setup[] = {0x55, 0xaa, 0xeb, 0x66, 'H', 'd', 'r', 'S'};
	static const uint8_t elf[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
	static const uint8_t multiboot[] = {0x02, 0xb0, 0xad, 0x1b, 0x03, 0, 1, 0, 0xfb, 0x4f, 0x51, 0xe4};
	size_t total = size;

	memcpy(file, data, size);
	if (kind == 1 && size > 0x206) {
		memcpy(file + 0x1fe, setup, sizeof(setup));
	} else if (kind == 2 && size > 64) {
		memcpy(file, elf, sizeof(elf));
		file[4] = data[4] & 1 ? 2 : 1;
	} else if (kind == 3 && size > 64) {
		memcpy(file + 16, multiboot, sizeof(multiboot));
	}
	return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t file[MAX];
	char path[64];
	GError *error = NULL;
	struct kernel *k;
	int fd;

	if (size < HEAD || size > MAX)
		return 0;
	fd = memfd_create("kernel", 0);
	size = frame(file, data + HEAD, size - HEAD, data[0] & 3);
	if (fd < 0 || write(fd, file, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	k = kernel_open(path, data[0] & 4 ? path : NULL, data[0] & 8 ? "quiet" : NULL, data[0] & 16, &error);
	if (k) {
		struct boot_facts facts = {.map_count = 0};
		struct boot_plan plan;

		boot_facts_guess(&facts, (uint64_t)(data[1] + 1) << 20);
		if (!kernel_plan(k, &facts, &plan, &error))
			g_clear_error(&error);
		boot_plan_free(&plan);
		kernel_free(k);
	}
	g_clear_error(&error);
	close(fd);
	return 0;
}
