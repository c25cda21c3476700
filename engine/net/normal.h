/* The normal distribution without floating point. */
#ifndef LANYARD_NET_NORMAL_H
#define LANYARD_NET_NORMAL_H

#include "engine/base/types.h"

#define NORMAL_MAX 4 /* standard deviations: no draw is farther away */

/* From a random number, all values of which are as likely: standard deviations from
 * the mean, times 65536. */
int64_t normal_draw(uint64_t random);

#endif
