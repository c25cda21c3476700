/* Real, protected and virtual-8086 mode: transfers between levels, modes and
 * tasks, each set up in memory as an operating system would. Expected values are
 * those of the SDM's descriptions, not of the code. */
#include "engine/cpu/debug.h"
#include "tests/unit/cpu_rig.h"

/* ---- real mode ---- */

static void real_code(struct rig *r, const char *bytes, size_t size)
{
	put(r, CODE, bytes, size);
	seg_load_real(r->c, SEG_CS, CODE >> 4);
	r->c->rip = 0;
	r->c->reg[RSP] = 0x1000;
	core_reload(r->k);
}

static void test_real_int(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	uint32_t vector = 0x2000 << 16 | 0x0034;

	put(r, 0x21 * 4, &vector, 4);
	put(r, 0x20034, "\xcf", 1);          /* iret */
	real_code(r, "\xfb\xcd\x21\xf4", 4); /* sti; int 21h; hlt */
	step(r, 1);
	assert_true(c->attn & ATTN_SHADOW);
	step(r, 2);
	assert_int_equal(c->seg[SEG_CS].sel, 0x2000);
	assert_int_equal(c->rip, 0x34);
	assert_int_equal(c->reg[RSP], 0xffa);
	assert_int_equal(get(r, 0xffa, 2), 3);
	assert_int_equal(get(r, 0xffc, 2), CODE >> 4);
	assert_int_equal(get(r, 0xffe, 2), 0x202);
	assert_false(c->eflags & FL_IF);
	step(r, 2);
	assert_int_equal(c->rip, 4);
	assert_int_equal(flags_get(c), 0x202);
	assert_true(c->attn & ATTN_HALT);
	assert_int_equal(c->reg[RSP], 0x1000);
}

static void test_triple_fault(void **state)
{
	struct rig *r = *state;

	real_code(r, "\xcc", 1);
	r->c->idt.limit = 3;
	step(r, 10);
	assert_true(r->c->attn & ATTN_SHUTDOWN);
}

/* Real mode keeps a 4 GiB limit loaded in protected mode. */
static void test_unreal(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	real_code(r, "\x8e\xd8", 2); /* mov ds, ax */
	c->seg[SEG_DS].limit = 0xffffffff;
	c->reg[RAX] = 0x1234;
	step(r, 1);
	assert_int_equal(c->seg[SEG_DS].base, 0x12340);
	assert_int_equal(c->seg[SEG_DS].limit, 0xffffffff);
}

/* ---- protected mode ---- */

static void test_inner_interrupt(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 3);
	c->eflags |= FL_IF;
	put64(r, IDT + 0x80 * 8, gate(K_CS, HANDLER, 0xee)); /* interrupt gate, DPL 3 */
	put(r, HANDLER, "\xcf", 1);
	CODE_BYTES(r, "\xcd\x80\x90");
	step(r, 2);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->cpl, 0);
	assert_int_equal(c->seg[SEG_SS].sel, K_DS);
	assert_int_equal(c->reg[RSP], STACK0 - 20);
	assert_int_equal(get(r, STACK0 - 4, 4), U_DS);
	assert_int_equal(get(r, STACK0 - 8, 4), STACK3);
	assert_int_equal(get(r, STACK0 - 12, 4), 0x202);
	assert_int_equal(get(r, STACK0 - 16, 4), U_CS);
	assert_int_equal(get(r, STACK0 - 20, 4), CODE + 2);
	/* Back out: a ring 0 data segment does not survive, nor the RPL of a null
	 * selector (seen on the host, too, when an interrupt comes in). */
	load_seg(r, SEG_ES, K_DS);
	c->seg[SEG_GS] = (struct cpu_seg){.sel = 3};
	core_reload(r->k);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->cpl, 3);
	assert_int_equal(c->reg[RSP], STACK3);
	assert_int_equal(c->seg[SEG_ES].sel, 0);
	assert_int_equal(c->seg[SEG_GS].sel, 0);
	assert_int_equal(c->seg[SEG_DS].sel, U_DS);
	assert_int_equal(flags_get(c), 0x202);
}

/* A gate of DPL 0 cannot be called from ring 3: #GP(vector * 8 + 2), pushed
 * with RF set and the address of the INT itself. */
static void test_gate_privilege(void **state)
{
	struct rig *r = *state;

	protected_mode(r, 3);
	put64(r, IDT + 0x40 * 8, gate(K_CS, HANDLER, 0x8e));
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x8f));
	CODE_BYTES(r, "\xcd\x40");
	step(r, 1);
	assert_int_equal(r->c->rip, HANDLER);
	assert_int_equal(get(r, STACK0 - 24, 4), 0x40 * 8 + 2);
	assert_int_equal(get(r, STACK0 - 20, 4), CODE);
	assert_int_equal(get(r, STACK0 - 12, 4), 0x10002);
}

static void test_double_fault(void **state)
{
	struct rig *r = *state;

	protected_mode(r, 0);
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x0f)); /* not present */
	put64(r, IDT + EXC_DF * 8, gate(K_CS, HANDLER + 8, 0x8f));
	CODE_BYTES(r, "\xb8\xf8\xff\x00\x00\x8e\xd8"); /* mov eax, 0xfff8; mov ds, ax */
	step(r, 2);
	assert_int_equal(r->c->rip, HANDLER + 8);
	assert_int_equal(get(r, r->c->reg[RSP], 4), 0);
	assert_int_equal(get(r, r->c->reg[RSP] + 4, 4), CODE + 5);
	assert_int_equal(r->k->delivering, -1);
}

/* Two parameters travel through a call gate; RETF 8 takes them off both stacks. */
static void test_call_gate(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 3);
	put64(r, GDT + GATE_SEL, gate(K_CS, HANDLER, 0xec) | 2ull << 32);
	put(r, HANDLER, "\xca\x08\x00", 3);
	put64(r, STACK3, 0x2222222211111111);
	CODE_BYTES(r, "\x9a\x00\x00\x00\x00\x43\x00");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->cpl, 0);
	assert_int_equal(c->reg[RSP], STACK0 - 24);
	assert_int_equal(get(r, STACK0 - 16, 8), 0x2222222211111111);
	assert_int_equal(get(r, STACK0 - 24, 4), CODE + 7);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 7);
	assert_int_equal(c->reg[RSP], STACK3 + 8);
	assert_int_equal(c->cpl, 3);
}

static void test_task_switch(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	uint32_t v;

	protected_mode(r, 0);
	v = HANDLER, put(r, TSS_B + 0x20, &v, 4);
	v = 2, put(r, TSS_B + 0x24, &v, 4);
	v = 0xabcd, put(r, TSS_B + 0x28, &v, 4); /* EAX */
	v = STACK3, put(r, TSS_B + 0x38, &v, 4);
	for (unsigned n = 0; n < 6; n++) {
		v = n == SEG_CS ? K_CS : K_DS;
		put(r, TSS_B + 0x48 + 4 * n, &v, 4);
	}
	put(r, HANDLER, "\xcf", 1);
	CODE_BYTES(r, "\x9a\x00\x00\x00\x00\x38\x00\x90"); /* call far TSS_B */
	c->reg[RBX] = 0x1234;
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->reg[RAX], 0xabcd);
	assert_int_equal(c->tr.sel, TSS_B_SEL);
	assert_true(c->eflags & FL_NT);
	assert_true(c->cr0 & CR0_TS);
	assert_int_equal(get(r, TSS_B, 2), TSS_SEL);
	assert_int_equal(get(r, TSS + 0x20, 4), CODE + 7);
	assert_int_equal(get(r, TSS + 0x34, 4), 0x1234);
	assert_int_equal(get(r, GDT + TSS_SEL + 5, 1), 0x8b);
	assert_int_equal(get(r, GDT + TSS_B_SEL + 5, 1), 0x8b);
	step(r, 1); /* iret to the outer task */
	assert_int_equal(c->rip, CODE + 7);
	assert_int_equal(c->reg[RBX], 0x1234);
	assert_int_equal(c->tr.sel, TSS_SEL);
	assert_false(c->eflags & FL_NT);
	assert_int_equal(get(r, GDT + TSS_B_SEL + 5, 1), 0x89);
}

static void test_v86(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	static const uint32_t frame[] = {4, 0x1000, 0x23202, 0x800, 0x2000, 0x3000, 0x3100, 0x3200, 0x3300};

	protected_mode(r, 0);
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x8e));
	put(r, STACK0 - 0x100, frame, sizeof(frame));
	put(r, 0x10004, "\xfa\xfb\xcd\x21", 4);
	CODE_BYTES(r, "\xcf"); /* iret; the v86 code follows at 1000:0004 */
	step(r, 1);
	assert_true(cpu_v86(c));
	assert_int_equal(c->cpl, 3);
	assert_int_equal(c->seg[SEG_GS].base, 0x33000);
	step(r, 1); /* cli, IOPL 3: allowed */
	assert_false(c->eflags & FL_IF);
	c->eflags &= ~(uint32_t)FL_IOPL;
	step(r, 1); /* sti: #GP(0) */
	assert_int_equal(c->rip, HANDLER);
	assert_false(cpu_v86(c));
	assert_int_equal(c->reg[RSP], STACK0 - 40);
	assert_int_equal(get(r, STACK0 - 4, 4), 0x3300);
	assert_int_equal(get(r, STACK0 - 16, 4), 0x3000);
	assert_int_equal(get(r, STACK0 - 20, 4), 0x2000);
	assert_int_equal(get(r, STACK0 - 36, 4), 5);
	assert_int_equal(c->seg[SEG_DS].sel, 0);
}

static void test_io_bitmap(void **state)
{
	struct rig *r = *state;

	protected_mode(r, 3);
	r->c->tr.limit = 0x100;
	put(r, TSS + 0x66, "\x68\x00", 2);
	put(r, TSS + 0x68 + 0x80 / 8, "\x02", 1); /* port 0x81 denied */
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x8e));
	CODE_BYTES(r, "\xe6\x80\x66\xe7\x80"); /* out 0x80, al; out 0x80, ax */
	r->c->reg[RAX] = 0x155;
	step(r, 1);
	assert_int_equal(r->outs, 1);
	assert_int_equal(r->value, 0x55);
	step(r, 1);
	assert_int_equal(r->outs, 1);
	assert_int_equal(r->c->rip, HANDLER);
}

static void test_breakpoint(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 0);
	put64(r, IDT + EXC_DB * 8, gate(K_CS, HANDLER, 0x8e));
	CODE_BYTES(r, "\x0f\x23\xc0\x0f\x23\xfb\x90\xf4"); /* mov dr0, eax; mov dr7, ebx; nop; hlt */
	c->reg[RAX] = CODE + 6;
	c->reg[RBX] = 2;
	step(r, 2);
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->dr[6] & DR6_B, 1);
	assert_int_equal(c->dr[7], 0x402);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_real_int),        TEST(test_triple_fault),   TEST(test_unreal),
		TEST(test_inner_interrupt), TEST(test_gate_privilege), TEST(test_double_fault),
		TEST(test_call_gate),       TEST(test_task_switch),    TEST(test_v86),
		TEST(test_io_bitmap),       TEST(test_breakpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
