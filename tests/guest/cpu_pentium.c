/* run: --cpu pentium */
/* A Pentium with MMX: TSC, MSRs, CMPXCHG8B, 4 MiB pages; none of the P6. */
#include "tests/guest/models.h"

int main(void)
{
	uint32_t eax, ebx, ecx, edx;

	CHECK(flag_toggles(1u << 18) && flag_toggles(1u << 21));
	cpuid(1, &eax, &ebx, &ecx, &edx);
	CHECK_EQ(eax >> 8 & 15, 5);
	CHECK_EQ(edx, 0x80013d & ~(1u << 7)); /* FPU DE PSE TSC MSR CX8 MMX */
	CHECK_EQ(ecx, 0);
	no_686();
	no_x86_64();
	has_pentium();
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1 << 5)); /* PAE */
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1 << 7)); /* PGE */
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1));      /* VME */
	CHECK_EQ(TRAP_OF(WRITE_CR(4, 1 << 2 | 1 << 3 | 1 << 4)), NO_TRAP);
	WRITE_CR(4, 0);
	common();
	return lib_result();
}
