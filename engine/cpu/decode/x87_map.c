/* The x87 opcode map, D8 to DF (SDM 2D A.5): memory and register forms by
 * ModRM.reg, and a few by the whole byte. With the aliases that every processor
 * runs although few manuals name them: FCOM2, FCOMP3, FXCH4, FCOMP5, FFREEP,
 * FXCH7, FSTP1, FSTP8, FSTP9. */
#include "engine/cpu/decode/simd_map.h"

/* clang-format off */
#define NONE { 0, 0, 0, NULL }
#define M(id, name) { OP_##id, SIMD_MEM, FEAT_NONE, name }
#define M3(id, name) { OP_##id, SIMD_MEM, FEAT_SSE3, name }
#define R(id, name) { OP_##id, SIMD_REG, FEAT_NONE, name }
#define RC(id, name) { OP_##id, SIMD_REG, FEAT_CMOV, name }
/* clang-format on */

static const struct simd_row memory[8][8] = {
	{M(fadd_m32, "fadd"), M(fmul_m32, "fmul"), M(fcom_m32, "fcom"), M(fcomp_m32, "fcomp"), M(fsub_m32, "fsub"),
	 M(fsubr_m32, "fsubr"), M(fdiv_m32, "fdiv"), M(fdivr_m32, "fdivr")},
	{M(fld_m32, "fld"), NONE, M(fst_m32, "fst"), M(fstp_m32, "fstp"), M(fldenv, "fldenv"), M(fldcw, "fldcw"),
	 M(fnstenv, "fnstenv"), M(fnstcw, "fnstcw")},
	{M(fadd_i32, "fiadd"), M(fmul_i32, "fimul"), M(fcom_i32, "ficom"), M(fcomp_i32, "ficomp"), M(fsub_i32, "fisub"),
	 M(fsubr_i32, "fisubr"), M(fdiv_i32, "fidiv"), M(fdivr_i32, "fidivr")},
	{M(fild_m32, "fild"), M3(fisttp_m32, "fisttp"), M(fist_m32, "fist"), M(fistp_m32, "fistp"), NONE,
	 M(fld_m80, "fld"), NONE, M(fstp_m80, "fstp")},
	{M(fadd_m64, "fadd"), M(fmul_m64, "fmul"), M(fcom_m64, "fcom"), M(fcomp_m64, "fcomp"), M(fsub_m64, "fsub"),
	 M(fsubr_m64, "fsubr"), M(fdiv_m64, "fdiv"), M(fdivr_m64, "fdivr")},
	{M(fld_m64, "fld"), M3(fisttp_m64, "fisttp"), M(fst_m64, "fst"), M(fstp_m64, "fstp"), M(frstor, "frstor"), NONE,
	 M(fnsave, "fnsave"), M(fnstsw, "fnstsw")},
	{M(fadd_i16, "fiadd"), M(fmul_i16, "fimul"), M(fcom_i16, "ficom"), M(fcomp_i16, "ficomp"), M(fsub_i16, "fisub"),
	 M(fsubr_i16, "fisubr"), M(fdiv_i16, "fidiv"), M(fdivr_i16, "fidivr")},
	{M(fild_m16, "fild"), M3(fisttp_m16, "fisttp"), M(fist_m16, "fist"), M(fistp_m16, "fistp"), M(fbld, "fbld"),
	 M(fild_m64, "fild"), M(fbstp, "fbstp"), M(fistp_m64, "fistp")},
};

/* Empty rows are in the byte tables below or undefined. */
static const struct simd_row registers[8][8] = {
	{R(fadd_st0, "fadd"), R(fmul_st0, "fmul"), R(fcom, "fcom"), R(fcomp, "fcomp"), R(fsub_st0, "fsub"),
	 R(fsubr_st0, "fsubr"), R(fdiv_st0, "fdiv"), R(fdivr_st0, "fdivr")},
	{R(fld_sti, "fld"), R(fxch, "fxch"), NONE, R(fstp1, "fstp1"), NONE, NONE, NONE, NONE},
	{RC(fcmov, "fcmovb"), RC(fcmov, "fcmove"), RC(fcmov, "fcmovbe"), RC(fcmov, "fcmovu"), NONE, NONE, NONE, NONE},
	{RC(fcmov, "fcmovnb"), RC(fcmov, "fcmovne"), RC(fcmov, "fcmovnbe"), RC(fcmov, "fcmovnu"), NONE,
	 RC(fucomi, "fucomi"), RC(fcomi, "fcomi"), NONE},
	{R(fadd_sti, "fadd"), R(fmul_sti, "fmul"), R(fcom, "fcom2"), R(fcomp, "fcomp3"), R(fsub_sti, "fsubr"),
	 R(fsubr_sti, "fsub"), R(fdiv_sti, "fdivr"), R(fdivr_sti, "fdiv")},
	{R(ffree, "ffree"), R(fxch, "fxch4"), R(fst_sti, "fst"), R(fstp_sti, "fstp"), R(fucom, "fucom"),
	 R(fucomp, "fucomp"), NONE, NONE},
	{R(fadd_pop, "faddp"), R(fmul_pop, "fmulp"), R(fcomp, "fcomp5"), NONE, R(fsub_pop, "fsubrp"),
	 R(fsubr_pop, "fsubp"), R(fdiv_pop, "fdivrp"), R(fdivr_pop, "fdivp")},
	{R(ffreep, "ffreep"), R(fxch, "fxch7"), R(fstp_sti, "fstp8"), R(fstp_sti, "fstp9"), NONE,
	 RC(fucomip, "fucomip"), RC(fcomip, "fcomip"), NONE},
};

/* D9 E0 to FF */
/* clang-format off */
static const struct simd_row d9[32] = {
	R(fchs, "fchs"), R(fabs, "fabs"), NONE, NONE, R(ftst, "ftst"), R(fxam, "fxam"), NONE, NONE,
	R(fld_const, "fld1"), R(fld_const, "fldl2t"), R(fld_const, "fldl2e"), R(fld_const, "fldpi"),
	R(fld_const, "fldlg2"), R(fld_const, "fldln2"), R(fld_const, "fldz"), NONE,
	R(f2xm1, "f2xm1"), R(fyl2x, "fyl2x"), R(fptan, "fptan"), R(fpatan, "fpatan"),
	R(fxtract, "fxtract"), R(fprem1, "fprem1"), R(fdecstp, "fdecstp"), R(fincstp, "fincstp"),
	R(fprem, "fprem"), R(fyl2xp1, "fyl2xp1"), R(fsqrt, "fsqrt"), R(fsincos, "fsincos"),
	R(frndint, "frndint"), R(fscale, "fscale"), R(fsin, "fsin"), R(fcos, "fcos"),
};
/* clang-format on */

/* Single bytes elsewhere. */
static const struct {
	uint8_t opcode, modrm;
	struct simd_row row;
} singles[] = {
	{0xd9, 0xd0, R(fnop, "fnop")},     {0xda, 0xe9, R(fucompp, "fucompp")}, {0xdb, 0xe0, R(fneni, "fneni")},
	{0xdb, 0xe1, R(fneni, "fndisi")},  {0xdb, 0xe2, R(fnclex, "fnclex")},   {0xdb, 0xe3, R(fninit, "fninit")},
	{0xdb, 0xe4, R(fneni, "fnsetpm")}, {0xde, 0xd9, R(fcompp, "fcompp")},   {0xdf, 0xe0, R(fnstsw_ax, "fnstsw")},
};

static const struct simd_row *defined(const struct simd_row *row)
{
	return row->op ? row : NULL;
}

const struct simd_row *x87_lookup(uint8_t opcode, uint8_t modrm)
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
			return &singles[n].row;
	return defined(&registers[row][reg]);
}
