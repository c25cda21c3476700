/* The decoder: bytes to struct insn. One decoder serves interpreter, listings
 * and translator. It accepts what the CPU model offers, no more: everything
 * else becomes #UD when it is executed. */
#ifndef LANYARD_CPU_DECODE_DECODE_H
#define LANYARD_CPU_DECODE_DECODE_H

#include "engine/cpu/decode/feature.h"
#include "engine/cpu/decode/insn.h"
#include "engine/cpu/decode/op.h"

#define MAX_INSN 15 /* bytes; longer is #GP(0) (SDM 2A 2.3.11) */

struct decode {
	/* in */
	enum cpu_model model; /* what it does not offer is #UD */
	uint8_t mode;         /* MODE_* */
	const uint8_t *bytes;
	unsigned avail;  /* how many there are */
	unsigned offset; /* of the first byte in its page */
	/* out */
	bool ends;        /* the block ends with this instruction */
	const char *name; /* Intel mnemonic */
	/* while decoding */
	unsigned at;
	bool more; /* ran out of bytes */
	uint8_t rex, opsize, adsize, seg_prefix, rep, lock;
	uint8_t mod, reg, rm;
};

/* Decodes one instruction; false if it needs more bytes than there are (and
 * could have: with 15 bytes it always succeeds). */
bool decode_insn(struct decode *d, struct insn *out);

#endif
