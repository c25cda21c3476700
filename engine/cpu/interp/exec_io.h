/* Port access rights, for IN, OUT, INS and OUTS. */
#ifndef LANYARD_CPU_INTERP_EXEC_IO_H
#define LANYARD_CPU_INTERP_EXEC_IO_H

#include "engine/cpu/core.h"

/* #GP(0) unless the program may access size bytes at port: by IOPL, else by
 * the I/O bitmap of the TSS (SDM 1 19.5). Synced by the caller. */
void io_check(struct core *k, const struct insn *i, uint16_t port, unsigned size);

#endif
