/* What net_bench does, through another program's switch: two stations of one
 * VLAN on a vde_switch send to each other as fast as it takes their frames.
 * Prints "FRAMES SECONDS CPU-SECONDS".
 *
 *   vde_bench SECONDS BYTES SWITCH       SWITCH: the folder of its sockets
 *
 * The stations sit at the switch's ports 1 and 2. Each has a thread that sends
 * and one that receives; no more than WINDOW frames are under way, or the
 * switch would spend its time on frames that it then has to drop.
 */
#include <inttypes.h>
#include <libvdeplug.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FCS 4u /* counted in BYTES (RFC 2544), not carried */
#define WINDOW 64u
#define PATIENCE 500 /* ms without a frame: the rest is lost */

struct station {
	unsigned self;
	struct station *other;
	VDECONN *wire;
	size_t size;
	uint64_t sent, received;
	bool *over;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *sender(void *opaque)
{
	struct station *s = opaque;
	uint8_t frame[1518] = {[5] = (uint8_t)(2 - s->self), [11] = (uint8_t)(1 + s->self)};

	while (!__atomic_load_n(s->over, __ATOMIC_RELAXED)) {
		if (s->sent - __atomic_load_n(&s->other->received, __ATOMIC_ACQUIRE) >= WINDOW)
			sched_yield();
		else if (vde_send(s->wire, frame, s->size, 0) == (ssize_t)s->size)
			__atomic_store_n(&s->sent, s->sent + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Until all that was sent has come, or nothing comes any more. */
static void *receiver(void *opaque)
{
	struct station *s = opaque;
	struct pollfd p = {.fd = vde_datafd(s->wire), .events = POLLIN};
	uint8_t frame[VDE_ETHBUFSIZE];

	while (poll(&p, 1, PATIENCE) > 0)
		if (vde_recv(s->wire, frame, sizeof(frame), 0) == (ssize_t)s->size)
			__atomic_store_n(&s->received, s->received + 1, __ATOMIC_RELEASE);
	return NULL;
}

static void open_wire(struct station *s, char *where)
{
	struct vde_open_args args = {.port = (int)s->self + 1, .mode = 0600};

	s->wire = vde_open(where, "bench", &args);
	if (!s->wire) {
		perror(where);
		exit(1);
	}
}

static int measure(struct station s[2], double time, bool *over)
{
	struct timespec pause = {(time_t)time, (long)((time - (double)(time_t)time) * 1e9)};
	pthread_t thread[4];
	double start = seconds(), took;
	uint64_t sent, received;

	for (unsigned i = 0; i < 2; i++) {
		pthread_create(&thread[i], NULL, sender, &s[i]);
		pthread_create(&thread[2 + i], NULL, receiver, &s[i]);
	}
	nanosleep(&pause, NULL);
	received =
		__atomic_load_n(&s[0].received, __ATOMIC_ACQUIRE) + __atomic_load_n(&s[1].received, __ATOMIC_ACQUIRE);
	took = seconds() - start;
	__atomic_store_n(over, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	sent = s[0].sent + s[1].sent;
	if (!received || s[0].received + s[1].received != sent) {
		fprintf(stderr, "vde_bench: %" PRIu64 " frames sent, %" PRIu64 " received\n", sent,
			s[0].received + s[1].received);
		return 1;
	}
	printf("%llu %.6f %.6f\n", (unsigned long long)received, took, (double)clock() / CLOCKS_PER_SEC);
	return 0;
}

int main(int argc, char **argv)
{
	double time = argc == 4 ? strtod(argv[1], NULL) : 0;
	unsigned long bytes = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	struct station s[2] = {{.self = 0, .other = &s[1]}, {.self = 1, .other = &s[0]}};
	bool over = false;
	int status;

	if (!(time > 0) || bytes < 64 || bytes > 1518) {
		fprintf(stderr, "usage: vde_bench SECONDS BYTES(64..1518) SWITCH\n");
		return 2;
	}
	for (unsigned i = 0; i < 2; i++) {
		s[i].size = bytes - FCS;
		s[i].over = &over;
		open_wire(&s[i], argv[3]);
	}
	status = measure(s, time, &over);
	for (unsigned i = 0; i < 2; i++)
		vde_close(s[i].wire);
	return status;
}
