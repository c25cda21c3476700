/* Fuzzing the host's side of the agent: a guest may write anything to COM2, while
 * it gets its identity and files, and while commands run in it.
 *
 * Input: records of a byte and what follows: below 0x10 time passes, else so many
 * bytes are written, as a whole message if the top bit is set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/lab/lab_priv.h"
#include "tests/lab/lab_test.h"

#define GUEST "build/guest/netguest.elf"
#define STEP_NS 200000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void output(void *opaque, int fd, const uint8_t *data, size_t size, uint64_t when) {}

static void exited(void *opaque, int status, uint64_t when)
{
	struct lab_exec **x = opaque;

	*x = NULL;
}

static void say(struct lab *l, struct lab_pc *pc, const uint8_t *data, size_t size)
{
	for (size_t n = 0; n < size; n++)
		agent_feed(pc, data[n]);
	if (!l->active->len)
		g_ptr_array_add(l->active, pc);
	outbox_drain(l);
}

/* A message that is framed as it should be: what it says is the input's. */
static void say_message(struct lab *l, struct lab_pc *pc, const uint8_t *data, size_t size)
{
	uint8_t header[8] = {'L', 'Y', data[0] % 24, size > 1 ? data[1] % 4 : 0};

	put_le32(header + 4, (uint32_t)(size > 2 ? size - 2 : 0));
	say(l, pc, header, sizeof(header));
	if (size > 2)
		say(l, pc, data + 2, size - 2);
}

/* One lab for all inputs, because booting its image takes a second here; what an
 * input left behind is what a guest may have done before. */
static struct lab *the_lab(void)
{
	static const struct lab_listener silent;
	static const struct lab_options options = {.workers = 1};
	static struct lab *l;
	g_autoptr(GError) error = NULL;

	if (!l)
		l = lab_build(plan_clones(GUEST, 2), &options, &silent, &error);
	if (!l) {
		fprintf(stderr, "%s\n", error->message);
		abort();
	}
	return l;
}

static void run_to(struct lab *l, uint64_t until)
{
	while (lab_now(l) < until && lab_step(l, until))
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lab *l = the_lab();
	struct lab_pc *pc = lab_pc_at(l, 0);
	struct lab_exec *x = NULL;
	struct lab_exec_ops ops = {.opaque = &x, .output = output, .exited = exited};

	for (size_t at = 0; at < size;) {
		uint8_t head = data[at++];
		size_t n = head & 0x7f;

		if (head < 0x10) {
			if (head == 0x0f && !x)
				x = lab_exec(l, pc, "look", &ops, NULL);
			else if (head == 0x0e && x)
				lab_exec_input(x, "abc", 3);
			run_to(l, lab_now(l) + (head & 7) * STEP_NS);
			continue;
		}
		n = n < size - at ? n : size - at;
		if (n && (head & 0x80))
			say_message(l, pc, data + at, n);
		else
			say(l, pc, data + at, n);
		at += n;
	}
	if (x)
		lab_exec_cancel(x);
	if (lab_pc_state(pc) == LAB_PC_OFF)
		lab_set(l, "pc:pc00", "power", "on", NULL);
	return 0;
}
