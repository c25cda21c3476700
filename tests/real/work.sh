#!/bin/busybox sh
# Some work whose results are known: run in a guest and, with the same busybox,
# on the host. No time, no random numbers, nothing that differs between them.
export LC_ALL=C

echo "checksums"
i=0
while [ $i -lt 4000 ]; do
	echo "line $i of the text that is summed up $((i * i % 977))"
	i=$((i + 1))
done >/tmp/text.$$
md5sum </tmp/text.$$
sha1sum </tmp/text.$$
sha256sum </tmp/text.$$
sha512sum </tmp/text.$$

echo "compress and restore"
gzip -9 </tmp/text.$$ >/tmp/packed.$$
gzip -dc </tmp/packed.$$ | cmp - /tmp/text.$$ && echo same
bzip2 </tmp/text.$$ | bzip2 -dc | sha256sum

echo "sort, cut, tr, sed"
sort -t' ' -k10n -k2n /tmp/text.$$ | head -n 5
cut -d' ' -f10 </tmp/text.$$ | sort | uniq -c | sort -rn | head -n 3
sed 's/\([0-9]*\) of/<\1>/; 3q' /tmp/text.$$ | tr a-z A-Z

echo "floating point"
awk 'BEGIN {
	for (i = 1; i <= 12; i++) {
		x = i / 7
		for (k = y = 1; k <= 30; k++) # a square root by Newton
			y = (y + x / y) / 2
		printf "%d %.17g %.17g %.12g\n", i, x, y, x * x * x - 1e10 / x
	}
	for (i = 1; i <= 20000; i++)
		s += 1 / (i * i)
	printf "%.17g %d %.6e %g %x %o %c\n", s, int(-7.9), 123456789.123, 1e-300 * 1e-10, 3735928559, 511, 65
}'
/numbers
echo "2 100 ^ 3 / p" | dc
echo "scale=40; 1/7; 2^200; sqrt(2)" | bc

echo "integers"
a=1 b=0 n=0
while [ $n -lt 90 ]; do
	c=$((a + b)) a=$b b=$c n=$((n + 1))
done
echo $b $((1 << 62)) $((-7 / 2)) $((-7 % 3)) $((0x7fffffff * 0x7fffffff)) $((123456789123456789 / 987654321))

echo "processes"
n=0 sum=0
while [ $n -lt 150 ]; do
	sum=$((sum + $(/bin/busybox expr $n \* 3)))
	n=$((n + 1))
done
echo $sum
for k in 1 2 3 4 5 6 7 8; do
	(echo "child $k" | cat | cat | sed "s/$/ done/" >/tmp/child.$$.$k) &
done
wait
cat /tmp/child.$$.*
(kill -TERM $(sh -c 'echo $PPID')) 2>/dev/null
(exit 42)
echo "status $?"
sh -c 'trap "echo caught" USR1; kill -USR1 $$; echo after'
rm -f /tmp/*.$$ /tmp/*.$$.*
