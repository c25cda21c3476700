/* A lab that says nothing at all of networks: each PC gets a card on a user network of
 * its own, as QEMU gives its machines. */
#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "topology/plan_maker.h"

static bool has_networks(const struct build *b)
{
	static const char *const sections[] = {"vlans", "hubs", "switches", "links", "uplinks"};

	for (unsigned n = 0; n < ARRAY_LEN(sections); n++)
		if (map_get(b->root, sections[n]))
			return true;
	for (guint n = 0; n < b->plan->pcs->len; n++)
		if (((const struct plan_pc *)b->plan->pcs->pdata[n])->nics->len)
			return true;
	return false;
}

static void add_card(struct build *b, struct plan_pc *pc, bool agent)
{
	struct plan_nic *nic = plan_nic_new();
	const struct plan_address dhcp = {.dhcp = true};

	nic->name = g_strdup("eth0");
	nic->mark = pc->mark;
	nic->model = value_model(NULL, map_get(b->defaults, "nic"));
	if (!nic->model) /* which the check has reported */
		nic->model = nic_models[0];
	nic->options = g_new0(struct option_value, nic_option_count(nic->model) + 1);
	for (unsigned n = 0; n < nic_option_count(nic->model); n++)
		option_parse(&nic->model->options[n], nic->model->options[n].standard, &nic->options[n], NULL);
	if (agent)
		g_array_append_val(nic->addresses, dhcp);
	g_ptr_array_add(pc->nics, nic);
}

static void add_network(struct build *b, const struct plan_pc *pc)
{
	struct plan_uplink *u = g_new0(struct plan_uplink, 1);
	struct option_value ipv6;

	value_get(b->defaults, keys_defaults, "ipv6", &ipv6);
	u->name = g_strdup_printf("%s.net", pc->name);
	u->mark = pc->mark;
	u->kind = uplink_kind_find("user");
	u->settings = uplink_settings_new(b->folder);
	u->settings->ipv6 = ipv6.number;
	u->attach = ATTACH_PORT;
	u->to = g_strdup_printf("%s:eth0", pc->name);
	g_ptr_array_add(b->plan->uplinks, u);
	g_hash_table_insert(b->used, g_strdup(u->to), (gpointer)b->root);
}

void build_default_networks(struct build *b)
{
	if (has_networks(b))
		return;
	for (guint n = 0; n < b->plan->pcs->len; n++) {
		struct plan_pc *pc = b->plan->pcs->pdata[n];
		const struct thing *t = build_find(b, pc->name, THING_PC);

		add_card(b, pc, t && t->agent);
		add_network(b, pc);
	}
}
