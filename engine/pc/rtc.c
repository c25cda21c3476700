/* Motorola MC146818A (data sheet, 1984). Update, alarm and periodic flags are
 * worked out when register C is read or when an enabled one must interrupt;
 * a clock that nobody listens to costs nothing. */
#include "engine/pc/rtc.h"

#include <string.h>

#include "engine/pc/pc.h"

enum {
	RTC_SECONDS = 0,
	RTC_SECONDS_ALARM,
	RTC_MINUTES,
	RTC_MINUTES_ALARM,
	RTC_HOURS,
	RTC_HOURS_ALARM,
	RTC_WEEKDAY,
	RTC_DAY,
	RTC_MONTH,
	RTC_YEAR,
	RTC_A,
	RTC_B,
	RTC_C,
	RTC_D,
	RTC_CENTURY = 0x32,
};

#define A_UIP 0x80
#define A_DV 0x70
#define A_DV_RUN 0x20 /* 32.768 kHz crystal, divider running */
#define A_RS 0x0f
#define B_SET 0x80
#define B_PIE 0x40
#define B_AIE 0x20
#define B_UIE 0x10
#define B_SQWE 0x08
#define B_DM 0x04 /* binary, not BCD */
#define B_24H 0x02
#define C_IRQF 0x80
#define C_PF 0x40
#define C_AF 0x20
#define C_UF 0x10
#define C_FLAGS 0x70 /* the same bits enable them in register B */
#define D_VRT 0x80

#define RTC_IRQ 8
#define SECOND 1000000000ull
#define CRYSTAL_HZ 32768u
#define UIP_NS 244000u /* UIP rises this long before an update (table 5) */
#define HALF_SECOND (SECOND / 2)
#define DAY_SECONDS 86400

struct rtc_date {
	int64_t year;
	unsigned month, day, weekday; /* from 1; weekday 1 = Sunday */
	unsigned hour, minute, second;
};

/* ---- calendar ---- */

/* Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted
 * from March so that the leap day is the last. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + (int64_t)day - 1 - 719468;
}

#define YEAR_MAX 9999

static struct rtc_date date_from_seconds(int64_t s)
{
	int64_t low = days_from_date(1, 1, 1), high = days_from_date(YEAR_MAX, 12, 31);
	int64_t days = s >= 0 ? s / DAY_SECONDS : -((-s + DAY_SECONDS - 1) / DAY_SECONDS);
	unsigned in_day = (unsigned)(s - days * DAY_SECONDS);
	struct rtc_date d = {.hour = in_day / 3600, .minute = in_day / 60 % 60, .second = in_day % 60};

	days = days < low ? low : days > high ? high : days;
	d.weekday = (unsigned)((days + 719468 + 3) % 7) + 1; /* 0000-03-01 was a Wednesday */
	d.year = (days + 719468) / 366;
	while (days_from_date(d.year + 1, 1, 1) <= days)
		d.year++;
	d.month = 12;
	while (days_from_date(d.year, d.month, 1) > days)
		d.month--;
	d.day = (unsigned)(days - days_from_date(d.year, d.month, 1)) + 1;
	return d;
}

/* ---- bytes ---- */

static uint8_t encode(const struct rtc *r, unsigned v)
{
	return (uint8_t)(r->cmos[RTC_B] & B_DM ? v : v / 10 << 4 | v % 10);
}

static unsigned decode(const struct rtc *r, uint8_t v)
{
	return r->cmos[RTC_B] & B_DM ? v : (v >> 4) * 10u + (v & 15);
}

static uint8_t encode_hour(const struct rtc *r, unsigned hour)
{
	if (r->cmos[RTC_B] & B_24H)
		return encode(r, hour);
	return encode(r, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? 0x80 : 0);
}

static unsigned decode_hour(const struct rtc *r, uint8_t v)
{
	if (r->cmos[RTC_B] & B_24H)
		return decode(r, v);
	return decode(r, v & 0x7f) % 12 + (v & 0x80 ? 12 : 0);
}

/* ---- time ---- */

static bool divider_runs(const struct rtc *r)
{
	return (r->cmos[RTC_A] & A_DV) == A_DV_RUN;
}
static bool updates(const struct rtc *r)
{
	return divider_runs(r) && !(r->cmos[RTC_B] & B_SET);
}

static bool is_clock_byte(unsigned n)
{
	return n <= RTC_YEAR ? n > RTC_HOURS_ALARM || !(n & 1) : n == RTC_CENTURY;
}

/* The date in seconds since 1970 at a time of the crystal (ns + phase). */
static int64_t seconds_at(struct board *b, uint64_t crystal)
{
	return (int64_t)(b->pc->epoch + (uint64_t)b->pc->rtc.offset + crystal / SECOND);
}

static uint64_t crystal_now(struct board *b)
{
	return board_now(b) + b->pc->rtc.phase;
}

static uint64_t crystal_ticks(uint64_t crystal)
{
	return crystal / SECOND * CRYSTAL_HZ + crystal % SECOND * CRYSTAL_HZ / SECOND;
}

static uint8_t clock_byte(struct board *b, unsigned index)
{
	const struct rtc *r = &b->pc->rtc;
	struct rtc_date d = date_from_seconds(seconds_at(b, crystal_now(b)));

	switch (index) {
	case RTC_SECONDS: return encode(r, d.second);
	case RTC_MINUTES: return encode(r, d.minute);
	case RTC_HOURS: return encode_hour(r, d.hour);
	case RTC_WEEKDAY: return encode(r, (d.weekday - 1 + r->weekday) % 7 + 1);
	case RTC_DAY: return encode(r, d.day);
	case RTC_MONTH: return encode(r, d.month);
	case RTC_YEAR: return encode(r, (unsigned)(d.year % 100));
	default: return encode(r, (unsigned)(d.year / 100));
	}
}

/* The clock stops: its bytes hold the date. */
static void freeze(struct board *b)
{
	struct rtc *r = &b->pc->rtc;

	for (unsigned n = 0; n <= RTC_CENTURY; n++)
		if (is_clock_byte(n))
			r->cmos[n] = clock_byte(b, n);
}

/* The clock goes on from its bytes, whatever the guest wrote there. */
static void thaw(struct board *b)
{
	struct rtc *r = &b->pc->rtc;
	unsigned month = decode(r, r->cmos[RTC_MONTH]);
	int64_t year = decode(r, r->cmos[RTC_CENTURY]) * 100 + decode(r, r->cmos[RTC_YEAR]);
	int64_t days, seconds;

	month = month < 1 ? 1 : month > 12 ? 12 : month;
	year = year < 1 ? 1 : year > YEAR_MAX ? YEAR_MAX : year;
	days = days_from_date(year, month, decode(r, r->cmos[RTC_DAY]));
	seconds = days * DAY_SECONDS + decode_hour(r, r->cmos[RTC_HOURS]) * 3600 +
		  decode(r, r->cmos[RTC_MINUTES]) * 60 + decode(r, r->cmos[RTC_SECONDS]);
	r->offset = (int64_t)((uint64_t)seconds - b->pc->epoch - crystal_now(b) / SECOND);
	r->weekday = (uint8_t)((decode(r, r->cmos[RTC_WEEKDAY]) + 7 - date_from_seconds(seconds).weekday) % 7);
	for (unsigned n = 0; n <= RTC_CENTURY; n++)
		if (is_clock_byte(n))
			r->cmos[n] = 0;
}

/* ---- flags and interrupts ---- */

static bool alarm_any(uint8_t v)
{
	return (v & 0xc0) == 0xc0;
}

/* The first second >= from that the alarm bytes match; -1: there is none. */
static int64_t next_alarm(const struct rtc *r, int64_t from)
{
	uint8_t s = r->cmos[RTC_SECONDS_ALARM], m = r->cmos[RTC_MINUTES_ALARM], h = r->cmos[RTC_HOURS_ALARM];
	int64_t end = from + DAY_SECONDS;
	struct rtc_date d = date_from_seconds(from);
	unsigned in_day = d.hour * 3600 + d.minute * 60 + d.second;

	while (from < end) {
		unsigned step = 0;

		if (!alarm_any(h) && decode_hour(r, h) != in_day / 3600)
			step = 3600 - in_day % 3600;
		else if (!alarm_any(m) && decode(r, m) != in_day / 60 % 60)
			step = 60 - in_day % 60;
		else if (!alarm_any(s) && decode(r, s) != in_day % 60)
			step = 1;
		if (!step)
			return from;
		from += step;
		in_day = (in_day + step) % DAY_SECONDS;
	}
	return -1;
}

/* Periodic rate in crystal ticks; 0: off (table 4). */
static uint64_t period_ticks(const struct rtc *r)
{
	unsigned rs = r->cmos[RTC_A] & A_RS;

	return rs == 0 ? 0 : rs < 3 ? 1u << (rs + 6) : 1u << (rs - 1);
}

static void drive_irq(struct board *b)
{
	struct rtc *r = &b->pc->rtc;
	bool irq = r->cmos[RTC_C] & r->cmos[RTC_B] & C_FLAGS;

	r->cmos[RTC_C] = (r->cmos[RTC_C] & C_FLAGS) | (irq ? C_IRQF : 0);
	if (r->irq == irq)
		return;
	r->irq = irq;
	board_set_irq(b, RTC_IRQ, irq);
}

/* What happened since the last look. */
static void sync_flags(struct board *b)
{
	struct rtc *r = &b->pc->rtc;
	uint64_t from = r->synced + r->phase, to = crystal_now(b), period = period_ticks(r);

	r->synced = board_now(b);
	if (divider_runs(r) && period && crystal_ticks(from) / period != crystal_ticks(to) / period)
		r->cmos[RTC_C] |= C_PF;
	if (updates(r) && from / SECOND != to / SECOND) {
		int64_t alarm = next_alarm(r, seconds_at(b, from) + 1);

		r->cmos[RTC_C] |= C_UF;
		if (alarm != -1 && alarm <= seconds_at(b, to))
			r->cmos[RTC_C] |= C_AF;
	}
	drive_irq(b);
}

static uint64_t next_event(struct board *b)
{
	const struct rtc *r = &b->pc->rtc;
	uint64_t now = crystal_now(b), period = period_ticks(r), when = TIME_NEVER;
	uint8_t on = r->cmos[RTC_B];

	if (!divider_runs(r))
		return TIME_NEVER;
	if ((on & B_PIE) && period) {
		uint64_t tick = (crystal_ticks(now) / period + 1) * period;

		when = tick / CRYSTAL_HZ * SECOND + (tick % CRYSTAL_HZ * SECOND + CRYSTAL_HZ - 1) / CRYSTAL_HZ;
	}
	if (updates(r) && (on & B_UIE) && (now / SECOND + 1) * SECOND < when)
		when = (now / SECOND + 1) * SECOND;
	if (updates(r) && (on & B_AIE)) {
		int64_t today = seconds_at(b, now), alarm = next_alarm(r, today + 1);

		if (alarm != -1 && (now / SECOND + (uint64_t)(alarm - today)) * SECOND < when)
			when = (now / SECOND + (uint64_t)(alarm - today)) * SECOND;
	}
	return when == TIME_NEVER ? when : when - r->phase;
}

/* A raised IRQ 8 stays up until register C is read: no event before that. */
static void arm(struct board *b)
{
	board_timer_set(b, TIMER_RTC, b->pc->rtc.irq ? TIME_NEVER : next_event(b));
}

void rtc_timer(struct board *b, unsigned unit)
{
	sync_flags(b);
	arm(b);
}

/* ---- registers ---- */

/* Registers A and B decide whether the clock runs. */
static void write_control(struct board *b, unsigned index, uint8_t v)
{
	struct rtc *r = &b->pc->rtc;
	bool ran = updates(r), divided = divider_runs(r);
	struct rtc next = *r;

	next.cmos[index] = v;
	if (ran && !updates(&next))
		freeze(b);
	r->cmos[index] = v;
	if (index == RTC_B && (v & B_SET))
		r->cmos[RTC_B] &= (uint8_t)~B_UIE; /* data sheet, UIE */
	/* A released divider makes its first update half a second later. */
	if (!divided && divider_runs(r))
		r->phase = (HALF_SECOND + SECOND - board_now(b) % SECOND) % SECOND;
	if (!ran && updates(r))
		thaw(b);
}

static void write_byte(struct board *b, unsigned index, uint8_t v)
{
	struct rtc *r = &b->pc->rtc;

	if (index > RTC_D && index != RTC_CENTURY) {
		r->cmos[index] = v;
		return;
	}
	if (index == RTC_C || index == RTC_D)
		return;
	sync_flags(b);
	if (index == RTC_A) {
		write_control(b, index, v & (uint8_t)~A_UIP);
	} else if (index == RTC_B) {
		write_control(b, index, v);
	} else if (is_clock_byte(index) && updates(r)) {
		freeze(b);
		r->cmos[index] = v;
		thaw(b);
	} else {
		r->cmos[index] = v;
	}
	drive_irq(b);
	arm(b);
}

static uint8_t read_c(struct board *b)
{
	struct rtc *r = &b->pc->rtc;
	uint8_t v;

	sync_flags(b);
	v = r->cmos[RTC_C];
	r->cmos[RTC_C] = 0;
	drive_irq(b);
	arm(b);
	return v;
}

static uint8_t read_byte(struct board *b, unsigned index)
{
	const struct rtc *r = &b->pc->rtc;

	if (index == RTC_C)
		return read_c(b);
	if (!updates(r))
		return r->cmos[index];
	if (index == RTC_A)
		return r->cmos[RTC_A] | (crystal_now(b) % SECOND >= SECOND - UIP_NS ? A_UIP : 0);
	return is_clock_byte(index) ? clock_byte(b, index) : r->cmos[index];
}

static uint32_t rtc_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return port & 1 ? read_byte(b, b->pc->rtc.index) : 0xff; /* 0x70 is write-only */
}

static void rtc_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct rtc *r = &b->pc->rtc;

	if (port & 1) {
		TRACE(b, RTC, "cmos %02x <- %02x", r->index, value & 0xff);
		write_byte(b, r->index, (uint8_t)value);
		return;
	}
	r->index = value & 0x7f;
	r->nmi_mask = value >> 7 & 1;
}

void rtc_set_cmos(struct board *b, unsigned index, uint8_t v)
{
	assert(index < sizeof(b->pc->rtc.cmos) && index > RTC_D && index != RTC_CENTURY);
	b->pc->rtc.cmos[index] = v;
}

/* ---- the chip ---- */

void rtc_attach(struct board *b)
{
	board_map_io(b, &(struct io_range){.base = 0x70, .count = 2, .max_size = 1, .in = rtc_in, .out = rtc_out});
}

void rtc_reset(struct board *b)
{
	struct rtc *r = &b->pc->rtc;

	if (!(r->cmos[RTC_D] & D_VRT)) {
		r->cmos[RTC_A] = A_DV_RUN | 6; /* 1024 Hz, the PC's usual setting */
		r->cmos[RTC_B] = B_24H;
		r->cmos[RTC_D] = D_VRT;
	}
	r->cmos[RTC_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
	r->cmos[RTC_C] = 0;
	r->synced = board_now(b);
	r->irq = 0;
	r->nmi_mask = 0;
	r->index = 0;
	board_timer_set(b, TIMER_RTC, TIME_NEVER);
}

const char *rtc_validate(const struct board *b)
{
	const struct rtc *r = &b->pc->rtc;

	if (r->index > 0x7f || r->nmi_mask > 1 || r->irq > 1 || r->weekday > 6 || r->phase >= SECOND)
		return "rtc: impossible register";
	if ((r->cmos[RTC_A] & A_UIP) || (r->cmos[RTC_C] & 0x0f) || !(r->cmos[RTC_D] & D_VRT))
		return "rtc: impossible control byte";
	if (r->synced > board_now(b))
		return "rtc: flags from the future";
	for (unsigned n = 0; n < sizeof(r->pad); n++)
		if (r->pad[n])
			return "rtc: padding";
	return NULL;
}
