/* The guest's side of docs/agent.md on COM2, for labs whose PCs are clones of
 * one: it says hello, and begins when it is given an identity. A command's
 * output is the command itself and what the guest has seen so far; "exit N" ends
 * with that status, "hang" never, "much" says more than anybody reads before
 * "the end", "ready" makes a guest ready that waits for that (`late`). */
#include "tests/netguest/netguest.h"

enum { COM2 = 0x2f8, IRQ_COM2 = 3, HEADER = 8, KEEP = 256, HELLO = 1, IDENTITY, READY, EXEC, STDIN, OUT, EXIT };

static uint8_t message[HEADER + KEEP];
static uint32_t at;
static bool waits; /* for "ready" */

static void put(uint8_t byte)
{
	outb(COM2, byte);
}

static void say(uint8_t type, uint8_t number, const uint8_t *data, uint8_t size)
{
	const uint8_t header[HEADER] = {'L', 'Y', type, number, size};

	for (unsigned n = 0; n < HEADER; n++)
		put(header[n]);
	for (unsigned n = 0; n < size; n++)
		put(data[n]);
}

static bool begins(const uint8_t *text, uint32_t size, const char *word)
{
	uint32_t n = 0;

	while (word[n] && n < size && text[n] == (uint8_t)word[n])
		n++;
	return !word[n];
}

static void say_ready(void)
{
	static const uint8_t ready[] = {0, 'h', 'e', 'r', 'e'};

	say(READY, 0, ready, sizeof(ready));
}

static void say_much(uint8_t number)
{
	static const uint8_t line[] = "\1one line of many that are said\n", end[] = "\1the end\n";

	for (unsigned n = 0; n < 500; n++)
		say(OUT, number, line, sizeof(line) - 1);
	say(OUT, number, end, sizeof(end) - 1);
}

static void execute(uint8_t number, const uint8_t *command, uint32_t size)
{
	uint8_t out[1 + 64 + 8] = {1}, status = 0, used = 1;
	uint32_t seen = seen_so_far();

	if (begins(command, size, "ready"))
		say_ready();
	if (begins(command, size, "much"))
		say_much(number);
	if (begins(command, size, "exit ") && size > 5)
		status = (uint8_t)(command[5] - '0');

	for (unsigned n = 0; n < size && n < 64; n++)
		out[used++] = command[n];
	for (int shift = 28; shift >= 0; shift -= 4)
		out[used++] = (uint8_t) "0123456789abcdef"[seen >> shift & 15];
	say(OUT, number, out, used);
	if (!begins(command, size, "hang"))
		say(EXIT, number, &status, 1);
}

static void received(uint32_t size)
{
	for (unsigned n = 2; n < HEADER + size && n < sizeof(message); n++)
		mix(message[n]);
	if (message[2] == IDENTITY) {
		begin();
		if (!waits)
			say_ready();
	} else if (message[2] == EXEC) {
		execute(message[3], message + HEADER, size);
	}
}

static void on_byte(struct trap *t)
{
	(void)t;
	while (inb(COM2 + 5) & 1) {
		uint8_t byte = inb(COM2);
		uint32_t size;

		if (at < sizeof(message))
			message[at] = byte;
		at++;
		size = message[4] | (uint32_t)message[5] << 8 | (uint32_t)message[6] << 16;
		if (at >= HEADER && at == HEADER + size) {
			received(size);
			at = 0;
		}
	}
	outb(0x20, 0x20);
}

void agent_on(bool late)
{
	static const char name[] = "lanyard-agent 1";

	waits = late;
	trap_handler[0x20 + IRQ_COM2] = on_byte;
	outb(COM2 + 3, 0x03);
	outb(COM2 + 2, 0x00);
	outb(COM2 + 4, 0x0b); /* DTR, RTS, OUT2 */
	outb(COM2 + 1, 0x01);
	outb(0x21, inb(0x21) & (uint8_t) ~(1 << IRQ_COM2));
	say(HELLO, 0, (const uint8_t *)name, sizeof(name) - 1);
}
