/* 64-bit and compatibility mode: SYSCALL, interrupts, tables above 4 GiB. Expected values are
 * those of the SDM's descriptions, not of the code. */
#include "tests/unit/cpu_rig.h"

static void test_syscall(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	long_mode(r, 3);
	c->star = (uint64_t)0x3b << 48 | (uint64_t)K_CS << 32;
	c->lstar = HANDLER;
	c->fmask = FL_IF | FL_DF;
	c->eflags |= FL_IF;
	put(r, HANDLER, "\x48\x0f\x07", 3); /* sysretq */
	CODE_BYTES(r, "\x0f\x05");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->reg[RCX], CODE + 2);
	assert_int_equal(c->reg[R11], 0x202);
	assert_int_equal(flags_get(c), 2);
	assert_int_equal(c->cpl, 0);
	assert_int_equal(c->seg[SEG_SS].sel, K_DS);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->seg[SEG_CS].sel, 0x4b);
	assert_int_equal(c->seg[SEG_SS].sel, 0x43);
	assert_int_equal(flags_get(c), 0x202);
}

static void test_long_interrupt(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	long_mode(r, 3);
	put64(r, IDT + 0x20 * 16, gate(K_CS, HANDLER, 0xee));
	put64(r, IDT + 0x21 * 16, gate(K_CS, HANDLER, 0xee) | 1ull << 32); /* IST 1 */
	put(r, HANDLER, "\x48\xcf", 2);
	CODE_BYTES(r, "\xcd\x20\xcd\x21");
	c->reg[RSP] = STACK3 + 5;
	step(r, 2);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->reg[RSP], STACK0 - 16 - 40); /* aligned down first */
	assert_int_equal(c->seg[SEG_SS].sel, 0);
	assert_int_equal(get(r, STACK0 - 24, 8), U_DS);
	assert_int_equal(get(r, STACK0 - 32, 8), STACK3 + 5);
	assert_int_equal(get(r, STACK0 - 48, 8), U_CS64);
	assert_int_equal(get(r, STACK0 - 56, 8), CODE + 2);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->reg[RSP], STACK3 + 5);
	assert_int_equal(c->seg[SEG_SS].sel, U_DS);
	step(r, 2);
	assert_int_equal(c->reg[RSP], (IST1 & ~15) - 40);
}

/* A return address that is not canonical faults in ring 0. */
static void test_sysret_canonical(void **state)
{
	struct rig *r = *state;

	long_mode(r, 0);
	put64(r, IDT + EXC_GP * 16, gate(K_CS, HANDLER, 0x8e));
	r->c->reg[RCX] = 0x0000800000000000;
	CODE_BYTES(r, "\x48\x0f\x07");
	step(r, 1);
	assert_int_equal(r->c->rip, HANDLER);
	assert_int_equal(r->c->cpl, 0);
}

/* A compatibility-mode program is interrupted although IDT, GDT and TSS lie
 * above 4 GiB, where a kernel has them. */
static void test_compat_high_tables(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	const uint64_t high = 0xffff800040000000; /* its low half is not mapped */

	long_mode(r, 3);
	put64(r, PML4 + 256 * 8, HIGH_PDPT | 7);
	put64(r, HIGH_PDPT + 8, PD | 7);
	put64(r, IDT + 0x80 * 16, gate(K_CS, (uint32_t)high + HANDLER, 0xee));
	put64(r, IDT + 0x80 * 16 + 8, high >> 32);
	put64(r, TSS + 4, high + STACK0);
	put64(r, TSS + 36, high + IST1);
	c->idt.limit = 0xfff;
	c->idt.base += high;
	c->gdt.base += high;
	c->tr.base += high;
	put(r, HANDLER, "\x48\xcf", 2);
	load_seg(r, SEG_CS, U_CS);
	core_reload(r->k);
	CODE_BYTES(r, "\xcd\x80");
	step(r, 2);
	assert_int_equal(c->rip, high + HANDLER);
	assert_int_equal(c->reg[RSP], high + STACK0 - 40);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->seg[SEG_CS].sel, U_CS);
	assert_int_equal(c->reg[RSP], STACK3);
}

static void test_control_checks(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	long_mode(r, 0);
	put64(r, IDT + EXC_GP * 16, gate(K_CS, HANDLER, 0x8e));
	c->reg[RAX] = CR0_PE; /* paging off in 64-bit mode */
	CODE_BYTES(r, "\x0f\x22\xc0");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	c->reg[RAX] = CR4_PAE | 1 << 17; /* PCIDE is not offered */
	CODE_BYTES(r, "\x0f\x22\xe0");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	c->reg[RAX] = CR4_PAE | CR4_PGE | CR4_OSFXSR;
	CODE_BYTES(r, "\x0f\x22\xe0");
	step(r, 1);
	assert_int_equal(c->rip, CODE + 3);
	assert_int_equal(c->cr4, CR4_PAE | CR4_PGE | CR4_OSFXSR);
}

/* Instructions whose handlers hand out the address of a local, in a loop that nothing
 * interrupts: the host's stack must not grow with every turn. */
static void test_loops_leave_no_frames(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 3);
	/* fninit; fld1; again: fst qword [0x18000]; fcomp qword [0x18000]; fld1; jmp again */
	CODE_BYTES(r, "\xdb\xe3\xd9\xe8\xdd\x15\x00\x80\x01\x00\xdc\x1d\x00\x80\x01\x00\xd9\xe8\xeb\xee");
	step(r, 2 + 4 * 1000000);
	assert_int_equal(c->count, 2 + 4 * 1000000);
	assert_int_equal(c->rip, CODE + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_syscall),          TEST(test_long_interrupt),
		TEST(test_sysret_canonical), TEST(test_compat_high_tables),
		TEST(test_control_checks),   TEST(test_loops_leave_no_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
