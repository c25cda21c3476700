/* Stacks of far transfers; see farstack.h. */
#include "engine/cpu/farstack.h"

#include "engine/cpu/access.h"

void fstack_segment(struct far_stack *s, struct core *k, const struct cpu_seg *ss, uint64_t sp, unsigned cpl,
		    uint32_t error)
{
	*s = (struct far_stack){
		.k = k,
		.base = ss->base,
		.sp = sp,
		.sp_mask = seg_sp_mask(ss),
		.limit = ss->limit,
		.error = error,
		.attr = ss->attr,
		.user = cpl == 3,
	};
}

void fstack_flat(struct far_stack *s, struct core *k, uint64_t rsp, unsigned cpl, uint32_t error)
{
	*s = (struct far_stack){.k = k, .sp = rsp, .sp_mask = ~0ull, .error = error, .flat = true, .user = cpl == 3};
}

void fstack_current(struct far_stack *s, struct core *k, uint32_t error)
{
	struct cpu *c = k->cpu;

	if (core_code64(k))
		fstack_flat(s, k, c->reg[RSP], c->cpl, error);
	else
		fstack_segment(s, k, &c->seg[SEG_SS], c->reg[RSP], c->cpl, error);
}

/* The linear address of [offset, offset + size), checked. */
static uint64_t fstack_lin(const struct far_stack *s, uint64_t offset, unsigned size)
{
	uint64_t last = offset + (size - 1);
	bool ok;

	if (s->flat)
		ok = canonical(offset) && canonical(last);
	else if ((s->attr & (TYPE_CODE | TYPE_DOWN)) == TYPE_DOWN)
		ok = offset > s->limit && last <= s->sp_mask;
	else
		ok = last <= s->limit;
	if (!ok)
		core_fault(s->k, NULL, EXC_SS, s->error);
	return s->flat ? offset : (uint32_t)(s->base + offset);
}

void fstack_reserve(const struct far_stack *s, unsigned size, unsigned unit)
{
	for (unsigned n = unit; n <= size; n += unit)
		fstack_lin(s, (s->sp - n) & s->sp_mask, unit);
}

void fstack_push(struct far_stack *s, unsigned size, uint64_t v)
{
	uint64_t sp = (s->sp - size) & s->sp_mask;

	priv_store(s->k, fstack_lin(s, sp, size), v, size, s->user);
	s->sp = sp;
}

uint64_t fstack_peek(const struct far_stack *s, uint64_t offset, unsigned size)
{
	return priv_load(s->k, fstack_lin(s, (s->sp + offset) & s->sp_mask, size), size, s->user);
}

uint64_t fstack_pop(struct far_stack *s, unsigned size)
{
	uint64_t v = fstack_peek(s, 0, size);

	s->sp = (s->sp + size) & s->sp_mask;
	return v;
}
