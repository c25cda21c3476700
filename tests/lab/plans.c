/* The labs of the suite, made by hand. */
#include <string.h>

#include "engine/nic/nic.h"
#include "tests/lab/lab_test.h"

static struct plan *base(const char *name, const char *guest)
{
	struct plan *p = plan_new();
	struct plan_image *image = g_new0(struct plan_image, 1);

	p->name = g_strdup(name);
	image->name = g_strdup("netguest");
	image->kernel = g_strdup(guest);
	image->boot_order = "";
	g_ptr_array_add(p->images, image);
	return p;
}

/* PCs must be added in the order of their names. */
static struct plan_pc *add_pc(struct plan *p, const char *name, const char *words)
{
	struct plan_pc *pc = plan_pc_new();

	pc->name = g_strdup(name);
	pc->memory = 16 << 20;
	pc->mips = 1000;
	pc->cpu_model = CPU_X86_64;
	pc->append = g_strdup_printf("id=%x %s", p->pcs->len + 1, words);
	g_ptr_array_add(p->pcs, pc);
	return pc;
}

static struct plan_nic *add_nic(struct plan *p, struct plan_pc *pc, const char *model)
{
	struct plan_nic *nic = plan_nic_new();
	uint8_t mac[6] = {0x52, 0x54, 0, 0, (uint8_t)p->pcs->len, (uint8_t)pc->nics->len};

	nic->name = g_strdup_printf("eth%u", pc->nics->len);
	nic->model = nic_model_find(model);
	memcpy(nic->mac, mac, sizeof(mac));
	g_ptr_array_add(pc->nics, nic);
	return nic;
}

static void on_vlan(struct plan *p, struct plan_pc *pc, const char *model, unsigned vlan)
{
	struct plan_nic *nic = add_nic(p, pc, model);

	nic->attach = ATTACH_VLAN;
	nic->vlan = vlan;
}

static void at_port(struct plan *p, struct plan_pc *pc, const char *model, const char *port)
{
	struct plan_nic *nic = add_nic(p, pc, model);

	nic->attach = ATTACH_PORT;
	nic->to = g_strdup(port);
}

static void add_vlan(struct plan *p, const char *name, uint16_t id)
{
	struct plan_vlan *v = g_new0(struct plan_vlan, 1);

	v->name = g_strdup(name);
	v->id = id;
	g_ptr_array_add(p->vlans, v);
}

static struct plan_link *add_link(struct plan *p, const char *name, const char *a, const char *b)
{
	struct plan_link *l = g_new0(struct plan_link, 1);

	l->name = g_strdup(name);
	l->end[0] = g_strdup(a);
	l->end[1] = g_strdup(b);
	l->params[0] = l->params[1] = (struct link_params){.delay = LINK_DELAY, .queue = LINK_QUEUE};
	l->up = true;
	g_ptr_array_add(p->links, l);
	return l;
}

static struct plan_event *add_event(struct plan *p, const char *name, uint64_t at, const char *thing, const char *key,
				    const char *value)
{
	struct plan_event *e = plan_event_new();

	e->name = g_strdup(name);
	e->at = at;
	e->kind = PLAN_EVENT_SET;
	e->thing = g_strdup(thing);
	g_ptr_array_add(e->keys, g_strdup(key));
	g_ptr_array_add(e->values, g_strdup(value));
	g_ptr_array_add(p->events, e);
	return e;
}

struct plan *plan_two_on_vlan(const char *guest)
{
	struct plan *p = base("two", guest);

	add_vlan(p, "office", 10);
	on_vlan(p, add_pc(p, "alice", ""), "e1000", 0);
	on_vlan(p, add_pc(p, "bob", "apic us=b00"), "e1000", 0);
	return p;
}

/* No switch between them: frames go from PC to PC; two cables between slow
 * cards, one of them with a queue that fills up; a PC that runs at 300 MIPS. */
struct plan *plan_cable(const char *guest)
{
	struct plan *p = base("cable", guest);
	struct plan_pc *alice = add_pc(p, "alice", "us=700"), *bob = add_pc(p, "bob", "us=500 apic");
	struct plan_link *slow;

	add_nic(p, alice, "ne2k_pci");
	add_nic(p, alice, "ne2k_pci");
	add_nic(p, bob, "ne2k_pci");
	add_nic(p, bob, "e1000");
	bob->mips = 300;
	bob->cpu_model = CPU_686;
	add_link(p, "direct", "alice:eth0", "bob:eth0")->params[1].delay = 1000;
	slow = add_link(p, "slow", "alice:eth1", "bob:eth1");
	slow->params[0].rate = slow->params[1].rate = MBIT / 2;
	slow->params[0].queue = 3;
	return p;
}

struct plan *plan_lock_step(const char *guest, unsigned count, const char *words, const char *delay)
{
	struct plan *p = base("lockstep", guest);

	add_vlan(p, "office", 10);
	for (unsigned n = 0; n < count; n++) {
		/* Names and numbers of one length: every PC takes as long as any other. */
		g_autofree char *name = g_strdup_printf("pc%02u", n);
		struct plan_pc *pc = add_pc(p, name, "");

		g_free(pc->append);
		pc->append = g_strdup_printf("id=%02x %s", n, words);
		on_vlan(p, pc, "e1000", 0);
		if (delay) {
			g_autofree char *thing = g_strdup_printf("nic:%s:eth0", name);

			add_event(p, name, 0, thing, "delay", delay);
		}
	}
	return p;
}

/* Clones of one image with its agent, started one after the other by pairs. */
struct plan *plan_clones(const char *guest, unsigned count)
{
	struct plan *p = base("clones", guest);
	struct plan_image *image = p->images->pdata[0];
	struct plan_check *check = g_new0(struct plan_check, 1);

	image->agent = true;
	image->cmdline = g_strdup("agent us=5dc");
	add_vlan(p, "office", 10);
	for (unsigned n = 0; n < count; n++) {
		g_autofree char *name = g_strdup_printf("pc%02u", n);
		struct plan_pc *pc = add_pc(p, name, "");

		g_clear_pointer(&pc->append, g_free);
		if (n >= 2)
			g_ptr_array_add(pc->after, g_strdup_printf("pc%02u", n - 2));
		pc->setup = g_strdup("echo this is a file");
		on_vlan(p, pc, n % 3 ? "e1000" : "ne2k_pci", 0);
	}
	check->name = g_strdup("seen");
	check->kind = CHECK_RUN;
	check->pc = g_strdup("pc01");
	check->run = g_strdup("look ");
	check->expect = g_strdup("^look [0-9a-f]*7$");
	check->every = 3 * MS;
	check->within = 280 * MS;
	check->points = 3;
	g_ptr_array_add(p->checks, check);
	return p;
}

static void add_port(struct plan_switch *s, unsigned number, uint16_t access)
{
	struct plan_switch_port *port = plan_switch_port_new();
	const uint16_t both[2] = {10, 20};

	port->number = number;
	port->rate = 1000 * MBIT;
	port->trunk = !access;
	port->access = access;
	if (port->trunk)
		g_array_append_vals(port->vlans, both, 2);
	g_ptr_array_add(s->ports, port);
}

static void add_switch(struct plan *p, const char *name)
{
	struct plan_switch *s = plan_switch_new();

	s->name = g_strdup(name);
	add_port(s, 1, 10);
	add_port(s, 2, 20);
	add_port(s, 3, 10);
	add_port(s, 24, 0);
	g_ptr_array_add(p->switches, s);
}

/* Two VLANs over two switches and a trunk; one PC has a card in each. */
struct plan *plan_switches(const char *guest)
{
	struct plan *p = base("switches", guest);
	struct plan_pc *router;

	add_vlan(p, "factory", 20);
	add_vlan(p, "office", 10);
	add_switch(p, "sw1");
	add_switch(p, "sw2");
	at_port(p, add_pc(p, "anna", "us=800"), "e1000", "sw1:1");
	at_port(p, add_pc(p, "bert", "us=900 apic"), "ne2k_pci", "sw2:1");
	at_port(p, add_pc(p, "carl", "us=a00"), "ne2k_pci", "sw1:2");
	router = add_pc(p, "router", "us=b00 apic");
	at_port(p, router, "e1000", "sw2:2");
	at_port(p, router, "e1000", "sw2:3");
	add_link(p, "trunk", "sw1:24", "sw2:24")->params[0].delay = 30000;
	return p;
}

/* A hub; a bridge of two PCs over a bad link that goes down and up. */
struct plan *plan_hub(const char *guest)
{
	struct plan *p = base("hub", guest);
	struct plan_hub *h = g_new0(struct plan_hub, 1);
	struct plan_pc *far, *near;
	struct plan_link *wan;

	h->name = g_strdup("h1");
	h->ports = 4;
	g_ptr_array_add(p->hubs, h);
	at_port(p, add_pc(p, "anna", "us=600"), "ne2k_pci", "h1:1");
	at_port(p, add_pc(p, "bert", "us=680"), "ne2k_pci", "h1:2");
	far = add_pc(p, "far", "us=580 apic");
	near = add_pc(p, "near", "us=700");
	add_nic(p, far, "e1000");
	at_port(p, near, "e1000", "h1:3");
	add_nic(p, near, "ne2k_pci");
	wan = add_link(p, "wan", "far:eth0", "near:eth1");
	wan->params[0] = (struct link_params){.delay = 2 * MS, .rate = MBIT, .queue = 20, .loss = 100000};
	wan->params[1] = (struct link_params){.delay = 1 * MS, .rate = 10 * MBIT, .queue = 20, .loss = 200000};
	add_event(p, "cut", 180 * MS, "link:wan", "state", "down");
	add_event(p, "mend", 200 * MS, "link:wan", "state", "up");
	add_event(p, "slow", 230 * MS + 1, "link:wan", "delay", "20us");
	add_event(p, "unplug", 250 * MS, "nic:bert:eth0", "state", "down");
	return p;
}
