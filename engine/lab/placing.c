/* What a PC is given before it is ready: its files, one after the other, each by a
 * command of its agent; then its identity (docs/agent.md). */
#include "engine/lab/lab_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/nic/nic.h"

/* ---- identity ---- */

static void add_addresses(GString *s, const struct plan_nic *nic)
{
	for (guint n = 0; n < nic->addresses->len; n++) {
		const struct plan_address *a = &g_array_index(nic->addresses, struct plan_address, n);
		g_autoptr(GInetAddress) ip = NULL;
		g_autofree char *text = NULL;

		if (a->dhcp) {
			g_string_append_printf(s, "addr=%s dhcp\n", nic->name);
			continue;
		}
		ip = g_inet_address_new_from_bytes(a->bytes,
						   a->family == 6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
		text = g_inet_address_to_string(ip);
		g_string_append_printf(s, "addr=%s %s/%u\n", nic->name, text, a->prefix);
	}
}

/* Cards whose cable is in: what is at its other end is not this PC's to say. */
static void add_carriers(GString *s, const struct lab_pc *pc)
{
	for (unsigned n = 0; n < pc->nics; n++) {
		const struct plan_nic *nic = pc->plan->nics->pdata[n];

		if (pc->port[n]->link && link_up(pc->port[n]->link))
			g_string_append_printf(s, "carrier=%s\n", nic->name);
	}
}

static void add_list(GString *s, const char *key, const GPtrArray *list)
{
	for (guint n = 0; n < list->len; n++)
		g_string_append_printf(s, "%s=%s\n", key, (const char *)list->pdata[n]);
}

static void add_seed(GString *s, const struct lab_pc *pc)
{
	g_autofree char *name = g_strdup_printf("agent %s", pc->plan->name);
	struct rng r;

	rng_seed(&r, pc->lab->seed, name);
	g_string_append(s, "seed=");
	for (unsigned n = 0; n < 4; n++)
		g_string_append_printf(s, "%016llx", (unsigned long long)rng_next(&r));
	g_string_append_c(s, '\n');
}

static GString *identity(const struct lab_pc *pc)
{
	const struct plan_pc *plan = pc->plan;
	GString *s = g_string_new(NULL);

	add_seed(s, pc);
	g_string_append_printf(s, "time=%llu\nhostname=%s\nipv6=%d\nforward=%d\n",
			       (unsigned long long)pc->board->pc->epoch, plan->name, plan->ipv6, plan->forward);
	for (guint n = 0; n < plan->nics->len; n++) {
		const struct plan_nic *nic = plan->nics->pdata[n];

		g_string_append_printf(s, "nic=%02x:%02x:%02x:%02x:%02x:%02x %s\n", nic->mac[0], nic->mac[1],
				       nic->mac[2], nic->mac[3], nic->mac[4], nic->mac[5], nic->name);
	}
	for (guint n = 0; n < plan->tagged->len; n++) {
		const struct plan_nic *nic = plan->tagged->pdata[n];

		g_string_append_printf(s, "vlan=%s %s %u\n", nic->parent, nic->name, nic->id);
	}
	for (guint n = 0; n < plan->nics->len; n++)
		add_addresses(s, plan->nics->pdata[n]);
	for (guint n = 0; n < plan->tagged->len; n++)
		add_addresses(s, plan->tagged->pdata[n]);
	for (guint n = 0; n < plan->routes->len; n++) {
		const struct plan_route *r = plan->routes->pdata[n];

		g_string_append_printf(s, "route=%s%s%s%s%s\n", r->to, r->via ? " via " : "", r->via ? r->via : "",
				       r->dev ? " dev " : "", r->dev ? r->dev : "");
	}
	add_list(s, "dns", plan->dns);
	add_carriers(s, pc);
	add_list(s, "start", plan->start);
	if (plan->setup)
		g_string_append(s, "setup=/run/lanyard/setup\n");
	if (plan->ready)
		g_string_append(s, "ready=/run/lanyard/ready\n");
	return s;
}

/* ---- files: one after the other, then the identity ---- */

struct placing_file {
	char *path;
	unsigned mode; /* or S_IFDIR, S_IFLNK: its bytes are where it leads to */
	bool script;   /* not kept, but run: drivers of cards that no bus tells of */
	GBytes *bytes;
};

static void file_free(gpointer file)
{
	struct placing_file *f = file;

	g_free(f->path);
	g_bytes_unref(f->bytes);
	g_free(f);
}

void placing_forget(struct lab_pc *pc)
{
	g_clear_pointer(&pc->files, g_ptr_array_unref);
}

static void send_identity(struct lab_pc *pc, uint64_t when)
{
	g_autoptr(GString) text = identity(pc);

	placing_forget(pc);
	agent_send(pc, AGENT_IDENTITY, 0, text->str, text->len, when);
	pc->placing = false;
	pc->identified = true;
}

/* A file is not where it should be: the PC does not get its identity. */
static void file_failed(struct lab_pc *pc, const char *path, const char *why, uint64_t when)
{
	bool script = pc->files && pc->files->len && ((struct placing_file *)pc->files->pdata[0])->script;
	g_autofree char *text =
		script ? g_strdup_printf("no driver for a card: %s", why) : g_strdup_printf("file %s: %s", path, why);

	placing_forget(pc);
	pc_set_state(pc, LAB_PC_FAILED, text, when);
}

static void next_file(struct lab_pc *pc, uint64_t when);

void placing_ended(struct lab_exec *x, int status, uint64_t when)
{
	struct lab_pc *pc = x->pc;
	const struct placing_file *f = pc->files && pc->files->len ? pc->files->pdata[0] : NULL;
	g_autofree char *words = NULL, *path = NULL;

	if (!f || status < 0) { /* the PC is gone */
		placing_forget(pc);
		return;
	}
	if (!status) {
		g_ptr_array_remove_index(pc->files, 0);
		next_file(pc, when + REACTION);
		return;
	}
	words = g_utf8_make_valid(x->said->str, (gssize)x->said->len);
	path = g_strdup(f->path);
	file_failed(pc, path, *g_strchomp(words) ? words : "could not be written", when);
}

static char *placing_command(const struct placing_file *f)
{
	g_autofree char *quoted = g_shell_quote(f->path), *dir = g_path_get_dirname(f->path);
	g_autofree char *quoted_dir = g_shell_quote(dir);

	if (f->script)
		return g_strdup("sh 2>&1");
	if (S_ISDIR(f->mode))
		return g_strdup_printf("mkdir -p %s", quoted);
	if (S_ISLNK(f->mode))
		return g_strdup_printf("mkdir -p %s && ln -sfn -- \"$(cat)\" %s", quoted_dir, quoted);
	return g_strdup_printf("mkdir -p %s && cat > %s && chmod %o %s", quoted_dir, quoted, f->mode, quoted);
}

/* A file's bytes are its command's input, and where a link leads to. */
static void next_file(struct lab_pc *pc, uint64_t when)
{
	const struct placing_file *f = pc->files->len ? pc->files->pdata[0] : NULL;
	g_autofree char *command = NULL;
	struct lab_exec *x;
	const void *bytes;
	gsize size;

	if (!f) {
		send_identity(pc, when);
		return;
	}
	command = placing_command(f);
	x = exec_start(pc, command, EXEC_PLACING, 0, when);
	if (!x) { /* nobody else runs commands before the identity, but in a strange saved lab */
		g_autofree char *path = g_strdup(f->path);

		file_failed(pc, path, "255 commands are running already", when);
		return;
	}
	bytes = g_bytes_get_data(f->bytes, &size);
	if (size)
		exec_input(x, bytes, size, when);
	exec_input(x, NULL, 0, when);
}

static void put_file(struct lab_pc *pc, const char *path, unsigned mode, GBytes *bytes)
{
	struct placing_file *f = g_new0(struct placing_file, 1);

	f->path = g_strdup(path);
	f->mode = mode;
	f->bytes = bytes;
	g_ptr_array_add(pc->files, f);
}

static void put_text(struct lab_pc *pc, const char *path, unsigned mode, const char *text, gsize size)
{
	put_file(pc, path, mode, g_bytes_new(text, size));
}

static bool put_source(struct lab_pc *pc, const char *path, const char *source, unsigned mode, GError **error)
{
	char *bytes = NULL;
	struct stat st;
	gsize size;

	if (!g_file_get_contents(source, &bytes, &size, error))
		return false;
	/* Of the source's own permissions only this is the same on every machine. */
	if (!mode)
		mode = !stat(source, &st) && (st.st_mode & S_IXUSR) ? 0755 : 0644;
	put_file(pc, path, mode, g_bytes_new_take(bytes, size));
	return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool inside(const char *folder, const char *path)
{
	size_t len = folder ? strlen(folder) : 0;

	return len && !strncmp(path, folder, len) && path[len] == '/';
}

/* A link stays one; but a file that lies beside the tree, in the lab's folder, would be
 * out of reach in the PC: it comes along. */
static bool put_link(struct lab_pc *pc, const char *path, const char *source, const char *tree, GError **error)
{
	g_autofree char *top = realpath(tree, NULL), *real = realpath(source, NULL);
	char *target;

	if (top && real && g_file_test(real, G_FILE_TEST_IS_REGULAR) && inside(pc->lab->plan->folder, real) &&
	    !inside(top, real))
		return put_source(pc, path, real, 0, error);
	target = g_file_read_link(source, error);
	if (target)
		put_file(pc, path, S_IFLNK, g_bytes_new_take(target, strlen(target)));
	return target != NULL;
}

/* A folder of the lab, in order of names, as `lanyard cp` copies it: links stay links,
 * empty folders are there. */
static bool put_tree(struct lab_pc *pc, const char *path, const char *source, const char *tree, unsigned mode,
		     GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(source, 0, error);
	bool ok = dir != NULL;
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_name);
	if (ok && !names->len)
		put_file(pc, path, S_IFDIR, g_bytes_new(NULL, 0));
	for (guint n = 0; ok && n < names->len; n++) {
		g_autofree char *to = g_build_filename(path, names->pdata[n], NULL);
		g_autofree char *from = g_build_filename(source, names->pdata[n], NULL);

		if (g_file_test(from, G_FILE_TEST_IS_SYMLINK))
			ok = put_link(pc, to, from, tree, error);
		else if (g_file_test(from, G_FILE_TEST_IS_DIR))
			ok = put_tree(pc, to, from, tree, mode, error);
		else
			ok = put_source(pc, to, from, mode, error);
	}
	return ok;
}

static bool put_planned(struct lab_pc *pc, const struct plan_file *f, GError **error)
{
	if (g_str_has_suffix(f->path, "/"))
		return put_tree(pc, f->path, f->source, f->source, f->mode, error);
	if (f->source)
		return put_source(pc, f->path, f->source, f->mode, error);
	put_text(pc, f->path, f->mode ? f->mode : 0644, f->text, f->text_size);
	return true;
}

/* Drivers come first: the identity waits for the cards. */
static void put_drivers(struct lab_pc *pc)
{
	g_autofree char *commands = nic_driver_commands(pc->board);

	if (!*commands)
		return;
	put_text(pc, "/dev/stdin", 0, commands, strlen(commands));
	((struct placing_file *)pc->files->pdata[0])->script = true;
}

void placing_start(struct lab_pc *pc, uint64_t when)
{
	const struct plan_pc *plan = pc->plan;

	pc->placing = true;
	pc->files = g_ptr_array_new_with_free_func(file_free);
	put_drivers(pc);
	for (guint n = 0; n < plan->files->len; n++) {
		const struct plan_file *f = plan->files->pdata[n];
		g_autoptr(GError) error = NULL;

		if (!put_planned(pc, f, &error)) {
			file_failed(pc, f->path, error->message, when);
			return;
		}
	}
	if (plan->setup)
		put_text(pc, "/run/lanyard/setup", 0755, plan->setup, strlen(plan->setup));
	if (plan->ready)
		put_text(pc, "/run/lanyard/ready", 0755, plan->ready, strlen(plan->ready));
	next_file(pc, when);
}

/* ---- state ---- */

static void file_state(struct placing_file *f, struct state *s)
{
	GByteArray *bytes = f->bytes ? g_bytes_unref_to_array(f->bytes) : g_byte_array_new();

	state_text(s, &f->path, TEXT_MAX, "file: path");
	state_u32(s, &f->mode);
	state_bool(s, &f->script);
	state_buffer(s, bytes, G_MAXUINT, "file: contents");
	f->bytes = g_byte_array_free_to_bytes(bytes);
	state_require(s, f->path && *f->path == '/' && (f->mode <= 07777 || f->mode == S_IFDIR || f->mode == S_IFLNK),
		      "file: impossible name or mode");
}

/* What is still to be put in place, by value: the host's file may be another by now. */
void placing_state(struct lab_pc *pc, struct state *s)
{
	bool any = pc->files != NULL;
	uint64_t count;

	state_bool(s, &any);
	if (state_loading(s)) {
		placing_forget(pc);
		pc->files = any ? g_ptr_array_new_with_free_func(file_free) : NULL;
	}
	if (!pc->files)
		return;
	count = state_count(s, pc->files->len, TEXT_MAX, "files");
	for (uint64_t n = 0; n < count && !state_failed(s); n++) {
		if (state_loading(s))
			g_ptr_array_add(pc->files, g_new0(struct placing_file, 1));
		file_state(pc->files->pdata[n], s);
	}
}
