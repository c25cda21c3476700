/* Who is on a user network; see user_hosts.h. */
#include "engine/uplink/user_hosts.h"

#include <string.h>

static struct user_host *find(const struct user_hosts *h, bool six, const uint8_t *address)
{
	for (uint32_t n = 0; n < h->count; n++) {
		const struct user_host *row = &h->at[n];

		if (row->six == six && !memcmp(row->address, address, six ? 16 : 4))
			return (struct user_host *)row;
	}
	return NULL;
}

bool user_hosts_learn(struct user_hosts *h, bool six, const uint8_t *address, const uint8_t mac[6])
{
	struct user_host *row = find(h, six, address);
	bool fresh = !row;

	if (fresh && h->count < USER_HOSTS)
		row = &h->at[h->count++];
	else if (fresh) {
		row = &h->at[h->next];
		h->next = (h->next + 1) % USER_HOSTS;
	}
	if (fresh) {
		memset(row, 0, sizeof(*row));
		memcpy(row->address, address, six ? 16 : 4);
		row->six = six;
	}
	memcpy(row->mac, mac, 6);
	return fresh;
}

const uint8_t *user_hosts_find(const struct user_hosts *h, bool six, const uint8_t *address)
{
	const struct user_host *row = find(h, six, address);

	return row ? row->mac : NULL;
}

const uint8_t *user_hosts_by_mac(const struct user_hosts *h, const uint8_t mac[6])
{
	for (uint32_t n = 0; n < h->count; n++)
		if (!h->at[n].six && !memcmp(h->at[n].mac, mac, 6))
			return h->at[n].address;
	return NULL;
}

void user_hosts_state(struct user_hosts *h, struct state *s)
{
	h->count = (uint32_t)state_count(s, h->count, USER_HOSTS, "uplink: stations");
	state_u32(s, &h->next);
	state_require(s, h->next < USER_HOSTS, "uplink: an impossible row of stations");
	state_bytes(s, h->at, h->count * sizeof(h->at[0]));
}
