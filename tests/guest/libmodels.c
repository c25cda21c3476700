/* Instructions that the processor models do or do not have; see models.h. */
#include "tests/guest/models.h"

__asm__(".bss\n.balign 16\nmodels_area: .skip 512\n.text");

void cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	__asm__ volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "0"(leaf), "2"(0));
}

bool flag_toggles(uint32_t flag)
{
	uint32_t was = eflags(), now;

	__asm__ volatile("pushl %0; popfl" : : "r"(was ^ flag) : "cc");
	now = eflags();
	__asm__ volatile("pushl %0; popfl" : : "r"(was) : "cc");
	return (was ^ now) & flag;
}

void no_pentium(void)
{
	CHECK_UD("rdtsc");
	CHECK_UD("rdmsr");
	CHECK_UD("wrmsr");
	CHECK_UD("rdpmc");
	CHECK_UD("cmpxchg8b (%edi)");
	CHECK_UD("emms");
	CHECK_UD("paddb %mm0, %mm1");
	CHECK_UD("movd %eax, %mm0");
}

void has_pentium(void)
{
	CHECK_RUNS("rdtsc");
	CHECK_RUNS("movl $0x10, %ecx; rdmsr");
	CHECK_RUNS("cmpxchg8b (%edi)");
	CHECK_RUNS("paddb %mm0, %mm1; movd %eax, %mm0; emms");
	CHECK_EQ(RUN("rdpmc"), VEC_GP);
	CHECK_EQ(RUN("movl $0x12345, %ecx; rdmsr"), VEC_GP);
}

void no_686(void)
{
	CHECK_UD("cmovzl %eax, %ecx");
	CHECK_UD("cmovzl (%edi), %ecx");
	CHECK_UD("fcmove %st(1), %st");
	CHECK_UD("fcomi %st(1), %st");
	CHECK_UD("fucomip %st(1), %st");
	CHECK_UD("nopl (%edi)");
	CHECK_UD("nopw %ax");
	CHECK_UD(".byte 0x0f, 0x18, 0x07"); /* PREFETCHNTA (EDI) */
	CHECK_UD("prefetchw (%edi)");
	CHECK_UD("sysenter");
	CHECK_UD("sysexit");
	CHECK_UD("fxsave (%edi)");
	CHECK_UD("fxrstor (%edi)");
	CHECK_UD("ldmxcsr (%edi)");
	CHECK_UD("stmxcsr (%edi)");
	CHECK_UD("sfence");
	CHECK_UD("mfence");
	CHECK_UD("clflush (%edi)");
	CHECK_UD("movaps %xmm0, %xmm1");
	CHECK_UD("addss %xmm0, %xmm1");
	CHECK_UD("pand %xmm0, %xmm1");
	CHECK_UD("pshufw $0, %mm0, %mm1");
	CHECK_UD("paddq %mm0, %mm1");
	CHECK_UD("movnti %eax, (%edi)");
}

void has_686(void)
{
	CHECK_RUNS("cmovzl %eax, %ecx; nopl (%edi); prefetchnta (%edi)");
	CHECK_RUNS("fninit; fldz; fldz; fcmove %st(1), %st; fcomi %st(1), %st; fninit");
	CHECK_RUNS("fxsave (%edi); fxrstor (%edi); sfence; mfence; lfence; clflush (%edi); movnti %eax, (%edi)");
	/* XMM registers need CR4.OSFXSR, MMX ones and the above do not. */
	CHECK_UD("movaps %xmm0, %xmm1");
	CHECK_UD("ldmxcsr (%edi)");
	CHECK_RUNS("pshufw $0, %mm0, %mm1; paddq %mm0, %mm1; emms");
	WRITE_CR(4, READ_CR(4) | 1 << 9);
	CHECK_RUNS("movaps %xmm0, %xmm1; stmxcsr (%edi); ldmxcsr (%edi); paddd %xmm0, %xmm1");
	WRITE_CR(4, READ_CR(4) & ~(1 << 9));
}

void no_newer(void)
{
	CHECK_UD(".byte 0x0f, 0xc7, 0xf8");                /* RDSEED EAX */
	CHECK_UD(".byte 0x0f, 0x01, 0xd0");                /* XGETBV */
	CHECK_UD(".byte 0x0f, 0x01, 0xc8");                /* MONITOR */
	CHECK_UD(".byte 0x0f, 0x01, 0xc9");                /* MWAIT */
	CHECK_UD(".byte 0x0f, 0x01, 0xca");                /* CLAC */
	CHECK_UD(".byte 0x0f, 0x01, 0xc1");                /* VMCALL */
	CHECK_UD(".byte 0x0f, 0x38, 0xf0, 0x07");          /* MOVBE */
	CHECK_UD(".byte 0xf2, 0x0f, 0x38, 0xf1, 0xc0");    /* CRC32 */
	CHECK_UD(".byte 0x66, 0x0f, 0x3a, 0x63, 0xc0, 0"); /* PCMPISTRI */
	CHECK_UD(".byte 0x66, 0x0f, 0x38, 0x37, 0xc0");    /* PCMPGTQ */
	CHECK_UD(".byte 0xc5, 0xf8, 0x28, 0xc1");          /* VMOVAPS */
	CHECK_UD(".byte 0x0f, 0xae, 0x27");                /* XSAVE */
	CHECK_UD(".byte 0x0f, 0x01, 0xf8");                /* SWAPGS */
	CHECK_UD(".byte 0x0f, 0x05");
	CHECK_UD(".byte 0x0f, 0x07");
	CHECK_UD("rsm");
}

void no_x86_64(void)
{
	CHECK_UD("rdtscp");
	CHECK_UD("rdrand %eax");
	CHECK_UD("popcntl %eax, %ecx");
	CHECK_UD("haddps %xmm0, %xmm1");
	CHECK_UD("pshufb %mm0, %mm1");
	CHECK_UD("fisttpl (%edi)");
	CHECK_UD("prefetchw (%edi)");
	CHECK_UD("pmulld %xmm0, %xmm1");
	no_newer();
}

void common(void)
{
	CHECK_RUNS("bswapl %eax; xaddl %eax, (%edi); cmpxchgl %eax, (%edi); wbinvd; invlpg (%edi)");
	CHECK_RUNS("movl $8, %eax; aam; aad; .byte 0xd6; fninit; rep nop");
	CHECK_UD("ud2");
	CHECK_UD(".byte 0x0f, 0xb9, 0xc0"); /* UD1 */
	CHECK_UD(".byte 0x0f, 0xff, 0xc0"); /* UD0 */
	CHECK_UD(".byte 0x0f, 0x04");
	CHECK_UD(".byte 0x0f, 0x0a");
	CHECK_UD(".byte 0x0f, 0x24, 0xc0");
	CHECK_UD(".byte 0xfe, 0x17");
	CHECK_UD(".byte 0xff, 0x3f");
	CHECK_UD(".byte 0x8f, 0x0f");
	CHECK_UD(".byte 0xc6, 0x0f, 0");
	CHECK_UD(".byte 0xc7, 0x0f, 0, 0, 0, 0");
	CHECK_UD(".byte 0x8e, 0xc8"); /* MOV CS, EAX */
	CHECK_UD(".byte 0x8e, 0xf0");
	CHECK_UD(".byte 0x8c, 0xf0");
	CHECK_UD(".byte 0x8d, 0xc0");       /* LEA of a register */
	CHECK_UD(".byte 0x0f, 0x20, 0xc8"); /* CR1 */
	CHECK_UD(".byte 0x0f, 0x20, 0xe8"); /* CR5 */
	CHECK_UD(".byte 0x0f, 0xc7, 0xc8"); /* CMPXCHG8B of a register */
	CHECK_UD(".byte 0x0f, 0x00, 0xf0");
	CHECK_UD(".byte 0xf0, 0x90");
	CHECK_UD("lock; .byte 0x01, 0xc0");          /* LOCK ADD EAX, EAX */
	CHECK_UD("lock; .byte 0x8b, 0x07");          /* LOCK MOV */
	CHECK_UD("lock; .byte 0x39, 0x07");          /* LOCK CMP */
	CHECK_UD("lock; .byte 0x03, 0x07");          /* LOCK ADD EAX, (EDI) */
	CHECK_UD("lock; .byte 0x0f, 0xba, 0x27, 0"); /* LOCK BT */
	CHECK_RUNS("lock addl %eax, (%edi); lock incl (%edi); lock xchgl %eax, (%edi); lock btsl %eax, (%edi)");
	/* 15 bytes are an instruction, 16 are #GP(0). */
	CHECK_RUNS(".fill 14, 1, 0x66; nop");
	CHECK_EQ(RUN(".fill 15, 1, 0x66; nop"), VEC_GP);
	CHECK_EQ(last_trap.error, 0);
	CHECK_RUNS(".fill 5, 1, 0x3e; .byte 0xc7, 0x05; .long models_here, 0; .section .data; models_here: .long 0; "
		   ".previous");
}
