/* A little lab for tests of the fabric: ports that note what reaches them. */
#ifndef LANYARD_TESTS_UNIT_NET_LAB_H
#define LANYARD_TESTS_UNIT_NET_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "engine/base/bytes.h"
#include "engine/net/hub.h"
#include "engine/net/link.h"
#include "engine/net/switch.h"

#define GBIT 1000000000ull
#define SEC 1000000000ull

/* A port that notes what arrives: the frame's size, its number (the last four
 * bytes), its tag. */
struct got {
	uint64_t when;
	uint32_t size, number;
	int tci; /* -1: untagged */
	unsigned port;
};
#define GOT_MAX 4096
struct log {
	struct got got[GOT_MAX];
	unsigned count;
	char carrier[64]; /* "AuBu": port letter, up or down */
};

/* Operations of a port that notes in its owner, a struct log; early: hears of a frame
 * before its time. */
extern const struct port_ops sink;
extern const struct port_ops sink_early;

struct fixture {
	struct net *n;
	struct log log;
	struct port *p[8];
	uint64_t now; /* for where() */
};

int setup(void **state);

/* net_free() asserts that every frame came back to the pool. */
int teardown(void **state);
struct port *sink_new(struct fixture *x, unsigned i, const struct port_ops *ops, uint64_t rate);
struct link *join(struct fixture *x, const char *name, struct port *a, struct port *b, struct link_params params);

extern const struct link_params plain;

void mac_of(uint8_t *mac, unsigned host);

/* A frame from host `src` to host `dst` (0xff: everyone); tci -1: untagged. */
void send_frame(struct fixture *x, struct port *p, uint64_t when, unsigned dst, unsigned src, int tci, uint32_t size,
		uint32_t number);

/* A watcher's diary: times never go back, whoever was first to know. */
struct diary {
	struct watcher w;
	char text[256];
	uint64_t last;
};

void diary_frame(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		 enum drop_reason reason);

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
