/* Addresses of cards that were given none: 52:54:00 (QEMU's locally administered
 * prefix) and 24 bits made from the names of lab, PC and card, so that they
 * stay the same from run to run and from machine to machine. */
#include <string.h>

#include "engine/base/rng.h"
#include "topology/build.h"

static void derive(struct build *b, const struct plan_pc *pc, struct plan_nic *nic, const struct node *node)
{
	g_autofree char *name = g_strdup_printf("%s/%s/%s", b->plan->name ? b->plan->name : "", pc->name, nic->name);
	char text[ADDRESS_TEXT];
	struct rng r;

	/* Who comes first in the order of names keeps the first draw. */
	rng_seed(&r, 0, name);
	do {
		uint64_t bits = rng_next(&r);
		const uint8_t mac[6] = {
			0x52, 0x54, 0x00, (uint8_t)(bits >> 40), (uint8_t)(bits >> 48), (uint8_t)(bits >> 56)};

		memcpy(nic->mac, mac, sizeof(mac));
		address_format_mac(nic->mac, text);
	} while (g_hash_table_contains(b->macs, text));
	g_hash_table_insert(b->macs, g_strdup(text), (gpointer)node);
}

void build_macs(struct build *b)
{
	static const uint8_t none[6];

	for (guint n = 0; n < b->plan->pcs->len; n++) {
		const struct plan_pc *pc = b->plan->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++) {
			struct plan_nic *nic = pc->nics->pdata[i];

			if (!memcmp(nic->mac, none, sizeof(none)))
				derive(b, pc, nic, b->root);
		}
	}
}
