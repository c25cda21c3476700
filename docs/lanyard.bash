# Completion for lanyard(1) in bash.

_lanyard_labs() # names of running labs
{
	local socket dir=${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/lanyard}

	for socket in "${dir:-/tmp/lanyard-$UID}"/*.sock; do
		[[ -S $socket ]] && basename "$socket" .sock
	done
}

_lanyard_pcs() # PCs of a running lab, by its name or file
{
	"${COMP_WORDS[0]}" show --json -- "$1" 2>/dev/null | sed -n 's/^ *"pc" : "\(.*\)",\?$/\1/p'
}

_lanyard_words()
{
	COMPREPLY+=($(compgen -W "$1" -- "$cur"))
}

_lanyard_files() # with this ending, and folders; all files without
{
	compopt -o filenames
	COMPREPLY+=($(compgen -f ${1:+-X "!*$1"} -- "$cur") $(compgen -d -- "$cur"))
}

_lanyard_value() # of the option $prev; false: it has none
{
	case $prev in
	--kernel | --initrd | --floppy | --disk | --cdrom | --bios | --serial | --screenshot | --record | --replay | --write | -w | --fifo)
		_lanyard_files ;;
	--log-dir | --capture-dir)
		compopt -o filenames
		COMPREPLY=($(compgen -d -- "$cur")) ;;
	--boot) _lanyard_words "floppy disk cdrom net" ;;
	--cpu) _lanyard_words "486 pentium 686 x86-64" ;;
	--pace) _lanyard_words "realtime max" ;;
	--report) _lanyard_words "tap json" ;;
	--format) _lanyard_words "text dot svg mermaid" ;;
	--memory) _lanyard_words "16M 64M 128M 256M 512M 1G" ;;
	--nic) _lanyard_words "e1000 e1000-82545em e1000-82544gc ne2k_pci ne2k_isa rtl8139 pcnet i82559er i82557b i82551 virtio-net-pci" ;;
	--trace)
		COMPREPLY=($(compgen -P "${cur%"${cur##*,}"}" -W "cpu int pic apic pit rtc kbc ide fdc dma uart vga pci pm fwcfg
			io mmio nic bios all" -- "${cur##*,}")) ;;
	--append | --mips | --until | --test-exit | --escape | --seed | --epoch | --workers | --name | --cache-limit | --extcap-interface | --extcap-capture-filter | --extcap-version) ;;
	*) return 1 ;;
	esac
}

_lanyard_options() # of a command
{
	local lab="--seed --workers --until --log-dir --capture-dir --trace --no-cache --cache-limit"
	lab+=" --allow-uplinks --allow-host-commands --no-uplinks"

	case $1 in
	run) echo "--headless --detach --pace --name --hash --record --replay $lab" ;;
	test) echo "--report --output $lab" ;;
	check) echo "--output" ;;
	lint) echo "--plan" ;;
	graph) echo "--format" ;;
	extcap) echo "--install --extcap-interfaces --extcap-interface --extcap-dlts --extcap-config --extcap-capture-filter --extcap-version --capture --fifo" ;;
	keys) echo "--markdown --schema" ;;
	"image build") echo "--update --if-needed" ;;
	show) echo "--json --raw" ;;
	snapshot) echo "--full" ;;
	capture) echo "--write" ;;
	boot) echo "--kernel --initrd --append --floppy --disk --cdrom --boot --bios --memory --cpu --mips --pace --serial
		--screen --screenshot --until --hash --trace --test-exit --commit --no-reboot --escape --seed --epoch
		--nic" ;;
	esac
}

_lanyard_word() # number $1 (the first is 1) of command $2; ${words[@]} are those before
{
	case $2:$1 in
	run:1 | test:1 | graph:1 | lint:*) _lanyard_files .yaml ;;
	image:1) _lanyard_words "build list info export import forget" ;;
	image:*) _lanyard_files ;;
	check:1 | attach:1 | pause:1 | continue:1 | step:1 | connect:1 | exec:1 | cp:1 | collect:1 | set:1 | show:1 | capture:1 | snapshot:1 | stop:1)
		_lanyard_words "$(_lanyard_labs)"
		_lanyard_files .yaml ;;
	connect:2 | exec:2 | set:2 | show:2 | capture:2) _lanyard_words "$(_lanyard_pcs "${words[0]}")" ;;
	cp:2 | cp:3)
		_lanyard_words "$(_lanyard_pcs "${words[0]}" | sed 's/$/:/')"
		_lanyard_files ;;
	collect:2) _lanyard_files ;;
	set:*) compopt -o nospace; _lanyard_words "state= delay= rate= queue= loss= power=" ;;
	esac
}

_lanyard()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} n
	local -a words=()

	COMPREPLY=()
	[[ $cur == = ]] && cur=
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	if ((COMP_CWORD == 1)); then
		_lanyard_words "run test lint graph keys image check ps attach connect exec cp collect set show capture snapshot pause continue step stop extcap boot --help --version"
		return
	fi
	_lanyard_value && return
	for ((n = 2; n < COMP_CWORD; n++)); do
		[[ ${COMP_WORDS[n]} == -* ]] || words+=("${COMP_WORDS[n]}")
	done
	if [[ $cur == -* ]]; then
		[[ $command == image ]] && command="image ${words[0]}"
		_lanyard_words "$(_lanyard_options "$command") --help"
	else
		_lanyard_word $((${#words[@]} + 1)) "$command"
	fi
}
complete -F _lanyard lanyard
