/* Small facts of a user network; see user_net.h. */
#include "engine/uplink/user_net.h"

#include <string.h>

void user_net_mac(uint32_t address, uint8_t mac[6])
{
	mac[0] = 0x52;
	mac[1] = 0x55;
	memcpy(mac + 2, &address, 4);
}

void user_net_mac6(const uint8_t address[16], uint8_t mac[6])
{
	mac[0] = 0x52;
	mac[1] = 0x56;
	memcpy(mac + 2, address + 12, 4);
}

/* Bytes that one name takes; 0: it is none. */
static uint32_t put_name(const char *name, uint8_t *out, uint32_t room)
{
	g_auto(GStrv) label = g_strsplit(name, ".", -1);
	uint32_t at = 0;

	for (unsigned n = 0; label[n]; n++) {
		size_t length = strlen(label[n]);

		if (!length && !label[n + 1])
			break; /* a dot at the end */
		if (!length || length > 63 || at + length + 2 > room)
			return 0;
		out[at] = (uint8_t)length;
		memcpy(out + at + 1, label[n], length);
		at += (uint32_t)length + 1;
	}
	if (!at)
		return 0;
	out[at] = 0;
	return at + 1;
}

uint32_t user_net_names(const GPtrArray *names, uint8_t *out, uint32_t room)
{
	uint32_t at = 0;

	for (guint n = 0; n < names->len; n++)
		at += put_name(names->pdata[n], out + at, room - at);
	return at;
}
