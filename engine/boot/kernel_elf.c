/* ELF executables as kernels; see kernel_elf.h. */
#include "engine/boot/kernel_elf.h"

#include <elf.h>

#include "engine/boot/boot.h"
#include "engine/boot/boot_plan.h"

#define TOP (1ull << 32) /* everything must load below */

static bool fail(GError **error, const char *text)
{
	g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "the ELF file %s", text);
	return false;
}

bool kernel_elf_magic(struct bytes file)
{
	const uint8_t *p = bytes_at(file, 0, SELFMAG);

	return p && !memcmp(p, ELFMAG, SELFMAG);
}

/* The two classes differ in field sizes only; both come out as 64-bit. */
static bool read_header(struct bytes file, Elf64_Ehdr *h)
{
	const uint8_t *p = bytes_at(file, 0, sizeof(Elf32_Ehdr));
	Elf32_Ehdr h32;

	if (!p)
		return false;
	memcpy(&h32, p, sizeof(h32));
	if (h32.e_ident[EI_CLASS] == ELFCLASS64) {
		p = bytes_at(file, 0, sizeof(*h));
		if (p)
			memcpy(h, p, sizeof(*h));
		return p;
	}
	memset(h, 0, sizeof(*h));
	memcpy(h->e_ident, h32.e_ident, EI_NIDENT);
	h->e_type = h32.e_type;
	h->e_machine = h32.e_machine;
	h->e_entry = h32.e_entry;
	h->e_phoff = h32.e_phoff;
	h->e_phentsize = h32.e_phentsize;
	h->e_phnum = h32.e_phnum;
	return true;
}

static bool read_program_header(struct bytes file, const Elf64_Ehdr *h, unsigned n, Elf64_Phdr *ph)
{
	bool is64 = h->e_ident[EI_CLASS] == ELFCLASS64;
	size_t size = is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	const uint8_t *p;
	Elf32_Phdr p32;

	if (h->e_phoff > file.size)
		return false;
	p = bytes_at(file, h->e_phoff + (uint64_t)n * h->e_phentsize, size);
	if (!p)
		return false;
	if (is64) {
		memcpy(ph, p, sizeof(*ph));
		return true;
	}
	memcpy(&p32, p, sizeof(p32));
	*ph = (Elf64_Phdr){.p_type = p32.p_type,
			   .p_offset = p32.p_offset,
			   .p_vaddr = p32.p_vaddr,
			   .p_paddr = p32.p_paddr,
			   .p_filesz = p32.p_filesz,
			   .p_memsz = p32.p_memsz};
	return true;
}

static bool check_header(const Elf64_Ehdr *h, GError **error)
{
	bool is64 = h->e_ident[EI_CLASS] == ELFCLASS64;

	if (!is64 && h->e_ident[EI_CLASS] != ELFCLASS32)
		return fail(error, "has an unknown class");
	if (h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != (is64 ? EM_X86_64 : EM_386))
		return fail(error, "is for another processor than the x86");
	if (h->e_type != ET_EXEC)
		return fail(error, "is not an executable (ET_EXEC)");
	if (h->e_phentsize < (is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)) || !h->e_phnum)
		return fail(error, "has no program headers");
	return true;
}

static bool add_segment(struct kernel_elf *e, struct bytes file, const Elf64_Phdr *ph, GError **error)
{
	struct kernel_segment *s = &e->segment[e->segments];
	const uint8_t *data;

	if (e->segments == KERNEL_ELF_SEGMENTS)
		return fail(error, "has too many segments");
	if (ph->p_filesz > ph->p_memsz)
		return fail(error, "has a segment that is larger in the file than in memory");
	if (ph->p_memsz > TOP || ph->p_paddr > TOP - ph->p_memsz)
		return fail(error, "has a segment above 4 GiB");
	/* Of a segment without bytes in the file the offset means nothing. */
	data = ph->p_filesz ? bytes_at(file, ph->p_offset, ph->p_filesz) : NULL;
	if (ph->p_filesz && !data)
		return fail(error, "is truncated: a segment lies beyond its end");
	*s = (struct kernel_segment){ph->p_paddr, ph->p_vaddr, data, ph->p_filesz, ph->p_memsz};
	if (!e->segments || s->phys < e->low)
		e->low = s->phys;
	if (s->phys + s->memory > e->high)
		e->high = s->phys + s->memory;
	e->segments++;
	return true;
}

bool kernel_elf_parse(struct kernel_elf *e, struct bytes file, GError **error)
{
	Elf64_Ehdr h;

	memset(e, 0, sizeof(*e));
	if (!kernel_elf_magic(file) || !read_header(file, &h))
		return fail(error, "is truncated: its header is incomplete");
	if (!check_header(&h, error))
		return false;
	e->is64 = h.e_ident[EI_CLASS] == ELFCLASS64;
	e->entry = h.e_entry;
	for (unsigned n = 0; n < h.e_phnum; n++) {
		Elf64_Phdr ph;

		if (!read_program_header(file, &h, n, &ph))
			return fail(error, "is truncated: its program headers are incomplete");
		if (ph.p_type == PT_LOAD && ph.p_memsz && !add_segment(e, file, &ph, error))
			return false;
	}
	return e->segments || fail(error, "has nothing to load");
}

bool kernel_elf_entry(const struct kernel_elf *e, bool by_virtual, uint64_t *entry)
{
	for (unsigned n = 0; by_virtual && n < e->segments; n++) {
		const struct kernel_segment *s = &e->segment[n];

		if (e->entry >= s->virt && e->entry - s->virt < s->memory) {
			*entry = s->phys + (e->entry - s->virt);
			return true;
		}
	}
	for (unsigned n = 0; n < e->segments; n++) {
		const struct kernel_segment *s = &e->segment[n];

		if (e->entry >= s->phys && e->entry - s->phys < s->memory) {
			*entry = e->entry;
			return true;
		}
	}
	return false;
}

void kernel_elf_write(const struct kernel_elf *e, struct boot_plan *p)
{
	for (unsigned n = 0; n < e->segments; n++) {
		const struct kernel_segment *s = &e->segment[n];

		boot_plan_write(p, s->phys, s->data, s->size, s->memory);
	}
}
