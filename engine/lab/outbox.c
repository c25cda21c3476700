/* What a PC does to the outside during its window - frames, console bytes,
 * agent messages - kept beside the PC until the window is over, then handed on
 * in virtual-time order on the lab's thread. */
#include "engine/lab/lab_priv.h"

#include <string.h>

#include "engine/nic/nic.h"

/* ---- inside the window: only this PC's own fields ---- */

static void keep(struct lab_pc *pc, struct outbox_item item, const uint8_t *data, size_t size)
{
	/* No frame is longer; of what is dropped the beginning will do. */
	item.size = (uint32_t)MIN(size, FRAME_MAX);
	item.at = pc->out_bytes->len;
	g_byte_array_append(pc->out_bytes, data, item.size);
	g_array_append_val(pc->outbox, item);
}

static void drop(void *opaque, unsigned slot, const uint8_t *data, size_t size, int reason)
{
	struct lab_pc *pc = opaque;
	struct outbox_item item = {
		.when = board_now(pc->board) - pc->offset, .kind = OUT_GIVEN_UP, .unit = slot, .reason = reason};

	keep(pc, item, data, size);
}

static void transmit(void *opaque, unsigned slot, const uint8_t *data, size_t size)
{
	struct lab_pc *pc = opaque;
	struct outbox_item item = {.when = board_now(pc->board) - pc->offset, .unit = slot};

	if (size > FRAME_MAX)
		drop(opaque, slot, data, size, DROP_TOO_LONG);
	else
		keep(pc, item, data, size);
}

static void phy(void *opaque, unsigned slot, bool up, uint64_t rate)
{
	struct lab_pc *pc = opaque;
	struct outbox_item item = {
		.when = board_now(pc->board) - pc->offset, .kind = OUT_PHY, .unit = slot, .up = up, .rate = rate};

	g_array_append_val(pc->outbox, item);
}

void outbox_phy(struct lab_pc *pc, bool up)
{
	for (unsigned n = 0; n < pc->nics; n++)
		phy(pc, n, up, 0);
}

static void byte_out(void *opaque, unsigned unit, uint8_t byte)
{
	struct lab_pc *pc = opaque;

	if (unit == 0)
		g_byte_array_append(pc->serial, &byte, 1);
	else if (unit == 1 && pc->agent)
		agent_feed(pc, byte);
	if (pc->lab->options.watch)
		pc->lab->options.watch->byte_out(pc->lab->options.watch->opaque, unit, byte);
}

static void trace(void *opaque, const char *subject, const char *text)
{
	struct lab_pc *pc = opaque;
	const struct board_host *watch = pc->lab->options.watch;
	struct outbox_item item = {.when = board_now(pc->board) - pc->offset, .kind = OUT_TRACE};
	g_autofree char *line = watch ? NULL : trace_line(pc, subject, text);

	if (watch)
		watch->trace(watch->opaque, subject, text);
	else if (line)
		keep(pc, item, (const uint8_t *)line, strlen(line) + 1);
}

void outbox_wire(struct lab_pc *pc)
{
	pc->board->owner = pc;
	pc->board->input_due = inbox_due;
	pc->board->host = (struct board_host){.opaque = pc, .byte_out = byte_out, .trace = trace};
	pc->board->nic_wire.opaque = pc;
	pc->board->nic_wire.transmit = transmit;
	pc->board->nic_wire.drop = drop;
	pc->board->nic_wire.phy = phy;
}

/* ---- after the window ---- */

struct sent {
	struct lab_pc *pc;
	const struct outbox_item *item;
};

static gint by_time(gconstpointer a, gconstpointer b)
{
	const struct sent *x = a, *y = b;

	if (x->item->when != y->item->when)
		return x->item->when < y->item->when ? -1 : 1;
	if (x->pc->index != y->pc->index)
		return x->pc->index < y->pc->index ? -1 : 1;
	return x->item < y->item ? -1 : 1; /* order within one PC's array */
}

static void hand_over_frame(struct lab *l, struct port *port, const struct sent *s)
{
	struct frame *f = frame_new(net_pool(l->net), s->pc->out_bytes->data + s->item->at, s->item->size);

	if (s->item->kind == OUT_FRAME)
		port_send(port, f, s->item->when);
	else
		port_drop(port, f, (enum drop_reason)s->item->reason, s->item->when);
	frame_unref(f);
}

static void hand_over(struct lab *l, const struct sent *s)
{
	struct port *port = s->pc->port[s->item->unit];
	const struct outbox_item *item = s->item;

	switch (item->kind) {
	case OUT_TRACE:
		if (l->listener.trace)
			l->listener.trace(l->listener.opaque, (const char *)s->pc->out_bytes->data + item->at,
					  item->when);
		break;
	case OUT_FRAME:
	case OUT_GIVEN_UP: hand_over_frame(l, port, s); break;
	case OUT_REFUSED: port_drop(port, item->frame, (enum drop_reason)item->reason, item->when); break;
	case OUT_PHY: port_set_phy(port, item->up, item->rate, item->when); break;
	}
}

void outbox_send(struct lab *l)
{
	g_autoptr(GArray) all = NULL;

	for (guint n = 0; n < l->active->len; n++) {
		struct lab_pc *pc = l->active->pdata[n];

		for (guint m = 0; m < pc->outbox->len; m++) {
			struct sent s = {pc, &g_array_index(pc->outbox, struct outbox_item, m)};

			if (!all)
				all = g_array_new(FALSE, FALSE, sizeof(struct sent));
			g_array_append_val(all, s);
		}
	}
	if (!all)
		return;
	g_array_sort(all, by_time);
	for (guint n = 0; n < all->len; n++)
		hand_over(l, &g_array_index(all, struct sent, n));
}

/* Outside of a window: what the PC did when it was reset, at l->now. */
void outbox_flush(struct lab_pc *pc)
{
	for (guint m = 0; m < pc->outbox->len; m++) {
		struct outbox_item *item = &g_array_index(pc->outbox, struct outbox_item, m);

		item->when = pc->lab->now;
		hand_over(pc->lab, &(struct sent){pc, item});
	}
	g_array_set_size(pc->outbox, 0);
	g_byte_array_set_size(pc->out_bytes, 0);
}

struct told {
	struct lab_pc *pc;
	struct pc_report *report;
};

static gint report_by_time(gconstpointer a, gconstpointer b)
{
	const struct told *x = a, *y = b;

	if (x->report->message.when != y->report->message.when)
		return x->report->message.when < y->report->message.when ? -1 : 1;
	if (x->pc->index != y->pc->index)
		return x->pc->index < y->pc->index ? -1 : 1;
	return x->report < y->report ? -1 : 1;
}

static void hear(const struct told *t)
{
	const struct agent_message *m = &t->report->message;

	switch (t->report->kind) {
	case PC_AGENT_SAID:
		agent_receive(t->pc, m);
		g_bytes_unref(m->payload);
		break;
	case PC_RESTARTED:
	case PC_CRASHED: pc_restarted(t->pc, t->report->kind == PC_CRASHED, m->when); break;
	case PC_WENT_OFF: pc_went_off(t->pc, m->when); break;
	}
}

static void drain_reports(struct lab *l)
{
	g_autoptr(GArray) all = NULL;

	for (guint n = 0; n < l->active->len; n++) {
		struct lab_pc *pc = l->active->pdata[n];

		for (guint m = 0; m < pc->reports->len; m++) {
			struct told t = {pc, &g_array_index(pc->reports, struct pc_report, m)};

			if (!all)
				all = g_array_new(FALSE, FALSE, sizeof(struct told));
			g_array_append_val(all, t);
		}
	}
	if (!all)
		return;
	g_array_sort(all, report_by_time);
	for (guint n = 0; n < all->len; n++)
		hear(&g_array_index(all, struct told, n));
}

void outbox_drain(struct lab *l)
{
	l->busy = true;
	drain_reports(l);
	for (guint n = 0; n < l->active->len; n++) {
		struct lab_pc *pc = l->active->pdata[n];

		if (pc->serial->len && l->listener.serial)
			l->listener.serial(l->listener.opaque, pc, pc->serial->data, pc->serial->len, l->now);
		g_byte_array_set_size(pc->serial, 0);
		g_byte_array_set_size(pc->out_bytes, 0);
		g_array_set_size(pc->outbox, 0);
		g_array_set_size(pc->reports, 0);
		inbox_release(pc);
	}
	l->busy = false;
}
