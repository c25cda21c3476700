/* Shared by the exec_*.c files: operand macros and the shape of handlers.
 *
 * Memory forms exist four times. Three find their address in the fast TLB and
 * need no stack frame for it:
 *   flat  64-bit mode, 64-bit addresses, no segment base: nothing to check
 *   base  flat without an index
 *   mem   all else
 * What is not there sends them, before they have changed anything, to the
 * fourth: "slow" goes through the functions of access.c and may fault.
 *
 * One handler written out, as the macros make it of BINARY_MEM(32, base, add) in
 * exec_alu.c: ADD dword [reg + disp], imm.
 *
 *	static void add_ei_base32(struct cpu *c, const struct insn *i, struct core *k)
 *	{
 *		uint64_t lin = r64(c, i->base) + (uint64_t)(int64_t)i->disp; // LIN_W_base
 *		const struct fast_tlb *e = tlb_at(k, lin);                   // FAST_AT
 *		uint32_t a, r;
 *
 *		if (UNLIKELY(((lin + 3) & ~PAGE_MASK) != e->wtag))  // not this page, or across its end
 *			MUST_TAIL return add_ei_slow32(c, i, k);    // nothing has been changed yet
 *		memcpy(&a, (uint8_t *)(e->add + lin), sizeof(a));   // RMW
 *		r = alu_add32(c, a, (uint32_t)(int64_t)i->imm);     // sets the lazy flags
 *		memcpy((uint8_t *)(e->add + lin), &r, sizeof(r));
 *		MUST_TAIL return (i + 1)->fn(c, i + 1, k);          // NEXT
 *	}
 *
 * Names are pasted together: OPERATION_OPERANDS_FORMBITS. To find the source of
 * add_ei_base32, search for the pieces: "_ei_##form##bits" is the macro, "add" the
 * line that expands it. Each file that makes names so tells its pattern. */
#ifndef LANYARD_CPU_INTERP_EXEC_H
#define LANYARD_CPU_INTERP_EXEC_H

#include "engine/cpu/access.h"
#include "engine/cpu/interp/alu.h"
#include "engine/cpu/interp/bind.h"

#define HANDLER(name) static void name(struct cpu *c, const struct insn *i, struct core *k)
#define MEM_HANDLER(form, name) ATTRIBUTE_##form HANDLER(name)
#define ATTRIBUTE_reg
#define ATTRIBUTE_flat
#define ATTRIBUTE_base
#define ATTRIBUTE_mem
#define ATTRIBUTE_slow COLD

static inline uint64_t base_ea(struct cpu *c, const struct insn *i)
{
	return r64(c, i->base) + (uint64_t)(int64_t)i->disp;
}

static inline uint64_t flat_ea(struct cpu *c, const struct insn *i)
{
	return base_ea(c, i) + (r64(c, i->index) << i->scale);
}

/* Linear address of the operand for reading / writing, by form. */
#define LIN_R_flat(size) flat_ea(c, i)
#define LIN_W_flat(size) flat_ea(c, i)
#define LIN_R_base(size) base_ea(c, i)
#define LIN_W_base(size) base_ea(c, i)
#define LIN_R_mem(size) lin_read(k, i, (size))
#define LIN_W_mem(size) lin_write(k, i, (size))
#define LIN_R_slow(size) lin_read(k, i, (size))
#define LIN_W_slow(size) lin_write(k, i, (size))

/* Expands M(bits, ...) for the four sizes. */
#define FOR_SIZES(M, ...) M(8, __VA_ARGS__) M(16, __VA_ARGS__) M(32, __VA_ARGS__) M(64, __VA_ARGS__)
#define FOR_WIDE(M, ...) M(16, __VA_ARGS__) M(32, __VA_ARGS__) M(64, __VA_ARGS__)
/* Expands M(bits, form, ...) for the sizes of FOR and the memory forms. */
#define FOR_FORMS(FOR, M, ...) \
	FOR(M, slow, ##__VA_ARGS__) \
	FOR(M, flat, ##__VA_ARGS__) \
	FOR(M, base, ##__VA_ARGS__) \
	FOR(M, mem, ##__VA_ARGS__)

/* Sets `at` to the host address of bits at lin, or leaves for handler slow. */
#define FAST_AT(at, tag, bits, lin, slow) \
	do { \
		uint64_t lin_ = (lin); \
		const struct fast_tlb *e_ = tlb_at(k, lin_); \
		if (UNLIKELY(((lin_ + (bits / 8 - 1)) & ~PAGE_MASK) != e_->tag)) \
			MUST_TAIL return slow(c, i, k); \
		at = (uint8_t *)(e_->add + lin_); \
	} while (0)

/* v = the operand; slow is the handler of the slow form. */
#define LOAD(v, bits, form, slow) LOAD_AT(v, bits, form, LIN_R_##form(bits / 8), slow)
#define LOAD_AT(v, bits, form, lin, slow) \
	uint##bits##_t v; \
	LOAD_##form(v, bits, lin, slow)
#define LOAD_slow(v, bits, lin, slow) v = ld##bits(k, i, (lin))
#define LOAD_fast(v, bits, lin, slow) \
	do { \
		const uint8_t *at_; \
		FAST_AT(at_, rtag, bits, lin, slow); \
		memcpy(&v, at_, sizeof(v)); \
	} while (0)
#define LOAD_flat LOAD_fast
#define LOAD_base LOAD_fast
#define LOAD_mem LOAD_fast

#define STORE(v, bits, form, slow) STORE_AT(v, bits, form, LIN_W_##form(bits / 8), slow)
#define STORE_AT(v, bits, form, lin, slow) STORE_##form(v, bits, lin, slow)
#define STORE_slow(v, bits, lin, slow) st##bits(k, i, (lin), (v))
#define STORE_fast(v, bits, lin, slow) \
	do { \
		uint##bits##_t v_ = (v); \
		uint8_t *at_; \
		FAST_AT(at_, wtag, bits, lin, slow); \
		memcpy(at_, &v_, sizeof(v_)); \
	} while (0)
#define STORE_flat STORE_fast
#define STORE_base STORE_fast
#define STORE_mem STORE_fast

/* A read-modify-write of the memory operand: `expr` computes the new value
 * from `a`. */
#define RMW(bits, form, slow, expr) RMW_AT(bits, form, LIN_W_##form(bits / 8), slow, expr)
#define RMW_AT(bits, form, lin, slow, expr) RMW_##form(bits, lin, slow, expr)
#define RMW_slow(bits, lin, slow, expr) \
	do { \
		uint64_t lin_ = (lin); \
		uint8_t *p = rmw##bits(k, i, lin_); \
		uint##bits##_t a, r; \
		if (LIKELY(p)) { \
			memcpy(&a, p, sizeof(a)); \
			r = (expr); \
			memcpy(p, &r, sizeof(r)); \
		} else { \
			a = (uint##bits##_t)slow_load(k, i, lin_, bits / 8); \
			r = (expr); \
			slow_store(k, i, lin_, r, bits / 8); \
		} \
	} while (0)
#define RMW_fast(bits, lin, slow, expr) \
	do { \
		uint##bits##_t a, r; \
		uint8_t *at_; \
		FAST_AT(at_, wtag, bits, lin, slow); \
		memcpy(&a, at_, sizeof(a)); \
		r = (expr); \
		memcpy(at_, &r, sizeof(r)); \
	} while (0)
#define RMW_flat RMW_fast
#define RMW_base RMW_fast
#define RMW_mem RMW_fast

/* Initialisers of struct op_handlers. */
/* clang-format off */
#define SIZES(name) { name##8, name##16, name##32, name##64 }
#define WIDE(name) { NULL, name##16, name##32, name##64 }
#define MEM_FORMS(SET, name) .flat = SET(name##_flat), .base = SET(name##_base), .mem = SET(name##_mem)
#define HANDLERS_ALL(name) { .reg = SIZES(name##_reg), MEM_FORMS(SIZES, name) }
#define HANDLERS_WIDE(name) { .reg = WIDE(name##_reg), MEM_FORMS(WIDE, name) }
#define SAME(fn) { fn, fn, fn, fn }
/* clang-format on */

#endif
