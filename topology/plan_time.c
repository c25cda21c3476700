/* Captures, events and checks of the plan. */
#include <string.h>

#include "engine/net/filter.h"
#include "topology/tagged.h"

static char *text_of(const struct node *map, const struct key *table, const char *name)
{
	return g_strdup(value_text(map, table, name));
}

/* Is a packet filter right? libpcap is not given the text of a lab that is no
 * file: its optimizer is not made for fuzzers. */
static void check_filter(struct build *b, const struct node *n, const char *filter, const char *watch)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *plain = filter ? filter_resolve(filter, &error) : NULL;
	struct filter *f = plain && b->folder ? filter_new(filter, &error) : NULL;

	if (error)
		node_error(b->tree, n, "'%s': expected a filter as tcpdump takes it: %s", filter, error->message);
	else if (f && watch && !filter_sees_tags(f) && tagged_only(b, watch))
		node_warning(b->tree, n,
			     "all frames at '%s' are tagged, and without `vlan` this sees none of them: "
			     "expected 'vlan and (%s)'",
			     watch, filter);
	filter_free(f);
}

/* ---- captures ---- */

static char *capture_file(struct build *b, const struct node *map, GHashTable *files)
{
	const struct node *n = map_get(map, "file"), *first;
	char *file = text_of(map, keys_capture, "file");

	if (!file)
		file = g_strdup_printf("%s.pcapng", map->key);
	else if (!g_str_has_suffix(file, ".pcapng") && !g_str_has_suffix(file, ".pcap"))
		node_error(b->tree, n, "'%s': expected a name that ends in .pcapng or .pcap", file);
	first = g_hash_table_lookup(files, file);
	if (first)
		node_error(b->tree, n ? n : map, "'%s' is also the file of capture '%s'", file, first->key);
	else
		g_hash_table_insert(files, g_strdup(file), (gpointer)map);
	return file;
}

void build_captures(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "captures"), true);
	g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct plan_capture *c = g_new0(struct plan_capture, 1);

		c->name = g_strdup(item->key);
		c->mark = item->key_mark;
		c->watch = text_of(item, keys_capture, "watch");
		c->file = capture_file(b, item, files);
		c->filter = text_of(item, keys_capture, "filter");
		check_filter(b, map_get(item, "filter"), c->filter, c->watch);
		if (c->watch)
			build_watch(b, map_get(item, "watch"));
		g_ptr_array_add(b->plan->captures, c);
	}
}

/* ---- events ---- */

/* A PC with an agent, for `run`. */
static void run_needs_agent(struct build *b, const struct thing *pc, const struct node *run)
{
	if (pc && !pc->agent)
		node_key_error(b->tree, run, "PC '%s' has an image without an agent that could run this",
			       pc->node->key);
}

static void set_values(struct build *b, struct plan_event *e, const struct node *set)
{
	g_autoptr(GPtrArray) items = value_sorted(set, false);

	if (set->kind == NODE_MAP && !items->len)
		node_warning(b->tree, set, "nothing is set");
	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct option_value v;

		if (!key_find(keys_set_link, item->key) || !value_get(set, keys_set_link, item->key, &v))
			continue;
		g_ptr_array_add(e->keys, g_strdup(item->key));
		g_ptr_array_add(e->values, value_flat(item));
	}
}

/* What the event is about: one of link, nic and pc. */
static const struct node *event_thing(struct build *b, const struct node *map)
{
	static const char *const names[] = {"link", "nic", "pc"};
	const struct node *found = NULL;
	unsigned count = 0;

	for (unsigned n = 0; n < ARRAY_LEN(names); n++)
		if (map_get(map, names[n])) {
			found = map_get(map, names[n]);
			count++;
		}
	if (count == 1)
		return found;
	node_key_error(b->tree, map, "expected one of `link`, `nic` and `pc`%s", count ? ", not several" : "");
	return NULL;
}

static void link_event(struct build *b, struct plan_event *e, const struct node *map, const struct node *thing)
{
	const struct node *set = map_get(map, "set"), *run = map_get(map, "run"), *power = map_get(map, "power");
	bool is_link = !strcmp(thing->key, "link");
	const struct thing *t;

	e->kind = PLAN_EVENT_SET;
	e->thing = g_strdup_printf("%s:%s", thing->key, thing->text);
	if (is_link && value_text(map, keys_event, "link")) {
		t = build_refer(b, thing, THING_LINK);
		if (t && !t->plan)
			node_error(b->tree, thing, "link '%s' has no far end", thing->text);
	} else if (!is_link && value_text(map, keys_event, "nic")) {
		if (build_port_exists(b, thing, thing->text) && !g_hash_table_contains(b->used, thing->text))
			node_error(b->tree, thing, "'%s' has no cable", thing->text);
	}
	if (run)
		node_key_error(b->tree, run, "only a `pc` can run something");
	if (power)
		node_key_error(b->tree, power, "only a `pc` has power");
	if (set) {
		set_values(b, e, set);
		nic_words_event(b, thing, set);
	} else if (!run && !power)
		node_key_error(b->tree, map, "expected `set`: what to change");
}

static void pc_event(struct build *b, struct plan_event *e, const struct node *map, const struct node *thing)
{
	const struct node *set = map_get(map, "set"), *run = map_get(map, "run"), *power = map_get(map, "power");
	const struct thing *pc = value_text(map, keys_event, "pc") ? build_refer(b, thing, THING_PC) : NULL;

	e->thing = g_strdup_printf("pc:%s", thing->text);
	e->kind = power ? PLAN_EVENT_POWER : PLAN_EVENT_RUN;
	e->run = text_of(map, keys_event, "run");
	if (set)
		node_key_error(b->tree, set, "a PC has nothing to set: expected `run` or `power`");
	else if (!run == !power)
		node_key_error(b->tree, map, "expected one of `run` and `power`%s", run ? ", not both" : "");
	if (run)
		run_needs_agent(b, pc, run);
	if (power) {
		g_ptr_array_add(e->keys, g_strdup("power"));
		g_ptr_array_add(e->values, g_strdup(power->text));
	}
}

void build_events(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "events"), true);

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n], *thing = event_thing(b, item);
		struct plan_event *e = plan_event_new();
		struct option_value at;

		value_get(item, keys_event, "at", &at);
		e->name = g_strdup(item->key);
		e->mark = item->key_mark;
		e->at = at.number;
		g_ptr_array_add(b->plan->events, e);
		if (thing && !strcmp(thing->key, "pc"))
			pc_event(b, e, item, thing);
		else if (thing)
			link_event(b, e, item, thing);
	}
}

/* ---- checks ---- */

/* Keys of one kind of check in the other. */
static void only_for(struct build *b, const struct node *map, const char *const *names, const char *kind)
{
	for (; *names; names++)
		if (map_get(map, *names))
			node_key_error(b->tree, map_get(map, *names), "only checks with `%s` have this", kind);
}

static void run_check(struct build *b, struct plan_check *c, const struct node *map)
{
	static const char *const not_here[] = {"watch", "count", "at_least", "at_most", "until", NULL};
	const struct node *pc = map_get(map, "pc");
	struct option_value v;

	c->kind = CHECK_RUN;
	c->pc = text_of(map, keys_check, "pc");
	c->run = text_of(map, keys_check, "run");
	c->expect = text_of(map, keys_check, "expect");
	c->reject = text_of(map, keys_check, "reject");
	value_get(map, keys_check, "once", &v);
	c->once = v.number;
	value_get(map, keys_check, "every", &v);
	c->every = v.number;
	value_get(map, keys_check, "within", &v);
	c->within = v.number;
	only_for(b, map, not_here, "packet");
	if (c->pc)
		run_needs_agent(b, build_refer(b, pc, THING_PC), map_get(map, "run"));
	else if (!pc)
		node_key_error(b->tree, map, "expected `pc`: where to run the command");
	c->lasts = value_get(map, keys_check, "for", &v) ? v.number : 0;
	if (c->lasts >= c->within && c->lasts)
		node_error(b->tree, map_get(map, "for"), "expected less than `within`, the time it has for that");
	if (c->once && map_get(map, "for"))
		node_key_error(b->tree, map_get(map, "for"), "a check that runs once has no `for`");
	if (c->once && map_get(map, "every"))
		node_key_error(b->tree, map_get(map, "every"), "a check that runs once has no `every`");
}

/* Without a word: at least one. */
static void packets_wanted(struct build *b, struct plan_check *c, const struct node *map)
{
	bool count = map_get(map, "count"), least = map_get(map, "at_least"), most = map_get(map, "at_most");
	struct option_value v;

	if (count && (least || most))
		node_key_error(b->tree, map_get(map, "count"), "`count` is exact: expected it alone");
	c->least = 1;
	c->most = PACKETS_ANY;
	if (most)
		c->least = 0;
	if (value_get(map, keys_check, "count", &v))
		c->least = c->most = v.number;
	if (value_get(map, keys_check, "at_least", &v))
		c->least = v.number;
	if (value_get(map, keys_check, "at_most", &v))
		c->most = v.number;
	if (c->least > c->most)
		node_error(b->tree, map_get(map, "at_most"), "expected not less than `at_least`");
}

static void packet_check(struct build *b, struct plan_check *c, const struct node *map)
{
	static const char *const not_here[] = {"pc", "expect", "reject", "once", "every", "within", "for", NULL};
	struct option_value v;

	c->kind = CHECK_PACKET;
	c->watch = text_of(map, keys_check, "watch");
	c->packet = text_of(map, keys_check, "packet");
	check_filter(b, map_get(map, "packet"), c->packet, c->watch);
	packets_wanted(b, c, map);
	value_get(map, keys_check, "until", &v);
	c->within = v.number;
	only_for(b, map, not_here, "run");
	if (c->watch)
		build_watch(b, map_get(map, "watch"));
	else if (!map_get(map, "watch"))
		node_key_error(b->tree, map, "expected `watch`: where to look for packets");
}

/* The plan's check, event or PC of this name; false: there is none. */
static bool find_after(const struct build *b, const char *name, enum plan_after kind, unsigned *id)
{
	const struct plan *p = b->plan;
	const GPtrArray *all = kind == AFTER_EVENT ? p->events : kind == AFTER_PC ? p->pcs : p->checks;

	for (*id = 0; *id < all->len; ++*id) {
		const void *at = all->pdata[*id];
		const char *other = kind == AFTER_EVENT ? ((const struct plan_event *)at)->name
				    : kind == AFTER_PC  ? ((const struct plan_pc *)at)->name
							: ((const struct plan_check *)at)->name;

		if (!strcmp(other, name))
			return true;
	}
	return false;
}

static void check_start(struct build *b, struct plan_check *c, const struct node *start)
{
	if (find_after(b, start->text, AFTER_EVENT, &c->after_id))
		c->after = AFTER_EVENT;
	else
		node_error(b->tree, start, "there is no event '%s'", start->text);
}

/* One thing of that name, of the three kinds that there are. */
static void check_after(struct build *b, struct plan_check *c, const struct node *after)
{
	static const char *const names[] = {[AFTER_EVENT] = "event", [AFTER_PC] = "PC", [AFTER_CHECK] = "check"};

	for (unsigned kind = AFTER_EVENT; kind <= AFTER_CHECK; kind++) {
		unsigned id;

		if (!find_after(b, after->text, (enum plan_after)kind, &id))
			continue;
		if (c->after)
			node_error(b->tree, after, "there is %s and a %s '%s': expected a name that only one has",
				   c->after == AFTER_EVENT ? "an event" : "a PC", names[kind], after->text);
		c->after = (enum plan_after)kind;
		c->after_id = id;
	}
	if (!c->after)
		node_error(b->tree, after, "there is no event, PC or check '%s'", after->text);
}

/* Does a check wait for itself, by way of others? */
static bool in_circle(const struct plan *p, const struct plan_check *c)
{
	const struct plan_check *at = c;

	for (guint n = 0; n <= p->checks->len && at->after == AFTER_CHECK; n++) {
		at = p->checks->pdata[at->after_id];
		if (at == c)
			return true;
	}
	return false;
}

/* When all are there: checks may follow one another. */
static void connect_checks(struct build *b, const GPtrArray *items)
{
	for (guint n = 0; n < items->len; n++) {
		const struct node *start = map_get(items->pdata[n], "start"),
				  *after = map_get(items->pdata[n], "after");
		struct plan_check *c = b->plan->checks->pdata[n];

		if (start && after)
			node_key_error(b->tree, start, "`after` says it: expected one of the two");
		else if (start && value_text(items->pdata[n], keys_check, "start"))
			check_start(b, c, start);
		else if (after && value_text(items->pdata[n], keys_check, "after"))
			check_after(b, c, after);
	}
	for (guint n = 0; n < items->len; n++)
		if (in_circle(b->plan, b->plan->checks->pdata[n]))
			node_error(b->tree, map_get(items->pdata[n], "after"),
				   "checks wait for one another in a circle");
}

void build_checks(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "checks"), true);

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n], *run = map_get(item, "run"),
				  *packet = map_get(item, "packet");
		struct plan_check *c = g_new0(struct plan_check, 1);
		struct option_value points;

		value_get(item, keys_check, "points", &points);
		c->name = g_strdup(item->key);
		c->mark = item->key_mark;
		c->points = (unsigned)points.number;
		c->fail = text_of(item, keys_check, "fail");
		g_ptr_array_add(b->plan->checks, c);
		if (!run == !packet)
			node_key_error(b->tree, item, "expected one of `run` and `packet`%s", run ? ", not both" : "");
		else if (run)
			run_check(b, c, item);
		else
			packet_check(b, c, item);
	}
	connect_checks(b, items);
}
