/* How many frames a second the fabric carries on one core: two ports of one
 * VLAN send to each other through a switch as fast as a 10 Gbit/s wire takes
 * them. With a file, everything that passes the VLAN is captured there, as
 * `captures` of a lab file does it. Prints "FRAMES SECONDS CPU-SECONDS".
 *
 *   net_bench SECONDS BYTES [FILE.pcapng]
 *
 * BYTES as testers count them (RFC 2544): with the FCS, which our frames lack.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/capture.h"
#include "engine/base/bytes.h"
#include "engine/net/hub.h"
#include "engine/net/link.h"
#include "engine/net/switch.h"

#define RATE 10000000000ull
#define VLAN 10
#define FCS 4u
#define BATCH 100u   /* frames handed in at once, as a PC does after its window */
#define ROUNDS 1000u /* between two looks at the clock */

struct station {
	struct port *port;
	uint64_t received, next;
};

struct world {
	struct net *net;
	struct station a[2];
	struct port *line[2]; /* of the switch */
	struct capture *capture;
};

static void station_receive(struct port *p, struct frame *f, uint64_t when)
{
	((struct station *)p->owner)->received++;
}

/* As a PC's inbox does: frames come as soon as their arrival time is known. */
static const struct port_ops station_ops = {.receive = station_receive, .early = true};

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

static void build(struct world *w)
{
	const struct link_params params[2] = {{.delay = LINK_DELAY_MIN, .queue = LINK_QUEUE},
					      {.delay = LINK_DELAY_MIN, .queue = LINK_QUEUE}};
	struct net_switch *s;

	w->net = net_new(1);
	s = switch_new(w->net, "sw");
	for (unsigned i = 0; i < 2; i++) {
		char name[8] = {'p', (char)('0' + i), 0};

		w->line[i] = switch_add_port(s, i + 1, RATE);
		switch_set_access(w->line[i], VLAN);
		w->a[i].port = port_new(w->net, name, &station_ops, &w->a[i], i, RATE);
		link_new(w->net, name, w->a[i].port, w->line[i], params);
	}
}

static void capture_to(struct world *w, const char *path)
{
	const struct capture_options options = {.path = path};
	g_autoptr(GArray) ports = g_array_new(FALSE, FALSE, sizeof(struct watch_point));
	g_autoptr(GError) error = NULL;

	watch_ports(w->line, 2, true, ports);
	w->capture = capture_new((const struct watch_point *)(void *)ports->data, ports->len, &options, &error);
	if (!w->capture) {
		fprintf(stderr, "net_bench: %s\n", error->message);
		exit(2);
	}
}

static void run(struct world *w, double time, uint32_t size)
{
	uint64_t gap = (size + FCS + 20) * 8 * 1000000000ull / RATE + 1;
	double start = seconds();

	do {
		for (unsigned round = 0; round < ROUNDS; round++) {
			for (unsigned i = 0; i < 2; i++)
				generate(w->net, &w->a[i], i, size, gap);
			net_run(w->net, w->a[0].next);
			if (w->capture)
				capture_flush(w->capture);
		}
	} while (seconds() - start < time);
	net_run(w->net, TIME_NEVER);
	if (w->capture)
		capture_finish(w->capture);
	printf("%" PRIu64 " %.6f %.6f\n", w->a[0].received + w->a[1].received, seconds() - start,
	       (double)clock() / CLOCKS_PER_SEC);
}

int main(int argc, char **argv)
{
	double time = argc > 2 ? strtod(argv[1], NULL) : 0;
	unsigned long bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct world w = {.net = NULL};

	if (argc > 4 || !(time > 0) || bytes < 64 || bytes > 1518) {
		fprintf(stderr, "usage: net_bench SECONDS BYTES(64..1518) [FILE.pcapng]\n");
		return 2;
	}
	build(&w);
	if (argc == 4)
		capture_to(&w, argv[3]);
	run(&w, time, (uint32_t)bytes - FCS);
	capture_free(w.capture);
	net_free(w.net);
	return 0;
}
