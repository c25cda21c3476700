/* 16-bit tasks, the T bit, LDTs of tasks, and where each fault of a task switch
 * belongs (SDM 3A chapter 8, table 8-1): before the switch to the old task,
 * afterwards to the new one, with the selector in the error code. */
#include "tests/guest/lib.h"

enum { SEL_T16 = SEL_FREE, SEL_T32 = SEL_FREE + 8, SEL_FAULT = SEL_FREE + 16, SEL_LDT = SEL_FREE + 24 };
enum { SEL_GONE = SEL_FREE + 32, SEL_CODE16 = SEL_FREE + 40, SEL_RO = SEL_FREE + 48, CR0_TS = 8, DR6_BT = 0x8000 };

struct tss16 {
	uint16_t link, sp0, ss0, sp1, ss1, sp2, ss2, ip, flags, ax, cx, dx, bx, sp, bp, si, di, es, cs, ss, ds, ldt;
} __attribute__((packed));

static struct tss16 t16;
static struct tss t32, fault_tss;
static uint8_t fault_stack[4096];
static volatile uint32_t error_seen __attribute__((used)), link_seen, vector_seen, reached, dr6_seen, traps;

/* Handler task of #TS, #NP, #SS, #GP: notes the error, sends the bad task to
 * where it goes on well. */
void back32(void);
__asm__(".text\nback32: ljmp $0x28, $0");

/* Its stack holds nothing but the error. */
void fault_task(void);
__asm__("fault_task: popl error_seen\n"
	"	call note_fault\n"
	"	clts\n"
	"	iretl\n"
	"	jmp fault_task");

static void __attribute__((used)) note_fault(void)
{
	link_seen = fault_tss.link;
	tss_fill(&t32, back32, user_stack_top);
}

static void by_task(unsigned vector)
{
	tss_fill(&fault_tss, fault_task, fault_stack + sizeof(fault_stack));
	tss_install(SEL_FAULT, &fault_tss);
	idt[vector] = gate(SEL_FAULT, 0, 0x85, 0);
}

static void jump_bad(unsigned vector, uint32_t error)
{
	uint64_t old = idt[vector];

	by_task(vector);
	tss_install(SEL_T32, &t32);
	error_seen = link_seen = 0x9999;
	__asm__ volatile("ljmp %0, $0" : : "i"(SEL_T32) : "memory");
	CHECK_EQ(error_seen, error);
	CHECK_EQ(link_seen, SEL_T32);
	CHECK_EQ(tss_type(SEL_T32), 9);
	CHECK_EQ(tss_type(SEL_TSS), 0xb);
	idt[vector] = old;
}

static void test_segments(void)
{
	gdt[SEL_GONE / 8] = descriptor(0, 0xfffff, 0x13, 0xc);
	gdt[SEL_RO / 8] = descriptor(0, 0xfffff, 0x91, 0xc);
#define BAD(field, value, vector, error) \
	do { \
		tss_fill(&t32, back32, user_stack_top); \
		t32.field = (value); \
		jump_bad(vector, error); \
	} while (0)
	BAD(ldt, SEL_DATA, VEC_TS, SEL_DATA);
	BAD(ldt, 0x1000, VEC_TS, 0x1000);
	BAD(cs, SEL_DATA, VEC_TS, SEL_DATA);
	BAD(cs, 0, VEC_TS, 0);
	BAD(cs, SEL_CODE | 3, VEC_TS, SEL_CODE);
	BAD(ss, 0, VEC_TS, 0);
	BAD(ss, SEL_RO, VEC_TS, SEL_RO);
	BAD(ss, SEL_UDATA, VEC_TS, SEL_UDATA & ~3);
	BAD(ss, SEL_GONE, VEC_SS, SEL_GONE);
	BAD(ds, SEL_GONE, VEC_NP, SEL_GONE);
	BAD(es, SEL_TSS, VEC_TS, SEL_TSS);
	BAD(fs, 0x1000, VEC_TS, 0x1000);
	BAD(gs, SEL_GONE, VEC_NP, SEL_GONE);
	gdt[SEL_CODE16 / 8] = descriptor(0, 0xfff, 0x9b, 4);
	t32.cs = SEL_CODE16;
	tss_fill(&t32, back32, user_stack_top);
	t32.cs = SEL_CODE16; /* EIP beyond the limit */
	jump_bad(VEC_GP, 0);
}

/* A task of its own LDT, by CALL and IRET. */
extern char ldt_code[];
__asm__(".text\nldt_code: movl %es:0, %eax; movl %eax, reached_; iretl\n.set reached_, reached");

static void test_ldt(void)
{
	static uint64_t ldt[2];
	static uint32_t data = 0x1234;

	tss_fill(&t32, back32, user_stack_top);
	gdt[SEL_LDT / 8] = descriptor((uint32_t)ldt, sizeof(ldt) - 1, 0x82, 0);
	ldt[1] = descriptor((uint32_t)&data, 3, 0x93, 4);
	t32.ldt = SEL_LDT;
	t32.es = 0x0c;
	t32.eip = (uint32_t)ldt_code;
	tss_install(SEL_T32, &t32);
	reached = 0;
	__asm__ volatile("lcall %0, $0" : : "i"(SEL_T32) : "memory");
	CHECK_EQ(reached, 0x1234);
	CHECK_EQ(TRAP_OF(__asm__ volatile("movl %0, %%es" : : "r"(0x0c))), VEC_GP); /* this task has none */
	__asm__ volatile("clts");
}

/* The T bit: a trap before the new task's first instruction. */
static void trap(struct trap *t)
{
	traps++;
	dr6_seen = READ_DR(6);
	vector_seen = t->eip;
	WRITE_DR(6, 0xffff0ff0);
	t32.trap = 0;
}

static void test_trap_bit(void)
{
	tss_fill(&t32, back32, user_stack_top);
	t32.trap = 1;
	trap_handler[VEC_DB] = trap;
	tss_install(SEL_T32, &t32);
	WRITE_DR(6, 0xffff0ff0);
	WRITE_DR(7, 0x455); /* local enables are cleared by a switch, none of them is set to stop here */
	WRITE_DR(0, 0);
	WRITE_DR(1, 0);
	WRITE_DR(2, 0);
	WRITE_DR(3, 0);
	__asm__ volatile("ljmp %0, $0" : : "i"(SEL_T32) : "memory");
	CHECK_EQ(traps, 1);
	CHECK_EQ(dr6_seen & DR6_BT, DR6_BT);
	CHECK_EQ(vector_seen, (uint32_t)back32);
	CHECK_EQ(READ_DR(7), 0x400);
	trap_handler[VEC_DB] = NULL;
	__asm__ volatile("clts");
}

/* To a 16-bit task and back: it saves 16 bits of each register. */
extern char code16[], code16_end[];
__asm__(".text\n.code16\ncode16: movw %ax, 0x20; movw %sp, 0x22; movw $0x4321, %bx; iretw; movw $0x77, 0x24\n"
	"iretw\ncode16_end:\n.code32\n");

static void test_16(void)
{
	volatile uint16_t *out = (volatile uint16_t *)0x18020;
	uint32_t fs;

	for (char *to = (char *)0x19000, *p = code16; p < code16_end; p++)
		*to++ = *p;
	gdt[SEL_CODE16 / 8] = descriptor(0x19000, 0xffff, 0x9b, 0);
	gdt[SEL_GONE / 8] = descriptor(0x18000, 0xffff, 0x93, 0);
	t16 = (struct tss16){.flags = 2,
			     .ax = 0xabcd,
			     .sp = 0x800,
			     .es = SEL_GONE,
			     .cs = SEL_CODE16,
			     .ss = SEL_GONE,
			     .ds = SEL_GONE};
	gdt[SEL_T16 / 8] = descriptor((uint32_t)&t16, sizeof(t16) - 1, 0x81, 0);
	__asm__ volatile("movl $0x23, %%eax; movl %%eax, %%fs; lcall %0, $0" : : "i"(SEL_T16) : "eax", "memory");
	CHECK_EQ(out[0], 0xabcd);
	CHECK_EQ(out[1], 0x800);
	CHECK_EQ(t16.link, SEL_TSS);
	CHECK_EQ(t16.bx, 0x4321);
	CHECK_EQ(t16.flags & 0x4000, 0); /* NT is cleared in what IRET saves */
	CHECK_EQ(tss_type(SEL_T16), 1);
	CHECK_EQ(tss_type(SEL_TSS), 0xb);
	__asm__ volatile("movl %%fs, %0" : "=r"(fs));
	CHECK_EQ(fs & 0xffff, 0x23); /* the 32-bit task has its FS back */
	__asm__ volatile("clts; lcall %0, $0" : : "i"(SEL_T16) : "memory");
	CHECK_EQ(out[2], 0x77); /* behind its IRET */
	/* Least limits. */
	gdt[SEL_T16 / 8] = descriptor((uint32_t)&t16, 0x2a, 0x81, 0);
	CHECK_TRAP(VEC_TS, SEL_T16, __asm__ volatile("lcall %0, $0" : : "i"(SEL_T16) : "memory"));
	__asm__ volatile("clts; movl %0, %%fs" : : "r"(SEL_DATA));
}

int main(void)
{
	test_16();
	test_ldt();
	test_trap_bit();
	test_segments();
	return lib_result();
}
