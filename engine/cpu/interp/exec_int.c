/* INT n, INT3, INTO and INT1 (SDM 2A "INT n/INTO/INT3/INT1"). */
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/intr.h"

void op_int(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	if (cpu_v86(c) && cpu_iopl(c) < 3)
		FAULT_GP(0);
	intr_software(k, i, (uint8_t)i->imm, INTR_SOFT);
	END;
}

void op_int3(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	intr_software(k, i, EXC_BP, INTR_SOFT_TRAP);
	END;
}

void op_into(struct cpu *c, const struct insn *i, struct core *k)
{
	if (!flag_of(c))
		END_NEXT;
	core_sync(k, i);
	intr_software(k, i, EXC_OF, INTR_SOFT_TRAP);
	END;
}

void op_int1(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	intr_software(k, i, EXC_DB, INTR_ICEBP);
	END;
}
