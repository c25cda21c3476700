/* Console, checks, exceptions and descriptors for the guests (lib.h). */
#include "tests/guest/lib.h"

enum { PORT_DEBUG = 0xe9, PORT_EXIT = 0xf4 };

uint64_t idt[256] __attribute__((aligned(8)));
struct tss tss __attribute__((aligned(4096)));
struct trap last_trap;
uint32_t last_cr2;
void (*trap_handler[256])(struct trap *t);

static int failures;
static uint8_t *next_page;

_Noreturn void trap_return(void);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

void *memcpy(void *to, const void *from, size_t size)
{
	void *start = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return start;
}

void *memset(void *to, int byte, size_t size)
{
	void *start = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
	return start;
}

void print(const char *text)
{
	while (*text)
		outb(PORT_DEBUG, (uint8_t)*text++);
}

void print_hex(uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		outb(PORT_DEBUG, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

void lib_check(bool ok, const char *file, int line, const char *what, uint32_t is, uint32_t expected)
{
	if (ok)
		return;
	failures++;
	print(file);
	print(": line ");
	print_hex((uint32_t)line);
	print(": ");
	print(what);
	print(" is ");
	print_hex(is);
	print(", expected ");
	print_hex(expected);
	print("\n");
}

int lib_result(void)
{
	return failures;
}

void lib_exit(uint32_t code)
{
	print(code ? "failed\n" : "passed\n");
	outl(PORT_EXIT, code);
	for (;;)
		__asm__ volatile("cli; hlt");
}

void lib_trap(struct trap *t)
{
	uint32_t vector = t->vector;

	last_trap = *t;
	last_cr2 = READ_CR(2);
	if (trap_handler[vector]) {
		trap_handler[vector](t);
		return;
	}
	if (trap_armed) {
		trap_armed = 0;
		trap_return();
	}
	print("unexpected vector ");
	print_hex(vector);
	print(" error ");
	print_hex(t->error);
	print(" at ");
	print_hex(t->cs);
	print(":");
	print_hex(t->eip);
	print(" cr2 ");
	print_hex(last_cr2);
	print("\n");
	lib_exit(99);
}

uint64_t descriptor(uint32_t base, uint32_t limit, uint8_t access, uint8_t flags)
{
	return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)access << 40 |
	       (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)(flags & 15) << 52 | (uint64_t)(base >> 24) << 56;
}

uint64_t gate(uint16_t selector, uint32_t offset, uint8_t access, uint8_t params)
{
	return (offset & 0xffff) | (uint64_t)selector << 16 | (uint64_t)params << 32 | (uint64_t)access << 40 |
	       (uint64_t)(offset >> 16) << 48;
}

void tss_fill(struct tss *t, void (*entry)(void), void *stack)
{
	*t = (struct tss){
		.eip = (uint32_t)entry,
		.eflags = 2,
		.esp = (uint32_t)stack,
		.es = SEL_DATA,
		.cs = SEL_CODE,
		.ss = SEL_DATA,
		.ds = SEL_DATA,
		.fs = SEL_DATA,
		.gs = SEL_DATA,
		.ss0 = SEL_DATA,
		.esp0 = tss.esp0,
		.iomap = sizeof(*t),
	};
}

void tss_install(uint32_t sel, struct tss *t)
{
	gdt[sel / 8] = descriptor((uint32_t)t, sizeof(*t) - 1, 0x89, 0);
}

uint8_t tss_type(uint32_t sel)
{
	return gdt[sel / 8] >> 40 & 0x1f;
}

void lib_start(void)
{
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint32_t)idt};

	for (unsigned n = 0; n < 256; n++)
		idt[n] = gate(SEL_CODE, (uint32_t)trap_stubs[n], 0x8e, 0);
	idt[0x80] = gate(SEL_CODE, (uint32_t)trap_stubs[0x80], 0xee, 0); /* for ring 3 */
	__asm__ volatile("lidt %0" : : "m"(pointer));
	tss.esp0 = (uint32_t)stack_top - 8192; /* main() uses the upper half */
	tss.ss0 = SEL_DATA;
	tss.iomap = sizeof(tss);
	gdt[SEL_TSS / 8] = descriptor((uint32_t)&tss, sizeof(tss) - 1, 0x89, 0);
	__asm__ volatile("ltr %w0; lldt %w1" : : "r"(SEL_TSS), "r"(0) : "memory");
	next_page = (uint8_t *)(((uint32_t)_end + 4095) & ~4095u);
	pic_init();
}

void pic_init(void)
{
	static const uint8_t words[2][4] = {{0x11, 0x20, 4, 1}, {0x11, 0x28, 2, 1}};

	for (unsigned n = 0; n < 2; n++) {
		uint16_t port = n ? 0xa0 : 0x20;

		outb(port, words[n][0]);
		for (unsigned w = 1; w < 4; w++)
			outb(port + 1, words[n][w]);
		outb(port + 1, 0xff);
	}
}

void *page_alloc(void)
{
	uint8_t *page = next_page;

	next_page += 4096;
	return memset(page, 0, 4096);
}
