/* Time for clients of the control socket: pause, continue, step, pace. None of it is
 * input: what happens in the lab does not depend on it. */
#include <gio/gio.h>
#include <string.h>

#include "engine/base/units.h"
#include "tui/control/control_priv.h"

#define PERMILLE_MIN 1u
#define PERMILLE_MAX 1000u

/* Nobody outside stands still with us. */
static void tell(struct control_client *c, const char *what)
{
	control_note(c->control, what, lab_now(c->control->lab));
}

JsonNode *control_pause(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_clock *clock = c->control->clock;

	if (!clock->paused)
		tell(c, "paused");
	clock->paused = clock->changed = true;
	clock->step = LAB_STEP_NONE;
	return control_done();
}

JsonNode *control_continue(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_clock *clock = c->control->clock;

	if (clock->paused)
		tell(c, "going on");
	clock->paused = false;
	clock->changed = true;
	clock->step = LAB_STEP_NONE;
	return control_done();
}

/* by: a time such as 1ms, "frame" or "event". The answer comes at once; the lab then
 * runs as far as that, as fast as it can. */
JsonNode *control_step(struct control_client *c, JsonObject *arguments, GError **error)
{
	const char *by = control_text(arguments, "by", error);
	struct lab_clock *clock = c->control->clock;
	uint64_t now = lab_now(c->control->lab), span = 0;
	enum lab_step step = LAB_STEP_TIME;

	if (!by)
		return NULL;
	if (!strcmp(by, "frame"))
		step = LAB_STEP_FRAME;
	else if (!strcmp(by, "event"))
		step = LAB_STEP_EVENT;
	else if (!parse_time(by, &span, NULL) || !span) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "'%s': expected a time such as 1ms, frame or event", by);
		return NULL;
	}
	clock->paused = clock->changed = true;
	clock->step = step;
	clock->step_to = step == LAB_STEP_TIME && span < TIME_NEVER - now ? now + span : TIME_NEVER;
	return control_done();
}

/* "0.25x" -> 250. */
static bool parse_speed(const char *text, unsigned *permille)
{
	char *end;
	double rate = g_ascii_strtod(text, &end);

	if (end == text || strcmp(end, "x") != 0 || !(rate >= PERMILLE_MIN / 1000.0 && rate <= PERMILLE_MAX / 1000.0))
		return false;
	*permille = (unsigned)(rate * 1000 + 0.5);
	return true;
}

bool control_set_lab(struct control_client *c, const char *key, const char *value, GError **error)
{
	struct lab_clock *clock = c->control->clock;
	enum pace_mode pace = PACE_REALTIME;
	unsigned permille = 1000;

	if (strcmp(key, "pace") != 0) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "lab: '%s': expected pace", key);
		return false;
	}
	if (!pace_mode_from_name(value, &pace) && !parse_speed(value, &permille)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "lab: pace=%s: expected realtime, max, or a rate from 0.001x to 1x", value);
		return false;
	}
	clock->pace = pace;
	clock->permille = permille;
	clock->changed = true;
	return true;
}

char *control_pace_text(const struct lab_clock *clock)
{
	if (clock->pace == PACE_MAX)
		return g_strdup("max");
	if (!clock->permille || clock->permille == 1000)
		return g_strdup("realtime");
	return g_strdup_printf("%u.%03ux", clock->permille / 1000, clock->permille % 1000);
}
