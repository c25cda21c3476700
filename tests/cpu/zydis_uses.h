/* insn_uses() against Zydis, one instruction at a time. */
#ifndef LANYARD_TESTS_CPU_ZYDIS_USES_H
#define LANYARD_TESTS_CPU_ZYDIS_USES_H

#include <Zydis/Zydis.h>

#include "engine/cpu/decode/insn.h"

/* NULL if both say the same of registers, flags and memory; else what differs,
 * with both values. */
const char *uses_differ(const struct insn *i, const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op,
			uint32_t *ours, uint32_t *theirs);

#endif
