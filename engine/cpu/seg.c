/* Descriptors and segment registers; see seg.h. */
#include "engine/cpu/seg.h"

#include "engine/cpu/access.h"

void seg_raise(struct core *k, unsigned vector, uint16_t sel, uint32_t ext)
{
	core_fault(k, NULL, vector, (sel & 0xfffcu) | ext);
}

/* The linear address of sel's descriptor of size bytes; false if outside. */
static bool desc_lin(const struct core *k, uint16_t sel, unsigned size, uint64_t *lin)
{
	const struct cpu *c = k->cpu;
	uint32_t offset = sel & 0xfff8u;
	uint64_t base = c->gdt.base;
	uint32_t limit = c->gdt.limit;

	if (sel & 4) {
		if (!(c->ldt.attr & ATTR_P))
			return false;
		base = c->ldt.base;
		limit = c->ldt.limit;
	}
	if (offset + (size - 1) > limit)
		return false;
	*lin = sys_lin(k, base + offset);
	return true;
}

bool seg_fetch(struct core *k, uint16_t sel, struct seg_desc *d)
{
	if (!desc_lin(k, sel, 8, &d->lin))
		return false;
	d->raw = sys_load(k, d->lin, 8);
	d->high = 0;
	return true;
}

bool seg_fetch_high(struct core *k, uint16_t sel, struct seg_desc *d)
{
	uint64_t lin;

	if (!desc_lin(k, sel, 16, &lin))
		return false;
	d->high = sys_load(k, sys_lin(k, lin + 8), 8);
	return true;
}

struct cpu_seg seg_from_desc(uint16_t sel, const struct seg_desc *d)
{
	uint32_t limit = (uint32_t)((d->raw & 0xffff) | (d->raw >> 32 & 0xf0000));
	uint16_t attr = d->raw >> 40 & 0xf0ff;

	if (attr & ATTR_G)
		limit = limit << 12 | 0xfff;
	return (struct cpu_seg){
		.base = (d->raw >> 16 & 0xffffff) | (d->raw >> 32 & 0xff000000),
		.limit = limit,
		.sel = sel,
		.attr = attr,
	};
}

void seg_set_accessed(struct core *k, struct seg_desc *d)
{
	if (d->raw & 1ull << 40)
		return;
	d->raw |= 1ull << 40;
	sys_store(k, sys_lin(k, d->lin + 5), d->raw >> 40 & 0xff, 1);
}

/* Real mode keeps limit and size: "unreal" mode lives on that. */
void seg_load_real(struct cpu *c, unsigned seg, uint16_t sel)
{
	struct cpu_seg *s = &c->seg[seg];

	if (!(s->attr & ATTR_P))
		s->limit = 0xffff; /* it was null */
	s->attr = (uint16_t)((s->attr & (ATTR_DB | ATTR_G | ATTR_AVL)) | SEG_REAL_ATTR);
	s->sel = sel;
	s->base = (uint32_t)sel << 4;
}

void seg_load_v86(struct cpu *c, unsigned seg, uint16_t sel)
{
	c->seg[seg] = (struct cpu_seg){.base = (uint32_t)sel << 4, .limit = 0xffff, .sel = sel, .attr = SEG_V86_ATTR};
}

void seg_load_null(struct cpu *c, unsigned seg, uint16_t sel)
{
	c->seg[seg] = (struct cpu_seg){.sel = sel};
}

static void load_ss(struct core *k, uint16_t sel)
{
	struct cpu *c = k->cpu;
	struct seg_desc d;

	if (sel_null(sel)) {
		/* Inner levels of 64-bit code need no stack segment (SDM 3A 5.4.1.1). */
		if (!core_code64(k) || c->cpl == 3 || (sel & 3) != c->cpl)
			core_fault(k, NULL, EXC_GP, 0);
		seg_load_null(c, SEG_SS, sel);
		c->seg[SEG_SS].attr = (uint16_t)(c->cpl << ATTR_DPL_SHIFT);
		return;
	}
	if (!seg_fetch(k, sel, &d) || (sel & 3) != c->cpl || !desc_writable(&d) || desc_dpl(&d) != c->cpl)
		seg_raise(k, EXC_GP, sel, 0);
	if (!desc_present(&d))
		seg_raise(k, EXC_SS, sel, 0);
	seg_set_accessed(k, &d);
	c->seg[SEG_SS] = seg_from_desc(sel, &d);
}

void seg_load_data(struct core *k, unsigned seg, uint16_t sel, unsigned vector, uint32_t ext)
{
	struct cpu *c = k->cpu;
	struct seg_desc d;

	if (sel_null(sel)) {
		seg_load_null(c, seg, sel);
		return;
	}
	if (!seg_fetch(k, sel, &d) || !desc_readable(&d))
		seg_raise(k, vector, sel, ext);
	if (!desc_conforming(&d) && ((sel & 3u) > desc_dpl(&d) || c->cpl > desc_dpl(&d)))
		seg_raise(k, vector, sel, ext);
	if (!desc_present(&d))
		seg_raise(k, EXC_NP, sel, ext);
	seg_set_accessed(k, &d);
	c->seg[seg] = seg_from_desc(sel, &d);
}

void seg_load(struct core *k, unsigned seg, uint16_t sel)
{
	struct cpu *c = k->cpu;

	if (!cpu_protected(c))
		seg_load_real(c, seg, sel);
	else if (cpu_v86(c))
		seg_load_v86(c, seg, sel);
	else if (seg == SEG_SS)
		load_ss(k, sel);
	else
		seg_load_data(k, seg, sel, EXC_GP, 0);
	core_update_segment(k, seg);
}

struct cpu_seg seg_inner_stack(struct core *k, uint16_t sel, unsigned dpl, uint32_t ext)
{
	struct seg_desc d;

	if (sel_null(sel))
		core_fault(k, NULL, EXC_TS, ext);
	if (!seg_fetch(k, sel, &d) || (sel & 3u) != dpl || desc_dpl(&d) != dpl || !desc_writable(&d))
		seg_raise(k, EXC_TS, sel, ext);
	if (!desc_present(&d))
		seg_raise(k, EXC_SS, sel, ext);
	seg_set_accessed(k, &d);
	return seg_from_desc(sel, &d);
}

void seg_check_ip(struct core *k, const struct cpu_seg *cs, uint64_t rip, uint32_t ext)
{
	bool ok = cpu_long(k->cpu) && (cs->attr & ATTR_L) ? canonical(rip) : rip <= cs->limit;

	if (!ok)
		core_fault(k, NULL, EXC_GP, ext);
}

void seg_enter(struct core *k, const struct cpu_seg *cs, unsigned cpl, uint64_t rip)
{
	struct cpu *c = k->cpu;

	c->seg[SEG_CS] = *cs;
	c->seg[SEG_CS].sel = (uint16_t)((cs->sel & ~3u) | cpl);
	c->cpl = (uint8_t)cpl;
	core_update_mode(k);
	c->rip = rip & k->ip_mask;
}

void seg_drop_inner(struct core *k)
{
	static const uint8_t segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	struct cpu *c = k->cpu;

	for (unsigned n = 0; n < ARRAY_LEN(segs); n++) {
		struct cpu_seg *s = &c->seg[segs[n]];
		bool conforming = (s->attr & (TYPE_CODE | TYPE_CONFORM)) == (TYPE_CODE | TYPE_CONFORM);

		/* A null selector becomes 0, whatever its RPL was (SDM 2A, IRET); FS
		 * and GS keep the base that an MSR gave them. */
		if (sel_null(s->sel))
			s->sel = 0;
		if (sel_null(s->sel) || conforming || seg_dpl(s) >= c->cpl)
			continue;
		*s = (struct cpu_seg){.base = s->base};
		core_update_segment(k, segs[n]);
	}
}

void seg_load_ldt(struct core *k, uint16_t sel, bool task_switch, uint32_t ext)
{
	struct cpu *c = k->cpu;
	unsigned bad = task_switch ? EXC_TS : EXC_GP;
	struct seg_desc d;
	struct cpu_seg ldt;

	if (sel_null(sel)) {
		c->ldt = (struct cpu_seg){.sel = sel};
		return;
	}
	if ((sel & 4) || !seg_fetch(k, sel, &d) || !desc_system(&d) || desc_type(&d) != SYS_LDT)
		seg_raise(k, bad, sel, ext);
	if (!desc_present(&d))
		seg_raise(k, task_switch ? EXC_TS : EXC_NP, sel, ext);
	ldt = seg_from_desc(sel, &d);
	if (cpu_long(c)) {
		if (!seg_fetch_high(k, sel, &d) || !canonical(ldt.base | d.high << 32))
			seg_raise(k, bad, sel, ext);
		ldt.base |= d.high << 32;
	}
	c->ldt = ldt;
}
