/* Long loops without a reason to look around: no interrupt, no event, no page
 * left. However they are executed, the host's stack must not grow with them.
 * The instructions are those whose handlers have something to keep in memory. */
#include "tests/guest/lib.h"

static uint8_t area[512] __attribute__((aligned(16)));

/* clang-format off */
#define LOOP(...) \
	do { \
		uint32_t n_ = 400000; \
		__asm__ volatile("fninit; fld1; .balign 64; 1: " __VA_ARGS__ "; decl %0; jnz 1b" \
				 : "+r"(n_) : "r"(area), "b"(SEL_DATA) : "eax", "memory", "cc"); \
		CHECK_EQ(n_, 0); \
	} while (0)
/* clang-format on */

int main(void)
{
	WRITE_CR(0, (READ_CR(0) & ~0x0cu) | 0x22); /* no EM, no TS; MP, NE */
	WRITE_CR(4, READ_CR(4) | 0x200);           /* OSFXSR */
	LOOP("fstl (%1)");
	LOOP("fsts (%1)");
	LOOP("fists (%1)");
	LOOP("fistl (%1)");
	LOOP("fldl (%1); fstpl (%1)");
	LOOP("fildll (%1); fistpll (%1)");
	LOOP("fldt (%1); fstpt (%1)");
	LOOP("faddl (%1); fmuls (%1); fidivl (%1)");
	LOOP("fcoml (%1); ftst");
	LOOP("fbld (%1); fbstp (%1)");
	LOOP("fnstenv (%1); fldenv (%1)");
	LOOP("fnsave (%1); frstor (%1)");
	LOOP("fxsave (%1); fxrstor (%1)");
	LOOP("lar %%ebx, %%eax; lsl %%ebx, %%eax; verr %%bx; verw %%bx");
	return lib_result();
}
