/* Everything that uplinks read of strangers: QEMU's framing, packets for the router
 * of a user network, forwards and endpoints as people write them, the bridge helper's
 * access list. The first byte says which. */
#include <stdlib.h>
#include <string.h>

#include "engine/uplink/endpoint.h"
#include "engine/uplink/framing.h"
#include "engine/uplink/tap.h"
#include "engine/uplink/user_dhcp.h"
#include "engine/uplink/user_fragments.h"
#include "engine/uplink/user_six.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void framing(const uint8_t *data, size_t size)
{
	struct framing *f = calloc(1, sizeof(*f));
	enum framing_result result = FRAMING_MORE;

	/* In pieces, as long as the bytes are. */
	while (size && result == FRAMING_MORE) {
		uint32_t room, at = 0, length, piece;
		uint8_t *to = framing_room(f, &room);
		const uint8_t *frame;

		piece = MIN((uint32_t)size, MIN(room, 1u + data[0] % 64u));
		memcpy(to, data, piece);
		framing_added(f, piece);
		data += piece;
		size -= piece;
		while ((result = framing_next(f, &at, &frame, &length)) == FRAMING_FRAME)
			if (frame < f->data || frame + length > f->data + sizeof(f->data))
				abort();
	}
	free(f);
}

static struct user_config *config(void)
{
	struct uplink_settings *s = uplink_settings_new(NULL);
	const char *key;
	struct user_config *c;

	s->ipv6 = true;
	c = user_config_new(s, &key, NULL);
	uplink_settings_free(s);
	return c;
}

/* Frames, each behind a byte that says how long it is. */
static void packets(const uint8_t *data, size_t size)
{
	struct user_config *c = config();
	struct user_dhcp *d = calloc(1, sizeof(*d));
	struct user_fragments f = {.whole = NULL};
	struct packet_out out;

	for (uint64_t now = 0; size > 1; now += 1000000000) {
		uint32_t length = MIN((uint32_t)size - 1, data[0] * 4u), whole;
		uint8_t *copy = g_memdup2(data + 1, length);
		struct packet p;

		if (packet_read(&p, copy, length)) {
			user_dhcp_answer(d, c, &p, now, &out);
			if (p.ethertype == ETHERTYPE_IP6 && p.ip)
				user_six_answer(c, &p, &out);
			if (p.ethertype == ETHERTYPE_IP4 && p.ip && p.fragment)
				user_fragments_add(&f, &p, now, &whole);
		}
		g_free(copy);
		data += 1 + length;
		size -= 1 + length;
	}
	user_fragments_clear(&f);
	free(d);
	user_config_free(c);
}

static void words(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	char shown[FORWARD_TEXT];
	struct forward f;
	struct guest_forward g;
	struct endpoint e;
	unsigned line;

	if (forward_parse(text, &f, NULL))
		forward_text(&f, shown);
	forward_parse_host(text, &f, NULL);
	guest_forward_parse(text, &g, NULL);
	guest_forward_clear(&g);
	endpoint_parse(text, true, &e, NULL);
	endpoint_clear(&e);
	bridge_acl_text(text, "br0", &line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parts[])(const uint8_t *data, size_t size) = {framing, packets, words};

	if (size)
		parts[data[0] % ARRAY_LEN(parts)](data + 1, size - 1);
	return 0;
}
