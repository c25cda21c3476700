/* CPUID, models, MSRs and reset. Expected values are
 * those of the SDM's descriptions, not of the code. */
#include "engine/cpu/cpuid.h"
#include "engine/cpu/decode/feature.h"
#include "engine/cpu/msr.h"
#include "tests/unit/cpu_rig.h"

static void test_cpuid(void **state)
{
	struct rig *r = *state;
	struct cpuid_regs v = cpuid_query(r->c, 0, 0);
	uint32_t vendor[3] = {v.ebx, v.edx, v.ecx};
	unsigned n = 0;

	assert_memory_equal(vendor, "GenuineIntel", 12);
	assert_int_equal(v.eax, 0x16);
	v = cpuid_query(r->c, 1, 0);
	assert_int_equal(v.eax, 0x106ca);
	assert_int_equal(v.edx >> 9 & 1, 1);
	assert_int_equal(v.ecx >> 31, 0); /* no hypervisor */
	r->c->apic_base &= ~APIC_BASE_ENABLE;
	assert_int_equal(cpuid_query(r->c, 1, 0).edx >> 9 & 1, 0);
	assert_int_equal(cpuid_query(r->c, 2, 0).eax & 0xff, 1);
	while (cpuid_query(r->c, 4, n).eax & 31)
		n++;
	assert_int_equal(n, 3);
	v = cpuid_query(r->c, 0x15, 0);
	assert_int_equal((uint64_t)v.ecx * v.ebx / v.eax, 1000000000);
	v = cpuid_query(r->c, 0x40000000, 0); /* as the highest leaf */
	assert_int_equal(v.eax, 1000);
	assert_int_equal(cpuid_query(r->c, 0x80000000, 0).eax, 0x80000008);
	assert_int_equal(cpuid_query(r->c, 0x80000008, 0).eax, 0x3024);
}

static void test_models(void **state)
{
	struct rig *r = *state;
	static const uint32_t needed[] = {[CPU_486] = 1, [CPU_PENTIUM] = 0x800135, [CPU_686] = 0x0789a979};
	enum cpu_model m;

	for (unsigned n = CPU_486; n <= CPU_686; n++) {
		assert_true(cpu_model_from_name(cpu_model_name(n), &m));
		assert_int_equal(m, n);
		r->c->model = (uint8_t)n;
		cpu_reset(r->c);
		assert_int_equal(cpuid_query(r->c, 1, 0).edx & needed[n], needed[n]);
		assert_int_equal(r->c->reg[RDX], cpuid_query(r->c, 1, 0).eax);
		assert_false(cpu_has(r->c, FEAT_LM));
		assert_int_equal(cpuid_query(r->c, 0x80000001, 0).edx >> 29 & 1, 0);
	}
	assert_false(cpu_model_from_name("8086", &m));
}

static void test_reset(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	c->count = 77;
	c->lstar = 5;
	c->mtrr_def = 6;
	cpu_init(c);
	assert_int_equal(c->mtrr_def, 6);
	assert_int_equal(c->cr0, 0x60000010);
	cpu_reset(c);
	assert_int_equal(c->count, 77);
	assert_int_equal(c->lstar, 0);
	assert_int_equal(c->rip, 0xfff0);
	assert_int_equal(c->seg[SEG_CS].base, 0xffff0000);
	assert_int_equal(c->seg[SEG_CS].sel, 0xf000);
	assert_int_equal(flags_get(c), 2);
	assert_int_equal(c->dr[6], 0xffff0ff0);
	assert_int_equal(c->dr[7], 0x400);
	assert_int_equal(c->mxcsr, 0x1f80);
	assert_int_equal(c->idt.limit, 0xffff);
}

static void test_msr(void **state)
{
	struct rig *r = *state;
	struct core *k = r->k;
	uint64_t v;

	assert_false(msr_read(k, 0x12345, &v));
	assert_false(msr_write(k, 0xc0010015, 0));
	assert_true(msr_write(k, 0x10, 1000000));
	assert_int_equal(msr_tsc(k), 1000000);
	assert_true(msr_read(k, 0x3b, &v));
	assert_int_equal(v, 1000000 - r->c->count);
	assert_false(msr_write(k, 0xc0000082, 0x0000800000000000)); /* LSTAR not canonical */
	assert_true(msr_write(k, 0xc0000082, 0xffff800000000000));
	assert_false(msr_write(k, 0xc0000080, 1 << 1));
	assert_true(msr_write(k, 0xc0000080, EFER_LME | EFER_SCE | EFER_LMA));
	assert_int_equal(r->c->efer, EFER_LME | EFER_SCE); /* LMA is not writable */
	assert_false(msr_write(k, 0x277, 0x02));           /* no such memory type */
	assert_false(msr_write(k, 0x200, 1ull << 40));
	assert_true(msr_write(k, 0x20f, 0xfc0000800));
	assert_true(msr_read(k, 0x20f, &v));
	assert_int_equal(v, 0xfc0000800);
	assert_true(msr_write(k, 0x8b, 0));
	assert_true(msr_read(k, 0x401, &v));
	assert_int_equal(v, 0);
	r->c->model = CPU_PENTIUM;
	assert_false(msr_read(k, 0x1b, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cpuid),
		TEST(test_models),
		TEST(test_reset),
		TEST(test_msr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
