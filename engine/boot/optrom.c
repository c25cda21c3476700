/* The option ROM that starts a kernel; see optrom.h. Too small for a build with
 * an assembler: the code is below, each line with its instruction. */
#include "engine/boot/optrom.h"

#include "engine/base/bytes.h"
#include "engine/boot/boot_plan.h"
#include "engine/pc/boot_port.h"

enum { ROM_PNP_OFFSET = 0x1a, PNP = 0x20, TEXT = 0xb2 };

static const char text[] = "The kernel does not fit in memory.\r\n";

/* clang-format off */
static const uint8_t code[] = {
	/* 40 */ 0xb8, OPTROM_MAP >> 4 & 0xff, OPTROM_MAP >> 12, /* mov ax, OPTROM_MAP / 16 */
	/* 43 */ 0x8e, 0xc0,                               /* mov es, ax */
	/* 45 */ 0xbf, OPTROM_MAP_FIRST - OPTROM_MAP, 0x00, /* mov di, 8 */
	/* 48 */ 0x66, 0x31, 0xdb,                         /* xor ebx, ebx */
	/* 4b */ 0x31, 0xed,                               /* xor bp, bp */
	/* next: */
	/* 4d */ 0x66, 0xb8, 0x20, 0xe8, 0x00, 0x00,       /* mov eax, 0xe820 */
	/* 53 */ 0x66, 0xba, 'P', 'A', 'M', 'S',           /* mov edx, 'SMAP' */
	/* 59 */ 0x66, 0xb9, OPTROM_MAP_ENTRY, 0, 0, 0,    /* mov ecx, 20 */
	/* 5f */ 0xcd, 0x15,                               /* int 0x15 */
	/* 61 */ 0x72, 0x17,                               /* jc done */
	/* 63 */ 0x66, 0x3d, 'P', 'A', 'M', 'S',           /* cmp eax, 'SMAP' */
	/* 69 */ 0x75, 0x0f,                               /* jne done */
	/* 6b */ 0x45,                                     /* inc bp */
	/* 6c */ 0x83, 0xc7, OPTROM_MAP_ENTRY,             /* add di, 20 */
	/* 6f */ 0x81, 0xfd, BOOT_MAP_MAX, 0x00,           /* cmp bp, BOOT_MAP_MAX */
	/* 73 */ 0x73, 0x05,                               /* jae done */
	/* 75 */ 0x66, 0x85, 0xdb,                         /* test ebx, ebx */
	/* 78 */ 0x75, 0xd3,                               /* jnz next */
	/* done: */
	/* 7a */ 0x26, 0x89, 0x2e, 0x00, 0x00,             /* mov [es:0], bp */
	/* 7f */ 0xba, BOOT_PORT & 0xff, BOOT_PORT >> 8,   /* mov dx, BOOT_PORT */
	/* 82 */ 0xb8, BOOT_CMD_PLAN & 0xff, BOOT_CMD_PLAN >> 8, /* mov ax, BOOT_CMD_PLAN */
	/* 85 */ 0xef,                                     /* out dx, ax */
	/* 86 */ 0xec,                                     /* in al, dx */
	/* 87 */ 0xa8, BOOT_STATUS_FAIL,                   /* test al, BOOT_STATUS_FAIL */
	/* 89 */ 0x75, 0x13,                               /* jnz fail */
	/* 8b */ 0xa8, BOOT_STATUS_MASK_PIC,               /* test al, BOOT_STATUS_MASK_PIC */
	/* 8d */ 0x74, 0x09,                               /* jz enter */
	/* 8f */ 0xfa,                                     /* cli */
	/* 90 */ 0xb0, 0xff,                               /* mov al, 0xff */
	/* 92 */ 0xe6, 0xa1,                               /* out 0xa1, al: the slave's OCW1 */
	/* 94 */ 0xb0, 0xfb,                               /* mov al, 0xfb */
	/* 96 */ 0xe6, 0x21,                               /* out 0x21, al: all but the cascade */
	/* enter: */
	/* 98 */ 0xb8, BOOT_CMD_ENTER & 0xff, BOOT_CMD_ENTER >> 8, /* mov ax, BOOT_CMD_ENTER */
	/* 9b */ 0xef,                                     /* out dx, ax */
	/* 9c */ 0xeb, 0xfe,                               /* jmp $ */
	/* fail: */
	/* 9e */ 0xbe, TEXT, 0x00,                         /* mov si, text */
	/* print: */
	/* a1 */ 0x2e, 0xac,                               /* lodsb cs:[si] */
	/* a3 */ 0x84, 0xc0,                               /* test al, al */
	/* a5 */ 0x74, 0x09,                               /* jz out */
	/* a7 */ 0xb4, 0x0e,                               /* mov ah, 0x0e: teletype output */
	/* a9 */ 0xbb, 0x07, 0x00,                         /* mov bx, 7 */
	/* ac */ 0xcd, 0x10,                               /* int 0x10 */
	/* ae */ 0xeb, 0xf1,                               /* jmp print */
	/* out: */
	/* b0 */ 0xcd, 0x18,                               /* int 0x18: the next boot device */
};
/* clang-format on */
_Static_assert(OPTROM_CODE + sizeof(code) == TEXT, "the text follows the code");
_Static_assert(TEXT + sizeof(text) <= OPTROM_NAME, "the text fits");

/* The byte that makes the sum of all zero. */
static uint8_t checksum(const uint8_t *p, size_t size)
{
	unsigned sum = 0;

	for (size_t n = 0; n < size; n++)
		sum += p[n];
	return (uint8_t)(0u - sum);
}

/* PnP BIOS Specification 3.2: expansion header. */
static void build_pnp(uint8_t *pnp, uint16_t bootstrap)
{
	memcpy(pnp, "$PnP", 4);
	pnp[4] = 1;                        /* structure revision */
	pnp[5] = 2;                        /* length in units of 16 bytes */
	put_le16(pnp + 0x10, OPTROM_NAME); /* product name */
	put_le16(pnp + 0x1a, bootstrap);   /* bootstrap entry vector */
	pnp[9] = checksum(pnp, 32);
}

void optrom_assemble(uint8_t rom[OPTROM_SIZE], const char *name, uint16_t bootstrap, const struct optrom_text *parts,
		     unsigned count)
{
	memset(rom, 0, OPTROM_SIZE);
	rom[0] = 0x55;
	rom[1] = 0xaa;
	rom[2] = OPTROM_SIZE / 512;
	rom[OPTROM_INIT] = 0xcb; /* retf */
	put_le16(rom + ROM_PNP_OFFSET, PNP);
	build_pnp(rom + PNP, bootstrap);
	for (unsigned n = 0; n < count; n++)
		memcpy(rom + parts[n].at, parts[n].data, parts[n].size);
	memcpy(rom + OPTROM_NAME, name, strlen(name));
}

void optrom_seal(uint8_t rom[OPTROM_SIZE])
{
	rom[OPTROM_SIZE - 1] = checksum(rom, OPTROM_SIZE);
}

void optrom_build(uint8_t rom[OPTROM_SIZE])
{
	const struct optrom_text parts[] = {{OPTROM_CODE, code, sizeof(code)}, {TEXT, text, sizeof(text)}};

	optrom_assemble(rom, "Lanyard kernel", OPTROM_CODE, parts, ARRAY_LEN(parts));
	optrom_seal(rom);
}
