/* The MC146818A clock with 128 bytes of CMOS RAM at ports 0x70 and 0x71. Its
 * time is the PC's epoch plus virtual time plus what the guest has set; the
 * clock bytes of cmos[] are used only while the clock stands still. */
#ifndef LANYARD_PC_RTC_H
#define LANYARD_PC_RTC_H

#include "engine/base/types.h"

struct board;

struct rtc {
	int64_t offset;  /* seconds: date = epoch + offset + (virtual time + phase) / 1 s */
	uint64_t phase;  /* ns, below one second: where seconds begin */
	uint64_t synced; /* ns: flags of register C are right up to here */
	uint8_t cmos[128];
	uint8_t index;    /* port 0x70 */
	uint8_t nmi_mask; /* its bit 7 */
	uint8_t irq;      /* IRQ 8 as driven */
	uint8_t weekday;  /* 0..6: days by which the guest's weekday differs from ours */
	uint8_t pad[4];
};
_Static_assert(sizeof(struct rtc) == 160, "no padding");

void rtc_attach(struct board *b);
/* The battery keeps time and CMOS; the first reset of all zeros is power-on. */
void rtc_reset(struct board *b);
void rtc_timer(struct board *b, unsigned unit);
const char *rtc_validate(const struct board *b);

/* Fills a byte of CMOS RAM (what a BIOS setup would have stored); not for the
 * clock bytes 0..13 and 0x32. */
void rtc_set_cmos(struct board *b, unsigned index, uint8_t v);
static inline bool rtc_nmi_masked(const struct rtc *r)
{
	return r->nmi_mask;
}

#endif
