/* Commands run through a PC's agent. Their input waits here, not on the serial
 * line, which all commands share: at most INPUT_WINDOW bytes of each are on their
 * way that the command has not taken, so one that never reads holds up no other. */
#include "engine/lab/lab_priv.h"

#include "engine/base/bytes.h"

#define INPUT_WINDOW 65536u

struct lab_exec {
	struct lab_pc *pc;
	uint8_t id;
	uint64_t when; /* start: its input follows at the same time */
	bool outside;  /* asked for by people: goes into the journal */
	struct lab_exec_ops ops;
	GByteArray *input; /* not sent yet, from input_at on; NULL: none */
	size_t input_at;
	uint32_t untaken; /* bytes sent that the command has not taken */
	bool input_end;   /* nothing comes after input */
	bool input_ended; /* the agent knows */
};

void exec_keep(GString *output, size_t max, const void *data, size_t size)
{
	g_string_append_len(output, data, (gssize)MIN(size, max - MIN(output->len, max)));
}

/* Input takes effect a reaction time after `now`, so in a window to come. */
static uint64_t soonest(const struct lab_exec *x)
{
	uint64_t t = x->pc->lab->now + REACTION;

	return t > x->when ? t : x->when;
}

struct lab_exec *exec_start(struct lab_pc *pc, const char *command, const struct lab_exec_ops *ops, uint64_t when)
{
	unsigned id = 1;
	struct lab_exec *x;

	while (id < G_N_ELEMENTS(pc->exec) && pc->exec[id])
		id++;
	if (id == G_N_ELEMENTS(pc->exec))
		return NULL;
	x = g_new0(struct lab_exec, 1);
	x->pc = pc;
	x->id = (uint8_t)id;
	x->when = when;
	x->ops = *ops;
	pc->exec[id] = x;
	agent_send(pc, AGENT_EXEC, x->id, command, strlen(command), when);
	return x;
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
	x = exec_start(pc, command, ops, l->now + REACTION);
	if (x) {
		x->outside = true;
		journal_exec(l, pc, command);
	} else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s: 255 commands are running already", pc->plan->name);
	return x;
}

static void exec_free(struct lab_exec *x)
{
	if (x && x->input)
		g_byte_array_unref(x->input);
	g_free(x);
}

static size_t waiting(const struct lab_exec *x)
{
	return x->input ? x->input->len - x->input_at : 0;
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
	if (x->input)
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
		if (!x->input)
			x->input = g_byte_array_new();
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
	if (x->outside)
		journal_stdin(x->pc->lab, x->pc, x->id, data, size);
	exec_input(x, data, size, soonest(x));
}

size_t lab_exec_waiting(const struct lab_exec *x)
{
	return waiting(x);
}

void lab_exec_cancel(struct lab_exec *x)
{
	static const struct lab_exec_ops silent;

	timeline_catch_up(x->pc->lab);
	if (x->outside)
		journal_kill(x->pc->lab, x->pc, x->id);
	x->ops = silent; /* the id is free when the agent says EXIT */
	x->input_end = x->input_ended = true;
	if (x->input)
		g_byte_array_set_size(x->input, 0);
	x->input_at = 0;
	agent_send(x->pc, AGENT_KILL, x->id, NULL, 0, soonest(x));
}

void exec_output(struct lab_pc *pc, const struct agent_message *m)
{
	struct lab_exec *x = pc->exec[m->id];
	gsize size;
	const uint8_t *p = g_bytes_get_data(m->payload, &size);

	if (x && x->ops.output && size > 1)
		x->ops.output(x->ops.opaque, p[0] == 2 ? 2 : 1, p + 1, size - 1, m->when);
}

void exec_exit(struct lab_pc *pc, const struct agent_message *m)
{
	struct lab_exec *x = pc->exec[m->id];
	gsize size;
	const uint8_t *p = g_bytes_get_data(m->payload, &size);

	if (!x)
		return;
	pc->exec[m->id] = NULL;
	if (x->ops.exited)
		x->ops.exited(x->ops.opaque, size ? p[0] : -1, m->when);
	exec_free(x);
}

void exec_abandon(struct lab_pc *pc, uint64_t when)
{
	for (unsigned id = 0; id < G_N_ELEMENTS(pc->exec); id++) {
		struct lab_exec *x = pc->exec[id];

		pc->exec[id] = NULL;
		if (x && x->ops.exited)
			x->ops.exited(x->ops.opaque, -1, when);
		exec_free(x);
	}
}

void exec_hash(const struct lab_pc *pc, void (*add)(void *opaque, const void *data, size_t size), void *opaque)
{
	for (unsigned id = 0; id < ARRAY_LEN(pc->exec); id++) {
		const struct lab_exec *x = pc->exec[id];

		if (!x)
			continue;
		uint64_t row[] = {id, x->untaken, x->input_end, x->input_ended, waiting(x)};

		add(opaque, row, sizeof(row));
		if (waiting(x))
			add(opaque, x->input->data + x->input_at, waiting(x));
	}
}
