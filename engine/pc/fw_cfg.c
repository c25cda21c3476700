/* fw_cfg: see fw_cfg.h. Numbered items hold little-endian numbers; the file
 * directory and the DMA descriptor are big-endian. Reading behind the end of an
 * item, or one that does not exist, gives zeros. Writing items is not offered.
 *
 * A DMA access is done before the OUT that starts it ends. Its cost is bounded:
 * zeros behind an item's end are stored only where there is RAM. */
#include "engine/pc/fw_cfg.h"

#include <glib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"

enum {
	SELECTOR = 0x510,
	DATA = 0x511,
	DMA_HIGH = 0x514,
	DMA_LOW = 0x518,
	/* items */
	FW_CFG_SIGNATURE = 0x00,
	FW_CFG_ID = 0x01,
	FW_CFG_RAM_SIZE = 0x03,
	FW_CFG_NB_CPUS = 0x05,
	FW_CFG_MAX_CPUS = 0x0f,
	FW_CFG_FILE_DIR = 0x19,
	FW_CFG_FILE_FIRST = 0x20,
	FW_CFG_IRQ0_OVERRIDE = 0x8002,
	/* FW_CFG_ID */
	VERSION = 1 << 0,
	VERSION_DMA = 1 << 1,
	/* FWCfgDmaAccess: control, length, address */
	DMA_CONTROL = 0,
	DMA_LENGTH = 4,
	DMA_ADDRESS = 8,
	DMA_SIZE = 16,
	CTL_ERROR = 1 << 0,
	CTL_READ = 1 << 1,
	CTL_SKIP = 1 << 2,
	CTL_SELECT = 1 << 3,
	CTL_WRITE = 1 << 4,
	/* one file of the directory: size, key, reserved, name */
	DIR_HEADER = 4,
	DIR_KEY = 4,
	DIR_NAME = 8,
	DIR_ENTRY = 64,
	MAX_FILE = 64 << 20,
};
#define DMA_SIGNATURE 0x51454d5520434647ull /* "QEMU CFG" */

struct fw_cfg_file {
	char name[FW_CFG_NAME_SIZE];
	uint8_t *data;
	uint32_t size;
};

struct fw_cfg_files {
	struct fw_cfg_file file[FW_CFG_MAX_FILES];
	unsigned count;
};

/* ---- items ---- */

/* Items are short numbers, except files and their directory. */
static unsigned number_item(const struct board *b, uint16_t key, uint8_t buf[8])
{
	switch (key) {
	case FW_CFG_SIGNATURE: memcpy(buf, "QEMU", 4); return 4;
	case FW_CFG_ID: put_le32(buf, VERSION | VERSION_DMA); return 4;
	case FW_CFG_RAM_SIZE: put_le64(buf, b->mem.ram.count << PAGE_SHIFT); return 8;
	case FW_CFG_NB_CPUS:
	case FW_CFG_MAX_CPUS: put_le16(buf, 1); return 2;
	case FW_CFG_IRQ0_OVERRIDE:
		buf[0] = 1; /* IRQ 0 is at pin 2 of the IOAPIC */
		return 1;
	default: return 0;
	}
}

static uint8_t dir_byte(const struct fw_cfg_files *f, uint32_t offset)
{
	uint8_t entry[DIR_ENTRY] = {0};
	unsigned n = (offset - DIR_HEADER) / DIR_ENTRY;

	if (offset < DIR_HEADER) {
		put_be32(entry, f->count);
		return entry[offset];
	}
	if (n >= f->count)
		return 0;
	put_be32(entry, f->file[n].size);
	put_be16(entry + DIR_KEY, (uint16_t)(FW_CFG_FILE_FIRST + n));
	memcpy(entry + DIR_NAME, f->file[n].name, FW_CFG_NAME_SIZE);
	return entry[(offset - DIR_HEADER) % DIR_ENTRY];
}

static const struct fw_cfg_file *selected_file(const struct board *b)
{
	unsigned n = b->pc->fw_cfg.key - (unsigned)FW_CFG_FILE_FIRST;

	return n < b->fw_files->count ? &b->fw_files->file[n] : NULL;
}

static uint32_t item_size(const struct board *b)
{
	const struct fw_cfg_file *file = selected_file(b);
	uint8_t buf[8];

	if (file)
		return file->size;
	if (b->pc->fw_cfg.key == FW_CFG_FILE_DIR)
		return DIR_HEADER + b->fw_files->count * DIR_ENTRY;
	return number_item(b, b->pc->fw_cfg.key, buf);
}

/* Up to size bytes of the selected item into buf, from offset on, which lies
 * inside the item; how many. */
static uint32_t item_read(const struct board *b, uint32_t offset, uint8_t *buf, uint32_t size)
{
	const struct fw_cfg_file *file = selected_file(b);
	uint32_t left = item_size(b) - offset;
	uint8_t number[8] = {0};

	if (size > left)
		size = left;
	if (file) {
		memcpy(buf, file->data + offset, size);
	} else if (b->pc->fw_cfg.key == FW_CFG_FILE_DIR) {
		for (uint32_t n = 0; n < size; n++)
			buf[n] = dir_byte(b->fw_files, offset + n);
	} else {
		number_item(b, b->pc->fw_cfg.key, number);
		memcpy(buf, number + offset, size);
	}
	return size;
}

static void select_item(struct board *b, uint16_t key)
{
	TRACE(b, FWCFG, "select %04x", key);
	b->pc->fw_cfg.key = key;
	b->pc->fw_cfg.offset = 0;
}

/* Moves on by count bytes, at most to the end. */
static void advance(struct board *b, uint32_t count)
{
	struct fw_cfg *f = &b->pc->fw_cfg;
	uint32_t left = item_size(b) - f->offset;

	f->offset += count < left ? count : left;
}

/* ---- ports ---- */

static void selector_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	if (size == 2)
		select_item(b, (uint16_t)value);
}

static uint32_t data_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	uint8_t byte = 0;

	if (item_read(b, b->pc->fw_cfg.offset, &byte, 1))
		b->pc->fw_cfg.offset++;
	return byte;
}

/* ---- DMA ---- */

static void dma_read(struct board *b, uint64_t addr, uint32_t length)
{
	uint64_t ram = b->mem.ram.count << PAGE_SHIFT;
	uint8_t buf[PAGE_SIZE];

	while (length && addr < ram) {
		uint32_t chunk = length < sizeof(buf) ? length : (uint32_t)sizeof(buf);
		uint32_t got = item_read(b, b->pc->fw_cfg.offset, buf, chunk);

		memset(buf + got, 0, chunk - got);
		mem_dma_write(&b->mem, addr, buf, chunk);
		b->pc->fw_cfg.offset += got;
		addr += chunk;
		length -= chunk;
	}
	advance(b, length); /* what no RAM could take */
}

static void dma_run(struct board *b, uint64_t desc)
{
	uint8_t access[DMA_SIZE], answer[4] = {0};
	uint32_t control, length;

	mem_dma_read(&b->mem, desc, access, sizeof(access));
	control = get_be32(access + DMA_CONTROL);
	length = get_be32(access + DMA_LENGTH);
	TRACE(b, FWCFG, "dma control %x length %x address %llx", control, length,
	      (unsigned long long)get_be64(access + DMA_ADDRESS));
	if (control & CTL_SELECT)
		select_item(b, (uint16_t)(control >> 16));
	if (control & CTL_READ)
		dma_read(b, get_be64(access + DMA_ADDRESS), length);
	else if (control & CTL_WRITE)
		put_be32(answer, CTL_ERROR); /* no item can be written */
	else if (control & CTL_SKIP)
		advance(b, length);
	mem_dma_write(&b->mem, desc + DMA_CONTROL, answer, sizeof(answer));
}

static uint32_t dma_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	uint8_t text[16];

	memset(text, 0xff, sizeof(text));
	put_be64(text, DMA_SIGNATURE);
	return get_le32(text + (port - DMA_HIGH));
}

/* The address register is big-endian; its low half starts the access. */
static void dma_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct fw_cfg *f = &b->pc->fw_cfg;
	uint64_t desc;

	if (size != 4)
		return;
	if (port == DMA_HIGH) {
		f->dma_addr = (uint64_t)__builtin_bswap32(value) << 32;
	} else if (port == DMA_LOW) {
		desc = f->dma_addr | __builtin_bswap32(value);
		f->dma_addr = 0;
		dma_run(b, desc);
	}
}

/* ---- files ---- */

static struct fw_cfg_file *find_file(struct fw_cfg_files *f, const char *name)
{
	for (unsigned n = 0; n < f->count; n++)
		if (!strcmp(f->file[n].name, name))
			return &f->file[n];
	return NULL;
}

bool fw_cfg_add_file(struct board *b, const char *name, const void *data, size_t size)
{
	struct fw_cfg_files *f = b->fw_files;
	struct fw_cfg_file *file = find_file(f, name);
	size_t length = strlen(name);

	if (!length || length >= FW_CFG_NAME_SIZE || size > MAX_FILE)
		return false;
	if (!file && f->count == FW_CFG_MAX_FILES)
		return false;
	if (!file)
		file = &f->file[f->count++];
	g_free(file->data);
	file->data = g_memdup2(data, size ? size : 1);
	file->size = (uint32_t)size;
	memcpy(file->name, name, length + 1);
	return true;
}

/* ---- the chip ---- */

void fw_cfg_attach(struct board *b)
{
	static const struct io_range selector = {SELECTOR, 1, 0, 2, NULL, selector_out};
	static const struct io_range data = {DATA, 1, 0, 1, data_in, NULL};
	static const struct io_range dma = {DMA_HIGH, 8, 0, 4, dma_in, dma_out};
	/* SeaBIOS: sleep states S0..S5, bit 7 = offered, low bits = SLP_TYP. Only
	 * S0 and S5 (type 0) are; without this it announces S3 and S4. */
	static const uint8_t states[6] = {0x80, 0, 0, 0, 0, 0x80};

	b->fw_files = g_new0(struct fw_cfg_files, 1);
	board_map_io_timed(b, &selector, IO_PCI_NS);
	board_map_io_timed(b, &data, IO_PCI_NS);
	board_map_io_timed(b, &dma, IO_PCI_NS);
	fw_cfg_add_file(b, "etc/system-states", states, sizeof(states));
}

void fw_cfg_free(struct board *b)
{
	if (!b->fw_files)
		return;
	for (unsigned n = 0; n < b->fw_files->count; n++)
		g_free(b->fw_files->file[n].data);
	g_free(b->fw_files);
	b->fw_files = NULL;
}

void fw_cfg_clone(struct board *dst, const struct board *src)
{
	for (unsigned n = 0; n < src->fw_files->count; n++) {
		const struct fw_cfg_file *f = &src->fw_files->file[n];

		fw_cfg_add_file(dst, f->name, f->data, f->size);
	}
}

void fw_cfg_reset(struct board *b)
{
	memset(&b->pc->fw_cfg, 0, sizeof(b->pc->fw_cfg));
}

const char *fw_cfg_validate(const struct board *b)
{
	const struct fw_cfg *f = &b->pc->fw_cfg;

	if (f->offset > item_size(b))
		return "fw_cfg: offset behind the item's end";
	return (uint32_t)f->dma_addr || f->pad[0] || f->pad[1] ? "fw_cfg: bad address or padding" : NULL;
}
