/* Raw CD-ROM sectors, for READ CD: an ISO image has the 2048 bytes of user
 * data only, the rest of a mode 1 sector follows from them (ECMA-130 clause 14
 * and annexes A and B).
 *
 *   0 sync (12)  12 header (4)  16 user data (2048)  2064 EDC (4)
 *   2068 zeros (8)  2076 P parity (172)  2248 Q parity (104) */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/ide_chan.h"

#define EDC_AT 2064u
#define P_AT 2076u
#define Q_AT 2248u

void cd_msf(uint32_t lba, uint8_t msf[3])
{
	uint32_t frames = lba > UINT32_MAX - 150 ? UINT32_MAX : lba + 150;
	uint32_t minutes = frames / (60 * 75);

	msf[0] = minutes > 255 ? 255 : (uint8_t)minutes;
	msf[1] = (uint8_t)(frames / 75 % 60);
	msf[2] = (uint8_t)(frames % 75);
}

static uint8_t to_bcd(uint8_t v)
{
	return (uint8_t)(v / 10 % 10 << 4 | v % 10);
}

/* CRC with (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1), low bit first. */
static uint32_t edc(const uint8_t *p, size_t size)
{
	uint32_t crc = 0;

	while (size--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xd8018001 : 0);
	}
	return crc;
}

/* GF(2^8) with x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t gf_double(uint8_t v)
{
	return (uint8_t)(v << 1 ^ (v & 0x80 ? 0x1d : 0));
}

static uint8_t gf_mul(uint8_t a, uint8_t c)
{
	uint8_t sum = 0;

	for (; c; c >>= 1, a = gf_double(a))
		if (c & 1)
			sum ^= a;
	return sum;
}

/* One Reed-Solomon code word: `count` bytes from p[first] in steps of `step`,
 * modulo `size`, get two parity bytes p0 and p1 such that the sum of all bytes
 * is 0 and the sum weighted with powers of x is 0. */
static void parity(const uint8_t *p, unsigned first, unsigned count, unsigned step, unsigned size, uint8_t *p0,
		   uint8_t *p1)
{
	uint8_t sum = 0, weighted = 0;

	for (unsigned n = 0, at = first; n < count; n++) {
		sum ^= p[at];
		weighted = gf_double(weighted ^ p[at]);
		at = (at + step) % size;
	}
	/* p0 + p1 = sum and x p0 + p1 = x weighted, where 0xF4 is 1 / (x + 1). */
	*p0 = gf_mul(gf_double(weighted) ^ sum, 0xf4);
	*p1 = *p0 ^ sum;
}

void cd_sector_complete(uint8_t out[CD_RAW_SIZE], uint32_t lba)
{
	uint8_t msf[3], *body = out + 12;

	cd_msf(lba, msf);
	memset(out, 0xff, 12);
	out[0] = out[11] = 0;
	for (unsigned n = 0; n < 3; n++)
		out[12 + n] = to_bcd(msf[n]);
	out[15] = 1; /* mode */
	put_le32(out + EDC_AT, edc(out, EDC_AT));
	memset(out + EDC_AT + 4, 0, 8);
	for (unsigned n = 0; n < 86; n++)
		parity(body, n, 24, 86, 24 * 86, out + P_AT + n, out + P_AT + 86 + n);
	for (unsigned n = 0; n < 52; n++)
		parity(body, n / 2 * 86 + n % 2, 43, 88, 43 * 52, out + Q_AT + n, out + Q_AT + 52 + n);
}
