/* Long mode (SDM 3A 5.2, 9.8.5, 6.14): entry, 64-bit code, compatibility mode,
 * interrupt stack table, SYSCALL and SYSRET, SWAPGS, canonical addresses,
 * no-execute, single steps over SYSCALL, and back to 32 bits. The number of the failed step is the result. */
	.set CR4_PAE, 1 << 5
	.set EFER, 0xc0000080
	.set STAR, 0xc0000081
	.set LSTAR, 0xc0000082
	.set FMASK, 0xc0000084
	.set GS_BASE, 0xc0000101
	.set KERNEL_GS_BASE, 0xc0000102
	.set SEL_CODE64, 0x38
	.set SEL_UCODE32, 0x43
	.set SEL_UDATA64, 0x4b
	.set SEL_UCODE64, 0x53
	.set SEL_TSS64, 0x58

.macro STEP n
	movl $\n, step(%rip)
.endm
.macro EXPECT_EQ a, b
	cmpq \b, \a
	jne fail64
.endm

	.text
	.globl main
main:
	/* Identity map of 1 GiB in 2 MiB pages, for everybody. */
	movl $pml4, %edi
	movl $pdpt + 7, (%edi)
	movl $pdpt + 7, 0x800(%edi)     /* also at 0xffff800000000000 */
	movl $pdpt, %edi
	movl $pd + 7, (%edi)
	movl $pd, %edi
	movl $0x87, %eax
	movl $512, %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x200000, %eax
	loop 1b
	movl $gdt, %edi
	movl $0x00209a00, SEL_CODE64 + 4(%edi)
	movl $0x0000ffff, 0x40(%edi)    /* user code 32, data, code 64: SYSRET's order */
	movl $0x00cffa00, 0x44(%edi)
	movl $0x0000ffff, 0x48(%edi)
	movl $0x00cff200, 0x4c(%edi)
	movl $0x0020fa00, 0x54(%edi)
	movl $tss64, %eax
	movw $103, SEL_TSS64(%edi)
	movw %ax, SEL_TSS64 + 2(%edi)
	shrl $16, %eax
	movb %al, SEL_TSS64 + 4(%edi)
	movb $0x89, SEL_TSS64 + 5(%edi)
	movb %ah, SEL_TSS64 + 7(%edi)

	movl $1, step
	movl %cr4, %eax
	orl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $pml4, %eax
	movl %eax, %cr3
	movl $EFER, %ecx
	rdmsr
	orl $0x901, %eax                /* NXE, LME, SCE */
	wrmsr
	movl %cr0, %eax
	orl $0x80000000, %eax
	movl %eax, %cr0
	rdmsr
	testl $0x400, %eax              /* LMA */
	jz fail32
	ljmp $SEL_CODE64, $in64
fail32:
	movl step, %eax
	ret

	.code64
fail64:
	cli
	movl step(%rip), %eax
	movw $0xf4, %dx
	outl %eax, %dx
	hlt

in64:
	STEP 2 /* registers and RIP-relative addresses */
	movabsq $0x123456789abcdef0, %r15
	movq %r15, %rax
	movl %eax, %eax                 /* clears the upper half */
	movabsq $0x000000009abcdef0, %rbx
	EXPECT_EQ %rax, %rbx
	leaq stack64_top(%rip), %rsp
	leaq in64(%rip), %rax
	movl $in64, %ebx
	EXPECT_EQ %rax, %rbx

	STEP 3 /* an IDT of 64-bit gates */
	leaq idt64(%rip), %rdi
	leaq stubs64(%rip), %rax
	movl $32, %ecx
1:	movw %ax, (%rdi)
	movw $SEL_CODE64, 2(%rdi)
	movw $0x8e00, 4(%rdi)
	movq %rax, %rbx
	shrq $16, %rbx
	movw %bx, 6(%rdi)
	shrq $16, %rbx
	movl %ebx, 8(%rdi)
	addq $16, %rdi
	addq $16, %rax
	loop 1b
	lidt idt64_pointer(%rip)
	movw $SEL_TSS64, %ax
	ltr %ax

	STEP 4 /* #BP: pushes SS and RSP always, RSP aligned by 16 */
	leaq stack64_top - 3(%rip), %rsp
	int3
after_int3:
	leaq after_int3(%rip), %rbx
	EXPECT_EQ trap_rip(%rip), %rbx
	leaq stack64_top - 3(%rip), %rbx
	EXPECT_EQ trap_rsp(%rip), %rbx
	EXPECT_EQ trap_vector(%rip), $3
	movq trap_frame(%rip), %rax
	addq $56, %rax                  /* seven words below the aligned top */
	testq $15, %rax
	jnz fail64
	leaq stack64_top(%rip), %rsp

	STEP 5 /* not canonical: #GP(0), by the stack #SS(0) */
	movabsq $0x0000800000000000, %rax
	leaq 1f(%rip), %rbx
	movq %rbx, resume(%rip)
	movq (%rax), %rcx
	jmp fail64
1:	EXPECT_EQ trap_vector(%rip), $13
	EXPECT_EQ trap_error(%rip), $0
	leaq 1f(%rip), %rbx
	movq %rbx, resume(%rip)
	movq %rax, %rbp
	movq (%rbp), %rcx
	jmp fail64
1:	EXPECT_EQ trap_vector(%rip), $12

	leaq 1f(%rip), %rbx             /* in part only: #GP too, whatever the page in front is */
	movq %rbx, resume(%rip)
	movabsq $0x00007ffffffffffe, %rax
	movl (%rax), %ecx
	jmp fail64
1:	EXPECT_EQ trap_vector(%rip), $13
	leaq 1f(%rip), %rbx
	movq %rbx, resume(%rip)
	addl $1, (%rax)
	jmp fail64
1:	EXPECT_EQ trap_vector(%rip), $13

	STEP 6 /* high half */
	movabsq $0xffff800000000000, %rax
	leaq step(%rip), %rbx
	movl (%rax,%rbx), %ecx
	cmpl $6, %ecx
	jne fail64

	STEP 7 /* interrupt stack table: stack 1 for #UD, also from a bad stack */
	leaq ist1_top(%rip), %rax
	movq %rax, tss64 + 36(%rip)
	movb $1, idt64 + 6 * 16 + 4(%rip)
	leaq 1f(%rip), %rbx
	movq %rbx, resume(%rip)
	movabsq $0x0000900000000000, %rsp
	ud2
1:	leaq stack64_top(%rip), %rsp
	EXPECT_EQ trap_vector(%rip), $6
	leaq ist1_top(%rip), %rbx
	movq trap_frame(%rip), %rax
	subq %rax, %rbx
	EXPECT_EQ %rbx, $56             /* seven words: error code and vector are the stub's */
	movabsq $0x0000900000000000, %rbx
	EXPECT_EQ trap_rsp(%rip), %rbx

	STEP 8 /* SYSCALL from ring 3, SYSRET back, to 64 and 32 bits */
	leaq rsp0_top(%rip), %rax
	movq %rax, tss64 + 4(%rip)
	movl $STAR, %ecx
	xorl %eax, %eax
	movl $((SEL_UCODE32) << 16) | SEL_CODE64, %edx
	wrmsr
	movl $LSTAR, %ecx
	leaq syscall_entry(%rip), %rax
	xorl %edx, %edx
	wrmsr
	movl $FMASK, %ecx
	movl $0x400, %eax               /* DF */
	wrmsr
	movl $GS_BASE, %ecx
	movl $0x1000, %eax
	wrmsr
	movl $KERNEL_GS_BASE, %ecx
	movl $0x2000, %eax
	wrmsr
	pushq $SEL_UDATA64
	leaq user64_top(%rip), %rax
	pushq %rax
	pushq $0x402                    /* DF set */
	pushq $SEL_UCODE64
	leaq user64(%rip), %rax
	pushq %rax
	iretq

user64:
	movl $SEL_UDATA64, %eax         /* IRETQ emptied the kernel's; 32-bit code needs it */
	movl %eax, %ds
	movl $0x77777777, %r12d
	syscall
after_syscall:
	cmpl $0x88888888, %r13d
	jne user_fail
	pushfq
	popq %rax
	testl $0x400, %eax              /* RFLAGS came back from R11 */
	jz user_fail
	movw %ss, %ax
	cmpw $SEL_UDATA64, %ax
	jne user_fail
	movl $2, %r12d
	syscall
user_fail:
	ud2

syscall_entry:
	pushfq                          /* RSP is still the user's */
	popq %rax
	testl $0x400, %eax
	jnz fail64
	testl $0x400, %r11d
	jz fail64
	cmpl $2, %r12d
	je second_call
	leaq after_syscall(%rip), %rbx
	EXPECT_EQ %rcx, %rbx
	STEP 9 /* SWAPGS */
	swapgs
	movl $GS_BASE, %ecx
	rdmsr
	cmpl $0x2000, %eax
	jne fail64
	swapgs
	STEP 10
	movl $0x88888888, %r13d
	leaq after_syscall(%rip), %rcx
	sysretq
second_call:
	STEP 11 /* to compatibility mode: SYSRET without REX.W */
	leaq compat(%rip), %rcx
	leaq 1f(%rip), %rbx
	movq %rbx, resume(%rip)
	movl $0x202, %r11d
	cli
	sysretl
1:	/* here by the #GP of its HLT, on the stack of ring 0 */
	EXPECT_EQ trap_vector(%rip), $13
	EXPECT_EQ trap_cs(%rip), $SEL_UCODE32
	cmpl $0x101, compat_result(%rip) /* 0x40: INC EAX there, a REX prefix in 64-bit mode */
	jne fail64

	STEP 15 /* single-step over SYSCALL: FMASK keeps the kernel from TF, SYSRET brings it back */
	movl $LSTAR, %ecx
	leaq syscall_step(%rip), %rax
	xorl %edx, %edx
	wrmsr
	movl $FMASK, %ecx
	movl $0x100, %eax
	wrmsr
	pushq $SEL_UDATA64
	leaq user64_top(%rip), %rax
	pushq %rax
	pushq $2
	pushq $SEL_UCODE64
	leaq user64_step(%rip), %rax
	pushq %rax
	iretq
user64_step:
	xorl %r12d, %r12d
	pushfq
	orl $0x100, (%rsp)
	popfq
	nop                             /* 1 */
	syscall                         /* no trap but behind its SYSRET, 2 */
after_step:
	pushfq                          /* 3 */
	andl $~0x100, (%rsp)            /* 4 */
	popfq                           /* 5 */
	movl $1, %r12d
	syscall
syscall_step:
	testl %r12d, %r12d
	jnz 1f
	nop
	sysretq
1:	leaq stack64_top(%rip), %rsp
	EXPECT_EQ db_count(%rip), $5
	leaq after_step(%rip), %rbx
	EXPECT_EQ db_rips + 16(%rip), %rbx

	STEP 12 /* no-execute */
	movl $0x80000000, %eax
	leaq pd(%rip), %rbx
	movl %eax, 255 * 8 + 4(%rbx)    /* 0x1fe00000..: NX */
	leaq 1f(%rip), %rax
	movq %rax, resume(%rip)
	movl $0x1fe00000, %eax
	jmp *%rax
1:	EXPECT_EQ trap_vector(%rip), $14
	EXPECT_EQ trap_error(%rip), $0x11
	movq %cr2, %rax
	EXPECT_EQ %rax, $0x1fe00000

	STEP 13 /* 64-bit arithmetic that wraps, and addresses with 67h */
	movq $-1, %rax
	mulq %rax
	EXPECT_EQ %rdx, $-2
	EXPECT_EQ %rax, $1
	movq $-8, %rax
	cqo
	movq $3, %rcx
	idivq %rcx
	EXPECT_EQ %rax, $-2
	EXPECT_EQ %rdx, $-2
	movabsq $0x100000000, %rax
	leaq step(%rip), %rbx
	addq %rbx, %rax
	movl (%eax), %ecx               /* only the lower half counts */
	cmpl $13, %ecx
	jne fail64
	leaq pair(%rip), %rsi
	movq $1, %rax
	movq $2, %rdx
	movq $3, %rbx
	movq $4, %rcx
	lock cmpxchg16b (%rsi)
	jnz fail64
	EXPECT_EQ pair(%rip), $3
	EXPECT_EQ pair + 8(%rip), $4

	STEP 14 /* CR0.PG off needs compatibility mode; then EFER.LMA is gone */
	ljmpl *leave_pointer(%rip)

	.code32
leave:
	movl $0x10, %eax
	movl %eax, %ss
	movl %eax, %ds
	movl %cr0, %eax
	andl $0x7fffffff, %eax
	movl %eax, %cr0
	movl $EFER, %ecx
	rdmsr
	testl $0x400, %eax
	jnz fail32exit
	testl $0x100, %eax
	jz fail32exit
	xorl %eax, %eax
	movl $0xf4, %edx
	outl %eax, %dx
fail32exit:
	movl step, %eax
	movl $0xf4, %edx
	outl %eax, %dx
	hlt

compat:
	movl $0x100, %eax
	.byte 0x40                      /* inc %eax */
	movl %eax, compat_result
	hlt

	.code64
	/* A stub a vector: error code or 0, then the vector. */
	.balign 16
stubs64:
	.set vector, 0
	.rept 32
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
	pushq $0
	.endif
	pushq $vector
	jmp trap64
	.set vector, vector + 1
	.endr

/* Notes what is on the stack; goes on at resume, in ring 0, if that is set. */
trap64:
	pushq %rax
	leaq 8(%rsp), %rax
	movq %rax, trap_frame(%rip)
	movq 8(%rsp), %rax
	movq %rax, trap_vector(%rip)
	movq 16(%rsp), %rax
	movq %rax, trap_error(%rip)
	movq 24(%rsp), %rax
	movq %rax, trap_rip(%rip)
	movq 32(%rsp), %rax
	movq %rax, trap_cs(%rip)
	movq 48(%rsp), %rax
	movq %rax, trap_rsp(%rip)
	popq %rax
	addq $16, %rsp
	cmpq $0, resume(%rip)
	je 1f
	pushq resume(%rip)
	movq $0, resume(%rip)
	ret
1:	cmpq $1, trap_vector(%rip)
	je 2f
	cmpq $3, trap_vector(%rip)
	jne fail64
	iretq
2:	pushq %rax                      /* #DB: count, and note where */
	pushq %rbx
	incq db_count(%rip)
	movq db_count(%rip), %rax
	andl $15, %eax
	leaq db_rips(%rip), %rbx
	leaq (%rbx,%rax,8), %rbx
	movq trap_rip(%rip), %rax
	movq %rax, (%rbx)
	popq %rbx
	popq %rax
	iretq

	.data
	.balign 16
pair:	.quad 1, 2
step:	.long 0
compat_result: .long 0
leave_pointer:
	.long leave
	.word 0x08
idt64_pointer:
	.word 32 * 16 - 1
	.long idt64, 0

	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
pd:	.skip 4096
idt64:	.skip 512
tss64:	.skip 128
trap_vector: .skip 8
trap_error: .skip 8
trap_rip: .skip 8
trap_cs: .skip 8
trap_rsp: .skip 8
trap_frame: .skip 8
resume:	.skip 8
db_count: .skip 8
db_rips: .skip 128
	.balign 16
	.skip 1024
stack64_top:
	.skip 1024
ist1_top:
	.skip 1024
rsp0_top:
	.skip 1024
user64_top:
	.section .note.GNU-stack, "", @progbits
