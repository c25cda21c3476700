/* Making and freeing plans; see plan.h. */
#include "engine/lab/plan.h"

#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"

static void image_free(gpointer data)
{
	struct plan_image *i = data;

	g_free(i->name);
	g_free(i->pin);
	g_free(i->kernel);
	g_free(i->initrd);
	g_free(i->cmdline);
	g_free(i->disk);
	g_free(i->cdrom);
	g_free(i->floppy);
	g_free(i->bios);
	g_free(i);
}

static void vlan_free(gpointer data)
{
	struct plan_vlan *v = data;

	g_free(v->name);
	g_free(v);
}

static void hub_free(gpointer data)
{
	struct plan_hub *h = data;

	g_free(h->name);
	g_free(h);
}

static void switch_port_free(gpointer data)
{
	struct plan_switch_port *p = data;

	g_array_unref(p->vlans);
	g_array_unref(p->mirror);
	g_free(p);
}

static void switch_free(gpointer data)
{
	struct plan_switch *s = data;

	g_free(s->name);
	g_ptr_array_unref(s->ports);
	g_free(s);
}

static void uplink_free(gpointer data)
{
	struct plan_uplink *u = data;

	g_free(u->name);
	g_free(u->to);
	uplink_settings_free(u->settings);
	g_free(u);
}

static void nic_free(gpointer data)
{
	struct plan_nic *n = data;

	g_free(n->name);
	g_free(n->to);
	g_free(n->parent);
	g_free(n->options);
	g_array_unref(n->addresses);
	g_free(n);
}

static void file_free(gpointer data)
{
	struct plan_file *f = data;

	g_free(f->path);
	g_free(f->text);
	g_free(f->source);
	g_free(f);
}

static void route_free(gpointer data)
{
	struct plan_route *r = data;

	g_free(r->to);
	g_free(r->via);
	g_free(r->dev);
	g_free(r);
}

static void pc_free(gpointer data)
{
	struct plan_pc *pc = data;

	g_free(pc->name);
	g_free(pc->append);
	g_ptr_array_unref(pc->nics);
	g_ptr_array_unref(pc->tagged);
	g_ptr_array_unref(pc->files);
	g_ptr_array_unref(pc->routes);
	g_ptr_array_unref(pc->start);
	g_ptr_array_unref(pc->dns);
	g_ptr_array_unref(pc->after);
	g_free(pc->setup);
	g_free(pc->ready);
	g_free(pc);
}

static void link_plan_free(gpointer data)
{
	struct plan_link *l = data;

	g_free(l->name);
	g_free(l->end[0]);
	g_free(l->end[1]);
	g_free(l);
}

static void capture_free(gpointer data)
{
	struct plan_capture *c = data;

	g_free(c->name);
	g_free(c->watch);
	g_free(c->file);
	g_free(c->filter);
	g_free(c);
}

static void event_free(gpointer data)
{
	struct plan_event *e = data;

	g_free(e->name);
	g_free(e->thing);
	g_ptr_array_unref(e->keys);
	g_ptr_array_unref(e->values);
	g_free(e->run);
	g_free(e);
}

static void check_free(gpointer data)
{
	struct plan_check *c = data;

	g_free(c->name);
	g_free(c->pc);
	g_free(c->run);
	g_free(c->expect);
	g_free(c->reject);
	g_free(c->watch);
	g_free(c->packet);
	g_free(c->fail);
	g_free(c);
}

struct plan_nic *plan_nic_new(void)
{
	struct plan_nic *n = g_new0(struct plan_nic, 1);

	n->addresses = g_array_new(FALSE, TRUE, sizeof(struct plan_address));
	return n;
}

struct plan_pc *plan_pc_new(void)
{
	struct plan_pc *pc = g_new0(struct plan_pc, 1);

	pc->nics = g_ptr_array_new_with_free_func(nic_free);
	pc->tagged = g_ptr_array_new_with_free_func(nic_free);
	pc->files = g_ptr_array_new_with_free_func(file_free);
	pc->routes = g_ptr_array_new_with_free_func(route_free);
	pc->start = g_ptr_array_new_with_free_func(g_free);
	pc->dns = g_ptr_array_new_with_free_func(g_free);
	pc->after = g_ptr_array_new_with_free_func(g_free);
	return pc;
}

struct plan_switch *plan_switch_new(void)
{
	struct plan_switch *s = g_new0(struct plan_switch, 1);

	s->ports = g_ptr_array_new_with_free_func(switch_port_free);
	return s;
}

struct plan_switch_port *plan_switch_port_new(void)
{
	struct plan_switch_port *p = g_new0(struct plan_switch_port, 1);

	p->vlans = g_array_new(FALSE, TRUE, sizeof(uint16_t));
	p->mirror = g_array_new(FALSE, TRUE, sizeof(unsigned));
	return p;
}

struct plan_event *plan_event_new(void)
{
	struct plan_event *e = g_new0(struct plan_event, 1);

	e->keys = g_ptr_array_new_with_free_func(g_free);
	e->values = g_ptr_array_new_with_free_func(g_free);
	return e;
}

struct plan *plan_new(void)
{
	struct plan *p = g_new0(struct plan, 1);

	p->seed = 1;
	p->files = g_ptr_array_new_with_free_func(g_free);
	p->images = g_ptr_array_new_with_free_func(image_free);
	p->vlans = g_ptr_array_new_with_free_func(vlan_free);
	p->hubs = g_ptr_array_new_with_free_func(hub_free);
	p->switches = g_ptr_array_new_with_free_func(switch_free);
	p->pcs = g_ptr_array_new_with_free_func(pc_free);
	p->uplinks = g_ptr_array_new_with_free_func(uplink_free);
	p->links = g_ptr_array_new_with_free_func(link_plan_free);
	p->captures = g_ptr_array_new_with_free_func(capture_free);
	p->events = g_ptr_array_new_with_free_func(event_free);
	p->checks = g_ptr_array_new_with_free_func(check_free);
	return p;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	g_ptr_array_unref(p->images);
	g_ptr_array_unref(p->vlans);
	g_ptr_array_unref(p->hubs);
	g_ptr_array_unref(p->switches);
	g_ptr_array_unref(p->pcs);
	g_ptr_array_unref(p->uplinks);
	g_ptr_array_unref(p->links);
	g_ptr_array_unref(p->captures);
	g_ptr_array_unref(p->events);
	g_ptr_array_unref(p->checks);
	g_ptr_array_unref(p->files);
	g_free(p->name);
	g_free(p->description);
	g_free(p->folder);
	g_free(p);
}

const char *plan_nic_model(const struct plan_nic *nic)
{
	return nic->model->name;
}

char *plan_nic_option(const struct plan_nic *nic, unsigned n, const char **name)
{
	if (!nic->options || n >= nic_option_count(nic->model))
		return NULL;
	*name = nic->model->options[n].name;
	return option_show(&nic->model->options[n], &nic->options[n]);
}
