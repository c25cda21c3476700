/* A process that joins a connection to another one and does nothing else. */
#ifndef LANYARD_UPLINK_RELAY_H
#define LANYARD_UPLINK_RELAY_H

/* Connects to HOST:PORT and carries bytes both ways until both have ended. */
_Noreturn void relay_main(int fd, const char *to);

#endif
