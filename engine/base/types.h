/* Small things that every folder uses: branch hints, sizes, byte order.
 * Guest and wire bytes are read through the checked getters of bytes.h. */
#ifndef LANYARD_BASE_TYPES_H
#define LANYARD_BASE_TYPES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define UNUSED __attribute__((unused))
#define COLD __attribute__((cold))
#define NOINLINE __attribute__((noinline))

/* Never: an event that will not happen. Virtual times are nanoseconds. */
#define TIME_NEVER UINT64_MAX

#endif
