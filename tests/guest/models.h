/* What the processor models offer, for cpu_*.c: an instruction that CPUID does
 * not announce raises #UD, one that it does runs. */
#ifndef LANYARD_TESTS_GUEST_MODELS_H
#define LANYARD_TESTS_GUEST_MODELS_H

#include "tests/guest/lib.h"

void cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d);

bool flag_toggles(uint32_t flag);

/* With operands that would do: EDI leads to memory, EAX to EDX are 0. */
#define RUN(text) \
	TRAP_OF(__asm__ volatile("pushal; movl $models_area, %edi; xorl %eax, %eax; xorl %ebx, %ebx; xorl %ecx, %ecx;" \
				 "xorl %edx, %edx;" text "; popal"))
#define CHECK_UD(text) \
	do { \
		CHECK_EQ(RUN(text), VEC_UD); \
		__asm__ volatile("clts"); \
	} while (0)
#define CHECK_RUNS(text) CHECK_EQ(RUN(text), NO_TRAP)

void no_pentium(void);
void has_pentium(void);
void no_686(void);
void has_686(void);

/* Also in 32-bit code of the 64-bit model. */
void no_newer(void);
void no_x86_64(void);

/* What all have, and what none has. */
void common(void);

#endif
