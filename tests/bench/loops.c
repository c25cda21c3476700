/* Loops for the benchmark: `loops x87`, `loops sse`, `loops int`. Without a
 * library, so that they measure the same everywhere. */
static long sys_call(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}

static int x87(void)
{
	long double x = 1.0L, y = 0.0L;

	for (int n = 1; n < 20000000; n++) {
		y += x / n;
		x = x * 0.999999L + 0.5L;
	}
	return (int)y;
}

static int sse(void)
{
	typedef float v4 __attribute__((vector_size(16)));
	v4 a = {1, 2, 3, 4}, b = {0.5f, 0.25f, 0.125f, 0.0625f};
	double d = 1;

	for (int n = 1; n < 20000000; n++) {
		a = a * b + b;
		d = d * 0.999999 + 0.5;
	}
	return (int)(a[0] + a[1] + a[2] + a[3] + (float)d);
}

static int integers(void)
{
	static unsigned table[4096];
	unsigned x = 12345, sum = 0;

	for (int n = 0; n < 100000000; n++) {
		x = x * 1103515245 + 12345;
		if (x & 0x8000)
			sum += table[x >> 20]++;
	}
	return (int)sum;
}

void start(long *stack);
__asm__(".globl _start\n_start: movq %rsp, %rdi\n\tandq $-16, %rsp\n\tcall start");
void start(long *stack)
{
	const char *what = stack[0] > 1 ? (const char *)stack[2] : "i";
	volatile int result = what[0] == 'x' ? x87() : what[0] == 's' ? sse() : integers();

	(void)result;
	sys_call(60, 0, 0, 0);
}
