/* The host's side of the agent protocol (docs/agent.md): messages in and out of
 * COM2. What a PC is given by them is placing.c. */
#include "engine/lab/lab_priv.h"

#include "engine/base/bytes.h"

enum { HEADER = 8 };

/* ---- inside the PC's window ---- */

void agent_feed(struct lab_pc *pc, uint8_t byte)
{
	GByteArray *in = pc->agent_in;
	struct pc_report r = {.kind = PC_AGENT_SAID};
	uint32_t size;

	g_byte_array_append(in, &byte, 1);
	/* Out of step (a guest may write anything): wait for the next "LY". */
	if ((in->len == 1 && byte != 'L') || (in->len == 2 && byte != 'Y')) {
		g_byte_array_set_size(in, byte == 'L' ? 1 : 0);
		return;
	}
	if (in->len < HEADER)
		return;
	size = get_le32(in->data + 4);
	if (size > AGENT_MAX) {
		g_byte_array_set_size(in, 0);
		return;
	}
	if (in->len < HEADER + size)
		return;
	r.message = (struct agent_message){
		.when = board_now(pc->board) - pc->offset,
		.type = in->data[2],
		.id = in->data[3],
		.payload = g_bytes_new(in->data + HEADER, size),
	};
	g_array_append_val(pc->reports, r);
	g_byte_array_set_size(in, 0);
}

/* ---- on the lab's thread ---- */

void agent_send(struct lab_pc *pc, uint8_t type, uint8_t id, const void *data, size_t size, uint64_t when)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	const uint8_t *at = size ? data : (const uint8_t *)"";

	do {
		uint8_t header[HEADER] = {'L', 'Y', type, id};
		uint32_t part = (uint32_t)(size < AGENT_MAX ? size : AGENT_MAX);

		put_le32(header + 4, part);
		g_byte_array_append(out, header, HEADER);
		if (part)
			g_byte_array_append(out, at, part);
		at += part;
		size -= part;
	} while (size);
	inbox_type(pc, 1, out->data, out->len, when);
}

/* An answer to the identity: before that nobody asked, and who is ready is given
 * commands. */
static void ready(struct lab_pc *pc, const struct agent_message *m)
{
	gsize size;
	const uint8_t *p = g_bytes_get_data(m->payload, &size);
	g_autofree char *text = NULL;

	if (!pc->identified)
		return;
	text = size ? g_utf8_make_valid((const char *)p + 1, (gssize)size - 1) : g_strdup("");
	g_strchomp(text);
	pc_set_state(pc, size && p[0] == 0 ? LAB_PC_READY : LAB_PC_FAILED, text, m->when);
}

void agent_receive(struct lab_pc *pc, const struct agent_message *m)
{
	switch (m->type) {
	case AGENT_HELLO:
		pc->hello = true;
		pcs_release(pc->lab, m->when);
		break;
	case AGENT_READY: ready(pc, m); break;
	case AGENT_OUT: exec_output(pc, m); break;
	case AGENT_EXIT: exec_exit(pc, m); break;
	case AGENT_TAKEN: exec_taken(pc, m); break;
	default: break; /* a guest's nonsense */
	}
}
