/* The board's services: ports, timers, virtual time, and the loop that runs
 * the CPU from event to event. */
#include "engine/pc/board.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/cpu/flags.h"
#include "engine/pc/pc.h"

/* ---- ports ---- */

void board_map_io(struct board *b, const struct io_range *range)
{
	board_map_io_timed(b, range, IO_ISA_NS);
}

void board_map_io_timed(struct board *b, const struct io_range *range, uint16_t ns)
{
	assert(b->io_count < BOARD_MAX_IO);
	b->io_ns[b->io_count] = ns;
	b->io[b->io_count++] = *range;
	for (unsigned n = 0; n < range->count; n++)
		b->io_index[(uint16_t)(range->base + n)] = (uint8_t)b->io_count;
}

void board_unmap_io(struct board *b, unsigned unit, io_in_fn *in, io_out_fn *out)
{
	unsigned kept = 0;

	for (unsigned n = 0; n < b->io_count; n++) {
		const struct io_range *r = &b->io[n];

		if (r->unit == unit && r->in == in && r->out == out)
			continue;
		b->io_ns[kept] = b->io_ns[n];
		b->io[kept++] = *r;
	}
	b->io_count = kept;
	memset(b->io_index, 0, sizeof(b->io_index));
	for (unsigned n = 0; n < kept; n++)
		for (unsigned p = 0; p < b->io[n].count; p++)
			b->io_index[(uint16_t)(b->io[n].base + p)] = (uint8_t)(n + 1);
}

static const struct io_range *io_at(const struct board *b, uint16_t port)
{
	unsigned row = b->io_index[port];

	return row ? &b->io[row - 1] : NULL;
}

uint16_t board_io_ns(const struct board *b, uint16_t port)
{
	unsigned row = b->io_index[port];

	return row ? b->io_ns[row - 1] : IO_ISA_NS;
}

static uint32_t port_in(struct board *b, uint16_t port, unsigned size)
{
	const struct io_range *r = io_at(b, port);
	uint32_t v = 0;

	if (!r || !r->in)
		r = NULL;
	if (r && size <= r->max_size)
		return r->in(b, r->unit, port, size);
	if (!r && size == 1)
		return 0xff;
	size /= 2;
	v = port_in(b, port, size);
	return v | port_in(b, (uint16_t)(port + size), size) << size * 8;
}

static void port_out(struct board *b, uint16_t port, uint32_t value, unsigned size)
{
	const struct io_range *r = io_at(b, port);

	if (r && (size <= r->max_size || size == 1)) {
		if (r->out)
			r->out(b, r->unit, port, value, size);
		return;
	}
	if (size == 1)
		return;
	size /= 2;
	port_out(b, port, value & ((1u << size * 8) - 1), size);
	port_out(b, (uint16_t)(port + size), value >> size * 8, size);
}

static uint32_t size_bits(unsigned size)
{
	return size == 4 ? UINT32_MAX : (1u << size * 8) - 1;
}

uint32_t board_in(void *owner, uint16_t port, unsigned size)
{
	struct board *b = owner;
	uint32_t v = port_in(b, port, size) & size_bits(size);

	TRACE(b, IO, "in%u  %04x -> %x", size * 8, port, v);
	return v;
}

void board_out(void *owner, uint16_t port, uint32_t value, unsigned size)
{
	struct board *b = owner;

	TRACE(b, IO, "out%u %04x <- %x", size * 8, port, value);
	port_out(b, port, value & size_bits(size), size);
}

/* ---- virtual time ---- */

/* Nanoseconds of n counts, and the counts that reach t ns: exact both ways. */
static uint64_t count_to_ns(const struct pc *pc, uint64_t n)
{
	return pc->mips == 1000 ? n : (uint64_t)((unsigned __int128)n * 1000 / pc->mips);
}

static uint64_t ns_to_count(const struct pc *pc, uint64_t t)
{
	if (pc->mips == 1000)
		return t;
	return (uint64_t)(((unsigned __int128)t * pc->mips + 999) / 1000);
}

uint64_t board_now(const struct board *b)
{
	return b->pc->idle_ns + count_to_ns(b->pc, b->pc->cpu.count);
}

uint64_t board_next_due(const struct board *b)
{
	uint64_t next = TIME_NEVER;

	for (unsigned t = 0; t < PC_TIMERS; t++)
		if (b->pc->due[t] < next)
			next = b->pc->due[t];
	return next;
}

uint64_t board_after(const struct board *b)
{
	return b->pc->idle_ns + count_to_ns(b->pc, b->pc->cpu.count + 1);
}

bool board_halted(const struct board *b)
{
	return cpu_waits(&b->pc->cpu);
}

bool board_dead(const struct board *b)
{
	return cpu_halted_for_good(&b->pc->cpu);
}

uint64_t board_count_at(const struct board *b, uint64_t t)
{
	const struct pc *pc = b->pc;

	if (t == TIME_NEVER)
		return UINT64_MAX >> 2;
	return t <= pc->idle_ns ? 0 : ns_to_count(pc, t - pc->idle_ns);
}

void board_timer_set(struct board *b, enum pc_timer timer, uint64_t when)
{
	b->pc->due[timer] = when;
	if (when != TIME_NEVER)
		core_set_limit(b->core, board_count_at(b, when));
}

void board_stop(struct board *b, enum board_state state)
{
	b->pc->state = state;
	core_stop(b->core);
}

static void run_timers(struct board *b)
{
	uint64_t now = board_now(b);

	for (;;) {
		unsigned first = PC_TIMERS;

		for (unsigned t = 0; t < PC_TIMERS; t++)
			if (b->pc->due[t] <= now && (first == PC_TIMERS || b->pc->due[t] < b->pc->due[first]))
				first = t;
		if (first == PC_TIMERS)
			return;
		b->pc->due[first] = TIME_NEVER;
		pc_timer_run(b, first);
	}
}

/* Skips the halted CPU's time to t. */
static void idle_until(struct board *b, uint64_t t)
{
	uint64_t now = board_now(b);

	if (t > now)
		b->pc->idle_ns += t - now;
}

/* INIT#, between two instructions: an access to a port is completed first. */
static void take_init(struct board *b)
{
	cpu_init(&b->pc->cpu);
	b->pc->due[TIMER_DOZE] = TIME_NEVER;
	lapic_init(b);
	core_reload(b->core);
}

enum board_state board_run(struct board *b, uint64_t until)
{
	struct pc *pc = b->pc;

	b->until = until;
	while (pc->state == BOARD_RUNNING) {
		uint64_t next;

		if (UNLIKELY((pc->cpu.attn & (ATTN_INIT | ATTN_BUSY)) == ATTN_INIT))
			take_init(b);
		/* What is due at `until` itself happens in the next run: input for
		 * that time may still come, and is ordered with the timers. */
		if (board_now(b) >= until)
			break;
		run_timers(b);
		if (pc->state != BOARD_RUNNING)
			break;
		next = board_next_due(b);
		if (board_halted(b)) {
			if (next == TIME_NEVER && until == TIME_NEVER)
				return BOARD_IDLE;
			idle_until(b, next < until ? next : until);
			continue;
		}
		core_run(b->core, board_count_at(b, next < until ? next : until));
		if (pc->cpu.attn & ATTN_SHUTDOWN)
			pc->state = BOARD_RESET;
	}
	cpu_canonical(&pc->cpu);
	return pc->state;
}

/* ---- tracing ---- */

void board_trace(struct board *b, enum trace_bit subject, const char *format, ...)
{
	static const char *const names[] = {
#define X(id, name) name,
		TRACE_SUBJECTS(X)
#undef X
	};
	char text[256];
	va_list args;

	if (!b->host.trace)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	b->host.trace(b->host.opaque, names[subject], text);
}
