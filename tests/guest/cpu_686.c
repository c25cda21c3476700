/* run: --cpu 686 */
/* A P6 with SSE2, without 64-bit mode and what came with it. */
#include "tests/guest/models.h"

int main(void)
{
	uint32_t eax, ebx, ecx, edx;

	cpuid(1, &eax, &ebx, &ecx, &edx);
	CHECK_EQ(eax >> 8 & 15, 6);
	CHECK_EQ(edx & 1u << 17, 0); /* PSE-36 */
	CHECK_EQ(ecx, 0);
	cpuid(0x80000000, &eax, &ebx, &ecx, &edx);
	CHECK_EQ(eax, 0x80000004);
	cpuid(0x80000001, &eax, &ebx, &ecx, &edx);
	CHECK_EQ(edx, 0);
	has_pentium();
	has_686();
	no_x86_64();
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1)); /* VME */
	CHECK_TRAP(VEC_GP, 0, WRITE_CR(4, 1 << 18));
	CHECK_TRAP(VEC_GP, 0, (void)rdmsr(0xc0000080));
	/* Without PSE-36 the address bits of it are reserved. */
	WRITE_CR(4, 1 << 4);
	{
		uint32_t *pd = page_alloc();

		for (unsigned n = 0; n < 8; n++)
			pd[n] = n << 22 | 0x83;
		pd[0x200] = 1 << 13 | 0x83;
		WRITE_CR(3, pd);
		WRITE_CR(0, READ_CR(0) | 0x80000000);
		CHECK_TRAP(VEC_PF, 9, (void)*(volatile uint32_t *)0x80000000);
		WRITE_CR(0, READ_CR(0) & ~0x80000000);
	}
	common();
	return lib_result();
}
