/* Starting a PC: the kernel that its option ROM asks for; see boot.h. What a kernel
 * needs in memory is planned by its kind (kernel.h) from the facts that are read here. */
#include "engine/boot/boot.h"

#include "engine/boot/firmware.h"
#include "engine/boot/kernel.h"
#include "engine/boot/optrom.h"
#include "engine/pc/pc.h"

#define BDA 0x400u

struct boot_kernel {
	gatomicrefcount refs;  /* shared by clones */
	GMutex lock;           /* of kernel: clones run on several threads */
	struct kernel *kernel; /* NULL: not read yet */
	/* How to read it, and what its files must hold then. */
	char *path, *initrd, *append, *path_digest, *initrd_digest;
	bool cpu64;
};

const char *const boot_first_names[] = {"floppy", "disk", "cdrom", "net", NULL};

const char *boot_first_order(unsigned n)
{
	static const char orders[][4] = {"acd", "cad", "dac", "n"};

	return orders[n];
}

/* ---- the kernel of a PC that has booted elsewhere ---- */

static bool digest_is(const char *path, const char *digest, GError **error)
{
	g_autofree char *now = path ? boot_file_digest(path, error) : NULL;

	if (!path || !now)
		return !path;
	if (strcmp(now, digest))
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_FILE, "%s: is another file than when the PC booted", path);
	return !strcmp(now, digest);
}

/* Read at the first need. NULL: its files are gone or not what they were, so a PC that
 * is reset stays in its firmware. */
static const struct kernel *kernel_of(struct board *b, struct boot_kernel *k)
{
	g_autoptr(GError) error = NULL;

	g_mutex_lock(&k->lock);
	if (!k->kernel && digest_is(k->path, k->path_digest, &error) && digest_is(k->initrd, k->initrd_digest, &error))
		k->kernel = kernel_open(k->path, k->initrd, k->append, k->cpu64, &error);
	g_mutex_unlock(&k->lock);
	if (error)
		TRACE(b, FWCFG, "kernel: %s", error->message);
	return k->kernel;
}

/* ---- handing over ---- */

/* What the BIOS and the option ROM left in memory; false if that is nonsense. */
static bool read_facts(struct board *b, struct boot_facts *f)
{
	uint8_t raw[OPTROM_MAP_ENTRY], count[2];

	memset(f, 0, sizeof(*f));
	mem_dma_read(&b->mem, OPTROM_MAP, count, sizeof(count));
	f->map_count = get_le16(count);
	if (!f->map_count || f->map_count > BOOT_MAP_MAX)
		return false;
	for (unsigned n = 0; n < f->map_count; n++) {
		mem_dma_read(&b->mem, OPTROM_MAP_FIRST + n * OPTROM_MAP_ENTRY, raw, sizeof(raw));
		f->map[n] = (struct boot_range){get_le64(raw), get_le64(raw + 8), get_le32(raw + 16)};
	}
	mem_dma_read(&b->mem, BDA, f->bda, sizeof(f->bda));
	f->seed = b->pc->boot.seed;
	return true;
}

static uint8_t plan_kernel(struct board *b, struct boot_kernel *k)
{
	const struct kernel *kernel = kernel_of(b, k);
	uint8_t status = BOOT_STATUS_FAIL;
	struct boot_facts facts;
	struct boot_plan plan;

	if (!kernel || !read_facts(b, &facts))
		return status;
	if (kernel_plan(kernel, &facts, &plan, NULL))
		status = BOOT_STATUS_READY | (kernel->kind->bios_stays ? 0 : BOOT_STATUS_MASK_PIC);
	boot_plan_free(&plan);
	return status;
}

static bool enter_kernel(struct board *b, struct boot_kernel *k)
{
	const struct kernel *kernel = kernel_of(b, k);
	struct boot_facts facts;
	struct boot_plan plan;
	bool fits;

	if (!kernel || !read_facts(b, &facts))
		return false;
	fits = kernel_plan(kernel, &facts, &plan, NULL);
	if (fits) {
		boot_plan_place(&plan, b);
		boot_plan_enter(&plan, b);
	}
	boot_plan_free(&plan);
	return fits;
}

static struct boot_kernel *share_kernel(struct boot_kernel *k)
{
	g_atomic_ref_count_inc(&k->refs);
	return k;
}

static void release_kernel(struct boot_kernel *k)
{
	if (!g_atomic_ref_count_dec(&k->refs))
		return;
	if (k->kernel)
		kernel_free(k->kernel);
	g_mutex_clear(&k->lock);
	g_free(k->path);
	g_free(k->initrd);
	g_free(k->append);
	g_free(k->path_digest);
	g_free(k->initrd_digest);
	g_free(k);
}

static const struct boot_loader loader = {plan_kernel, enter_kernel, share_kernel, release_kernel};

/* ---- files ---- */

/* Would it start? Better to say so now than inside the PC. */
static bool check_kernel(struct board *b, const struct kernel *k, const char *path, GError **error)
{
	struct boot_facts facts;
	struct boot_plan plan;
	bool ok;

	boot_facts_guess(&facts, b->mem.ram.count << PAGE_SHIFT);
	ok = kernel_plan(k, &facts, &plan, error);
	boot_plan_free(&plan);
	if (!ok)
		g_prefix_error(error, "%s: ", path);
	return ok;
}

static struct kernel *open_checked(struct board *b, const struct boot_config *cfg, GError **error)
{
	struct kernel *k = kernel_open(cfg->kernel, cfg->initrd, cfg->append, b->pc->cpu.model == CPU_X86_64, error);

	if (k && !check_kernel(b, k, cfg->kernel, error))
		g_clear_pointer(&k, kernel_free);
	return k;
}

static struct boot_kernel *boot_kernel_new(struct board *b, const struct boot_config *cfg, struct kernel *kernel)
{
	struct boot_kernel *k = g_new0(struct boot_kernel, 1);

	g_atomic_ref_count_init(&k->refs);
	g_mutex_init(&k->lock);
	k->kernel = kernel;
	k->path = g_strdup(cfg->kernel);
	k->initrd = g_strdup(cfg->initrd);
	k->append = g_strdup(cfg->append);
	k->path_digest = g_strdup(cfg->kernel_digest);
	k->initrd_digest = g_strdup(cfg->initrd_digest);
	k->cpu64 = b->pc->cpu.model == CPU_X86_64;
	return k;
}

static bool load_kernel(struct board *b, const struct boot_config *cfg, GError **error)
{
	static const char order[] = "/rom@" OPTROM_FILE; /* with its NUL */
	uint8_t rom[OPTROM_SIZE];
	bool later = cfg->kernel_digest;
	struct kernel *k = later ? NULL : open_checked(b, cfg, error);

	if (!k && !later)
		return false;
	boot_port_set(b, &loader, boot_kernel_new(b, cfg, k));
	optrom_build(rom);
	return firmware_add_file(b, OPTROM_FILE, rom, sizeof(rom), error) &&
	       firmware_add_file(b, "bootorder", order, sizeof(order), error);
}

bool boot_prepare(struct board *b, const struct boot_config *cfg, GError **error)
{
	b->pc->boot.seed = cfg->seed;
	if (!cfg->kernel && (cfg->initrd || cfg->append)) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_CONFIG, "%s: expected a kernel, too",
			    cfg->initrd ? "initrd" : "append");
		return false;
	}
	return firmware_prepare(b, cfg, error) && (!cfg->kernel || load_kernel(b, cfg, error));
}
