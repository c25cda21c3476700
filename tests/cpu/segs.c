/* The local descriptor table that both sides of the oracle use. */
#include "tests/cpu/oracle.h"

enum { DATA_RW = 3, DATA_RO = 1, DATA_DOWN = 7, CODE_XR = 11 };
#define DATA ((uint32_t)ORACLE_DATA)
#define CODE ((uint32_t)ORACLE_CODE)

const struct ldt_entry ldt_table[ORACLE_LDT] = {
	{0, 0xfffff, CODE_XR, 1, 1, 1, DATA, DATA + 0xffff},
	{0, 0xfffff, DATA_RW, 1, 1, 1, DATA, DATA + 0xffff},
	{CODE, 0xffff, CODE_XR, 1, 0, 1, ORACLE_ALIAS, ORACLE_ALIAS + ORACLE_BACK_SIZE - 1},
	{DATA, 0xffff, DATA_RW, 1, 0, 1, 0, 0xffff},
	{CODE, 0xffff, CODE_XR, 0, 0, 1, ORACLE_ALIAS, ORACLE_ALIAS + ORACLE_BACK_SIZE - 1},
	{DATA, 0xffff, DATA_RW, 0, 0, 1, 0, 0xffff},
	{DATA, 0x7fff, DATA_RW, 1, 0, 1, 0, 0x7fff},
	{DATA, 0x3fff, DATA_DOWN, 0, 0, 1, 0x4000, 0xffff},
	{DATA, 0x0fff, DATA_DOWN, 1, 0, 1, 0x1000, 0xffff},
	{DATA, 0xffff, DATA_RO, 1, 0, 1, 0, 0xffff},
	{CODE, 0xffff, CODE_XR, 0, 0, 1, ORACLE_ALIAS, ORACLE_ALIAS + ORACLE_BACK_SIZE - 1},
	{DATA, 0xffff, DATA_RW, 1, 0, 0, 0, 0xffff},
};

/* ES CS SS DS FS GS */
const struct seg_config seg_configs[SEG_CONFIGS] = {
	{MODE_PROT32, {1, 0, 1, 1, 3, 6}}, {MODE_PROT32, {3, 2, 3, 3, 6, 7}}, {MODE_PROT32, {8, 2, 5, 3, 9, 1}},
	{MODE_PROT16, {5, 4, 5, 5, 6, 7}}, {MODE_PROT16, {3, 4, 3, 3, 8, 9}}, {MODE_PROT16, {7, 4, 5, 9, 5, 3}},
};

uint64_t ldt_descriptor(unsigned n)
{
	const struct ldt_entry *e = &ldt_table[n];
	uint64_t d = e->limit & 0xffff;

	d |= (uint64_t)(e->base & 0xffffff) << 16;
	d |= (uint64_t)(e->type | 0x10 | 0x60 | (e->present ? 0x80 : 0)) << 40;
	d |= (uint64_t)(e->limit >> 16) << 48;
	d |= (uint64_t)((e->big ? 4 : 0) | (e->pages ? 8 : 0)) << 52;
	d |= (uint64_t)(e->base >> 24) << 56;
	return d;
}
