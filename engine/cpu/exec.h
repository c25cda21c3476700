/* Shared by the exec_*.c files: operand macros and the shape of handlers.
 *
 * Memory forms exist twice. "flat": 64-bit mode, 64-bit addresses, no segment
 * base - the common case of a 64-bit guest, without a check. "mem": all else. */
#ifndef LANYARD_CPU_EXEC_H
#define LANYARD_CPU_EXEC_H

#include "engine/cpu/access.h"
#include "engine/cpu/alu.h"
#include "engine/cpu/op.h"

#define HANDLER(name) static void name(struct cpu *c, const struct insn *i, struct core *k)

static inline uint64_t flat_ea(struct cpu *c, const struct insn *i)
{
	return r64(c, i->base) + (r64(c, i->index) << i->scale) + (uint64_t)(int64_t)i->disp;
}

/* Linear address of the operand for reading / writing, by form. */
#define LIN_R_flat(size) flat_ea(c, i)
#define LIN_W_flat(size) flat_ea(c, i)
#define LIN_R_mem(size) lin_read(k, i, (size))
#define LIN_W_mem(size) lin_write(k, i, (size))

/* Expands M(bits, ...) for the four sizes. */
#define FOR_SIZES(M, ...) M(8, __VA_ARGS__) M(16, __VA_ARGS__) M(32, __VA_ARGS__) M(64, __VA_ARGS__)
#define FOR_WIDE(M, ...) M(16, __VA_ARGS__) M(32, __VA_ARGS__) M(64, __VA_ARGS__)

/* A read-modify-write of the memory operand: `expr` computes the new value
 * from `a`. */
#define RMW(bits, form, expr) \
	do { \
		uint64_t lin = LIN_W_##form(bits / 8); \
		uint8_t *p = rmw##bits(k, i, lin); \
		uint##bits##_t a, r; \
		if (LIKELY(p)) { \
			memcpy(&a, p, sizeof(a)); \
			r = (expr); \
			memcpy(p, &r, sizeof(r)); \
		} else { \
			a = (uint##bits##_t)slow_load(k, i, lin, bits / 8); \
			r = (expr); \
			slow_store(k, i, lin, r, bits / 8); \
		} \
	} while (0)

/* Initialisers of struct op_handlers. */
/* clang-format off */
#define SIZES(name) { name##8, name##16, name##32, name##64 }
#define WIDE(name) { NULL, name##16, name##32, name##64 }
#define HANDLERS_ALL(name) { .reg = SIZES(name##_reg), .flat = SIZES(name##_flat), .mem = SIZES(name##_mem) }
#define HANDLERS_WIDE(name) { .reg = WIDE(name##_reg), .flat = WIDE(name##_flat), .mem = WIDE(name##_mem) }
#define SAME(fn) { fn, fn, fn, fn }
/* clang-format on */

#endif
