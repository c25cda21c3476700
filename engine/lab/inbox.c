/* What is on its way into a PC: frames from its cables, carrier changes, bytes
 * for its serial ports. Filled between windows with times that lie in windows to
 * come; TIMER_INPUT of the PC takes the items out at exactly those times. */
#include "engine/lab/lab_priv.h"

#include "engine/nic/nic.h"
#include "engine/pc/i8042.h"
#include "engine/pc/uart.h"

#define FEED_RETRY 100000u /* ns until a full receive FIFO is tried again */

static struct inbox_item *next_item(const struct lab_pc *pc)
{
	return pc->inbox_at < pc->inbox->len ? &g_array_index(pc->inbox, struct inbox_item, pc->inbox_at) : NULL;
}

/* The total order; see lab_priv.h. */
static bool before(const struct inbox_item *a, const struct inbox_item *b)
{
	if (a->when != b->when)
		return a->when < b->when;
#ifndef LANYARD_PLANT_TIE /* a mistake for tests/lab/negative.sh to find */
	if (a->kind != b->kind)
		return a->kind < b->kind;
	if (a->unit != b->unit)
		return a->unit < b->unit;
#endif
	return a->seq < b->seq;
}

/* Sets TIMER_INPUT for the next item, or for `retry` (board time) if earlier. */
static void arm(struct lab_pc *pc, uint64_t retry)
{
	const struct inbox_item *item = next_item(pc);
	uint64_t when = item ? pc->offset + item->when : TIME_NEVER;

	board_timer_set(pc->board, TIMER_INPUT, when < retry ? when : retry);
}

static bool feeding(const struct lab_pc *pc)
{
	return pc->feed[0].at < pc->feed[0].bytes->len || pc->feed[1].at < pc->feed[1].bytes->len ||
	       pc->keys.at < pc->keys.bytes->len;
}

void inbox_add(struct lab_pc *pc, const struct inbox_item *item)
{
	struct inbox_item fresh = *item;
	guint at = pc->inbox->len;
	uint64_t due = pc->board->pc->due[TIMER_INPUT];

	fresh.seq = pc->inbox_seq++;
	while (at > pc->inbox_at && before(&fresh, &g_array_index(pc->inbox, struct inbox_item, at - 1)))
		at--;
	g_array_insert_val(pc->inbox, at, fresh);
	if (pc->offset + fresh.when < due)
		board_timer_set(pc->board, TIMER_INPUT, pc->offset + fresh.when);
}

void inbox_arm(struct lab_pc *pc)
{
	arm(pc, feeding(pc) ? board_now(pc->board) + FEED_RETRY : TIME_NEVER);
}

void inbox_type(struct lab_pc *pc, unsigned unit, const void *bytes, size_t size, uint64_t when)
{
	struct inbox_item item = {.when = when, .kind = INBOX_SERIAL, .unit = unit, .bytes = g_bytes_new(bytes, size)};

	inbox_add(pc, &item);
}

void inbox_key(struct lab_pc *pc, const void *bytes, size_t size, uint64_t when)
{
	struct inbox_item item = {.when = when, .kind = INBOX_KEY, .bytes = g_bytes_new(bytes, size)};

	inbox_add(pc, &item);
}

static void fed(struct feed *f)
{
	if (f->at < f->bytes->len)
		return;
	g_byte_array_set_size(f->bytes, 0);
	f->at = 0;
}

static void feed_serial(struct lab_pc *pc, unsigned unit)
{
	struct feed *f = &pc->feed[unit];

	while (f->at < f->bytes->len && uart_room(pc->board, unit))
		uart_receive(pc->board, unit, f->bytes->data[f->at++]);
	fed(f);
}

/* A key goes in whole, or waits. */
static void feed_keys(struct lab_pc *pc)
{
	struct feed *f = &pc->keys;

	while (f->at < f->bytes->len && i8042_key_room(pc->board, f->bytes->data[f->at])) {
		unsigned size = f->bytes->data[f->at++];

		for (unsigned n = 0; n < size && f->at < f->bytes->len; n++)
			i8042_key(pc->board, f->bytes->data[f->at++]);
	}
	fed(f);
}

static void refuse(struct lab_pc *pc, const struct inbox_item *item, int reason)
{
	struct outbox_item out = {
		.when = item->when, .kind = OUT_REFUSED, .unit = item->unit, .frame = item->frame, .reason = reason};

	g_array_append_val(pc->outbox, out);
}

/* What a card of the PC makes of it. */
static void take_frame(struct lab_pc *pc, struct inbox_item *item)
{
	struct frame *f = item->frame;
	int reason = DROP_PC_OFF;

	if (f->damaged) {
		nic_damaged(pc->board, item->unit);
		refuse(pc, item, DROP_FCS);
	} else if (!nic_receive(pc->board, item->unit, f->data, f->size, &reason)) {
		refuse(pc, item, reason);
	}
	g_ptr_array_add(pc->spent, f);
}

static void take(struct lab_pc *pc, struct inbox_item *item)
{
	gsize size;
	const void *data;

	switch (item->kind) {
	case INBOX_FRAME: take_frame(pc, item); break;
	case INBOX_CARRIER:
		if (item->up)
			nic_set_line(pc->board, item->unit, item->rate);
		nic_set_carrier(pc->board, item->unit, item->up);
		break;
	case INBOX_SERIAL:
		data = g_bytes_get_data(item->bytes, &size);
		g_byte_array_append(pc->feed[item->unit].bytes, data, (guint)size);
		g_bytes_unref(item->bytes);
		break;
	case INBOX_KEY:
		data = g_bytes_get_data(item->bytes, &size);
		g_byte_array_append(pc->keys.bytes, &(uint8_t){(uint8_t)size}, 1);
		g_byte_array_append(pc->keys.bytes, data, (guint)size);
		g_bytes_unref(item->bytes);
		break;
	}
}

void inbox_due(struct board *b)
{
	struct lab_pc *pc = b->owner;
	uint64_t now = board_now(b);
	struct inbox_item *item;

	while ((item = next_item(pc)) && pc->offset + item->when <= now) {
		pc->inbox_at++;
		take(pc, item);
	}
	if (!next_item(pc)) {
		g_array_set_size(pc->inbox, 0);
		pc->inbox_at = 0;
	}
	feed_serial(pc, 0);
	feed_serial(pc, 1);
	feed_keys(pc);
	inbox_arm(pc);
}

void inbox_release(struct lab_pc *pc)
{
	for (guint n = 0; n < pc->spent->len; n++)
		frame_unref(pc->spent->pdata[n]);
	g_ptr_array_set_size(pc->spent, 0);
}

static void empty(struct lab_pc *pc, bool count)
{
	struct inbox_item *item;

	for (; (item = next_item(pc)); pc->inbox_at++) {
		if (item->frame && count)
			port_drop(pc->port[item->unit], item->frame, DROP_PC_OFF, item->when);
		frame_unref(item->frame);
		if (item->bytes)
			g_bytes_unref(item->bytes);
	}
	g_array_set_size(pc->inbox, 0);
	pc->inbox_at = 0;
	for (unsigned n = 0; n < ARRAY_LEN(pc->feed); n++) {
		g_byte_array_set_size(pc->feed[n].bytes, 0);
		pc->feed[n].at = 0;
	}
	g_byte_array_set_size(pc->keys.bytes, 0);
	pc->keys.at = 0;
	inbox_release(pc);
}

void inbox_refuse(struct lab_pc *pc)
{
	empty(pc, true);
	board_timer_set(pc->board, TIMER_INPUT, TIME_NEVER);
}

void inbox_clear(struct lab_pc *pc)
{
	empty(pc, false);
}

/* ---- state ---- */

static void frame_item_state(struct lab_pc *pc, struct inbox_item *item, struct state *s)
{
	state_require(s, item->unit < pc->nics, "%s: a frame for card %u", pc->plan->name, item->unit);
	if (!state_failed(s))
		frame_state(&item->frame, net_pool(pc->lab->net), FRAME_MIN, s);
}

static void serial_item_state(struct lab_pc *pc, struct inbox_item *item, struct state *s)
{
	GByteArray *bytes = item->bytes ? g_bytes_unref_to_array(item->bytes) : g_byte_array_new();

	state_require(s, item->unit < ARRAY_LEN(pc->feed), "%s: bytes for serial port %u", pc->plan->name, item->unit);
	state_buffer(s, bytes, G_MAXUINT, "serial port: bytes");
	item->bytes = g_byte_array_free_to_bytes(bytes);
}

static void key_item_state(struct inbox_item *item, struct state *s)
{
	GByteArray *bytes = item->bytes ? g_bytes_unref_to_array(item->bytes) : g_byte_array_new();

	state_buffer(s, bytes, LAB_KEY_MAX, "keyboard: bytes");
	item->bytes = g_byte_array_free_to_bytes(bytes);
}

static void item_state(struct lab_pc *pc, struct inbox_item *item, struct state *s)
{
	state_u64(s, &item->when);
	item->kind = state_enum(s, item->kind, INBOX_FRAME + 1, "inbox: kind");
	state_u32(s, &item->unit);
	state_require(s, item->when <= TIME_SANE, "%s: input at an impossible time", pc->plan->name);
	switch (item->kind) {
	case INBOX_FRAME: frame_item_state(pc, item, s); break;
	case INBOX_SERIAL: serial_item_state(pc, item, s); break;
	case INBOX_KEY: key_item_state(item, s); break;
	case INBOX_CARRIER:
		state_bool(s, &item->up);
		state_u64(s, &item->rate);
		state_require(s, item->unit < pc->nics, "%s: a carrier for card %u", pc->plan->name, item->unit);
		break;
	}
}

/* In their order, of which `seq` is what is left when all else is equal. */
static void load_items(struct lab_pc *pc, struct state *s)
{
	uint64_t count;

	empty(pc, false);
	count = state_count(s, 0, G_MAXUINT, "inbox");
	for (uint64_t n = 0; n < count && !state_failed(s); n++) {
		struct inbox_item item = {.seq = n}, *last;

		item_state(pc, &item, s);
		last = n ? &g_array_index(pc->inbox, struct inbox_item, n - 1) : NULL;
		state_require(s, !last || before(last, &item), "%s: input is out of order", pc->plan->name);
		g_array_append_val(pc->inbox, item);
	}
	pc->inbox_seq = count;
}

static void feed_state(struct feed *f, struct state *s)
{
	if (f->at)
		g_byte_array_remove_range(f->bytes, 0, (guint)f->at);
	f->at = 0;
	state_buffer(s, f->bytes, G_MAXUINT, "serial port: bytes");
}

void inbox_state(struct lab_pc *pc, struct state *s)
{
	if (state_loading(s)) {
		load_items(pc, s);
	} else {
		state_count(s, pc->inbox->len - pc->inbox_at, G_MAXUINT, "inbox");
		for (guint n = pc->inbox_at; n < pc->inbox->len; n++)
			item_state(pc, &g_array_index(pc->inbox, struct inbox_item, n), s);
	}
	for (unsigned n = 0; n < ARRAY_LEN(pc->feed); n++)
		feed_state(&pc->feed[n], s);
	feed_state(&pc->keys, s);
}
