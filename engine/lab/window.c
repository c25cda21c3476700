/* The window loop: which PCs run, and how far, before frames move again
 * (docs/architecture.md, "Time and the window"). Nothing here may change a
 * result: a window is only a promise that no PC can hear of another one before
 * it ends. */
#include "engine/lab/lab_priv.h"

static uint64_t board_time(const struct lab_pc *pc)
{
	return board_now(pc->board) - pc->offset;
}

/* When the PC does anything by itself, in lab time. */
static uint64_t next_action(const struct lab_pc *pc)
{
	uint64_t due;

	if (pc->board->pc->state != BOARD_RUNNING)
		return TIME_NEVER;
	if (!board_halted(pc->board))
		return board_time(pc);
	due = board_next_due(pc->board); /* input is a timer, too */
	if (due == TIME_NEVER)
		return TIME_NEVER;
	return due > pc->offset ? due - pc->offset : 0;
}

/* The least delay of the cables at PCs in one direction: from PCs (out) or
 * towards them; and of cables that join two PCs. */
struct lookahead {
	uint64_t out, in, direct;
};

static void look_at(const struct port *p, struct lookahead *a)
{
	uint64_t out, in;

	if (!p || !p->link)
		return;
	out = link_min_delay(p->link, p->end);
	in = link_min_delay(p->link, !p->end);
	if (link_port(p->link, !p->end)->ops->early) { /* a PC's inbox */
		a->direct = MIN(a->direct, out);
	} else {
		a->out = MIN(a->out, out);
		a->in = MIN(a->in, in);
	}
}

static struct lookahead lookahead(const struct lab *l)
{
	struct lookahead a = {WINDOW_MAX, WINDOW_MAX, WINDOW_MAX};

#ifdef LANYARD_PLANT_CLAMP /* a mistake for tests/lab/negative.sh to find */
	return a;
#endif
	for (guint n = 0; n < l->pcs->len; n++) {
		const struct lab_pc *pc = l->pcs->pdata[n];

		for (unsigned m = 0; m < pc->nics; m++)
			look_at(pc->port[m], &a);
	}
	return a;
}

static uint64_t next_of_pcs(const struct lab *l)
{
	uint64_t next = TIME_NEVER;

	for (guint n = 0; n < l->pcs->len; n++) {
		uint64_t t = next_action(l->pcs->pdata[n]);

		next = MIN(next, t);
	}
	return next;
}

static uint64_t later(uint64_t t, uint64_t by)
{
	return t > TIME_NEVER - by ? TIME_NEVER : t + by;
}

uint64_t lab_next(const struct lab *l)
{
	uint64_t t = MIN(next_of_pcs(l), MIN(net_next(l->net), timeline_next(l)));

	return t == TIME_NEVER ? t : MAX(t, l->now);
}

/* The end of the window that begins at l->now: later than the first thing to
 * happen, and not later than anything it could cause at a PC. */
static uint64_t window_end(struct lab *l, uint64_t until)
{
	struct lookahead a = lookahead(l);
	uint64_t pcs = MAX(next_of_pcs(l), l->now), fabric = MAX(net_next(l->net), l->now);
	uint64_t first = MIN(pcs, fabric);
	uint64_t end = later(first, WINDOW_MAX);

	/* The fabric's own events start frames too: those that waited for a wire. */
	end = MIN(end, later(pcs, MIN(a.out + a.in, a.direct)));
	end = MIN(end, later(fabric, MIN(a.in, a.direct)));
	if (l->options.no_idle_skip)
		end = MIN(end, later(l->now, WINDOW_MAX));
	end = MIN(end, MIN(timeline_next(l), until));
	if (l->options.window_seed && end > l->now + 1)
		end = l->now + 1 + rng_next(&l->window_rng) % (end - l->now);
	return end;
}

/* The PC's own doing, in order with what its agent says. */
static void report(struct lab_pc *pc, enum pc_report_kind kind)
{
	struct pc_report r = {.kind = kind, .message.when = board_time(pc)};

	g_array_append_val(pc->reports, r);
}

static void run_pc(void *item)
{
	struct lab_pc *pc = item;
	struct board *b = pc->board;
	uint64_t until = pc->offset + pc->lab->window_end;

	/* A reset takes no time: the PC goes on in the same window. */
	while (board_run(b, until) == BOARD_RESET) {
		bool crashed = b->pc->cpu.attn & ATTN_SHUTDOWN;

		if (pc->lab->options.no_reboot) {
			b->pc->state = BOARD_POWERED_OFF;
			if (crashed)
				report(pc, PC_CRASHED);
			break;
		}
		board_reset(b);
		inbox_arm(pc);
		g_byte_array_set_size(pc->agent_in, 0);
		report(pc, crashed ? PC_CRASHED : PC_RESTARTED);
	}
	if (b->pc->state == BOARD_RUNNING)
		return;
	outbox_phy(pc, false);
	report(pc, PC_WENT_OFF);
}

static void pick_active(struct lab *l, uint64_t end)
{
	g_ptr_array_set_size(l->active, 0);
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];
		bool running = pc->board->pc->state == BOARD_RUNNING;

		if (running && (l->options.no_idle_skip || next_action(pc) < end))
			g_ptr_array_add(l->active, pc);
	}
}

bool lab_step(struct lab *l, uint64_t until)
{
	uint64_t end;

	if (l->now >= until)
		return false;
	timeline_run(l, l->now);
	if (lab_next(l) == TIME_NEVER) {
		if (until != TIME_NEVER) {
			l->now = until;
			net_run(l->net, until);
		}
		return false;
	}
	end = window_end(l, until);
	l->window_end = end;
	pick_active(l, end);
	workers_run(l->workers, run_pc, l->active->pdata, l->active->len);
	l->now = end;
	outbox_send(l);
	net_run(l->net, end);
	outbox_drain(l);
	uplinks_flush(l);
	return true;
}

void window_settle(struct lab *l)
{
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		if (pc->board->pc->state == BOARD_RUNNING)
			board_run(pc->board, pc->offset + l->now);
	}
}
