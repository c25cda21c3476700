/* The option ROM that lets an idle DOS idle; see optrom_idle.h. Too small for a
 * build with an assembler: the code is below, each line with its instruction. */
#include "engine/boot/optrom_idle.h"

#include "engine/boot/optrom.h"

/* Where the ROM keeps the BIOS's INT 16h; written while the BIOS calls its init,
 * read-only afterwards. */
#define OLD_INT16 0x118

/* In the BIOS data area's words for programs to talk to each other (0:4F0 to 4FF):
 * 4F8 the tick in which programs asked last, 4F9 how often since, 4FA 28h once
 * INT 28h is hooked, 4FC what it was. */

/* clang-format off */
static const uint8_t code[] = {
	/* init: */
	/* 040 */ 0x9c,                                                      /* pushf */
	/* 041 */ 0xfa,                                                      /* cli */
	/* 042 */ 0x1e,                                                      /* push ds */
	/* 043 */ 0x66, 0x50,                                                /* push eax */
	/* 045 */ 0x31, 0xc0,                                                /* xor ax,ax */
	/* 047 */ 0x8e, 0xd8,                                                /* mov ds,ax */
	/* 049 */ 0x66, 0xa1, 0x58, 0x00,                                    /* mov eax,ds:0x58 */
	/* 04d */ 0x2e, 0x66, 0xa3, 0x18, 0x01,                              /* mov cs:0x118,eax */
	/* 052 */ 0x66, 0xc7, 0x06, 0xf8, 0x04, 0x00, 0x00, 0x00, 0x00,      /* mov DWORD PTR ds:0x4f8,0x0 */
	/* 05b */ 0xc7, 0x06, 0x58, 0x00, 0x6a, 0x00,                        /* mov WORD PTR ds:0x58,0x6a */
	/* 061 */ 0x8c, 0x0e, 0x5a, 0x00,                                    /* mov WORD PTR ds:0x5a,cs */
	/* 065 */ 0x66, 0x58,                                                /* pop eax */
	/* 067 */ 0x1f,                                                      /* pop ds */
	/* 068 */ 0x9d,                                                      /* popf */
	/* 069 */ 0xcb,                                                      /* retf */
	/* int16: */
	/* 06a */ 0x80, 0xfc, 0x01,                                          /* cmp ah,0x1 */
	/* 06d */ 0x74, 0x0a,                                                /* je 79 <poll> */
	/* 06f */ 0x80, 0xfc, 0x11,                                          /* cmp ah,0x11 */
	/* 072 */ 0x74, 0x05,                                                /* je 79 <poll> */
	/* 074 */ 0x2e, 0xff, 0x2e, 0x18, 0x01,                              /* jmp DWORD PTR cs:0x118 */
	/* poll: */
	/* 079 */ 0x9c,                                                      /* pushf */
	/* 07a */ 0x2e, 0xff, 0x1e, 0x18, 0x01,                              /* call DWORD PTR cs:0x118 */
	/* 07f */ 0x55,                                                      /* push bp */
	/* 080 */ 0x89, 0xe5,                                                /* mov bp,sp */
	/* 082 */ 0x75, 0x3d,                                                /* jne c1 <key> */
	/* 084 */ 0x83, 0x4e, 0x06, 0x40,                                    /* or WORD PTR [bp+0x6],0x40 */
	/* 088 */ 0xf7, 0x46, 0x06, 0x00, 0x02,                              /* test WORD PTR [bp+0x6],0x200 */
	/* 08d */ 0x74, 0x36,                                                /* je c5 <back> */
	/* 08f */ 0x1e,                                                      /* push ds */
	/* 090 */ 0x66, 0x50,                                                /* push eax */
	/* 092 */ 0x31, 0xc0,                                                /* xor ax,ax */
	/* 094 */ 0x8e, 0xd8,                                                /* mov ds,ax */
	/* 096 */ 0xe8, 0x2e, 0x00,                                          /* call c7 <hook28> */
	/* 099 */ 0xa0, 0x6c, 0x04,                                          /* mov al,ds:0x46c */
	/* 09c */ 0x38, 0x06, 0xf8, 0x04,                                    /* cmp BYTE PTR ds:0x4f8,al */
	/* 0a0 */ 0x74, 0x08,                                                /* je aa <same> */
	/* 0a2 */ 0xa2, 0xf8, 0x04,                                          /* mov ds:0x4f8,al */
	/* 0a5 */ 0xc6, 0x06, 0xf9, 0x04, 0x00,                              /* mov BYTE PTR ds:0x4f9,0x0 */
	/* same: */
	/* 0aa */ 0xfe, 0x06, 0xf9, 0x04,                                    /* inc BYTE PTR ds:0x4f9 */
	/* 0ae */ 0x80, 0x3e, 0xf9, 0x04, 0x20,                              /* cmp BYTE PTR ds:0x4f9,0x20 */
	/* 0b3 */ 0x72, 0x07,                                                /* jb bc <busy> */
	/* 0b5 */ 0xc6, 0x06, 0xf9, 0x04, 0x00,                              /* mov BYTE PTR ds:0x4f9,0x0 */
	/* 0ba */ 0xfb,                                                      /* sti */
	/* 0bb */ 0xf4,                                                      /* hlt */
	/* busy: */
	/* 0bc */ 0x66, 0x58,                                                /* pop eax */
	/* 0be */ 0x1f,                                                      /* pop ds */
	/* 0bf */ 0xeb, 0x04,                                                /* jmp c5 <back> */
	/* key: */
	/* 0c1 */ 0x83, 0x66, 0x06, 0xbf,                                    /* and WORD PTR [bp+0x6],0xffbf */
	/* back: */
	/* 0c5 */ 0x5d,                                                      /* pop bp */
	/* 0c6 */ 0xcf,                                                      /* iret */
	/* hook28: */
	/* 0c7 */ 0x80, 0x3e, 0xfa, 0x04, 0x28,                              /* cmp BYTE PTR ds:0x4fa,0x28 */
	/* 0cc */ 0x74, 0x20,                                                /* je ee */
	/* 0ce */ 0xa1, 0x86, 0x00,                                          /* mov ax,ds:0x86 */
	/* 0d1 */ 0x48,                                                      /* dec ax */
	/* 0d2 */ 0x3d, 0xff, 0x9f,                                          /* cmp ax,0x9fff */
	/* 0d5 */ 0x73, 0x17,                                                /* jae ee */
	/* 0d7 */ 0x66, 0xa1, 0xa0, 0x00,                                    /* mov eax,ds:0xa0 */
	/* 0db */ 0x66, 0xa3, 0xfc, 0x04,                                    /* mov ds:0x4fc,eax */
	/* 0df */ 0xc7, 0x06, 0xa0, 0x00, 0xef, 0x00,                        /* mov WORD PTR ds:0xa0,0xef */
	/* 0e5 */ 0x8c, 0x0e, 0xa2, 0x00,                                    /* mov WORD PTR ds:0xa2,cs */
	/* 0e9 */ 0xc6, 0x06, 0xfa, 0x04, 0x28,                              /* mov BYTE PTR ds:0x4fa,0x28 */
	/* 0ee */ 0xc3,                                                      /* ret */
	/* int28: */
	/* 0ef */ 0x66, 0x50,                                                /* push eax */
	/* 0f1 */ 0x55,                                                      /* push bp */
	/* 0f2 */ 0x89, 0xe5,                                                /* mov bp,sp */
	/* 0f4 */ 0xf7, 0x46, 0x0a, 0x00, 0x02,                              /* test WORD PTR [bp+0xa],0x200 */
	/* 0f9 */ 0x74, 0x03,                                                /* je fe <int28+0xf> */
	/* 0fb */ 0xfb,                                                      /* sti */
	/* 0fc */ 0xf4,                                                      /* hlt */
	/* 0fd */ 0xfa,                                                      /* cli */
	/* 0fe */ 0x1e,                                                      /* push ds */
	/* 0ff */ 0x66, 0x50,                                                /* push eax */
	/* 101 */ 0x31, 0xc0,                                                /* xor ax,ax */
	/* 103 */ 0x8e, 0xd8,                                                /* mov ds,ax */
	/* 105 */ 0x66, 0xa1, 0xfc, 0x04,                                    /* mov eax,ds:0x4fc */
	/* 109 */ 0x66, 0x89, 0x46, 0x02,                                    /* mov DWORD PTR [bp+0x2],eax */
	/* 10d */ 0x66, 0x58,                                                /* pop eax */
	/* 10f */ 0x1f,                                                      /* pop ds */
	/* 110 */ 0x5d,                                                      /* pop bp */
	/* 111 */ 0xcb,                                                      /* retf */
};
/* clang-format on */
_Static_assert(OPTROM_CODE + sizeof(code) <= OLD_INT16, "code fits");

void optrom_idle_build(uint8_t rom[OPTROM_SIZE])
{
	const struct optrom_text parts[] = {{OPTROM_CODE, code, sizeof(code)}};

	optrom_assemble(rom, "Lanyard idle", 0, parts, ARRAY_LEN(parts));
	rom[OPTROM_INIT] = 0xeb; /* jmp short OPTROM_CODE */
	rom[OPTROM_INIT + 1] = OPTROM_CODE - OPTROM_INIT - 2;
	optrom_seal(rom);
}
