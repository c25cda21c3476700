/* Clones on several threads: they share pages and the code decoded from them,
 * write to those pages, and rewrite that code. Each must do what it does alone. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pc/pc.h"
#include "engine/pc/pc_state.h"

enum { RAM = 2 << 20, CODE_SEGMENT = 0x1000, CLONES = 8, ROUNDS = 100, COUNTS = 3000, WARM = 200 };

/* Real-mode code in one page. DI bit 0: rewrite the immediate of an ADD in each
 * turn; bit 1: store beside the code, in the same page, in the midst of a trace,
 * then branch inside the page. CX: turns. */
__asm__(".section .rodata\n"
	"guest: .code16\n"
	"	xorw %ax, %ax\n"
	"	xorw %dx, %dx\n"
	"1:	testw $1, %di\n"
	"	jz 2f\n"
	"	incb patch + 2 - guest\n"
	"2:	call 5f\n"
	"patch:	addw $1, %ax\n" /* 83 c0 01 */
	"	addw %ax, %dx\n"
	"	rolw $3, %dx\n"
	"	testw $2, %di\n"
	"	jz 3f\n"
	"	movw %dx, data - guest\n"
	"	jmp 4f\n"
	"3:	nop\n"
	"4:	decw %cx\n"
	"	jnz 1b\n"
	"	hlt\n"
	"5:	xorw %cx, %dx\n"
	"	ret\n"
	"data:	.skip 4\n"
	"guest_end: .code64\n"
	".previous\n");
extern const uint8_t guest[], guest_end[];

static struct board *parent(void)
{
	struct board *b = board_new(RAM);
	struct cpu *c;

	board_reset(b);
	c = &b->pc->cpu;
	mem_dma_write(&b->mem, CODE_SEGMENT << 4, guest, (size_t)(guest_end - guest));
	for (unsigned s = 0; s < CPU_SEGS; s++) {
		c->seg[s].sel = CODE_SEGMENT;
		c->seg[s].base = CODE_SEGMENT << 4;
	}
	c->rip = 0;
	c->reg[RSP] = 0xf000;
	c->reg[RCX] = 0xffff;
	core_reload(b->core);
	board_run(b, WARM); /* some of it is decoded before there are clones */
	return b;
}

struct task {
	struct board *b;
	uint8_t hash[PC_HASH_BYTES];
};

static void *run(void *opaque)
{
	struct task *t = opaque;

	board_run(t->b, board_now(t->b) + COUNTS);
	board_hash(t->b, t->hash);
	return NULL;
}

static void make(struct task *task, const struct board *from, unsigned round)
{
	for (unsigned n = 0; n < CLONES; n++) {
		task[n].b = board_clone(from);
		task[n].b->pc->cpu.reg[RDI] = (n + round) & 3;
		task[n].b->pc->cpu.reg[RDX] = n;
	}
}

static void drop(struct task *task)
{
	for (unsigned n = 0; n < CLONES; n++)
		board_free(task[n].b);
}

static void clones_that_rewrite_shared_code(void **state)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct board *from = parent();
		struct task alone[CLONES], together[CLONES];
		pthread_t thread[CLONES];

		make(alone, from, round);
		make(together, from, round);
		for (unsigned n = 0; n < CLONES; n++)
			assert_int_equal(pthread_create(&thread[n], NULL, run, &together[n]), 0);
		for (unsigned n = 0; n < CLONES; n++)
			assert_int_equal(pthread_join(thread[n], NULL), 0);
		drop(together);
		for (unsigned n = 0; n < CLONES; n++) {
			run(&alone[n]);
			assert_memory_equal(alone[n].hash, together[n].hash, PC_HASH_BYTES);
		}
		drop(alone);
		board_free(from);
	}
}

/* What a clone does is what the program says, not merely the same each time. */
static void the_program_itself(void **state)
{
	for (unsigned di = 0; di < 4; di++) {
		struct board *b = parent();
		uint16_t ax = 0, dx = 0, cx = 40;
		uint8_t add = 1;

		b->pc->cpu.reg[RDI] = di;
		b->pc->cpu.reg[RCX] = cx;
		b->pc->cpu.rip = 0;
		core_reload(b->core);
		board_run(b, board_now(b) + COUNTS);
		for (; cx; cx--) {
			if (di & 1)
				add++;
			dx ^= cx;
			ax = (uint16_t)(ax + (uint16_t)(int16_t)(int8_t)add);
			dx = (uint16_t)(dx + ax);
			dx = (uint16_t)(dx << 3 | dx >> 13);
		}
		assert_int_equal((uint16_t)b->pc->cpu.reg[RAX], ax);
		assert_int_equal((uint16_t)b->pc->cpu.reg[RDX], dx);
		board_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_itself),
		cmocka_unit_test(clones_that_rewrite_shared_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
