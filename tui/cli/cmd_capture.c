/* lanyard capture: packets of a running lab, as they pass, to a file or a pipe:
 *
 *   lanyard capture LAB office -w - | wireshark -k -i - */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/term/term.h"

#define LOOK_MS 200

static int stream(struct client *c, int out)
{
	g_autoptr(GBytes) rest = client_rest(c);
	struct pollfd fd = {.fd = client_fd(c), .events = POLLIN};
	uint8_t buffer[65536];
	gsize size;
	const void *first = g_bytes_get_data(rest, &size);

	if (size && !term_write(out, first, size))
		return STATUS_DONE;
	while (!term_ended_by()) {
		ssize_t n;

		/* A signal just before poll() is noticed a little later. */
		if (poll(&fd, 1, LOOK_MS) <= 0)
			continue;
		n = read(client_fd(c), buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* the lab has ended */
		if (!term_write(out, buffer, (size_t)n))
			return errno == EPIPE ? STATUS_DONE : STATUS_HOST; /* the reader has gone */
	}
	return STATUS_DONE;
}

static int open_out(const char *path)
{
	int fd;

	if (!strcmp(path, "-"))
		return STDOUT_FILENO;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		fprintf(stderr, "lanyard capture: -w: %s: %s\n", path, g_strerror(errno));
	return fd;
}

static int capture(const char *lab, const char *target, const char *filter, const char *path)
{
	struct client *c;
	int out, status = STATUS_USAGE;

	if (!strcmp(path, "-") && isatty(STDOUT_FILENO)) {
		fprintf(stderr,
			"lanyard capture: stdout is a terminal: expected -w FILE, or a pipe to wireshark -k -i -\n");
		return STATUS_USAGE;
	}
	c = lab_client_open("capture", lab);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	if (lab_client_do("capture", c, "capture", "target", target, "filter", filter, NULL)) {
		out = open_out(path);
		status = out < 0 ? STATUS_USAGE : stream(c, out);
		if (out >= 0 && close(out))
			status = STATUS_HOST;
	}
	client_free(c);
	return status;
}

int cmd_capture(int argc, char **argv)
{
	g_autofree char *path = NULL, *filter = NULL;
	const GOptionEntry entries[] = {
		{"write", 'w', 0, G_OPTION_ARG_FILENAME, &path, "where to write pcapng; - is stdout (-)", "FILE|-"},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = "capture",
		.words = "LAB VLAN|LINK|PC:CARD|SWITCH:PORT [FILTER]",
		.text = "Writes the packets that pass, as they pass. FILTER is tcpdump's language. Ctrl-C ends the\n"
			"capture. With Wireshark: lanyard capture LAB VLAN -w - | wireshark -k -i -",
		.min = 2,
	};

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	filter = g_strjoinv(" ", argv + 3);
	return capture(argv[1], argv[2], filter, path ? path : "-");
}
