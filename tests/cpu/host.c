/* The host side: enters and leaves the instruction under test, catches what
 * it raises. The context and the exits lie at fixed addresses below 4 GiB, so
 * that 32- and 16-bit code reaches the exits by a far jump and 64-bit code
 * reaches the context without a register. */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "tests/cpu/oracle.h"

struct context {                             /* its layout is known to the assembly text below */
	uint64_t reg[16];                    /* 000 in and out */
	uint64_t flags;                      /* 080 in and out */
	uint64_t host_sp;                    /* 088 */
	uint64_t host_fs;                    /* 090 */
	uint64_t fs, gs;                     /* 098, 0a0: bases, 64-bit mode */
	uint64_t rip;                        /* 0a8: 64-bit entry */
	uint32_t far_rip;                    /* 0b0: far entry */
	uint16_t far_cs;                     /* 0b4 */
	uint16_t ss, ds, es, fs_sel, gs_sel; /* 0b6 0b8 0ba 0bc 0be */
	uint32_t landing;                    /* 0c0 */
	uint32_t fp;                         /* 0c4 */
	int32_t vector;                      /* 0c8 */
	uint32_t error;                      /* 0cc */
	uint64_t cr2;                        /* 0d0 */
	uint64_t fault_rip;                  /* 0d8 */
	uint64_t common;                     /* 0e0: address of oracle_exit_common */
	uint16_t sel[CPU_SEGS];              /* 0e8: out */
	uint8_t pad[0xc];
	uint8_t fx[FX_SIZE]; /* 100 */
};
_Static_assert(offsetof(struct context, landing) == 0xc0, "assembly below");
_Static_assert(offsetof(struct context, fx) == 0x100, "assembly below");

#define CTX ((volatile struct context *)ORACLE_HOST)
#define CTX_ALL ((struct context *)ORACLE_HOST)
#define EXITS (ORACLE_HOST + 0x1000)
#define EXIT_STRIDE 64u

void oracle_enter64(void);
void oracle_enter_far(void);
extern char oracle_exit_fault[], oracle_exits[], oracle_exits_end[];

__asm__(".set C, 0x30000000\n"
	".macro ORACLE_REGS op\n"
	"	\\op 0x00, rax\n \\op 0x08, rcx\n \\op 0x10, rdx\n \\op 0x18, rbx\n"
	"	\\op 0x28, rbp\n \\op 0x30, rsi\n \\op 0x38, rdi\n \\op 0x40, r8\n"
	"	\\op 0x48, r9\n \\op 0x50, r10\n \\op 0x58, r11\n \\op 0x60, r12\n"
	"	\\op 0x68, r13\n \\op 0x70, r14\n \\op 0x78, r15\n"
	".endm\n"
	".macro ORACLE_LOAD off, r\n	mov C+\\off, %\\r\n.endm\n"
	".macro ORACLE_SAVE off, r\n	mov %\\r, C+\\off\n.endm\n"
	".macro ORACLE_PROLOGUE\n"
	"	push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
	"	mov %rsp, C+0x88\n"
	"	testl $1, C+0xc4\n	jz 1f\n	fxrstor64 C+0x100\n1:\n"
	".endm\n"
	".macro ORACLE_FLAGS_REGS\n"
	"	push C+0x80\n	popfq\n"
	"	ORACLE_REGS ORACLE_LOAD\n"
	"	mov C+0x20, %rsp\n"
	".endm\n"
	/* Back to the state of C code, whatever the instruction did. */
	".macro ORACLE_EPILOGUE\n"
	"	mov C+0x90, %rax\n"
	"	mov $0x2b, %ecx\n	mov %ecx, %ss\n"
	"	xor %ecx, %ecx\n	mov %ecx, %ds\n	mov %ecx, %es\n	mov %ecx, %fs\n	mov %ecx, %gs\n"
	"	wrfsbase %rax\n"
	"	fninit\n	ldmxcsr oracle_mxcsr(%rip)\n"
	"	pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
	"	ret\n"
	".endm\n"
	".text\n"
	"oracle_mxcsr: .long 0x1f80\n"
	".globl oracle_enter64\n"
	"oracle_enter64:\n"
	"	ORACLE_PROLOGUE\n"
	"	mov C+0x98, %rax\n	wrfsbase %rax\n"
	"	mov C+0xa0, %rax\n	wrgsbase %rax\n"
	"	ORACLE_FLAGS_REGS\n"
	"	jmp *C+0xa8\n"
	".globl oracle_enter_far\n"
	"oracle_enter_far:\n"
	"	ORACLE_PROLOGUE\n"
	"	movw C+0xb8, %ds\n	movw C+0xba, %es\n	movw C+0xbc, %fs\n	movw C+0xbe, %gs\n"
	"	push C+0x80\n	popfq\n"
	"	ORACLE_REGS ORACLE_LOAD\n"
	"	movw C+0xb6, %ss\n"
	"	mov C+0x20, %rsp\n"
	"	ljmpl *C+0xb0\n"
	".globl oracle_exit_common, oracle_exit_fault\n"
	"oracle_exit_common:\n"
	"	ORACLE_REGS ORACLE_SAVE\n"
	"	movw %es, C+0xe8\n	movw %ss, C+0xec\n	movw %ds, C+0xee\n	movw %fs, C+0xf0\n	movw "
	"%gs, C+0xf2\n"
	"	mov %rsp, C+0x20\n"
	"	mov C+0x88, %rsp\n"
	"	pushfq\n	popq C+0x80\n"
	"	pushq $0x202\n	popfq\n"
	"	testl $1, C+0xc4\n	jz 1f\n	fxsave64 C+0x100\n1:\n"
	"	ORACLE_EPILOGUE\n"
	"oracle_exit_fault:\n"
	"	ORACLE_EPILOGUE\n"
	/* Copied to fixed addresses: one exit for each landing. */
	".balign 64\n"
	".globl oracle_exits, oracle_exits_end\n"
	"oracle_exits:\n"
	"	movl $0, C+0xc0\n	jmp *C+0xe0\n	.balign 64\n"
	"	movl $1, C+0xc0\n	jmp *C+0xe0\n	.balign 64\n"
	"	movl $2, C+0xc0\n	jmp *C+0xe0\n	.balign 64\n"
	"oracle_exits_end:\n");
void oracle_exit_common(void);

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

/* Runs with the segment registers and FS base of the test: no thread-local
 * storage before they are put right. */
__attribute__((no_stack_protector)) static void on_signal(int sig, siginfo_t *info, void *arg)
{
	static const uint8_t order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
					  REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
	ucontext_t *uc = arg;
	greg_t *g = uc->uc_mcontext.gregs;

	(void)sig, (void)info;
	__asm__ volatile("wrfsbase %0" : : "r"(CTX->host_fs));
	if (!CTX->host_sp) { /* not ours: the oracle itself is broken */
		static const char text[] = "oracle: a signal outside the test\n";

		(void)!write(2, text, sizeof(text) - 1);
		_exit(3);
	}
	for (unsigned n = 0; n < 16; n++)
		CTX->reg[n] = (uint64_t)g[order[n]];
	CTX->flags = (uint64_t)g[REG_EFL];
	CTX->vector = (int32_t)g[REG_TRAPNO];
	CTX->error = (uint32_t)g[REG_ERR];
	CTX->cr2 = (uint64_t)g[REG_CR2];
	CTX->fault_rip = (uint64_t)g[REG_RIP];
	if (CTX->fp && uc->uc_mcontext.fpregs)
		memcpy(CTX_ALL->fx, uc->uc_mcontext.fpregs, FX_SIZE);
	g[REG_RIP] = (greg_t)(uintptr_t)oracle_exit_fault;
	g[REG_RSP] = (greg_t)CTX->host_sp;
	g[REG_EFL] = 0x202;
	g[REG_CSGSFS] = (greg_t)0x002b000000000033; /* SS, FS, GS, CS */
}

/* ---- setting up ---- */

static bool map_at(uint64_t at, size_t size, int prot, int fd, off_t offset)
{
	int flags = MAP_FIXED_NOREPLACE | MAP_POPULATE | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);

	return mmap((void *)at, size, prot, flags, fd, offset) == (void *)at;
}

static bool map_all(void)
{
	int fd = memfd_create("oracle", 0);
	bool ok = fd >= 0 && ftruncate(fd, ORACLE_BACK_SIZE) == 0;

	ok = ok && map_at(ORACLE_HOST, ORACLE_HOST_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, -1, 0);
	ok = ok && map_at(ORACLE_CODE, ORACLE_CODE_PAGES * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, -1, 0);
	ok = ok && map_at(ORACLE_CODE + ORACLE_ALIAS, ORACLE_BACK_SIZE, PROT_READ | PROT_WRITE, fd, 0);
	for (uint64_t n = 0; n < ORACLE_DATA_SIZE; n += ORACLE_BACK_SIZE)
		ok = ok && map_at(ORACLE_DATA + n, ORACLE_BACK_SIZE, PROT_READ | PROT_WRITE, fd, 0);
	ok = ok && map_at(ORACLE_DATA + ORACLE_DATA_SIZE, 4096, PROT_READ, fd, 0);
	if (ok) /* the zero page behind a read-only mapping must be there at the first access */
		(void)*(volatile uint8_t *)(ORACLE_DATA + ORACLE_DATA_SIZE);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool set_ldt(void)
{
	for (unsigned n = 0; n < ORACLE_LDT; n++) {
		const struct ldt_entry *e = &ldt_table[n];
		struct user_desc d = {
			.entry_number = n,
			.base_addr = e->base,
			.limit = e->limit,
			.seg_32bit = e->big,
			.contents = e->type >> 2,
			.read_exec_only = !(e->type & 2),
			.limit_in_pages = e->pages,
			.seg_not_present = !e->present,
			.useable = 0,
		};

		if (syscall(SYS_modify_ldt, 0x11, &d, sizeof(d)) != 0)
			return false;
	}
	return true;
}

static bool set_signals(void)
{
	static uint8_t stack[65536];
	stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	bool ok = sigaltstack(&ss, NULL) == 0;

	for (unsigned n = 0; n < ARRAY_LEN(signals); n++)
		ok = ok && sigaction(signals[n], &sa, NULL) == 0;
	return ok;
}

/* Some kernels (guests of a hypervisor without hardware support) take the
 * table and never load it. */
static bool ldt_works(void)
{
	uint32_t access;
	uint8_t zf;

	if (!set_ldt())
		return false;
	__asm__ volatile("lar %2, %0\n\tsetz %1" : "=r"(access), "=q"(zf) : "r"((uint32_t)LDT_SEL(0)) : "cc");
	return zf;
}

/* FXSAVE of a processor may leave the pointers out unless an exception is
 * pending (AMD APM volume 2, 11.4.4). */
static bool saves_pointers(void)
{
	static _Alignas(16) uint8_t fx[FX_SIZE];

	__asm__ volatile("fninit\n\tfldz\n\tfxsave64 %0\n\tfninit" : "=m"(fx));
	return get_le64(fx + 8) != 0;
}

const char *host_open(struct host_traits *traits)
{
	uint64_t fs;

	if (!map_all())
		return "cannot map the fixed addresses";
	*traits = (struct host_traits){
		.segments = ldt_works(),
		.pointers = saves_pointers(),
		.amd = __builtin_cpu_is("amd") != 0,
	};
	__asm__ volatile("rdfsbase %0" : "=r"(fs));
	CTX->host_fs = fs;
	memcpy((void *)(uintptr_t)EXITS, oracle_exits, (size_t)(oracle_exits_end - oracle_exits));
	CTX->common = (uint64_t)(uintptr_t)oracle_exit_common;
	return set_signals() ? NULL : "cannot catch signals";
}

uint8_t *host_data(void)
{
	return (uint8_t *)ORACLE_DATA;
}

/* ---- running ---- */

/* A jump to the exit of a landing, in the code's own size. */
static unsigned exit_jump(const struct oracle_case *oc, enum landing n, uint8_t *out)
{
	uint32_t target = (uint32_t)EXITS + n * EXIT_STRIDE;
	unsigned at = 0;

	if (oc->mode == MODE_LONG) { /* relative: an indirect one would trip over EFLAGS.AC */
		target -= (uint32_t)(oc->land[n] + 5);
		out[0] = 0xe9;
		memcpy(out + 1, &target, 4);
		return 5;
	}
	if (oc->mode == MODE_PROT16)
		out[at++] = 0x66;
	out[at++] = 0xea;
	memcpy(out + at, &target, 4);
	out[at + 4] = 0x33;
	out[at + 5] = 0;
	return at + 6;
}

static void write_code(const struct oracle_case *oc)
{
	uint8_t jump[16];

	memcpy((void *)oc->at, oc->bytes, oc->len);
	for (unsigned n = 0; n < (oc->branch ? LANDINGS : 1); n++) {
		unsigned size = exit_jump(oc, n, jump);

		if (oc->valid)
			memcpy((void *)(case_cs_base(oc) + oc->land[n]), jump, size);
	}
	if (!oc->valid)
		memset((void *)(oc->at + oc->len), 0xcc, 16);
}

void host_run(const struct oracle_case *oc, struct state *out)
{
	write_code(oc);
	for (unsigned n = 0; n < 16; n++)
		CTX->reg[n] = oc->in.reg[n];
	CTX->flags = oc->in.flags;
	CTX->fp = oc->fp;
	CTX->vector = -1;
	if (oc->fp)
		memcpy(CTX_ALL->fx, oc->in.fx, FX_SIZE);
	if (oc->mode == MODE_LONG) {
		CTX->fs = oc->fs_base;
		CTX->gs = oc->gs_base;
		CTX->rip = oc->in.rip;
		oracle_enter64();
	} else {
		const uint8_t *e = oc->segs->entry;

		CTX->far_rip = (uint32_t)oc->in.rip;
		CTX->far_cs = LDT_SEL(e[SEG_CS]);
		CTX->ss = LDT_SEL(e[SEG_SS]);
		CTX->ds = LDT_SEL(e[SEG_DS]);
		CTX->es = LDT_SEL(e[SEG_ES]);
		CTX->fs_sel = LDT_SEL(e[SEG_FS]);
		CTX->gs_sel = LDT_SEL(e[SEG_GS]);
		oracle_enter_far();
	}
	CTX->host_sp = 0;
	for (unsigned n = 0; n < 16; n++)
		out->reg[n] = CTX->reg[n];
	out->flags = CTX->flags;
	out->vector = CTX->vector;
	out->error = CTX->error;
	out->cr2 = CTX->cr2;
	memcpy(out->sel, CTX_ALL->sel, sizeof(out->sel));
	out->rip = CTX->vector >= 0 ? CTX->fault_rip : oc->land[CTX->landing];
	if (oc->fp)
		memcpy(out->fx, CTX_ALL->fx, FX_SIZE);
}
