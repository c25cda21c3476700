#!/bin/bash
# A stranger at the command line: every command with wrong arguments, in wrong
# places, with odd names. One line says what was expected; the status is right;
# nothing is left behind.
# limit: 180
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
guest=$PWD/build/guest/netguest.elf
[ -f "$guest" ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
dir=$(mktemp -d)
export XDG_RUNTIME_DIR=$dir/runtime XDG_CACHE_HOME=$dir/cache
mkdir -m 700 "$XDG_RUNTIME_DIR"
cp "$guest" "$dir/tiny.elf"
cd "$dir" || exit 1
failed=0
ly() { timeout 60 "$LANYARD" "$@"; }
fail() { echo "FAIL $*"; failed=1; }
trap 'ly stop two >/dev/null 2>&1; rm -rf "$dir"' EXIT

# expect STATUS PATTERN ARGS...: one line on stderr, nothing on stdout.
expect() {
	local wanted=$1 pattern=$2 status
	shift 2
	ly "$@" >out 2>err </dev/null
	status=$?
	[ $status = "$wanted" ] && [ "$(wc -l <err)" = 1 ] && [ ! -s out ] && grep -qE -- "$pattern" err &&
		! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' err ||
		fail "lanyard $*: status $status, expected $wanted and one line matching '$pattern'; got: $(cat -v out err)"
}

cat >two.yaml <<'END'
version: 1
lab: two
vlans: {office: 10}
images: {tiny: {kernel: tiny.elf}}
defaults: {image: tiny, memory: 32M}
pcs:
  alice: {append: id=1, nics: {eth0: {vlan: office}}}
  bob: {append: id=2, nics: {eth0: {vlan: office}}}
captures: {office: {watch: office}}
END
mkdir readonly && cp two.yaml tiny.elf readonly && chmod 555 readonly

for command in run test lint graph keys image ps connect exec cp collect set show capture stop boot; do
	expect 2 "^lanyard $command: .*expected|^lanyard $command: Unknown option" $command --nosuch
	ly $command --help >out 2>err </dev/null && grep -q "lanyard $command" out && [ ! -s err ] || fail "$command --help"
	case $command in lint | keys | ps | image | exec | set | capture | boot) ;; *)
		expect 2 "^lanyard $command: expected" $command a b c d e f ;;
	esac
	case $command in keys | ps | boot) ;; *) expect 2 "^lanyard $command: expected" $command ;; esac
done
for command in build list info export import forget; do
	expect 2 "^lanyard image $command: " image $command a b c d
	expect 2 "^lanyard image $command: Unknown option" image $command --nosuch
done
expect 2 "did you mean 'lint'" lnt
expect 2 'no such command' $'l\e[2Jy\nnt'
expect 2 'Unknown option' lint $'--x\e[2J'
expect 2 "'x': expected no arguments" ps x
expect 2 "'bild': expected build, list" image bild
expect 2 'no recipe of that name' image build nosuch
expect 2 'there is no such file' image import nosuch
expect 2 'image export. wrote' image import two.yaml
expect 2 'is not on this machine' image info nosuch
expect 2 "did you mean 'memory'" keys memmory
expect 2 'there is no key .x' keys $'x\e[2J'
expect 2 'text, dot, svg or mermaid' graph --format png two.yaml

# No such lab, odd names.
for lab in nosuch $'a\nb\e[2J' ../two /etc . '' '*' "$(printf 'x%.0s' {1..300})"; do
	expect 2 'expected a running lab or its file|is not running' show "$lab"
done
expect 2 'two.yaml is not running; .lanyard run two.yaml' exec two.yaml alice -- ls

# A lab that runs.
ly run --detach --capture-dir bg two.yaml >/dev/null || fail "run --detach"
expect 2 'running already; --name' run two.yaml
for name in 'a b' .. -- '' a/b $'a\nb' "$(printf 'x%.0s' {1..65})"; do
	expect 2 'expected a name|--name' run --name="$name" two.yaml
done
expect 2 "'nobody': no such PC" connect two nobody
expect 2 "'nobody': no such PC" exec two nobody -- ls
expect 2 'no agent' exec two alice -- ls
expect 2 'expected a command' exec two alice --
expect 2 'no agent' cp two alice:/x y
expect 2 'nosuch: No such file' cp two nosuch alice:/x
expect 2 'both are paths in PCs' cp two alice:/x bob:/y
expect 2 'neither is a path' cp two x y
expect 2 'tiny.elf: Not a directory' collect two tiny.elf
expect 2 'expected the name of a link' set two nobody state=up
expect 2 'expected the key power' set two alice state=up
expect 2 'on, off or reset' set two alice power=maybe
expect 2 'expected KEY=VALUE' set two alice power
expect 2 'no such PC' connect two $'no\nbody\e[2J'
expect 2 'single words' set two 'a b' state=up
expect 2 'expected a PC, a PC:CARD' show two nobody
expect 2 'expected one of pc, state' show two alice nosuch
expect 2 'expected a VLAN, a link' capture two nobody -w x
expect 2 'No such file' capture two office -w /nonexistent/x
expect 2 "no word of the language" capture two office -w x 'not a filter'
[ ! -e x ] && [ ! -e y ] && [ ! -e y.part ] || fail "something is left"
ly show two -- alice >/dev/null || fail "-- ends the options"
# Two labs of one file: its name does not say which.
ly run --detach --name second --capture-dir bg2 two.yaml >/dev/null || fail "run --name"
expect 2 "runs more than once: name 'second' or 'two'" show two.yaml
ly stop second && ly stop two || fail "stop"

# Values and places of options; nothing boots for nothing.
expect 2 "'x': expected a number from 1 to 1024" run --workers x two.yaml
expect 2 'out of range' test --workers 0 two.yaml
expect 2 'out of range' run --seed 0 two.yaml
expect 2 'with its unit' run --until=-1s two.yaml
expect 2 'tap or json' test --report xml two.yaml
expect 2 'without --replay' run --record a --replay b two.yaml
expect 2 'without --detach' run --detach --hash two.yaml
expect 2 '--log-dir: tiny.elf' run --log-dir tiny.elf two.yaml
expect 2 '--capture-dir: tiny.elf/x' run --capture-dir tiny.elf/x two.yaml
expect 2 '--record: nowhere/x: No such' run --record nowhere/x two.yaml
expect 2 '--replay: nosuch: No such' run --replay nosuch two.yaml
expect 2 'it is a folder' run "$dir"
expect 2 'it is not a file' run /dev/null
[ ! -e a ] || fail "a journal is left"

# Where sockets cannot be; where nothing can be written.
XDG_RUNTIME_DIR=/nonexistent expect 3 '/nonexistent/lanyard: No such' run two.yaml
mkdir -m 755 open open/lanyard
XDG_RUNTIME_DIR=$dir/open expect 3 'yours alone' run two.yaml
# ... nor is a lab there believed to be ours.
XDG_RUNTIME_DIR=$dir/open expect 2 'yours alone' exec two alice -- ls
XDG_RUNTIME_DIR=$dir/open expect 3 'yours alone' ps
XDG_RUNTIME_DIR=$dir/$(printf 'x%.0s' {1..100}) expect 3 'longer than a socket|No such' run two.yaml
XDG_RUNTIME_DIR=relative ly ps >/dev/null || fail "ps with a relative XDG_RUNTIME_DIR"
[ ! -e relative ] || fail "a relative XDG_RUNTIME_DIR is used"
ly run --pace max --until 10ms readonly/two.yaml >out 2>err || fail "a lab in a folder that is read-only: $(cat err)"
if [ "$(id -u)" != 0 ]; then
	(cd readonly && ly run --pace max --until 10ms two.yaml >../out 2>../err)
	[ $? = 2 ] && grep -q 'office.pcapng: Permission denied' err || fail "captures into a read-only folder: $(cat err)"
fi
ly run --pace max --until 10ms --capture-dir bg two.yaml >/dev/full 2>err
[ $? = 3 ] && grep -q stdout err || fail "a full disk for stdout: $(cat err)"
ly keys >/dev/full 2>err
[ $? = 3 ] && [ "$(wc -l <err)" = 1 ] || fail "a full disk for keys: $(cat err)"
timeout 20 "$LANYARD" run --capture-dir bg two.yaml 2>/dev/null | head -n 1 >/dev/null
[ "${PIPESTATUS[0]}" != 124 ] || fail "run goes on when nobody reads"
[ -z "$(ls -A "$XDG_RUNTIME_DIR/lanyard")" ] || fail "left: $(ls -A "$XDG_RUNTIME_DIR/lanyard")"

# A big lab is checked in a moment, right or wrong.
python3 - <<'END'
n = 1000
s = "version: 1\nlab: big\nvlans: {v: 10}\nswitches:\n"
for k in range(10):
    s += f"  sw{k}:\n    ports:\n      1-100: {{access: v}}\n      101: {{trunk: [v]}}\n      102: {{trunk: [v]}}\n"
s += "pcs:\n"
for i in range(n):
    s += f"  pc{i}:\n    nics:\n      eth0: {{to: 'sw{i//100}:{i%100+1}', ip: [10.0.{i//200}.{i%200+1}/16]}}\n"
    s += f"      eth1: {{ip: [10.{100+i//250}.{i%250}.1/24]}}\n"
s += "links:\n"
for k in range(9):
    s += f"  l{k}: {{ends: ['sw{k}:102', 'sw{k+1}:101']}}\n"
for i in range(0, n, 2):
    s += f"  c{i}: {{ends: ['pc{i}:eth1', 'pc{i+1}:eth1'], delay: 5ms}}\n"
s += "checks:\n"
for i in range(n):
    s += f"  k{i}: {{pc: pc{i}, run: 'ping -c1 10.0.0.1'}}\n"
open("big.yaml", "w").write(s)
open("bad.yaml", "w").write(s.replace("to: ", "too: ").replace("pc: pc", "pc: pq"))
END
(ulimit -t 5; ly lint big.yaml >out) || fail "a lab of 1000 PCs: $(tail -3 out)"
(ulimit -t 5; ly lint bad.yaml >out)
[ $? = 2 ] && grep -q '2000 errors' out || fail "a lab with 2000 mistakes: $(tail -3 out)"
exit $failed
