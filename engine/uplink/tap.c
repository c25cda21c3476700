/* `kind: tap`: an interface of the host, whose frames are ours to send and receive. It
 * is opened by the spawner; scripts are run there, in the way of QEMU's qemu-ifup. */
#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "engine/uplink/tap.h"
#include "engine/uplink/uplink.h"

enum { TASK_OPEN, TASK_CLOSE };
enum { READS = 256 };

static const struct uplink_key keys[] = {
	{.option = {"ifname", OPTION_STRING, .help = "the interface; else the kernel picks tapN"}},
	{.option = {"interface", OPTION_STRING, .help = "its old name: write `ifname`"}},
	{.option = {"bridge", OPTION_STRING,
		    .help = "a bridge of the host that it becomes a port of, by Debian's qemu-bridge-helper"}},
	{.option = {"script", OPTION_STRING,
		    .help = "a program, run with the interface's name when it is open; must end with 0"}},
	{.option = {"downscript", OPTION_STRING, .help = "the same, before it is closed"}},
	{.option = {"address", OPTION_INTERFACE, .help = "the host's address on it, with its prefix; puts it up"}},
	{.option = {.name = NULL}},
};

struct tap_uplink {
	struct uplink *uplink;
	const struct uplink_settings *settings;
	int fd;
	char name[TAP_NAME];
};

static bool wrong(const char **key, const char *at, GError **error, const char *text)
{
	*key = at;
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
	return false;
}

static bool name_ok(const char *name)
{
	return !name || (*name && strlen(name) < TAP_NAME && !strpbrk(name, "/: \t\n%") && strcmp(name, ".") != 0 &&
			 strcmp(name, "..") != 0);
}

static bool check(const struct uplink_settings *s, const char **key, GError **error)
{
	const struct uplink_setting *address = uplink_setting(s, "address", 0);

	if (uplink_text(s, "interface"))
		return wrong(key, "interface", error, "it is called `ifname` now");
	if (!name_ok(uplink_text(s, "ifname")))
		return wrong(key, "ifname", error,
			     "expected the name of an interface, 1 to 15 letters without '/' and ':'");
	if (!name_ok(uplink_text(s, "bridge")))
		return wrong(key, "bridge", error,
			     "expected the name of a bridge, 1 to 15 letters without '/' and ':'");
	if (uplink_text(s, "bridge") && uplink_text(s, "ifname"))
		return wrong(key, "bridge", error, "expected without `ifname`: the helper picks the interface");
	if (address && !address->value.address.family)
		return wrong(key, "address", error, "expected an address with its prefix, such as 10.0.1.254/24");
	return true;
}

static char *describe(const struct uplink_settings *s)
{
	const char *name = uplink_text(s, "ifname"), *bridge = uplink_text(s, "bridge"),
		   *script = uplink_text(s, "script");

	return g_strdup_printf("is the host's interface %s%s%s%s%s", name ? name : "tapN",
			       bridge ? " on the bridge " : "", bridge ? bridge : "", script ? ", runs " : "",
			       script ? script : "");
}

static unsigned asks(const struct uplink_settings *s)
{
	bool commands = uplink_text(s, "script") || uplink_text(s, "downscript");

	return UPLINK_ASKS_OUTSIDE | (commands ? UPLINK_ASKS_COMMANDS : 0);
}

/* ---- in the spawner ---- */

/* "no" is none, as with QEMU. A relative path is beside the lab file. */
static bool run_script(const struct uplink_settings *s, const char *key, const char *name, int fd,
		       struct spawner_side *side, GError **error)
{
	const char *script = uplink_text(s, key);
	g_autofree char *path = NULL;

	if (!script || !strcmp(script, "no"))
		return true;
	path = g_path_is_absolute(script) || !s->folder ? g_strdup(script) : g_build_filename(s->folder, script, NULL);
	return spawner_run(side, (const char *const[]){path, name, NULL}, fd, error);
}

static int open_tap(const struct uplink_settings *s, struct spawner_side *side, GError **error)
{
	const char *bridge = uplink_text(s, "bridge");
	const struct uplink_setting *address = uplink_setting(s, "address", 0);
	struct tap t;

	if (bridge ? !tap_open_bridge(&t, bridge, side, error) : !tap_open(&t, uplink_text(s, "ifname"), error))
		return -1;
	if (tap_configure(&t, address ? &address->value.address : NULL, error) &&
	    run_script(s, "script", t.name, t.fd, side, error))
		return t.fd;
	close(t.fd);
	return -1;
}

static bool close_tap(const struct uplink_settings *s, const char *name, struct spawner_side *side, GError **error)
{
	const struct uplink_setting *address = uplink_setting(s, "address", 0);

	if (address)
		tap_unconfigure(name, &address->value.address);
	return run_script(s, "downscript", name, -1, side, error);
}

static int task(const struct uplink_settings *s, unsigned number, const char *argument, struct spawner_side *side,
		GError **error)
{
	if (number == TASK_OPEN)
		return open_tap(s, side, error);
	return close_tap(s, argument, side, error) ? spawner_nothing() : -1;
}

/* ---- frames ---- */

static void *make(struct uplink *u, const struct uplink_settings *s)
{
	struct tap_uplink *k = g_new0(struct tap_uplink, 1);

	k->uplink = u;
	k->settings = s;
	k->fd = -1;
	return k;
}

static bool start(void *self, bool sealed, GError **error)
{
	struct tap_uplink *k = self;

	k->fd = uplink_ask(k->uplink, TASK_OPEN, NULL, error);
	if (k->fd < 0)
		return false;
	tap_name(k->fd, k->name);
	uplink_take_place(k->uplink);
	uplink_note(k->uplink, "the interface is %s", k->name);
	return true;
}

static void stop(void *self)
{
	struct tap_uplink *k = self;
	g_autoptr(GError) error = NULL;
	int nothing = uplink_ask(k->uplink, TASK_CLOSE, k->name, &error);

	if (nothing >= 0)
		close(nothing);
	if (error)
		uplink_note(k->uplink, "%s", error->message);
	close(k->fd);
	k->fd = -1;
}

static void poll_fds(void *self, GArray *fds)
{
	struct pollfd row = {.fd = ((struct tap_uplink *)self)->fd, .events = POLLIN};

	g_array_append_val(fds, row);
}

static void input(void *self)
{
	struct tap_uplink *k = self;
	uint8_t frame[UPLINK_FRAME_MAX + 1];

	for (unsigned n = 0; n < READS; n++) {
		ssize_t got = read(k->fd, frame, sizeof(frame));

		if (got <= 0)
			return;
		uplink_receive(k->uplink, 1, frame, (uint32_t)got);
	}
}

/* An interface that is down takes none (EIO); a full one drops. */
static void send_frame(void *self, unsigned place, struct frame *f, uint64_t when)
{
	struct tap_uplink *k = self;

	if (write(k->fd, f->data, f->size) != (ssize_t)f->size)
		uplink_lost(k->uplink, place, f);
}

static void show(void *self, void (*add)(void *opaque, const char *name, const char *value), void *opaque)
{
	add(opaque, "interface", ((struct tap_uplink *)self)->name);
}

const struct uplink_kind uplink_tap = {
	.name = "tap",
	.help = "an interface of the host",
	.keys = keys,
	.check = check,
	.describe = describe,
	.asks = asks,
	.task = task,
	.make = make,
	.free = g_free,
	.start = start,
	.stop = stop,
	.poll = poll_fds,
	.input = input,
	.send = send_frame,
	.show = show,
};
