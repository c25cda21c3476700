/* How many frames a second the fabric carries on one core: two ports of one
 * VLAN send to each other through a switch as fast as a 10 Gbit/s wire takes
 * them. Prints one line a case; no watcher is the case that must be fast.
 *
 *   net_bench [frames a case, in thousands]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/bytes.h"
#include "engine/net/net.h"

#define RATE 10000000000ull
#define BATCH 100u /* frames handed in at once, as a PC does after its window */

struct station {
	struct port *port;
	uint64_t received, next;
};

static void station_receive(struct port *p, struct frame *f, uint64_t when)
{
	((struct station *)p->owner)->received++;
}

static void watch(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		  enum drop_reason reason)
{
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void generate(struct net *n, struct station *s, unsigned self, uint32_t size, uint64_t gap)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct frame *f = frame_new(net_pool(n), NULL, size);

		put_be32(f->data + 2, 2 - self);
		put_be32(f->data + 8, 1 + self);
		port_send(s->port, f, s->next);
		frame_unref(f);
		s->next += gap;
	}
}

static void bench(uint64_t frames, uint32_t size, bool early, bool watched)
{
	const struct port_ops ops = {.receive = station_receive, .early = early};
	const struct link_params params[2] = {{.delay = LINK_DELAY_MIN, .queue = LINK_QUEUE},
					      {.delay = LINK_DELAY_MIN, .queue = LINK_QUEUE}};
	struct net *n = net_new(1);
	struct net_switch *s = switch_new(n, "sw");
	struct station a[2] = {{.next = 0}, {.next = 0}};
	struct watcher w[2] = {{.frame = watch}, {.frame = watch}};
	uint64_t gap = ((size < 60 ? 60 : size) + 24) * 8 * 1000000000ull / RATE + 1;
	double start;

	for (unsigned i = 0; i < 2; i++) {
		char name[8] = {'p', (char)('0' + i), 0};
		struct port *p = switch_add_port(s, i + 1, RATE);

		switch_set_access(p, 10);
		a[i].port = port_new(n, name, &ops, &a[i], i, RATE);
		link_new(n, name, a[i].port, p, params);
		if (watched)
			port_watch(a[i].port, &w[i]);
	}
	start = seconds();
	while (a[0].received + a[1].received < frames) {
		generate(n, &a[0], 0, size, gap);
		generate(n, &a[1], 1, size, gap);
		net_run(n, a[0].next);
	}
	printf("%4u bytes, %-6s, %-10s %6.2f M frames/s\n", size, early ? "early" : "timely",
	       watched ? "watched" : "no watcher", (double)frames / (seconds() - start) / 1e6);
	net_run(n, TIME_NEVER);
	net_free(n);
}

int main(int argc, char **argv)
{
	uint64_t frames = (argc > 1 ? strtoull(argv[1], NULL, 10) : 2000) * 1000;

	for (unsigned i = 0; i < 8; i++)
		bench(frames, i & 1 ? 1518 : 64, !(i & 2), i & 4);
	return 0;
}
