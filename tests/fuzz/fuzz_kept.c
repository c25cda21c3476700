/* Fuzzing the files that keep labs (snapshot.h) and PCs (pc_store.h). Checksums are made
 * right here, so that what is behind them is reached.
 *
 * Input: a byte that chooses the file; four bytes over the sizes in its header (zeros:
 * the true ones); the rest is what stands behind the pages: the table of a lab's pages
 * and its fields, or the fields of a PC. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include "engine/base/bytes.h"
#include "engine/base/state.h"
#include "engine/lab/lab_priv.h"
#include "engine/lab/pc_store.h"
#include "engine/lab/snapshot.h"
#include "tests/lab/lab_test.h"

#define GUEST "build/guest/netguest.elf"
#define LABEL "image fuzz -\nbuild\n"
#define RAM (4ull << 20)
enum { PAGES = 2, LAB_HEADER = 48, PC_HEADER = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *folder(void)
{
	static char path[] = "/tmp/lanyard-fuzz-XXXXXX";
	static bool made;

	if (!made && !mkdtemp(path))
		abort();
	if (!made)
		g_setenv("XDG_CACHE_HOME", path, TRUE);
	made = true;
	return path;
}

static void digest_of(const GByteArray *bytes, uint8_t *out)
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes->data, bytes->len));
	memcpy(out, canonical.digest, 16);
}

/* Pages, then what the input says. */
static GByteArray *body(const void *first, guint first_size, const uint8_t *data, size_t size)
{
	GByteArray *all = g_byte_array_set_size(g_byte_array_new(), PAGES * 4096);

	for (guint n = 0; n < all->len; n++)
		all->data[n] = (uint8_t)(n >> 12);
	g_byte_array_append(all, first, first_size);
	return g_byte_array_append(all, data, (guint)size);
}

static void write_file(const char *path, const uint8_t *header, gsize header_size, const void *rest, gsize size)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(header, 1, header_size, f) != header_size || fwrite(rest, 1, size, f) != size)
		abort();
	fclose(f);
}

static void load_lab(const uint8_t *sizes, const uint8_t *data, size_t size)
{
	static struct plan *plan;
	static const struct lab_options options = {.workers = 1};
	g_autofree char *path = g_build_filename(folder(), "lab", NULL), *program = image_program();
	g_autoptr(GByteArray) front = g_byte_array_new(), all = NULL;
	struct state *s = state_save(front);
	uint8_t header[LAB_HEADER] = "lanyard lab 1\n";
	g_autofree char *packed = NULL;
	struct lab *l;

	state_text(s, &program, 100, "program");
	state_end(s, NULL);
	all = body(front->data, front->len, data, size);
	put_le64(header + 16, PAGES ^ sizes[0]);
	put_le32(header + 24, (all->len - PAGES * 4096) ^ sizes[1]);
	put_le32(header + 28, sizes[2]);
	digest_of(all, header + 32);
	packed = g_malloc(ZSTD_compressBound(all->len));
	write_file(path, header, sizeof(header), packed,
		   ZSTD_compress(packed, ZSTD_compressBound(all->len), all->data, all->len, 1));
	if (!plan)
		plan = plan_hub(GUEST);
	l = lab_build(plan, &options, NULL, NULL);
	if (!l)
		abort();
	g_free(snapshot_origin(path, NULL));
	snapshot_load(l, path, NULL);
	lab_free(l);
}

static void load_pc(const uint8_t *sizes, const uint8_t *data, size_t size)
{
	g_autofree char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, LABEL, -1);
	g_autofree char *name = g_strconcat(key, ".pc", NULL);
	g_autofree char *pcs = g_build_filename(folder(), "lanyard", "pcs", NULL),
			*path = g_build_filename(pcs, name, NULL);
	g_autoptr(GByteArray) all = body(LABEL, strlen(LABEL), data, size);
	uint8_t header[PC_HEADER] = "lanyard PC 1\n";
	struct pc_value *v;

	g_mkdir_with_parents(pcs, 0700);
	put_le32(header + 16, PAGES ^ sizes[0]);
	put_le32(header + 20, (uint32_t)strlen(LABEL) ^ sizes[1]);
	put_le32(header + 24, (uint32_t)size ^ sizes[2]);
	digest_of(all, header + 32);
	write_file(path, header, sizeof(header), all->data, all->len);
	g_chmod(path, 0600);
	g_ptr_array_unref(pc_store_list("image"));
	v = pc_store_open(LABEL, NULL);
	if (v) {
		struct board *b = board_new(RAM);

		pc_value_load(v, b, NULL);
		board_free(b);
	}
	pc_value_close(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 5)
		return 0;
	folder();
	if (data[0] & 1)
		load_lab(data + 1, data + 5, size - 5);
	else
		load_pc(data + 1, data + 5, size - 5);
	return 0;
}
