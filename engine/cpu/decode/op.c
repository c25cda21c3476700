/* Names and flag effects of the instructions; see op.h. */
#include "engine/cpu/decode/op.h"

/* clang-format off */
static const struct op_info info[OP_X87] = {
	[OP_NONE] = { "none", 0, 0 },
	[OP_UD] = { "ud", 0, 0 },
	[OP_TOO_LONG] = { "ud", 0, 0 },
#define X(id, mnemonic, in, out) [OP_##id] = { mnemonic, in, out },
	OPS_ALU(X) OPS_SHIFT(X) OPS_MOVE(X) OPS_MATH(X) OPS_BIT(X) OPS_BRANCH(X) OPS_STRING(X)
#undef X
#define X(name) [OP_SYS_##name] = { #name, 0, 0 },
	OPS_SYSTEM(X)
#undef X
};
/* clang-format on */

const struct op_info *op_info(enum op op)
{
	return &info[op];
}
