/* Images: each boots once, alone and unwired, until its agent says hello; that PC is
 * kept (pc_store.h), and every PC of every lab is a clone of it. PCs whose image has
 * no agent are powered on by themselves. */
#include "engine/lab/lab_priv.h"

#include "engine/lab/image_store.h"
#include "engine/boot/boot.h"
#include "engine/lab/pc_store.h"
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

/* What an image's boot starts from: the lab file's words, a built-in image's files
 * from the store. */
struct image_boot {
	const struct plan_pc *pc;
	const struct lab_options *options;
	struct plan_image image; /* paths are borrowed */
	struct image *stored;    /* NULL: the image is not built-in */
	char *append;
	char *kernel_digest, *initrd_digest; /* NULL: not known */
};

static void boot_clear(struct image_boot *o)
{
	image_free(o->stored);
	g_free(o->append);
	g_free(o->kernel_digest);
	g_free(o->initrd_digest);
}

static bool boot_init(struct image_boot *o, const struct lab *l, const struct plan_pc *pc, GError **error)
{
	*o = (struct image_boot){.pc = pc,
				 .options = &l->options,
				 .image = *(const struct plan_image *)l->plan->images->pdata[pc->image]};
	if (o->image.builtin) {
		o->stored = image_store_find(o->image.name, o->image.pin, error);
		if (!o->stored)
			return false;
		o->image.kernel = o->stored->kernel;
		o->image.initrd = o->stored->initrd;
		o->image.cmdline = o->stored->cmdline;
	}
	o->append = g_strjoin(" ", o->image.cmdline ? o->image.cmdline : "", pc->append, NULL);
	return true;
}

/* later: kernel and initrd are read only if a reset needs them. */
static struct board *power_on(const struct image_boot *o, bool later, GError **error)
{
	struct boot_config config = {
		.bios = o->image.bios,
		.kernel = o->image.kernel,
		.initrd = o->image.initrd,
		.append = o->image.kernel ? o->append : NULL,
		.seed = o->options->boot_seed ? o->options->boot_seed : 1,
		.kernel_digest = later ? o->kernel_digest : NULL,
		.initrd_digest = later ? o->initrd_digest : NULL,
	};
	struct board *b = board_new(o->pc->memory);

	g_strlcpy(config.boot_order, o->image.boot_order, sizeof(config.boot_order));
	b->pc->mips = o->pc->mips;
	b->pc->cpu.model = (uint8_t)o->pc->cpu_model;
	b->pc->epoch = LAB_EPOCH;
	if (insert_drives(b, &o->image, error) &&
	    (!o->options->outfit || o->options->outfit(o->options->opaque, b, error)) &&
	    boot_prepare(b, &config, error)) {
		board_reset(b);
		return b;
	}
	board_free(b);
	return NULL;
}

/* ---- what a boot depends on ---- */

/* A line of the label with the content of a file. False: it cannot be read. */
static bool label_file(GString *label, const char *what, const char *path, char **digest)
{
	g_autofree char *own = NULL;

	if (!path)
		return true;
	own = boot_file_digest(path, NULL);
	if (own)
		g_string_append_printf(label, "%s %s\n", what, own);
	if (own && digest)
		*digest = g_steal_pointer(&own);
	return own || (digest && *digest);
}

/* Everything that makes two boots equal; the first line is what people look for.
 * NULL: that cannot be told, so each lab boots for itself. */
static char *boot_label(struct image_boot *o)
{
	GString *label = g_string_new(NULL);
	const struct plan_image *image = &o->image;

	g_string_printf(label, "image %s %s", image->name, o->stored ? o->stored->hash : "-");
	g_string_append(label, PC_STORE_BUILD);
	if (label_file(label, "program", "/proc/self/exe", NULL) &&
	    label_file(label, "bios", image->bios ? image->bios : BOOT_DEFAULT_BIOS, NULL) &&
	    label_file(label, "vga bios", BOOT_DEFAULT_VGABIOS, NULL) &&
	    label_file(label, "kernel", image->kernel, &o->kernel_digest) &&
	    label_file(label, "initrd", image->initrd, &o->initrd_digest) &&
	    label_file(label, "disk", image->disk, NULL) && label_file(label, "cdrom", image->cdrom, NULL) &&
	    label_file(label, "floppy", image->floppy, NULL)) {
		g_string_append_printf(label, "memory %" G_GUINT64_FORMAT "\ncpu %u\nmips %u\nboot %s\nappend %s\n",
				       o->pc->memory, (unsigned)o->pc->cpu_model, o->pc->mips, image->boot_order,
				       o->append);
		return g_string_free(label, FALSE);
	}
	g_string_free(label, TRUE);
	return NULL;
}

/* The same within one lab, without reading a file. */
static char *lab_key(const struct lab *l, const struct plan_pc *pc)
{
	const struct plan_image *image = l->plan->images->pdata[pc->image];

	return g_strdup_printf("%s|%" G_GUINT64_FORMAT "|%u|%u|%s", image->name, pc->memory, (unsigned)pc->cpu_model,
			       pc->mips, pc->append ? pc->append : "");
}

/* ---- booting ---- */

static void tell(struct lab *l, const char *image, const char *state)
{
	if (l->listener.image)
		l->listener.image(l->listener.opaque, image, state);
}

/* Runs until hello; the message itself is taken from the serial line later by
 * nobody: a clone starts right after its third byte, and agent_feed() resyncs. */
static bool boot_to_agent(struct lab *l, struct board *b, const char *name, uint64_t memory, GError **error)
{
	struct waiting w = {.console = g_string_new(NULL)};
	bool ok, cancelled = false;

	b->host = (struct board_host){.opaque = &w, .byte_out = boot_byte};
	tell(l, name, "booting");
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
	if (ok)
		tell(l, name, "booted");
	return ok;
}

/* ---- values ---- */

/* A booted PC of this lab, and the file that its pages lie in. */
struct master {
	struct board *board;    /* NULL: only the value is wanted */
	char *label;            /* NULL: not to be stored */
	struct pc_value *value; /* NULL: it booted here */
};

void image_master_free(void *opaque)
{
	struct master *m = opaque;

	board_free(m->board);
	pc_value_close(m->value);
	g_free(m->label);
	g_free(m);
}

/* From the store. False: there is nothing to be used. */
static bool master_find(struct lab *l, struct master *m, const struct image_boot *o)
{
	g_autoptr(GError) error = NULL;

	m->value = pc_store_open(m->label, &error);
	if (m->value)
		m->board = power_on(o, true, &error);
	if (m->board && pc_value_load(m->value, m->board, &error)) {
		tell(l, o->image.name, "from the store");
		return true;
	}
	if (error)
		lab_note(l, 0, "image %s: boots anew: %s", o->image.name, error->message);
	g_clear_pointer(&m->board, board_free);
	g_clear_pointer(&m->value, pc_value_close);
	return false;
}

static bool master_boot(struct lab *l, struct master *m, const struct image_boot *o, GError **error)
{
	g_autoptr(GError) kept = NULL;

	m->board = power_on(o, false, error);
	if (!m->board || !boot_to_agent(l, m->board, o->image.name, o->pc->memory, error))
		return false;
	if (m->label && !pc_store_add(m->label, m->board, l->options.cache_limit, &kept))
		lab_note(l, 0, "image %s: not stored, it will boot again: %s", o->image.name, kept->message);
	return true;
}

static struct master *master_new(struct lab *l, struct image_boot *o, GError **error)
{
	struct master *m = g_new0(struct master, 1);

	m->label = l->options.cache_limit ? boot_label(o) : NULL;
	if ((m->label && master_find(l, m, o)) || master_boot(l, m, o, error))
		return m;
	image_master_free(m);
	return NULL;
}

struct board *image_board(struct lab *l, const struct plan_pc *pc, GError **error)
{
	const struct plan_image *image = l->plan->images->pdata[pc->image];
	g_autofree char *key = image->agent ? lab_key(l, pc) : NULL;
	struct master *m = key ? g_hash_table_lookup(l->images, key) : NULL;
	struct board *b = NULL;
	struct image_boot o;

	if (m)
		return board_clone(m->board);
	if (boot_init(&o, l, pc, error)) {
		if (!key)
			b = power_on(&o, false, error);
		else if ((m = master_new(l, &o, error)))
			b = board_clone(m->board);
	}
	if (m)
		g_hash_table_insert(l->images, g_steal_pointer(&key), m);
	boot_clear(&o);
	return b;
}

/* ---- for snapshots ---- */

char *image_program(void)
{
	char *digest = boot_file_digest("/proc/self/exe", NULL);

	return digest ? digest : g_strdup("");
}

/* One that booted here may be in the store since. */
static struct pc_value *value_of(struct master *m)
{
	if (!m->value && m->label)
		m->value = pc_store_open(m->label, NULL);
	return m->value;
}

void image_values(struct lab *l, void (*each)(void *opaque, const char *label, struct pc_value *v), void *opaque)
{
	g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(l->images), (GCompareFunc)strcmp);

	for (GList *k = keys; k; k = k->next) {
		struct master *m = g_hash_table_lookup(l->images, k->data);

		if (value_of(m))
			each(opaque, m->label, m->value);
	}
}

struct pc_value *image_value(struct lab *l, const char *label, GError **error)
{
	GHashTableIter each;
	struct master *m;

	g_hash_table_iter_init(&each, l->images);
	while (g_hash_table_iter_next(&each, NULL, (gpointer *)&m))
		if (m->label && !strcmp(m->label, label) && value_of(m))
			return m->value;
	m = g_new0(struct master, 1);
	m->label = g_strdup(label);
	m->value = pc_store_open(label, error);
	if (!m->value && error && !*error)
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
				    "it is not in the store of booted images, and what is there differs");
	if (m->value) {
		g_hash_table_insert(l->images, g_strconcat("snapshot|", label, NULL), m);
		return m->value;
	}
	image_master_free(m);
	return NULL;
}
