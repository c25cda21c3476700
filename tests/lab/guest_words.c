/* What a PC's agent says at the wrong time, and what it cannot be given. */
#include <glib/gstdio.h>
#include <string.h>

#include "engine/lab/lab_priv.h"
#include "tests/lab/lab_test.h"

static void say(struct lab *l, struct lab_pc *pc, uint8_t type, const void *data, uint8_t size)
{
	const uint8_t header[8] = {'L', 'Y', type, 0, size};

	for (unsigned n = 0; n < sizeof(header); n++)
		agent_feed(pc, header[n]);
	for (unsigned n = 0; n < size; n++)
		agent_feed(pc, ((const uint8_t *)data)[n]);
	g_ptr_array_add(l->active, pc);
	outbox_drain(l);
}

/* One PC, two files for it, and more checks than it may run commands at a time. */
static struct plan *plan_checked(const char *guest)
{
	struct plan *p = plan_clones(guest, 1);

	((struct plan_pc *)p->pcs->pdata[0])->ready = g_strdup("true");
	g_ptr_array_set_size(p->checks, 0);
	for (unsigned n = 0; n < 300; n++) {
		struct plan_check *c = g_new0(struct plan_check, 1);

		c->name = g_strdup_printf("c%u", n);
		c->pc = g_strdup("pc00");
		c->run = g_strdup("look");
		c->every = c->within = 1000 * MS;
		g_ptr_array_add(p->checks, c);
	}
	return p;
}

bool ready_unasked(const char *guest)
{
	static const struct how how = {.workers = 1};
	struct plan *plan = plan_checked(guest);
	struct console console;
	struct lab *l = lab_start(plan, &how, &console);
	struct lab_pc *pc = lab_pc_at(l, 0);
	bool ok;

	say(l, pc, AGENT_READY, "\0now", 4);
	ok = lab_pc_state(pc) == LAB_PC_BOOTING;
	lab_run_to(l, 600 * MS);
	ok = ok && lab_pc_state(pc) == LAB_PC_READY;
	lab_free(l);
	console_free(&console);
	plan_free(plan);
	return ok;
}

bool file_missing(const char *guest)
{
	static const struct how how = {.workers = 1};
	struct plan *plan = plan_clones(guest, 1);
	struct plan_file *f = g_new0(struct plan_file, 1);
	struct console console;
	struct lab_pc *pc;
	struct lab *l;
	bool ok;

	f->path = g_strdup("/etc/motd");
	f->source = g_strdup("/nonexistent/motd"); /* it went away after the lab file was read */
	g_ptr_array_add(((struct plan_pc *)plan->pcs->pdata[0])->files, f);
	l = lab_start(plan, &how, &console);
	pc = lab_pc_at(l, 0);
	lab_run_to(l, 300 * MS);
	ok = lab_pc_state(pc) == LAB_PC_FAILED && g_str_has_prefix(lab_pc_message(pc), "file /etc/motd: ");
	lab_free(l);
	console_free(&console);
	plan_free(plan);
	return ok;
}
