/* Addresses of cards that were given none: 52:54:00 (QEMU's locally administered
 * prefix), a byte made from the lab's name, the number of the PC in the order of names
 * and that of the card, so that people can tell them apart: 52:54:00:9d:02:01. Beyond
 * 254 PCs, and where one is taken, the last three bytes are made from the names of lab,
 * PC and card. All stay the same from run to run and from machine to machine. */
#include <string.h>

#include "engine/base/rng.h"
#include "topology/plan_maker.h"

#define NUMBERED 254u /* PCs whose number fits */

static bool take(struct build *b, struct plan_nic *nic, uint64_t bits)
{
	const uint8_t mac[6] = {0x52, 0x54, 0x00, (uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16)};
	char text[ADDRESS_TEXT];

	address_format_mac(mac, text);
	if (g_hash_table_contains(b->macs, text))
		return false;
	memcpy(nic->mac, mac, sizeof(mac));
	g_hash_table_insert(b->macs, g_strdup(text), (gpointer)b->root);
	return true;
}

static void derive(struct build *b, guint number, guint card, struct plan_nic *nic)
{
	const struct plan_pc *pc = b->plan->pcs->pdata[number];
	const char *lab = b->plan->name ? b->plan->name : "";
	g_autofree char *name = g_strdup_printf("%s/%s/%s", lab, pc->name, nic->name);
	struct rng r;

	rng_seed(&r, 0, lab);
	if (number < NUMBERED && take(b, nic, (rng_next(&r) & 0xff) | (number + 1) << 8 | (uint64_t)(card + 1) << 16))
		return;
	/* Who comes first in the order of names keeps the first draw. */
	rng_seed(&r, 0, name);
	while (!take(b, nic, rng_next(&r) >> 40))
		;
}

void build_macs(struct build *b)
{
	static const uint8_t none[6];

	for (guint n = 0; n < b->plan->pcs->len; n++) {
		const struct plan_pc *pc = b->plan->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++) {
			struct plan_nic *nic = pc->nics->pdata[i];

			if (!memcmp(nic->mac, none, sizeof(none)))
				derive(b, n, i, nic);
		}
	}
}
