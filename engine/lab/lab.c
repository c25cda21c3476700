/* A running lab as others see it. Building it is build.c, time window.c, changes
 * lab_set.c. */
#include "engine/lab/lab_priv.h"

const struct plan *lab_plan(const struct lab *l)
{
	return l->plan;
}
const char *lab_name(const struct lab *l)
{
	return l->name;
}
const char *lab_implicit_switch(const struct lab *l)
{
	return l->implicit;
}

struct net *lab_net(struct lab *l)
{
	return l->net;
}
uint64_t lab_now(const struct lab *l)
{
	return l->now;
}

unsigned lab_pc_count(const struct lab *l)
{
	return l->pcs->len;
}
struct lab_pc *lab_pc_at(struct lab *l, unsigned n)
{
	return n < l->pcs->len ? l->pcs->pdata[n] : NULL;
}

struct lab_pc *lab_pc_find(struct lab *l, const char *name)
{
	for (guint n = 0; n < l->pcs->len; n++)
		if (!strcmp(lab_pc_name(l->pcs->pdata[n]), name))
			return l->pcs->pdata[n];
	return NULL;
}

const char *lab_pc_name(const struct lab_pc *pc)
{
	return pc->plan->name;
}
enum lab_pc_state lab_pc_state(const struct lab_pc *pc)
{
	return pc->state;
}
const char *lab_pc_message(const struct lab_pc *pc)
{
	return pc->message;
}
struct board *lab_pc_board(struct lab_pc *pc)
{
	return pc->board;
}
const struct plan_pc *lab_pc_plan(const struct lab_pc *pc)
{
	return pc->plan;
}
uint64_t lab_pc_count_retired(const struct lab_pc *pc)
{
	return pc->board->pc->cpu.count;
}
struct port *lab_pc_port(struct lab_pc *pc, unsigned nic)
{
	return nic < pc->nics ? pc->port[nic] : NULL;
}

/* ---- input ---- */

uint64_t lab_type(struct lab *l, struct lab_pc *pc, const void *bytes, size_t size)
{
	timeline_catch_up(l);
	journal_type(l, pc, bytes, size);
	inbox_type(pc, 0, bytes, size, l->now);
	return l->now;
}

uint64_t lab_press(struct lab *l, struct lab_pc *pc, const void *bytes, size_t size)
{
	timeline_catch_up(l);
	size = MIN(size, LAB_KEY_MAX);
	journal_key(l, pc, bytes, size);
	inbox_key(pc, bytes, size, l->now);
	return l->now;
}

void lab_settle(struct lab *l)
{
	window_settle(l);
}
