/* What the lab file says of an uplink, as its kind reads it. */
#include <string.h>

#include "engine/uplink/kind.h"

static void clear(gpointer item)
{
	g_free(((struct uplink_setting *)item)->text);
}

struct uplink_settings *uplink_settings_new(const char *folder)
{
	struct uplink_settings *s = g_new0(struct uplink_settings, 1);

	s->items = g_array_new(FALSE, TRUE, sizeof(struct uplink_setting));
	g_array_set_clear_func(s->items, clear);
	s->folder = g_strdup(folder);
	return s;
}

void uplink_settings_free(struct uplink_settings *s)
{
	if (!s)
		return;
	g_array_unref(s->items);
	g_free(s->folder);
	g_free(s);
}

void uplink_settings_add(struct uplink_settings *s, const struct uplink_key *key, const char *text,
			 const struct option_value *value)
{
	struct uplink_setting item = {key, g_strdup(text), *value};

	g_array_append_val(s->items, item);
}

const struct uplink_setting *uplink_setting(const struct uplink_settings *s, const char *key, unsigned n)
{
	for (guint i = 0; i < s->items->len; i++) {
		const struct uplink_setting *item = &g_array_index(s->items, struct uplink_setting, i);

		if (!strcmp(item->key->option.name, key) && !n--)
			return item;
	}
	return NULL;
}

const char *uplink_text(const struct uplink_settings *s, const char *key)
{
	const struct uplink_setting *item = uplink_setting(s, key, 0);

	return item ? item->text : NULL;
}
