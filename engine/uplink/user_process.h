/* The process of a user network, as the lab sees it: it asks and waits. */
#ifndef LANYARD_UPLINK_USER_PROCESS_H
#define LANYARD_UPLINK_USER_PROCESS_H

#include <glib.h>

#include "engine/uplink/user_wire.h"

struct user_process;

struct user_process_ops {
	void *opaque;
	/* A frame from it; answer: to what is being asked. */
	void (*frame)(void *opaque, const uint8_t *frame, uint32_t size, bool answer);
	void (*text)(void *opaque, const char *text); /* a line for people */
};

/* Takes over fd. */
struct user_process *user_process_new(int fd, const struct user_process_ops *ops);
void user_process_free(struct user_process *p);
int user_process_fd(const struct user_process *p);
bool user_process_can_ping(const struct user_process *p);
/* Sends and waits. False: it refused (error is set), or it is gone. */
bool user_process_ask(struct user_process *p, enum wire_type type, uint64_t clock, const void *data, uint32_t size,
		      GError **error);
/* What came unasked. */
void user_process_input(struct user_process *p);
bool user_process_gone(const struct user_process *p);

/* The process itself: libslirp for a network of these settings, until fd is closed. It
 * listens at forwards if `open`, reaches nothing of the host otherwise. guest: paths of
 * UNIX sockets behind the guest forwards, in their order, then those of SMB's ports 139
 * and 445; NULL: none. Does not return. */
struct user_config;
_Noreturn void user_process_main(int fd, const struct user_config *c, bool open, char *const *guest);

#endif
