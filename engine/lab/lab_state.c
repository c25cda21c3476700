/* The walk over a whole lab: its fingerprint, and a lab as bytes. Between two steps
 * nothing is in the outboxes: what PCs have sent is on the fabric, in inboxes or in the
 * reports that were heard already. */
#include "engine/lab/lab_priv.h"

#include "engine/pc/pc.h"

#define FORMAT "lanyard-lab 1"

static void lab_state(struct lab *l, struct state *s)
{
	uint64_t net_now;

	state_u64(s, &l->seed);
	state_u64(s, &l->now);
	state_require(s, l->now <= TIME_SANE, "impossible time");
	checks_state(l, s);
	events_state(l, s);
	timeline_state(l, s);
	for (guint n = 0; n < l->pcs->len; n++)
		pc_state(l->pcs->pdata[n], s);
	net_state(l->net, s);
	net_now = net_time(l->net);
	state_require(s, net_now == l->now, "the fabric's clock is not the lab's");
}

void lab_hash(struct lab *l, uint8_t out[LAB_HASH_BYTES])
{
	struct state *s = state_hash();

	window_settle(l);
	lab_state(l, s);
	state_digest(s, out);
	state_end(s, NULL);
}

/* What the bytes are of. A saved lab is loaded by the build that saved it. */
static void header_state(const struct lab *l, struct state *s)
{
	uint32_t pc_bytes = sizeof(struct pc), pcs = l->pcs->len;

	state_name(s, FORMAT, "format");
	state_u32(s, &pc_bytes);
	state_require(s, pc_bytes == sizeof(struct pc), "saved by another version of lanyard");
	state_name(s, l->plan->name, "lab");
	state_u32(s, &pcs);
	state_require(s, pcs == l->pcs->len, "a lab of %u PCs: expected %u", pcs, l->pcs->len);
}

void lab_walk(struct lab *l, struct state *s)
{
	if (!state_loading(s))
		window_settle(l);
	header_state(l, s);
	lab_state(l, s);
}

bool lab_save(struct lab *l, GByteArray *out, GError **error)
{
	struct state *s = state_save(out);

	lab_walk(l, s);
	return state_end(s, error);
}

bool lab_load(struct lab *l, const void *data, size_t size, GError **error)
{
	struct state *s = state_load(data, size);

	lab_walk(l, s);
	return state_end(s, error);
}
