/* One PC of a lab as the lab sees it: its state, its power, when it may start and is
 * ready, and what arrives at its cards. */
#include "engine/lab/lab_priv.h"

#include "engine/nic/nic.h"
#include "engine/pc/pc_state.h"

void pc_set_state(struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when)
{
	struct lab *l = pc->lab;

	pc->state = state;
	g_free(pc->message);
	pc->message = g_strdup(message ? message : "");
	if (l->listener.pc_state)
		l->listener.pc_state(l->listener.opaque, pc, state, pc->message, when);
	if (state == LAB_PC_READY || state == LAB_PC_FAILED)
		events_ready(pc, when);
	if (state == LAB_PC_FAILED)
		checks_lost(pc, when);
	if (state != LAB_PC_READY)
		return;
	checks_ready(pc, when);
	pcs_release(l, when);
}

/* ---- readiness ---- */

const char *pc_waits_for(const struct lab_pc *pc)
{
	for (guint n = 0; n < pc->plan->after->len; n++) {
		struct lab_pc *other = lab_pc_find(pc->lab, pc->plan->after->pdata[n]);

		if (other && other->state != LAB_PC_READY)
			return pc->plan->after->pdata[n];
	}
	return NULL;
}

void pcs_release(struct lab *l, uint64_t when)
{
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		if (!pc->hello || pc->placing || pc->identified || pc_waits_for(pc))
			continue;
		if (*pc->message && pc->state == LAB_PC_BOOTING) /* what it waited for */
			pc_set_state(pc, LAB_PC_BOOTING, "", when);
		placing_start(pc, when + REACTION);
	}
}

/* ---- power ---- */

static void phy_all(struct lab_pc *pc, bool up)
{
	for (unsigned n = 0; n < pc->nics; n++)
		port_set_phy(pc->port[n], up, 0, pc->lab->now);
}

/* On, or off and on again. Time has passed meanwhile. */
static void power_on(struct lab_pc *pc)
{
	struct lab *l = pc->lab;
	struct board *b = pc->board;
	uint64_t now = pc->offset + l->now;

	if (board_now(b) < now)
		b->pc->idle_ns += now - board_now(b);
	/* What the cards say of their PHYs while they are reset is true from now on. */
	phy_all(pc, true);
	board_reset(b);
	outbox_flush(pc);
	for (unsigned n = 0; n < pc->nics; n++) {
		const struct port *port = pc->port[n];
		struct inbox_item item = {.when = l->now,
					  .kind = INBOX_CARRIER,
					  .unit = n,
					  .up = port_signal(port),
					  .rate = port_speed(port)};

		inbox_add(pc, &item);
	}
	inbox_arm(pc);
	g_byte_array_set_size(pc->agent_in, 0);
	pc->hello = pc->placing = pc->identified = false;
	exec_abandon(pc, l->now);
}

bool pc_set_power(struct lab_pc *pc, const char *value, GError **error)
{
	struct lab *l = pc->lab;
	bool running = pc->board->pc->state == BOARD_RUNNING;

	if (!strcmp(value, "off")) {
		if (!running)
			return true;
		pc->board->pc->state = BOARD_POWERED_OFF;
		phy_all(pc, false);
		inbox_refuse(pc);
		exec_abandon(pc, l->now);
		pc_set_state(pc, LAB_PC_OFF, "powered off", l->now);
		return true;
	}
	if (!strcmp(value, "reset") || !strcmp(value, "on")) {
		if (running && !strcmp(value, "on"))
			return true;
		power_on(pc);
		pc_set_state(pc, pc->agent ? LAB_PC_BOOTING : LAB_PC_READY, running ? "reset" : "switched on", l->now);
		return true;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: power=%s: expected on, off or reset",
		    pc->plan->name, value);
	return false;
}

/* Its programs are gone; the agent will say hello again. */
void pc_restarted(struct lab_pc *pc, bool crashed, uint64_t when)
{
	pc->hello = pc->placing = pc->identified = false;
	exec_abandon(pc, when);
	pc_set_state(pc, pc->agent ? LAB_PC_BOOTING : LAB_PC_READY,
		     crashed ? "triple fault: the PC resets" : "restarted by its guest", when);
}

void pc_went_off(struct lab_pc *pc, uint64_t when)
{
	inbox_refuse(pc);
	exec_abandon(pc, when);
	pc_set_state(pc, LAB_PC_OFF, "powered off by its guest", when);
}

/* ---- its cards as ports ---- */

static void nic_arrival(struct port *p, struct frame *f, uint64_t when)
{
	struct lab_pc *pc = p->owner;
	struct inbox_item item = {.when = when, .kind = INBOX_FRAME, .unit = p->index};

	if (pc->board->pc->state != BOARD_RUNNING) {
		port_drop(p, f, DROP_PC_OFF, when);
		return;
	}
#ifdef LANYARD_PLANT_CLAMP /* a mistake for tests/lab/negative.sh to find */
	when = item.when = MAX(when, pc->lab->now);
#endif
	/* The window's promise: nothing arrives in time that has been run. */
	g_assert(when >= pc->lab->now);
	item.frame = frame_ref(f);
	inbox_add(pc, &item);
}

static void nic_carrier(struct port *p, bool up, uint64_t when)
{
	struct lab_pc *pc = p->owner;
	struct inbox_item item = {
		.when = when, .kind = INBOX_CARRIER, .unit = p->index, .up = up, .rate = port_speed(p)};

	/* A PC that is off looks at its cables when it is switched on. */
	if (pc->board->pc->state == BOARD_RUNNING)
		inbox_add(pc, &item);
}

const struct port_ops pc_nic_ops = {.receive = nic_arrival, .carrier = nic_carrier, .early = true};

/* ---- state ---- */

/* The window counts on it: who runs is not behind the lab. */
static bool on_time(const struct lab_pc *pc)
{
	return pc->offset <= TIME_SANE &&
	       (pc->board->pc->state != BOARD_RUNNING || board_now(pc->board) >= pc->offset + pc->lab->now);
}

static void board_and_cards(struct lab_pc *pc, struct state *s)
{
	const char *wrong = NULL;

	board_state(pc->board, s);
	if (!state_loading(s) || state_failed(s))
		return;
	wrong = nic_validate(pc->board);
	state_require(s, !wrong, "%s: %s", pc->plan->name, wrong);
	if (!state_failed(s))
		nic_restore_all(pc->board);
}

void pc_state(struct lab_pc *pc, struct state *s)
{
	state_name(s, pc->plan->name, "PC");
	pc->state = state_enum(s, pc->state, LAB_PC_FAILED + 1, "PC: state");
	state_text(s, &pc->message, TEXT_MAX, "PC: message");
	if (!pc->message)
		pc->message = g_strdup("");
	state_bool(s, &pc->hello);
	state_bool(s, &pc->placing);
	state_bool(s, &pc->identified);
	state_u64(s, &pc->offset);
	board_and_cards(pc, s);
	state_require(s, on_time(pc), "%s: its clock is behind the lab's", pc->plan->name);
	inbox_state(pc, s);
	state_buffer(s, pc->agent_in, AGENT_MAX + 8, "agent: bytes");
	placing_state(pc, s);
	execs_state(pc, s);
}
