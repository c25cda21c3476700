/* Commands run through a PC's agent. */
#include "engine/lab/lab_priv.h"

struct lab_exec {
	struct lab_pc *pc;
	uint8_t id;
	uint64_t when; /* start: its input follows at the same time */
	bool outside;  /* asked for by people: goes into the journal */
	struct lab_exec_ops ops;
};

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

	timeline_catch_up(l);
	if (!pc->agent || !pc->identified) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", pc->plan->name,
			    pc->agent ? "not ready for commands yet"
				      : "its image has no agent, so no command can be run");
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

void exec_input(struct lab_exec *x, const void *data, size_t size, uint64_t when)
{
	agent_send(x->pc, AGENT_STDIN, x->id, data, size, when);
}

void lab_exec_input(struct lab_exec *x, const void *data, size_t size)
{
	timeline_catch_up(x->pc->lab);
	if (x->outside)
		journal_stdin(x->pc->lab, x->pc, x->id, data, size);
	exec_input(x, data, size, soonest(x));
}

void lab_exec_cancel(struct lab_exec *x)
{
	static const struct lab_exec_ops silent;

	timeline_catch_up(x->pc->lab);
	if (x->outside)
		journal_kill(x->pc->lab, x->pc, x->id);
	x->ops = silent; /* the id is free when the agent says EXIT */
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
	g_free(x);
}

void exec_abandon(struct lab_pc *pc, uint64_t when)
{
	for (unsigned id = 0; id < G_N_ELEMENTS(pc->exec); id++) {
		struct lab_exec *x = pc->exec[id];

		pc->exec[id] = NULL;
		if (x && x->ops.exited)
			x->ops.exited(x->ops.opaque, -1, when);
		g_free(x);
	}
}
