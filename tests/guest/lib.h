/* What the self-checking guests share. A guest checks one topic and ends with
 * lib_exit(number of failures); it says what failed on the debug console. The
 * facts are those of the Intel SDM and of the chips' data sheets; the guests
 * run on real hardware too. */
#ifndef LANYARD_TESTS_GUEST_LIB_H
#define LANYARD_TESTS_GUEST_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEL_CODE = 0x08, SEL_DATA = 0x10, SEL_UCODE = 0x1b, SEL_UDATA = 0x23, SEL_TSS = 0x28, SEL_FREE = 0x30 };
enum {
	VEC_DE,
	VEC_DB,
	VEC_NMI,
	VEC_BP,
	VEC_OF,
	VEC_BR,
	VEC_UD,
	VEC_NM,
	VEC_DF,
	VEC_TS = 10,
	VEC_NP,
	VEC_SS,
	VEC_GP,
	VEC_PF
};
enum { NO_TRAP = -1 };

/* What an exception or interrupt found on the stack. esp and ss are valid
 * after a change of privilege; es.. gs of v86 only then. */
struct trap {
	uint32_t edi, esi, ebp, pushed_esp, ebx, edx, ecx, eax;
	uint32_t ds, es, fs, gs;
	uint32_t vector, error, eip, cs, eflags, esp, ss, v86_es, v86_ds, v86_fs, v86_gs;
};

struct tss {
	uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt;
	uint16_t trap, iomap;
	uint8_t bitmap[8193];
} __attribute__((packed));

extern uint64_t gdt[32], idt[256];
extern struct tss tss;
extern char trap_stubs[256][16], user_stack_top[], stack_top[], _end[];
extern struct trap last_trap; /* a copy */
extern uint32_t last_cr2;
/* Called for a vector instead of leaving; return to resume. */
extern void (*trap_handler[256])(struct trap *t);
extern uint32_t trap_armed;

int trap_save(void) __attribute__((returns_twice));
void user_call(uint32_t eip, uint32_t esp, uint32_t eflags);

/* Runs the statement: the vector of the exception that it raised, or NO_TRAP. */
/* clang-format off */
#define TRAP_OF(...) \
	(trap_save() ? (int)last_trap.vector : ({ __VA_ARGS__; trap_armed = 0; NO_TRAP; }))
/* clang-format on */
/* The same for a function in ring 3; it ends with any trap, such as int $0x80. */
#define USER_TRAP_OF(function) TRAP_OF(user_call((uint32_t)(function), (uint32_t)user_stack_top, 0x2))

void lib_check(bool ok, const char *file, int line, const char *what, uint32_t is, uint32_t expected);
#define CHECK(x) lib_check((x), __FILE__, __LINE__, #x, 0, 0)
#define CHECK_EQ(is, expected) \
	do { \
		uint32_t is_ = (uint32_t)(is), expected_ = (uint32_t)(expected); \
		lib_check(is_ == expected_, __FILE__, __LINE__, #is, is_, expected_); \
	} while (0)
/* An exception of this vector with this error code. */
#define CHECK_TRAP(vec, code, ...) \
	do { \
		CHECK_EQ(TRAP_OF(__VA_ARGS__), vec); \
		CHECK_EQ(last_trap.error, code); \
	} while (0)

void lib_start(void);
_Noreturn void lib_exit(uint32_t code);
void lib_trap(struct trap *t);
void print(const char *text);
void print_hex(uint32_t value);
/* Ends main(): the number of failures so far. */
int lib_result(void);

/* access: P DPL S type, as in the descriptor's byte 5; flags: G D/B L AVL. */
uint64_t descriptor(uint32_t base, uint32_t limit, uint8_t access, uint8_t flags);
/* type 0xe interrupt gate, 0xf trap gate, 5 task gate, 0xc call gate. */
uint64_t gate(uint16_t selector, uint32_t offset, uint8_t access, uint8_t params);
/* A task in ring 0, not busy, that begins at entry; stack: its end. */
void tss_fill(struct tss *t, void (*entry)(void), void *stack);
/* Puts its descriptor, available, into the GDT. */
void tss_install(uint32_t sel, struct tss *t);
/* 9: available, 0xb: busy. */
uint8_t tss_type(uint32_t sel);

/* ---- debug exceptions, noted (libdebug.c) ---- */

#define DR6_FIXED 0xffff0ff0u
enum { DEBUG_HITS = 32 };
/* For trap_handler[VEC_DB]: notes where, DR6 and the pushed flags, clears DR6. */
void debug_note(struct trap *t);
/* Forgets what was noted; no breakpoints. */
void debug_reset(void);
extern volatile uint32_t debug_hits, debug_where[DEBUG_HITS], debug_dr6[DEBUG_HITS], debug_flags[DEBUG_HITS];
extern volatile bool debug_resume; /* the note sets RF, so that the instruction is done */

/* Both 8259 at 0x20 and 0x28, all masked. */
void pic_init(void);
/* A page of zeros. */
void *page_alloc(void);

static inline void outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}
static inline void outw(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}
static inline void outl(uint16_t port, uint32_t v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}
static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline uint16_t inw(uint16_t port)
{
	uint16_t v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline uint32_t inl(uint16_t port)
{
	uint32_t v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline uint64_t rdtsc(void)
{
	uint64_t v;

	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}
static inline uint64_t rdmsr(uint32_t msr)
{
	uint64_t v;

	__asm__ volatile("rdmsr" : "=A"(v) : "c"(msr));
	return v;
}
static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "A"(v), "c"(msr));
}
/* clang-format off */
#define READ_CR(n) ({ uint32_t v_; __asm__ volatile("movl %%cr" #n ", %0" : "=r"(v_)); v_; })
#define WRITE_CR(n, v) __asm__ volatile("movl %0, %%cr" #n : : "r"((uint32_t)(v)) : "memory")
#define READ_DR(n) ({ uint32_t v_; __asm__ volatile("movl %%dr" #n ", %0" : "=r"(v_)); v_; })
/* clang-format on */
#define WRITE_DR(n, v) __asm__ volatile("movl %0, %%dr" #n : : "r"((uint32_t)(v)) : "memory")
static inline void invlpg(void *p)
{
	__asm__ volatile("invlpg %0" : : "m"(*(char *)p) : "memory");
}
static inline uint32_t eflags(void)
{
	uint32_t v;

	__asm__ volatile("pushfl; popl %0" : "=r"(v));
	return v;
}

#endif
