/* Images: each boots once, alone and unwired, until its agent says hello; every
 * PC of the lab is a clone of it. PCs whose image has no agent are powered on by
 * themselves. */
#include "engine/lab/lab_priv.h"

#include "engine/lab/image_store.h"
#include "engine/boot/boot.h"
#include "engine/pc/disk.h"

#define BOOT_LIMIT (120ull * 1000000000) /* virtual ns until the agent must have said hello */
#define BOOT_SLICE 10000000ull           /* ns between two looks whether it has */
#define HELLO "LY\1"

struct waiting { /* for the agent's hello on COM2; the console's last words */
	GString *console;
	unsigned seen;
};

static void boot_byte(void *opaque, unsigned unit, uint8_t byte)
{
	struct waiting *w = opaque;

	if (unit == 0)
		g_string_append_c(w->console, (char)byte);
	if (unit != 1 || w->seen == 3)
		return;
	w->seen = byte == (uint8_t)HELLO[w->seen] ? w->seen + 1 : byte == 'L';
}

static bool insert_drives(struct board *b, const struct plan_image *image, GError **error)
{
	struct {
		const char *path;
		enum disk_kind kind;
		struct disk_image **slot;
	} drives[] = {
		{image->disk, DISK_HARD, &b->ide_drive[0]},
		{image->cdrom, DISK_CDROM, &b->ide_drive[2]},
		{image->floppy, DISK_FLOPPY, &b->floppy[0]},
	};

	for (unsigned n = 0; n < ARRAY_LEN(drives); n++) {
		if (!drives[n].path)
			continue;
		*drives[n].slot = disk_open(drives[n].path, drives[n].kind, true, error);
		if (!*drives[n].slot)
			return false;
	}
	return true;
}

static struct board *power_on_files(const struct plan_pc *pc, const struct plan_image *image, GError **error)
{
	g_autofree char *append = g_strjoin(" ", image->cmdline ? image->cmdline : "", pc->append, NULL);
	struct boot_config config = {
		.bios = image->bios,
		.kernel = image->kernel,
		.initrd = image->initrd,
		.append = image->kernel ? append : NULL,
		.seed = 1,
	};
	struct board *b = board_new(pc->memory);

	g_strlcpy(config.boot_order, image->boot_order, sizeof(config.boot_order));
	b->pc->mips = pc->mips;
	b->pc->cpu.model = (uint8_t)pc->cpu_model;
	b->pc->epoch = LAB_EPOCH;
	if (insert_drives(b, image, error) && boot_prepare(b, &config, error)) {
		board_reset(b);
		return b;
	}
	board_free(b);
	return NULL;
}

/* A built-in image's files come from the store. */
static struct board *power_on(struct lab *l, const struct plan_pc *pc, GError **error)
{
	struct plan_image image = *(const struct plan_image *)l->plan->images->pdata[pc->image];
	struct image *stored = NULL;
	struct board *b;

	if (image.builtin) {
		stored = image_store_find(image.name, image.pin, error);
		if (!stored)
			return NULL;
		image.kernel = stored->kernel;
		image.initrd = stored->initrd;
		image.cmdline = stored->cmdline;
	}
	b = power_on_files(pc, &image, error);
	image_free(stored);
	return b;
}

/* Everything that makes two PCs' boots equal, as a key. */
static char *boot_key(const struct lab *l, const struct plan_pc *pc)
{
	const struct plan_image *image = l->plan->images->pdata[pc->image];

	return g_strdup_printf("%s|%llu|%u|%u|%s", image->name, (unsigned long long)pc->memory, pc->cpu_model, pc->mips,
			       pc->append ? pc->append : "");
}

/* Runs until hello; the message itself is taken from the serial line later by
 * nobody: a clone starts right after its third byte, and agent_feed() resyncs. */
static bool boot_to_agent(struct lab *l, struct board *b, const char *name, uint64_t memory, GError **error)
{
	struct waiting w = {.console = g_string_new(NULL)};
	bool ok, cancelled = false;

	b->host = (struct board_host){.opaque = &w, .byte_out = boot_byte};
	if (l->listener.image)
		l->listener.image(l->listener.opaque, name, "booting");
	while (w.seen < 3 && b->pc->state == BOARD_RUNNING && board_now(b) < BOOT_LIMIT && !cancelled) {
		board_run(b, board_now(b) + BOOT_SLICE);
		cancelled = lab_cancelled(l, error);
	}
	ok = w.seen == 3;
	if (ok) /* let the agent fall asleep in its poll loop */
		board_run(b, board_now(b) + 100 * 1000000ull);
	else if (!cancelled)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
			    "image %s, with %llu MiB of memory%s: %s before its agent said hello; the console ends "
			    "with:\n%s",
			    name, (unsigned long long)memory >> 20,
			    strstr(w.console->str, "memory") ? ", which may be too little" : "",
			    b->pc->state == BOARD_RUNNING ? "two minutes of virtual time passed" : "the PC stopped",
			    w.console->len > 2000 ? w.console->str + w.console->len - 2000 : w.console->str);
	b->host = (struct board_host){0};
	g_string_free(w.console, TRUE);
	if (ok && l->listener.image)
		l->listener.image(l->listener.opaque, name, "booted");
	return ok;
}

struct board *image_board(struct lab *l, const struct plan_pc *pc, GError **error)
{
	const struct plan_image *image = l->plan->images->pdata[pc->image];
	g_autofree char *key = NULL;
	struct board *b;

	if (!image->agent)
		return power_on(l, pc, error);
	key = boot_key(l, pc);
	b = g_hash_table_lookup(l->images, key);
	if (!b) {
		b = power_on(l, pc, error);
		if (!b)
			return NULL;
		if (!boot_to_agent(l, b, image->name, pc->memory, error)) {
			board_free(b);
			return NULL;
		}
		g_hash_table_insert(l->images, g_steal_pointer(&key), b);
	}
	return board_clone(b);
}
