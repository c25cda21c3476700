/* A lab in the background: the command's own process waits until the lab has
 * come up, tells how it went, and ends; the lab goes on in another. */
#ifndef LANYARD_TUI_SESSION_DETACH_H
#define LANYARD_TUI_SESSION_DETACH_H

#include <sys/types.h>

/* In the new process: a descriptor for detach_done(). In the old one -1, when
 * the other has reported or ended: *status is for exit. A signal to the old one
 * ends both. */
int detach(const char *command, int *status, pid_t *child);
/* The status of that child, once it has ended. */
int detach_reap(const char *command, pid_t child);
/* Reports a status. With 0 the process lets go of the terminal and its standard
 * descriptors. */
void detach_done(int fd, int status);

#endif
