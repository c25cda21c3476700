/* A fingerprint of everything that the guest can observe: equal values give
 * equal hashes, on every host (XXH3, 128 bits; not cryptographic). */
#ifndef LANYARD_PC_PC_HASH_H
#define LANYARD_PC_PC_HASH_H

#include "engine/pc/board.h"

#define PC_HASH_BYTES 16

void board_hash(const struct board *b, uint8_t out[PC_HASH_BYTES]);

#endif
