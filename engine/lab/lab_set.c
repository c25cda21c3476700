/* Changes to a running lab: the values of links and cards, and the power of PCs, asked
 * for by people (lab_set) or by the lab's own events (lab_change). */
#include "engine/lab/lab_priv.h"

#include "engine/net/link_keys.h"

static bool bad_value(GError **error, const char *thing, const char *key, const char *value, const char *expected)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s=%s: expected %s", thing, key, value,
		    expected);
	return false;
}

/* Does `name` mean this port: the whole name, or its owner's? */
static bool means_port(const char *name, const struct port *p)
{
	size_t len = strlen(name);

	return g_str_has_prefix(p->name, name) && (!p->name[len] || p->name[len] == ':');
}

/* "alice.rate": only what alice sends. False: neither end is so called, or both
 * are. A card's name may have a '.', a key has none. */
static bool one_direction(const struct link *link, const char **key, bool wanted[2], const char *thing, GError **error)
{
	const char *dot = strrchr(*key, '.');
	g_autofree char *end = dot ? g_strndup(*key, (gsize)(dot - *key)) : NULL;

	if (!end)
		return true;
	for (unsigned dir = 0; dir < 2; dir++)
		wanted[dir] = means_port(end, link_port(link, dir));
	*key = dot + 1;
	if (wanted[0] != wanted[1])
		return true;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: '%s': expected the end that sends, %s or %s",
		    thing, end, link_port(link, 0)->name, link_port(link, 1)->name);
	return false;
}

static bool set_link(struct lab *l, struct link *link, const char *thing, const char *key, const char *value,
		     GError **error)
{
	const char *name = key;
	bool wanted[2] = {true, true};

	if (!one_direction(link, &key, wanted, thing, error))
		return false;
	if (!strcmp(name, "state")) {
		if (strcmp(value, "up") && strcmp(value, "down"))
			return bad_value(error, thing, key, value, "up or down");
		link_set_up(link, !strcmp(value, "up"), l->now);
		return true;
	}
	for (unsigned dir = 0; dir < 2; dir++) {
		struct link_params p = *link_get(link, dir);

		if (!wanted[dir])
			continue;
		if (!link_key_set(&p, key, value, error)) {
			g_prefix_error(error, "%s: %s: ", thing, name);
			return false;
		}
		link_set(link, dir, &p, l->now);
	}
	return true;
}

static bool is_link_key(const char *key)
{
	static const char *const keys[] = {"state", "delay", "rate", "queue", "loss"};
	const char *dot = strrchr(key, '.');

	for (unsigned n = 0; n < ARRAY_LEN(keys); n++)
		if (!strcmp(dot ? dot + 1 : key, keys[n]))
			return true;
	return false;
}

/* Its cables, or what its kind can change. */
static bool set_uplink(struct lab *l, struct uplink *u, const char *thing, const char *key, const char *value,
		       GError **error)
{
	bool cabled = false;

	if (!is_link_key(key))
		return uplink_set(u, key, value, error);
	for (unsigned n = 0; n < uplink_ports(u); n++) {
		struct link *link = uplink_port(u, n)->link;

		if (link && !set_link(l, link, thing, key, value, error))
			return false;
		cabled = cabled || link;
	}
	if (!cabled)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: it has no cable", thing);
	return cabled;
}

bool lab_change(struct lab *l, const char *thing, const char *key, const char *value, GError **error)
{
	const char *name = strchr(thing, ':');
	struct lab_pc *pc = NULL;
	struct link *link = NULL;

	window_settle(l);
	name = name ? name + 1 : thing;
	if (g_str_has_prefix(thing, "pc:") && (pc = lab_pc_find(l, name)) && !strcmp(key, "power"))
		return pc_set_power(pc, value, error);
	if (g_str_has_prefix(thing, "uplink:") && lab_uplink_find(l, name))
		return set_uplink(l, lab_uplink_find(l, name), thing, key, value, error);
	if (g_str_has_prefix(thing, "link:"))
		link = link_find(l->net, name);
	else if (g_str_has_prefix(thing, "nic:") && port_find(l->net, name))
		link = port_find(l->net, name)->link;
	if (!link && pc) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: '%s': expected the key power", thing, key);
		return false;
	}
	if (!link) {
		g_set_error(
			error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
			"%s: expected the name of a link, of a card with a cable (PC:CARD), of a PC or of an uplink",
			thing);
		return false;
	}
	return set_link(l, link, thing, key, value, error);
}

bool lab_set(struct lab *l, const char *thing, const char *key, const char *value, GError **error)
{
	timeline_catch_up(l);
	if (!lab_change(l, thing, key, value, error))
		return false;
	journal_set(l, thing, key, value);
	return true;
}
