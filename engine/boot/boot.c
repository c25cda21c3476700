/* Starting a PC: the kernel that its option ROM asks for; see boot.h. What a kernel
 * needs in memory is planned by its kind (kernel.h) from the facts that are read here. */
#include "engine/boot/boot.h"

#include "engine/boot/firmware.h"
#include "engine/boot/kernel.h"
#include "engine/boot/optrom.h"
#include "engine/pc/pc.h"

#define BDA 0x400u

struct boot_kernel {
	gatomicrefcount refs; /* shared by clones */
	struct kernel *kernel;
};

const char *const boot_first_names[] = {"floppy", "disk", "cdrom", "net", NULL};

const char *boot_first_order(unsigned n)
{
	static const char orders[][4] = {"acd", "cad", "dac", "n"};

	return orders[n];
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

static uint8_t plan_kernel(struct board *b, const struct boot_kernel *k)
{
	uint8_t status = BOOT_STATUS_FAIL;
	struct boot_facts facts;
	struct boot_plan plan;

	if (!read_facts(b, &facts))
		return status;
	if (kernel_plan(k->kernel, &facts, &plan, NULL))
		status = BOOT_STATUS_READY | (k->kernel->kind->bios_stays ? 0 : BOOT_STATUS_MASK_PIC);
	boot_plan_free(&plan);
	return status;
}

static bool enter_kernel(struct board *b, const struct boot_kernel *k)
{
	struct boot_facts facts;
	struct boot_plan plan;
	bool fits;

	if (!read_facts(b, &facts))
		return false;
	fits = kernel_plan(k->kernel, &facts, &plan, NULL);
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
	kernel_free(k->kernel);
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

static bool load_kernel(struct board *b, const struct boot_config *cfg, GError **error)
{
	static const char order[] = "/rom@" OPTROM_FILE; /* with its NUL */
	uint8_t rom[OPTROM_SIZE];
	struct boot_kernel *kernel;
	struct kernel *k = kernel_open(cfg->kernel, cfg->initrd, cfg->append, b->pc->cpu.model == CPU_X86_64, error);

	if (!k)
		return false;
	if (!check_kernel(b, k, cfg->kernel, error)) {
		kernel_free(k);
		return false;
	}
	kernel = g_new0(struct boot_kernel, 1);
	g_atomic_ref_count_init(&kernel->refs);
	kernel->kernel = k;
	boot_port_set(b, &loader, kernel);
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
