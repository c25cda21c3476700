/* The x87 opcode map, D8 to DF (SDM 2D A.5): memory and register forms by
 * ModRM.reg, and a few by the whole byte. With the aliases that every processor
 * runs although few manuals name them: FCOM2, FCOMP3, FXCH4, FCOMP5, FFREEP,
 * FXCH7, FSTP1, FSTP8, FSTP9. */
#include "engine/cpu/simd.h"
#include "engine/cpu/x87_impl.h"

/* clang-format off */
#define NONE { NULL, NULL, 0, 0, NULL }
#define M(fn, name) { NULL, fn, 0, FEAT_NONE, name }
#define M3(fn, name) { NULL, fn, 0, FEAT_SSE3, name }
#define R(fn, name) { fn, NULL, 0, FEAT_NONE, name }
#define RC(fn, name) { fn, NULL, 0, FEAT_CMOV, name }
/* clang-format on */

static const struct simd_op memory[8][8] = {
	{M(op_fadd_m32, "fadd"), M(op_fmul_m32, "fmul"), M(op_fcom_m32, "fcom"), M(op_fcomp_m32, "fcomp"),
	 M(op_fsub_m32, "fsub"), M(op_fsubr_m32, "fsubr"), M(op_fdiv_m32, "fdiv"), M(op_fdivr_m32, "fdivr")},
	{M(op_fld_m32, "fld"), NONE, M(op_fst_m32, "fst"), M(op_fstp_m32, "fstp"), M(op_fldenv, "fldenv"),
	 M(op_fldcw, "fldcw"), M(op_fnstenv, "fnstenv"), M(op_fnstcw, "fnstcw")},
	{M(op_fadd_i32, "fiadd"), M(op_fmul_i32, "fimul"), M(op_fcom_i32, "ficom"), M(op_fcomp_i32, "ficomp"),
	 M(op_fsub_i32, "fisub"), M(op_fsubr_i32, "fisubr"), M(op_fdiv_i32, "fidiv"), M(op_fdivr_i32, "fidivr")},
	{M(op_fild_m32, "fild"), M3(op_fisttp_m32, "fisttp"), M(op_fist_m32, "fist"), M(op_fistp_m32, "fistp"), NONE,
	 M(op_fld_m80, "fld"), NONE, M(op_fstp_m80, "fstp")},
	{M(op_fadd_m64, "fadd"), M(op_fmul_m64, "fmul"), M(op_fcom_m64, "fcom"), M(op_fcomp_m64, "fcomp"),
	 M(op_fsub_m64, "fsub"), M(op_fsubr_m64, "fsubr"), M(op_fdiv_m64, "fdiv"), M(op_fdivr_m64, "fdivr")},
	{M(op_fld_m64, "fld"), M3(op_fisttp_m64, "fisttp"), M(op_fst_m64, "fst"), M(op_fstp_m64, "fstp"),
	 M(op_frstor, "frstor"), NONE, M(op_fnsave, "fnsave"), M(op_fnstsw, "fnstsw")},
	{M(op_fadd_i16, "fiadd"), M(op_fmul_i16, "fimul"), M(op_fcom_i16, "ficom"), M(op_fcomp_i16, "ficomp"),
	 M(op_fsub_i16, "fisub"), M(op_fsubr_i16, "fisubr"), M(op_fdiv_i16, "fidiv"), M(op_fdivr_i16, "fidivr")},
	{M(op_fild_m16, "fild"), M3(op_fisttp_m16, "fisttp"), M(op_fist_m16, "fist"), M(op_fistp_m16, "fistp"),
	 M(op_fbld, "fbld"), M(op_fild_m64, "fild"), M(op_fbstp, "fbstp"), M(op_fistp_m64, "fistp")},
};

/* Rows without a handler are in the byte tables below or undefined. */
static const struct simd_op registers[8][8] = {
	{R(op_fadd_st0, "fadd"), R(op_fmul_st0, "fmul"), R(op_fcom, "fcom"), R(op_fcomp, "fcomp"),
	 R(op_fsub_st0, "fsub"), R(op_fsubr_st0, "fsubr"), R(op_fdiv_st0, "fdiv"), R(op_fdivr_st0, "fdivr")},
	{R(op_fld_sti, "fld"), R(op_fxch, "fxch"), NONE, R(op_fstp1, "fstp1"), NONE, NONE, NONE, NONE},
	{RC(op_fcmov, "fcmovb"), RC(op_fcmov, "fcmove"), RC(op_fcmov, "fcmovbe"), RC(op_fcmov, "fcmovu"), NONE, NONE,
	 NONE, NONE},
	{RC(op_fcmov, "fcmovnb"), RC(op_fcmov, "fcmovne"), RC(op_fcmov, "fcmovnbe"), RC(op_fcmov, "fcmovnu"), NONE,
	 RC(op_fucomi, "fucomi"), RC(op_fcomi, "fcomi"), NONE},
	{R(op_fadd_sti, "fadd"), R(op_fmul_sti, "fmul"), R(op_fcom, "fcom2"), R(op_fcomp, "fcomp3"),
	 R(op_fsub_sti, "fsubr"), R(op_fsubr_sti, "fsub"), R(op_fdiv_sti, "fdivr"), R(op_fdivr_sti, "fdiv")},
	{R(op_ffree, "ffree"), R(op_fxch, "fxch4"), R(op_fst_sti, "fst"), R(op_fstp_sti, "fstp"), R(op_fucom, "fucom"),
	 R(op_fucomp, "fucomp"), NONE, NONE},
	{R(op_fadd_pop, "faddp"), R(op_fmul_pop, "fmulp"), R(op_fcomp, "fcomp5"), NONE, R(op_fsub_pop, "fsubrp"),
	 R(op_fsubr_pop, "fsubp"), R(op_fdiv_pop, "fdivrp"), R(op_fdivr_pop, "fdivp")},
	{R(op_ffreep, "ffreep"), R(op_fxch, "fxch7"), R(op_fstp_sti, "fstp8"), R(op_fstp_sti, "fstp9"), NONE,
	 RC(op_fucomip, "fucomip"), RC(op_fcomip, "fcomip"), NONE},
};

/* D9 E0 to FF */
/* clang-format off */
static const struct simd_op d9[32] = {
	R(op_fchs, "fchs"), R(op_fabs, "fabs"), NONE, NONE, R(op_ftst, "ftst"), R(op_fxam, "fxam"), NONE, NONE,
	R(op_fld_const, "fld1"), R(op_fld_const, "fldl2t"), R(op_fld_const, "fldl2e"), R(op_fld_const, "fldpi"),
	R(op_fld_const, "fldlg2"), R(op_fld_const, "fldln2"), R(op_fld_const, "fldz"), NONE,
	R(op_f2xm1, "f2xm1"), R(op_fyl2x, "fyl2x"), R(op_fptan, "fptan"), R(op_fpatan, "fpatan"),
	R(op_fxtract, "fxtract"), R(op_fprem1, "fprem1"), R(op_fdecstp, "fdecstp"), R(op_fincstp, "fincstp"),
	R(op_fprem, "fprem"), R(op_fyl2xp1, "fyl2xp1"), R(op_fsqrt, "fsqrt"), R(op_fsincos, "fsincos"),
	R(op_frndint, "frndint"), R(op_fscale, "fscale"), R(op_fsin, "fsin"), R(op_fcos, "fcos"),
};
/* clang-format on */

/* Single bytes elsewhere. */
static const struct {
	uint8_t opcode, modrm;
	struct simd_op op;
} singles[] = {
	{0xd9, 0xd0, R(op_fnop, "fnop")},        {0xda, 0xe9, R(op_fucompp, "fucompp")},
	{0xdb, 0xe0, R(op_fneni, "fneni")},      {0xdb, 0xe1, R(op_fneni, "fndisi")},
	{0xdb, 0xe2, R(op_fnclex, "fnclex")},    {0xdb, 0xe3, R(op_fninit, "fninit")},
	{0xdb, 0xe4, R(op_fneni, "fnsetpm")},    {0xde, 0xd9, R(op_fcompp, "fcompp")},
	{0xdf, 0xe0, R(op_fnstsw_ax, "fnstsw")},
};

static const struct simd_op *defined(const struct simd_op *op)
{
	return op->reg || op->mem ? op : NULL;
}

const struct simd_op *x87_lookup(uint8_t opcode, uint8_t modrm)
{
	unsigned row = opcode & 7, reg = modrm >> 3 & 7, n;

	if (opcode < 0xd8 || opcode > 0xdf)
		return NULL;
	if (modrm < 0xc0)
		return defined(&memory[row][reg]);
	if (opcode == 0xd9 && modrm >= 0xe0)
		return defined(&d9[modrm - 0xe0]);
	for (n = 0; n < ARRAY_LEN(singles); n++)
		if (singles[n].opcode == opcode && singles[n].modrm == modrm)
			return &singles[n].op;
	return defined(&registers[row][reg]);
}
