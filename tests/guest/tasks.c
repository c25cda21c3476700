/* Hardware task switches (SDM 3A chapter 7): JMP, CALL, IRET and task gates,
 * busy bits, back link, NT, TS, #TS for bad segments, double fault by a task. */
#include "tests/guest/lib.h"

enum { SEL_OTHER = SEL_FREE, SEL_TASKGATE = SEL_FREE + 8, SEL_SMALL = SEL_FREE + 16, NT = 0x4000, CR0_TS = 8 };

static struct tss other;
static uint8_t other_stack[4096];
static volatile uint32_t reached, link_seen, flags_seen, cr0_seen, error_seen, fault_link, value_seen;

static void prepare(void (*entry)(void))
{
	tss_fill(&other, entry, other_stack + sizeof(other_stack));
	other.eax = 0x12345678;
	tss_install(SEL_OTHER, &other);
}

static void task_return(void)
{
	for (;;) {
		__asm__ volatile("movl %%eax, %0" : "=m"(value_seen));
		reached++;
		link_seen = other.link;
		flags_seen = eflags();
		cr0_seen = READ_CR(0);
		__asm__ volatile("iretl" : : : "memory");
		reached += 100; /* the next CALL goes on here */
	}
}

static void test_call(void)
{
	prepare(task_return);
	__asm__ volatile("clts; movl $0x9999, %%eax; lcall %0, $0" : : "i"(SEL_OTHER) : "eax", "memory");
	CHECK_EQ(reached, 1);
	CHECK_EQ(value_seen, 0x12345678);
	CHECK_EQ(link_seen, SEL_TSS);
	CHECK_EQ(flags_seen & NT, NT);
	CHECK_EQ(cr0_seen & CR0_TS, CR0_TS);
	CHECK_EQ(tss_type(SEL_TSS), 0xb);
	CHECK_EQ(tss_type(SEL_OTHER), 9); /* no longer busy */
	CHECK_EQ(eflags() & NT, 0);
	CHECK_EQ(tss.eax, 0x9999); /* saved when it left */
	CHECK_EQ(tss.cs, SEL_CODE);
	__asm__ volatile("lcall %0, $0" : : "i"(SEL_OTHER) : "memory");
	CHECK_EQ(reached, 102);
	/* By a task gate, which only names the TSS. */
	gdt[SEL_TASKGATE / 8] = gate(SEL_OTHER, 0, 0x85, 0);
	__asm__ volatile("lcall %0, $0x55" : : "i"(SEL_TASKGATE) : "memory");
	CHECK_EQ(reached, 203);
	/* And as an interrupt. */
	idt[0x50] = gate(SEL_OTHER, 0, 0x85, 0);
	__asm__ volatile("int $0x50" : : : "memory");
	CHECK_EQ(reached, 304);
	__asm__ volatile("clts");
}

static void task_jump(void)
{
	reached = 1000 + tss_type(SEL_OTHER) + (eflags() & NT);
	link_seen = other.link;
	__asm__ volatile("ljmp %0, $0" : : "i"(SEL_TSS) : "memory");
}

static void test_jump(void)
{
	prepare(task_jump);
	other.link = 0x77;
	__asm__ volatile("ljmp %0, $0" : : "i"(SEL_OTHER) : "memory");
	CHECK_EQ(reached, 1000 + 0xb); /* busy, not nested */
	CHECK_EQ(link_seen, 0x77);
	CHECK_EQ(tss_type(SEL_OTHER), 9);
	CHECK_EQ(tss_type(SEL_TSS), 0xb);
	__asm__ volatile("clts");
}

static void test_errors(void)
{
	prepare(task_jump);
	gdt[SEL_OTHER / 8] |= 2ull << 40; /* busy */
	CHECK_TRAP(VEC_GP, SEL_OTHER, __asm__ volatile("lcall %0, $0" : : "i"(SEL_OTHER) : "memory"));
	gdt[SEL_OTHER / 8] = descriptor((uint32_t)&other, sizeof(other) - 1, 0x09, 0);
	CHECK_TRAP(VEC_NP, SEL_OTHER, __asm__ volatile("lcall %0, $0" : : "i"(SEL_OTHER) : "memory"));
	gdt[SEL_OTHER / 8] = descriptor((uint32_t)&other, 0x66, 0x89, 0); /* too small */
	CHECK_TRAP(VEC_TS, SEL_OTHER, __asm__ volatile("lcall %0, $0" : : "i"(SEL_OTHER) : "memory"));
	/* IRET with NT to a task that is not busy. */
	prepare(task_jump);
	tss.link = SEL_OTHER;
	CHECK_TRAP(VEC_TS, SEL_OTHER, { __asm__ volatile("pushl $0x4002; popfl; iretl" : : : "memory", "cc"); });
	__asm__ volatile("pushl $2; popfl" : : : "cc");
}

static struct tss fault_tss;
static uint8_t fault_stack[4096];

/* A fault of the incoming task's segments happens in that task. */
static void fault_task(void)
{
	for (;;) {
		__asm__ volatile("popl %0" : "=r"(error_seen));
		fault_link = fault_tss.link;
		other.es = other.ss = other.ds = other.fs = other.gs = SEL_DATA;
		other.cs = SEL_CODE;
		other.eip = (uint32_t)task_jump;
		other.eflags = 2;
		__asm__ volatile("iretl" : : : "memory");
	}
}

static void test_bad_segment(void)
{
	uint64_t old = idt[VEC_TS];

	fault_tss = other;
	fault_tss.eip = (uint32_t)fault_task;
	fault_tss.esp = (uint32_t)(fault_stack + sizeof(fault_stack));
	tss_install(SEL_SMALL, &fault_tss);
	idt[VEC_TS] = gate(SEL_SMALL, 0, 0x85, 0);
	prepare(task_jump);
	other.es = 0x1000; /* beyond the GDT */
	reached = 0;
	__asm__ volatile("ljmp %0, $0" : : "i"(SEL_OTHER) : "memory");
	CHECK_EQ(error_seen, 0x1000);
	CHECK_EQ(fault_link, SEL_OTHER);
	CHECK_EQ(reached, 1000 + 0xb);
	idt[VEC_TS] = old;
	__asm__ volatile("clts");
}

static void double_fault_task(void)
{
	uint32_t result;

	__asm__ volatile("popl %0" : "=r"(error_seen));
	link_seen = fault_tss.link;
	CHECK_EQ(error_seen, 0);
	CHECK_EQ(link_seen, SEL_TSS);
	CHECK_EQ(tss_type(SEL_TSS), 0xb);
	result = (uint32_t)lib_result();
	lib_exit(result);
}

/* A #GP whose own gate is bad is a double fault, here handled by a task. Ends
 * the guest. */
static void test_double_fault(void)
{
	fault_tss = other;
	fault_tss.es = SEL_DATA;
	fault_tss.eip = (uint32_t)double_fault_task;
	fault_tss.esp = (uint32_t)(fault_stack + sizeof(fault_stack));
	tss_install(SEL_SMALL, &fault_tss);
	idt[VEC_DF] = gate(SEL_SMALL, 0, 0x85, 0);
	gdt[SEL_TASKGATE / 8] = 0;
	idt[VEC_GP] = gate(SEL_TASKGATE, 0, 0x8e, 0); /* to a null descriptor */
	__asm__ volatile("movl %0, %%es" : : "r"(0x1000) : "memory");
	CHECK(false);
}

int main(void)
{
	test_call();
	test_jump();
	test_errors();
	test_bad_segment();
	test_double_fault();
	return 1;
}
