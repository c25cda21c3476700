/* Commands run through a PC's agent. Their input waits here, not on the serial
 * line, which all commands share: at most INPUT_WINDOW bytes of each are on their
 * way that the command has not taken, so one that never reads holds up no other. */
#include "engine/lab/lab_priv.h"

#include "engine/base/bytes.h"

#define INPUT_WINDOW 65536u

/* What becomes of the lab's own commands: so many bytes of their output are kept
 * until they end. By enum exec_owner. */
static const struct {
	size_t keep;
	void (*ended)(struct lab_exec *x, int status, uint64_t when);
} owners[EXEC_OWNERS] = {
	[EXEC_PLACING] = {AGENT_MAX, placing_ended},
	[EXEC_CHECK] = {CHECK_OUTPUT_MAX + 1, check_ended}, /* one more: to know that there was more */
	[EXEC_EVENT] = {EVENT_OUTPUT_MAX, event_ended},
};

/* Input takes effect a reaction time after `now`, so in a window to come; a command
 * that was started at the same time is there before it. */
static uint64_t soonest(const struct lab_exec *x)
{
	return x->pc->lab->now + REACTION;
}

static struct lab_exec *exec_new(struct lab_pc *pc, unsigned id, enum exec_owner owner, unsigned index)
{
	struct lab_exec *x = g_new0(struct lab_exec, 1);

	x->pc = pc;
	x->id = (uint8_t)id;
	x->owner = owner;
	x->index = index;
	x->said = g_string_new(NULL);
	x->input = g_byte_array_new();
	pc->exec[id] = x;
	return x;
}

static void exec_free(struct lab_exec *x)
{
	if (!x)
		return;
	g_byte_array_unref(x->input);
	g_string_free(x->said, TRUE);
	g_free(x);
}

struct lab_exec *exec_start(struct lab_pc *pc, const char *command, enum exec_owner owner, unsigned index,
			    uint64_t when)
{
	unsigned id = 1;

	while (id < G_N_ELEMENTS(pc->exec) && pc->exec[id])
		id++;
	if (id == G_N_ELEMENTS(pc->exec))
		return NULL;
	agent_send(pc, AGENT_EXEC, (uint8_t)id, command, strlen(command), when);
	return exec_new(pc, id, owner, index);
}

struct lab_exec *lab_exec(struct lab *l, struct lab_pc *pc, const char *command, const struct lab_exec_ops *ops,
			  GError **error)
{
	struct lab_exec *x;

	const char *why = NULL;

	timeline_catch_up(l);
	if (pc->board->pc->state != BOARD_RUNNING)
		why = "it is off";
	else if (!pc->agent)
		why = "its image has no agent, so no command can be run";
	else if (!pc->identified)
		why = "not ready for commands yet";
	if (why) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", pc->plan->name, why);
		return NULL;
	}
	if (strlen(command) > AGENT_MAX) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: command longer than %u bytes", pc->plan->name,
			    AGENT_MAX);
		return NULL;
	}
	x = exec_start(pc, command, EXEC_PEOPLE, 0, l->now + REACTION);
	if (!x) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s: 255 commands are running already", pc->plan->name);
		return NULL;
	}
	x->ops = *ops;
	journal_exec(l, pc, command);
	return x;
}

static size_t waiting(const struct lab_exec *x)
{
	return x->input->len - x->input_at;
}

/* Sends as much of the input as the window takes; then its end. */
static void send_input(struct lab_exec *x, uint64_t when)
{
	size_t n;

	while ((n = MIN(waiting(x), (size_t)(INPUT_WINDOW - x->untaken)))) {
		agent_send(x->pc, AGENT_STDIN, x->id, x->input->data + x->input_at, n, when);
		x->input_at += n;
		x->untaken += (uint32_t)n;
	}
	if (waiting(x))
		return;
	g_byte_array_set_size(x->input, 0);
	x->input_at = 0;
	if (x->input_end && !x->input_ended) {
		agent_send(x->pc, AGENT_STDIN, x->id, NULL, 0, when);
		x->input_ended = true;
	}
}

void exec_input(struct lab_exec *x, const void *data, size_t size, uint64_t when)
{
	if (x->input_end)
		return;
	if (!size) {
		x->input_end = true;
	} else {
		/* What was sent makes room for what comes. */
		if (x->input_at > INPUT_WINDOW) {
			g_byte_array_remove_range(x->input, 0, (guint)x->input_at);
			x->input_at = 0;
		}
		g_byte_array_append(x->input, data, (guint)size);
	}
	send_input(x, when);
}

void exec_taken(struct lab_pc *pc, const struct agent_message *m)
{
	struct lab_exec *x = pc->exec[m->id];
	gsize size;
	const uint8_t *p = g_bytes_get_data(m->payload, &size);
	uint32_t n = size == 4 ? get_le32(p) : 0;

	if (!x)
		return;
	x->untaken -= MIN(n, x->untaken);
	send_input(x, m->when + REACTION);
}

void lab_exec_input(struct lab_exec *x, const void *data, size_t size)
{
	timeline_catch_up(x->pc->lab);
	if (x->owner == EXEC_PEOPLE)
		journal_stdin(x->pc->lab, x->pc, x->id, data, size);
	exec_input(x, data, size, soonest(x));
}

size_t lab_exec_waiting(const struct lab_exec *x)
{
	return waiting(x);
}

void lab_exec_cancel(struct lab_exec *x)
{
	timeline_catch_up(x->pc->lab);
	if (x->owner == EXEC_PEOPLE)
		journal_kill(x->pc->lab, x->pc, x->id);
	x->owner = EXEC_NOBODY; /* the id is free when the agent says EXIT */
	x->input_end = x->input_ended = true;
	g_string_truncate(x->said, 0);
	g_byte_array_set_size(x->input, 0);
	x->input_at = 0;
	agent_send(x->pc, AGENT_KILL, x->id, NULL, 0, soonest(x));
}

/* Appends output while there are less than max bytes. */
static void keep(GString *output, size_t max, const void *data, size_t size)
{
	g_string_append_len(output, data, (gssize)MIN(size, max - MIN(output->len, max)));
}

void exec_output(struct lab_pc *pc, const struct agent_message *m)
{
	struct lab_exec *x = pc->exec[m->id];
	gsize size;
	const uint8_t *p = g_bytes_get_data(m->payload, &size);

	if (!x || size < 2)
		return;
	if (x->owner == EXEC_PEOPLE && x->ops.output)
		x->ops.output(x->ops.opaque, p[0] == 2 ? 2 : 1, p + 1, size - 1, m->when);
	keep(x->said, owners[x->owner].keep, p + 1, size - 1);
}

/* status -1: its PC is gone. */
static void exec_end(struct lab_exec *x, int status, uint64_t when)
{
	x->pc->exec[x->id] = NULL;
	if (owners[x->owner].ended)
		owners[x->owner].ended(x, status, when);
	else if (x->owner == EXEC_PEOPLE && x->ops.exited)
		x->ops.exited(x->ops.opaque, status, when);
	exec_free(x);
}

void exec_exit(struct lab_pc *pc, const struct agent_message *m)
{
	gsize size;
	const uint8_t *p = g_bytes_get_data(m->payload, &size);

	if (pc->exec[m->id])
		exec_end(pc->exec[m->id], size ? p[0] : -1, m->when);
}

void exec_abandon(struct lab_pc *pc, uint64_t when)
{
	for (unsigned id = 0; id < G_N_ELEMENTS(pc->exec); id++)
		if (pc->exec[id])
			exec_end(pc->exec[id], -1, when);
}

/* ---- state ---- */

/* Whoever asked for it is not there any more when it is loaded, if he is not part of
 * the lab. */
static void owner_state(struct lab_exec *x, struct state *s)
{
	x->owner = state_enum(s, x->owner, EXEC_OWNERS, "command: owner");
	state_u32(s, &x->index);
	state_require(s, x->owner != EXEC_CHECK || check_adopt(x), "%s: a command of no check", x->pc->plan->name);
	state_require(s, x->owner != EXEC_EVENT || event_runs(x->pc->lab, x->index), "%s: a command of no event",
		      x->pc->plan->name);
}

/* Input that was sent is history. */
static void input_state(struct lab_exec *x, struct state *s)
{
	if (x->input_at)
		g_byte_array_remove_range(x->input, 0, (guint)x->input_at);
	x->input_at = 0;
	state_buffer(s, x->input, G_MAXUINT, "command: input");
	state_u32(s, &x->untaken);
	state_bool(s, &x->input_end);
	state_bool(s, &x->input_ended);
	state_require(s, x->untaken <= INPUT_WINDOW, "%s: a command has taken nothing", x->pc->plan->name);
}

static void exec_state(struct lab_exec *x, struct state *s)
{
	owner_state(x, s);
	state_string(s, x->said, CHECK_OUTPUT_MAX + 1, "command: output");
	input_state(x, s);
}

static void load_execs(struct lab_pc *pc, uint64_t count, struct state *s)
{
	for (unsigned id = 0; id < G_N_ELEMENTS(pc->exec); id++) {
		exec_free(pc->exec[id]);
		pc->exec[id] = NULL;
	}
	for (uint64_t n = 0; n < count && !state_failed(s); n++) {
		uint8_t id = 0;

		state_u8(s, &id);
		state_require(s, id && !pc->exec[id], "%s: impossible command %u", pc->plan->name, id);
		if (!state_failed(s))
			exec_state(exec_new(pc, id, EXEC_NOBODY, 0), s);
	}
}

void execs_state(struct lab_pc *pc, struct state *s)
{
	uint64_t count = 0;

	for (unsigned id = 0; id < G_N_ELEMENTS(pc->exec); id++)
		count += pc->exec[id] != NULL;
	count = state_count(s, count, G_N_ELEMENTS(pc->exec) - 1, "commands");
	if (state_loading(s)) {
		load_execs(pc, count, s);
		return;
	}
	for (unsigned id = 0; id < G_N_ELEMENTS(pc->exec); id++) {
		if (!pc->exec[id])
			continue;
		state_u8(s, &pc->exec[id]->id);
		exec_state(pc->exec[id], s);
	}
}
