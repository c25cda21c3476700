/* The agent inside a PC: docs/agent.md is its contract. One process, one poll
 * loop; what takes long (an identity) is done by a child.
 *
 *   agent.c     the serial line, messages, the loop
 *   command.c   commands: starting, feeding, pumping, reaping
 *   identity.c  becoming the PC that the lab file describes
 *   netlink.c   cards, addresses, routes */
#ifndef LANYARD_AGENT_H
#define LANYARD_AGENT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AGENT_HELLO "lanyard-agent 1"
#define MAX_PAYLOAD 65536u
#define HEADER_SIZE 8u
#define MAX_READY 4096u
#define MAX_COMMANDS 256u
#define TAKEN_STEP 16384u /* input taken that is worth a message; the host sends 65536 ahead */
#define OUT_CHUNK 4096u   /* most of one command's output at a time, so that others get their turn */

enum message_type {
	MSG_HELLO = 1,
	MSG_IDENTITY = 2,
	MSG_READY = 3,
	MSG_EXEC = 4,
	MSG_STDIN = 5,
	MSG_OUT = 6,
	MSG_EXIT = 7,
	MSG_KILL = 8,
	MSG_TAKEN = 9,
};

/* ---- agent.c ---- */

/* Is there room for a message with this payload? */
bool line_room(size_t size);
/* Queues a message: head (head_size bytes), then data. There must be room. */
void line_send(uint8_t type, uint8_t id, const void *head, size_t head_size, const void *data, size_t size);
/* In a child: back to what programs expect of signals. */
void child_signals(void);

/* ---- command.c ---- */

void command_start(uint8_t id, const char *text);
void command_input(uint8_t id, const uint8_t *data, size_t size);
void command_kill(uint8_t id);
/* A child of ours has ended; ignored if it is no command. */
void command_ended(pid_t pid, int status);
/* Adds what the commands wait for to fds (of at least 3 * MAX_COMMANDS); how many. */
unsigned command_poll(struct pollfd *fds);
/* Moves input and output, each command in its turn; announces what has ended. */
void command_pump(void);
/* Bytes of input that commands have not taken yet. */
size_t command_backlog(void);

/* ---- identity.c ---- */

/* Starts to apply an IDENTITY in a child (text is changed). -1: cannot. */
pid_t identity_start(char *text);
/* READY messages, to be called when there is room: that the child (SIGUSR1) waits for
 * what may never come, which fails the PC until it does; and for its end. */
void identity_waits(void);
void identity_ended(int status);

/* ---- netlink.c: 0 or -errno; *why may get the kernel's own words ---- */

struct address {
	int family;
	uint8_t bytes[16];
	uint8_t size, prefix;
};

/* "10.0.0.1/24", "2001:db8::1"; without a prefix it is the whole address. */
bool address_parse(const char *text, struct address *a);
/* Waits for the Ethernet card with this address; its index, or -errno. */
int card_wait(const uint8_t mac[6], int seconds);
int card_rename(int index, const char *name);
int card_up(const char *name);
/* Milliseconds since some moment before the PC's time zero. */
int64_t clock_ms(void);
/* Waits until frames pass the card, at most until clock_ms() says so; do they? */
bool card_wait_carrier(const char *name, int64_t until_ms);
/* Waits until its IPv6 addresses have been found to be nobody else's (RFC 4862, 5.4).
 * -EADDRINUSE: one is; -ETIMEDOUT: that is not known yet. */
int card_wait_addresses(const char *name, int64_t until_ms);
int card_add_address(const char *name, const struct address *a, const char **why);
/* via or dev may be NULL, not both; to->prefix 0 is the default route. */
int route_add(const struct address *to, const struct address *via, const char *dev, const char **why);

#endif
