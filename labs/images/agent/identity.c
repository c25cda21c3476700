/* Becoming the PC that the lab file describes: the lines of an IDENTITY, applied
 * by a child of the agent in the order of docs/agent.md. What is printed
 * meanwhile, by services and scripts too, is kept in LOG. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define LOG "/run/lanyard/setup.log"
#define READY_LOG "/run/lanyard/ready.log"
#define CONSOLE_PID "/run/lanyard/console"
#define DNS_FILE "/run/lanyard/dns" /* the DHCP client's script adds its own to these */
#define SERVICES "/etc/lanyard/services/"
#define CONF6 "/proc/sys/net/ipv6/conf/"

enum { MAX_LINES = 4096, CARD_SECONDS = 30, CARRIER_MS = 5000, DAD_MS = 5000, DHCP_MS = 60000 };
enum { SEED_BYTES = 32 };

/* ---- small helpers ---- */

static bool quiet; /* it is only a trial */

__attribute__((format(printf, 1, 2))) static bool complain(const char *format, ...)
{
	va_list args;

	if (quiet)
		return false;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

static bool write_file(const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok || complain("%s: %s", path, strerror(errno));
}

static const char *reason(int error, const char *why)
{
	return why ? why : strerror(-error);
}

/* Runs a program and waits; its status as a shell has it. log: its output goes
 * there instead. */
static int run(char *const argv[], const char *log)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		int fd = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

		if (fd >= 0) {
			dup2(fd, 1);
			dup2(fd, 2);
		}
		setsid();
		execvp(argv[0], argv);
		complain("%s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Until something happens on fd, or for ms (-1: for ever). */
static void wait_event(int fd, int64_t ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char news[4096];

	if (poll(&p, 1, (int)ms) > 0)
		(void)!read(fd, news, sizeof(news));
}

static bool name_ok(const char *name)
{
	return *name && strlen(name) < IF_NAMESIZE && !strpbrk(name, "/ :") && strcmp(name, ".") && strcmp(name, "..");
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* ---- steps: each gets the text behind "key=" and may change it ---- */

static bool set_seed(char *value)
{
	struct {
		int entropy_count, buf_size;
		uint8_t buf[SEED_BYTES];
	} pool = {SEED_BYTES * 8, SEED_BYTES, {0}};
	int fd;
	bool ok;

	if (strlen(value) != 2 * SEED_BYTES)
		return complain("expected %d hexadecimal digits", 2 * SEED_BYTES);
	for (unsigned n = 0; n < SEED_BYTES; n++) {
		int high = hex_digit(value[2 * n]), low = hex_digit(value[2 * n + 1]);

		if (high < 0 || low < 0)
			return complain("expected %d hexadecimal digits", 2 * SEED_BYTES);
		pool.buf[n] = (uint8_t)(high << 4 | low);
	}
	fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && !ioctl(fd, RNDADDENTROPY, &pool) && !ioctl(fd, RNDRESEEDCRNG);
	if (!ok)
		complain("/dev/urandom: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool set_time(char *value)
{
	char *end;
	struct timespec t = {.tv_sec = (time_t)strtoull(value, &end, 10)};

	if (*value < '0' || *value > '9' || *end)
		return complain("expected seconds since 1970");
	return !clock_settime(CLOCK_REALTIME, &t) || complain("%s", strerror(errno));
}

/* The console's shell was there before the name: the next one greets with it. */
static void restart_console(void)
{
	char text[16] = "";
	int fd = open(CONSOLE_PID, O_RDONLY | O_CLOEXEC);
	long pid;

	if (fd < 0)
		return;
	(void)!read(fd, text, sizeof(text) - 1);
	close(fd);
	pid = strtol(text, NULL, 10);
	if (pid > 1)
		kill((pid_t)pid, SIGHUP);
}

static bool set_hostname(char *value)
{
	char line[512];

	if (sethostname(value, strlen(value)))
		return complain("%s", strerror(errno));
	snprintf(line, sizeof(line), "%s\n", value);
	if (!write_file("/etc/hostname", line, O_CREAT | O_TRUNC))
		return false;
	snprintf(line, sizeof(line), "127.0.1.1\t%s\n", value);
	if (!write_file("/etc/hosts", line, O_CREAT | O_APPEND))
		return false;
	restart_console();
	return true;
}

/* "MAC NAME": splits; the name may be any that the kernel takes. */
static bool parse_card(char *value, uint8_t mac[6], char **name)
{
	char *blank = strchr(value, ' ');

	*name = value;
	if (!blank || blank - value != 17 || !name_ok(blank + 1))
		return complain("expected an Ethernet address and a name of at most %d letters", IF_NAMESIZE - 1);
	for (unsigned n = 0; n < 6; n++) {
		int high = hex_digit(value[3 * n]), low = hex_digit(value[3 * n + 1]);

		if (high < 0 || low < 0 || (n < 5 && value[3 * n + 2] != ':'))
			return complain("expected an Ethernet address");
		mac[n] = (uint8_t)(high << 4 | low);
	}
	*name = blank + 1;
	return true;
}

/* First every card gets a name that no card is asked to have: eth0 and eth1 may
 * have to change places. */
static bool find_card(char *value)
{
	char *name, other[IF_NAMESIZE];
	uint8_t mac[6];
	int index, error;

	if (!parse_card(value, mac, &name))
		return false;
	index = card_wait(mac, CARD_SECONDS);
	if (index < 0)
		return complain("the card did not appear within %d s", CARD_SECONDS);
	snprintf(other, sizeof(other), "tmp%d", index);
	error = card_rename(index, other);
	return !error || complain("%s", strerror(-error));
}

static bool name_card(char *value)
{
	char *name;
	uint8_t mac[6];
	int index, error;

	if (!parse_card(value, mac, &name))
		return false;
	index = card_wait(mac, 0);
	error = index < 0 ? index : card_rename(index, name);
	return !error || complain("%s", strerror(-error));
}

static bool start_card(char *value)
{
	char *name;
	uint8_t mac[6];
	int error;

	if (!parse_card(value, mac, &name))
		return false;
	error = card_up(name);
	return !error || complain("%s: %s", name, strerror(-error));
}

/* "CARD NAME ID" */
static bool add_vlan(char *value)
{
	char *save, *card = strtok_r(value, " ", &save), *name = strtok_r(NULL, " ", &save),
		    *id = strtok_r(NULL, " ", &save);
	char *add[] = {"ip", "link", "add", "link", card, "name", name, "up", "type", "vlan", "id", id, NULL};

	if (!id || !name_ok(card) || !name_ok(name))
		return complain("expected a card, a name and a number");
	return !run(add, NULL) || complain("%s cannot be made", name);
}

static bool parse_switch(const char *value)
{
	return !strcmp(value, "0") || !strcmp(value, "1") || complain("expected 0 or 1");
}

static bool set_ipv6(char *value)
{
	const char *off = *value == '0' ? "1" : "0";

	return parse_switch(value) && write_file(CONF6 "default/disable_ipv6", off, 0) &&
	       write_file(CONF6 "all/disable_ipv6", off, 0);
}

static bool set_forward(char *value)
{
	return parse_switch(value) && write_file("/proc/sys/net/ipv4/ip_forward", value, 0) &&
	       write_file(CONF6 "all/forwarding", value, 0);
}

/* ---- DHCP: a client for each card that asks, all at the same time ---- */

/* Options besides those that it asks for by itself: MTU, time servers, domains to
 * search, routes. */
static char *const dhcp_client[] = {"udhcpc", "-f",
				    "-s",     "/usr/lib/lanyard/udhcpc",
				    "-t",     "5",
				    "-T",     "3",
				    "-A",     "3",
				    "-O",     "mtu",
				    "-O",     "ntpsrv",
				    "-O",     "search",
				    "-O",     "routes",
				    "-O",     "staticroutes",
				    "-O",     "msstaticroutes",
				    NULL};
enum { DHCP_WORDS = sizeof(dhcp_client) / sizeof(dhcp_client[0]) };

static void dhcp_file(char path[64], const char *what, const char *card)
{
	snprintf(path, 64, "/run/lanyard/%s.%s", what, card);
}

/* What it prints is kept: wait_dhcp() reads there how far it came. */
static void exec_dhcp(char *card)
{
	char host[72] = "hostname:", log[64], pid_file[64], *argv[DHCP_WORDS + 6];
	int fd, n = DHCP_WORDS - 1;

	gethostname(host + strlen(host), sizeof(host) - strlen(host) - 1);
	snprintf(pid_file, sizeof(pid_file), "/run/udhcpc.%s.pid", card);
	memcpy(argv, dhcp_client, sizeof(dhcp_client));
	memcpy(argv + n, (char *[]){"-i", card, "-p", pid_file, "-x", host, NULL}, 7 * sizeof(char *));
	dhcp_file(log, "dhcp", card);
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	setsid();
	execvp(argv[0], argv);
	_exit(127);
}

static bool start_dhcp(char *card)
{
	pid_t pid;

	card_wait_carrier(card, clock_ms() + CARRIER_MS);
	pid = fork();
	if (!pid)
		exec_dhcp(card);
	return pid > 0 || complain("fork: %s", strerror(errno));
}

/* What has been on the wire, by the client's words. */
static void tell_dhcp(const char *card)
{
	char path[64], line[256], offer[200] = "";
	unsigned discovers = 0, requests = 0;
	FILE *log;

	dhcp_file(path, "dhcp", card);
	log = fopen(path, "re");
	while (log && fgets(line, sizeof(line), log)) {
		char *select = strstr(line, "broadcasting select for ");

		discovers += strstr(line, "broadcasting discover") != NULL;
		requests += select != NULL;
		if (select)
			snprintf(offer, sizeof(offer), "%.*s", (int)strcspn(select + 24, "\n"), select + 24);
	}
	if (log)
		fclose(log);
	if (requests)
		complain("%s: DHCP: an offer of %s, but its %u requests were not answered; the client goes on trying",
			 card, offer, requests);
	else
		complain("%s: DHCP: no offer after %u discovers in %d s; the client goes on trying", card, discovers,
			 DHCP_MS / 1000);
}

/* The lease's file appears when all that the server said is done. After DHCP_MS the
 * PC has failed for the time being; it is ready when the answer comes. */
static bool wait_dhcp(char *value)
{
	char *blank = strchr(value, ' '), path[64];
	int64_t until = clock_ms() + DHCP_MS;
	int fd;

	if (!blank || strcmp(blank + 1, "dhcp"))
		return true;
	*blank = 0;
	dhcp_file(path, "lease", value);
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	inotify_add_watch(fd, "/run/lanyard", IN_MOVED_TO);
	while (access(path, F_OK)) {
		int64_t left = until - clock_ms();

		if (until && left <= 0) {
			tell_dhcp(value);
			kill(getppid(), SIGUSR1);
			until = 0;
		}
		wait_event(fd, until ? left : -1);
	}
	close(fd);
	return true;
}

/* ---- addresses, routes ---- */

static bool add_address(char *value)
{
	char *blank = strchr(value, ' ');
	const char *why;
	struct address a;
	int error;

	if (!blank)
		return complain("expected a card and an address");
	*blank = 0;
	if (!name_ok(value))
		return complain("expected a card and an address");
	if (!strcmp(blank + 1, "dhcp"))
		return start_dhcp(value);
	if (!address_parse(blank + 1, &a))
		return complain("'%s' is no address with a prefix", blank + 1);
	error = card_add_address(value, &a, &why);
	return !error || complain("%s: %s", value, reason(error, why));
}

/* "DEST [via ADDRESS] [dev NAME]" */
static bool add_route(char *value)
{
	struct address to, via;
	char *save, *dest = strtok_r(value, " ", &save), *key, *text;
	const char *dev = NULL, *why;
	bool has_via = false;
	int error;

	while ((key = strtok_r(NULL, " ", &save))) {
		text = strtok_r(NULL, " ", &save);
		if (text && !strcmp(key, "via") && address_parse(text, &via))
			has_via = true;
		else if (text && !strcmp(key, "dev") && name_ok(text))
			dev = text;
		else
			return complain("'%s %s': expected 'via ADDRESS' or 'dev CARD'", key, text ? text : "");
	}
	if (!dest || (!has_via && !dev))
		return complain("expected a destination, and 'via ADDRESS' or 'dev CARD'");
	if (!strcmp(dest, "default")) {
		to = (struct address){.family = has_via ? via.family : AF_INET};
		to.size = to.family == AF_INET6 ? 16 : 4;
	} else if (!address_parse(dest, &to)) {
		return complain("'%s' is no destination", dest);
	}
	error = route_add(&to, has_via ? &via : NULL, dev, &why);
	return !error || complain("%s", reason(error, why));
}

static bool add_dns(char *value)
{
	struct address a;
	char line[128];

	if (strchr(value, '/') || !address_parse(value, &a))
		return complain("expected an address");
	snprintf(line, sizeof(line), "nameserver %s\n", value);
	return write_file(DNS_FILE, line, O_CREAT | O_APPEND) &&
	       write_file("/etc/resolv.conf", line, O_CREAT | O_APPEND);
}

/* A card with a cable is waited for, all of them together for CARRIER_MS: what is at the
 * other end may be off, or wait for this PC. So none of it is a failure: it is said. */
static bool wait_carrier(char *value)
{
	static int64_t until;

	if (!until)
		until = clock_ms() + CARRIER_MS;
	if (!name_ok(value))
		return complain("expected the name of a card");
	if (!card_wait_carrier(value, until))
		complain("%s: no carrier: nothing at the other end of its cable is up", value);
	return true;
}

/* Without a carrier nobody could be asked. */
static bool wait_addresses(char *value)
{
	int error = card_wait_carrier(value, 0) ? card_wait_addresses(value, clock_ms() + DAD_MS) : 0;

	if (error == -EADDRINUSE)
		complain("%s: another PC has the same IPv6 address: it is not used", value);
	return true;
}

static bool start_service(char *value)
{
	char path[256];
	char *argv[] = {path, "start", NULL};
	int status;

	if (!*value || *value == '.' || strchr(value, '/') || strlen(value) > 100)
		return complain("expected the name of a service");
	snprintf(path, sizeof(path), SERVICES "%s", value);
	if (access(path, X_OK))
		return complain("the image has no such service");
	status = run(argv, NULL);
	return !status || complain("ended with status %d", status);
}

static bool run_setup(char *value)
{
	char *argv[] = {"/bin/sh", value, NULL};
	int status = run(argv, NULL);

	return !status || complain("ended with status %d", status);
}

/* The host decides how long is too long. */
static bool wait_ready(char *value)
{
	char *argv[] = {"/bin/sh", value, NULL};

	while (run(argv, READY_LOG))
		sleep(1);
	return true;
}

/* The order in which they are applied, whatever the order of the lines. */
static const struct step {
	const char *key;
	bool (*apply)(char *value);
	bool any_order; /* a line may need what another gives: tried again as long as one succeeds */
} steps[] = {
	{"seed", set_seed, false},       {"time", set_time, false},        {"hostname", set_hostname, false},
	{"nic", find_card, false},       {"nic", name_card, false},        {"ipv6", set_ipv6, false},
	{"forward", set_forward, false}, {"nic", start_card, false},       {"vlan", add_vlan, false},
	{"addr", add_address, false},    {"addr", wait_dhcp, false},       {"route", add_route, true},
	{"dns", add_dns, false},         {"carrier", wait_carrier, false}, {"carrier", wait_addresses, false},
	{"start", start_service, false}, {"setup", run_setup, false},      {"ready", wait_ready, false},
};
enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* ---- all of it ---- */

struct line {
	char *key, *value;
};

static bool known(const char *key)
{
	for (unsigned n = 0; n < STEPS; n++)
		if (!strcmp(steps[n].key, key))
			return true;
	return false;
}

static bool split(char *text, struct line *lines, unsigned *count)
{
	char *save;

	for (char *at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save)) {
		char *equal = strchr(at, '=');

		if (!equal || *count == MAX_LINES)
			return complain("'%s': %s", at, equal ? "too many lines" : "expected key=value");
		*equal = 0;
		if (!known(at))
			return complain("'%s': this agent knows no such key", at);
		lines[(*count)++] = (struct line){at, equal + 1};
	}
	return true;
}

static bool apply_line(const struct step *step, const struct line *line)
{
	char *value = strdup(line->value);
	bool ok = value && step->apply(value);

	free(value);
	return ok;
}

/* Those of the step's lines that can be done now; how many. Done ones lose their key. */
static unsigned apply_possible(const struct step *step, struct line *lines, unsigned count)
{
	unsigned done = 0;

	quiet = true;
	for (unsigned n = 0; n < count; n++)
		if (lines[n].key && !strcmp(lines[n].key, step->key) && apply_line(step, &lines[n])) {
			lines[n].key = NULL;
			done++;
		}
	quiet = false;
	return done;
}

static bool apply_step(const struct step *step, struct line *lines, unsigned count)
{
	while (step->any_order && apply_possible(step, lines, count))
		;
	for (unsigned n = 0; n < count; n++)
		if (lines[n].key && !strcmp(lines[n].key, step->key) && !apply_line(step, &lines[n]))
			return complain("failed: %s=%s", lines[n].key, lines[n].value);
	return true;
}

static bool apply_all(char *text)
{
	static struct line lines[MAX_LINES];
	unsigned count = 0;

	if (!split(text, lines, &count))
		return false;
	for (unsigned s = 0; s < STEPS; s++)
		if (!apply_step(&steps[s], lines, count))
			return false;
	return true;
}

pid_t identity_start(char *text)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	child_signals();
	setsid();
	mkdir("/run/lanyard", 0755);
	fd = open(LOG, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		dup2(fd, 0);
	(void)!chdir("/root");
	unlink(DNS_FILE);
	write_file("/etc/resolv.conf", "", O_CREAT | O_TRUNC);
	_exit(apply_all(text) ? 0 : 1);
}

/* The last of what was printed, for people. */
static void send_ready(uint8_t failed)
{
	char text[MAX_READY - 1];
	int fd = open(LOG, O_RDONLY | O_CLOEXEC);
	ssize_t size = 0;

	if (fd >= 0) {
		off_t end = lseek(fd, 0, SEEK_END);

		size = pread(fd, text, sizeof(text), end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : 0);
		close(fd);
	}
	while (size > 0 && text[size - 1] == '\n')
		size--;
	line_send(MSG_READY, 0, &failed, 1, text, size > 0 ? (size_t)size : 0);
}

void identity_waits(void)
{
	send_ready(1);
}

void identity_ended(int status)
{
	send_ready(WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : 1);
}
