/* Floating point whose last bit counts: x87 in a 32-bit program, SSE2 in a
 * 64-bit one, x87 long double in both. Prints a checksum of the results' bits
 * and some of them. Without any library, so that it builds for both. */
#include <stdint.h>

#define LINE 64

static long sys_call(long number, long a, long b, long c)
{
	long r;
#ifdef __x86_64__
	__asm__ volatile("syscall" : "=a"(r) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
#endif
	return r;
}

static void print(const char *name, uint64_t value)
{
	char line[LINE];
	unsigned n = 0;

	while (*name && n < LINE - 18)
		line[n++] = *name++;
	line[n++] = ' ';
	for (int shift = 60; shift >= 0; shift -= 4)
		line[n++] = "0123456789abcdef"[value >> shift & 15];
	line[n++] = '\n';
#ifdef __x86_64__
	sys_call(1, 1, (long)line, n);
#else
	sys_call(4, 1, (long)line, n);
#endif
}

static uint64_t sum(uint64_t s, const void *data, unsigned size)
{
	const uint8_t *p = data;

	while (size--)
		s = (s ^ *p++) * 0x100000001b3ull; /* FNV-1a */
	return s;
}

static double square_root(double x)
{
#ifdef __x86_64__
	__asm__("sqrtsd %0, %0" : "+x"(x));
#else
	__asm__("fsqrt" : "+t"(x));
#endif
	return x;
}

static uint64_t doubles(void)
{
	uint64_t s = 0xcbf29ce484222325ull;

	for (int i = 1; i < 20000; i++) {
		volatile double x = i / 7.0 - 1000.0, y = square_root(i), z;

		z = x * y + y / (x + 0.5);
		s = sum(s, (const void *)&z, sizeof(z));
		z = (double)(float)z - (double)(int64_t)z + (double)(int)x;
		s = sum(s, (const void *)&z, sizeof(z));
	}
	return s;
}

static uint64_t extended(void)
{
	uint64_t s = 0xcbf29ce484222325ull;

	for (int i = 1; i < 5000; i++) {
		volatile long double x = i / 3.0L, y = x * x - 1.0L / i, r;

		__asm__("fsqrt" : "=t"(r) : "0"(y));
		s = sum(s, (const void *)&r, 10);
		r = r / x + (long double)(i * 1000000007ll);
		s = sum(s, (const void *)&r, 10);
	}
	return s;
}

#ifdef __x86_64__
static uint64_t vectors(void)
{
	typedef float v4 __attribute__((vector_size(16)));
	uint64_t s = 0xcbf29ce484222325ull;
	volatile v4 a = {1.5f, -2.25f, 1e20f, 3e-30f}, b = {3, 7, 1e-5f, 1e10f};

	for (int i = 0; i < 10000; i++) {
		v4 c = a * b + b / a;

		b = c - b * (float)i;
		b = b / (b * b + 1.0f);
		b += (v4){1, 2, 3, 4};
		s = sum(s, (const void *)&c, sizeof(c));
	}
	return s;
}
#endif

__attribute__((used, force_align_arg_pointer)) void _start(void);
void _start(void)
{
	print("doubles", doubles());
	print("extended", extended());
#ifdef __x86_64__
	print("vectors", vectors());
	sys_call(60, 0, 0, 0);
#else
	sys_call(1, 0, 0, 0);
#endif
}
