/* Names and flag effects of the sized instructions; see op.h. */
#include "engine/cpu/op.h"

/* clang-format off */
static const struct op_info info[OP_SIZED] = {
	[OP_OTHER] = { "other", 0, 0 },
#define X(id, mnemonic, in, out) [OP_##id] = { mnemonic, in, out },
	OPS_ALU(X) OPS_SHIFT(X) OPS_MOVE(X) OPS_MATH(X) OPS_BIT(X) OPS_BRANCH(X) OPS_STRING(X)
#undef X
};
/* clang-format on */

const struct op_info *op_info(enum op op)
{
	return &info[op];
}
