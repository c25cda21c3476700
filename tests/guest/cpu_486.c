/* run: --cpu 486 */
/* What a 486 has and has not: later instructions raise #UD, CR4 has no bits, but
 * AC, ID and CPUID are there as on the last of them. */
#include "tests/guest/models.h"

int main(void)
{
	uint32_t eax, ebx, ecx, edx;

	CHECK(flag_toggles(1u << 18) && flag_toggles(1u << 21));
	cpuid(0, &eax, &ebx, &ecx, &edx);
	CHECK_EQ(eax, 1);
	cpuid(1, &eax, &ebx, &ecx, &edx);
	CHECK_EQ(eax >> 8 & 15, 4);
	CHECK_EQ(edx, 1); /* FPU */
	CHECK_EQ(ecx, 0);
	no_686();
	no_pentium();
	no_x86_64();
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1 << 4));
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1 << 3));
	common();
	return lib_result();
}
