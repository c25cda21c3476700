/* One x87 operation on the host's own x87. The basic operations of IEEE 754
 * and the exact ones (remainders, scaling, conversions) are the same on every
 * x86 processor, with every precision and rounding control, masked and
 * unmasked. An unmasked exception does not trap here: the processor reports it
 * at the next waiting instruction, and FNCLEX removes it before one comes. So
 * the guest's whole control word is loaded, and biased results and results not
 * written come out as the guest would see them.
 *
 * The register stack is empty at any C statement without long double values in
 * flight, which the clobbers ask for, and the control word is 37Fh (System V
 * ABI); both are so again afterwards. Flags that C code left are cleared first. */
#ifndef LANYARD_CPU_INTERP_X87_HOST_H
#define LANYARD_CPU_INTERP_X87_HOST_H

#include "engine/cpu/interp/x87_impl.h"

struct x87_host {
	struct cpu_x87_reg a, b; /* ST(0), changed by the operation, and ST(1) */
	union {
		uint16_t w;
		uint32_t d;
		uint64_t q;
		uint8_t bcd[10];
	} m;          /* the memory operand */
	uint16_t fcw; /* the guest's */
};

/* Returns the status word after the operation; changes h->a or h->m. */
typedef uint16_t x87_host_fn(struct x87_host *h);

enum { X87_HOST_FLAGS = FSW_EXCEPTIONS | FSW_C1 }; /* of that word, to x87_raise() */

/* load: operands onto the stack; store: from it, none left. If the guest's
 * control word is the host's too, nothing is masked off and all of it is short. */
#define X87_HOST(name, load, op, store, reset) \
	static uint16_t name(struct x87_host *h) \
	{ \
		static const uint16_t normal = FCW_INIT; \
		uint16_t sw; \
		if (LIKELY((h->fcw & ~FCW_X) == FCW_INIT)) \
			__asm__ volatile("fnclex\n\t" load op "\n\tfnstsw %[sw]\n\t" store \
					 : [a] "+m"(h->a), [m] "+m"(h->m), [sw] "=&a"(sw) \
					 : [b] "m"(h->b) \
					 : X87_HOST_STACK); \
		else \
			__asm__ volatile("fnclex\n\t" load "fldcw %[cw]\n\t" op "\n\tfnstsw %[sw]\n\t" reset store \
					 "fldcw %[normal]" \
					 : [a] "+m"(h->a), [m] "+m"(h->m), [sw] "=&a"(sw) \
					 : [b] "m"(h->b), [cw] "m"(h->fcw), [normal] "m"(normal) \
					 : X87_HOST_STACK); \
		return sw; \
	}
#define X87_HOST_STACK "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"

/* Operates on ST(0). */
#define X87_HOST1(name, op) X87_HOST(name, "fldt %[a]\n\t", op, "fstpt %[a]\n\t", "fnclex\n\t")
/* Operates on ST(0) and ST(1), result in ST(0). */
#define X87_HOST2(name, op) \
	X87_HOST(name, "fldt %[b]\n\tfldt %[a]\n\t", op, "fstpt %[a]\n\tfstp %%st(0)\n\t", "fnclex\n\t")
/* Pops ST(0), unless an exception forbids it: FNINIT empties the stack. */
#define X87_HOST_POP(name, op) X87_HOST(name, "fldt %[a]\n\t", op, "", "fninit\n\t")

#endif
