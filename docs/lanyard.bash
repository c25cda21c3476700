# Completion for lanyard(1) in bash.
_lanyard()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	[[ $cur == = ]] && cur=
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "boot --help --version" -- "$cur"))
		return
	fi
	case $prev in
	--kernel | --initrd | --floppy | --disk | --cdrom | --bios | --serial | --screenshot)
		compopt -o filenames
		COMPREPLY=($(compgen -f -- "$cur"))
		return ;;
	--boot) COMPREPLY=($(compgen -W "floppy disk cdrom net" -- "$cur")); return ;;
	--cpu) COMPREPLY=($(compgen -W "486 pentium 686 x86-64" -- "$cur")); return ;;
	--pace) COMPREPLY=($(compgen -W "realtime max" -- "$cur")); return ;;
	--memory) COMPREPLY=($(compgen -W "16M 64M 128M 256M 512M 1G" -- "$cur")); return ;;
	--trace)
		COMPREPLY=($(compgen -P "${cur%"${cur##*,}"}" -W "cpu int pic apic pit rtc kbc ide fdc dma uart vga pci pm fwcfg
			io mmio nic bios all" -- "${cur##*,}"))
		return ;;
	--append | --mips | --until | --test-exit | --escape | --seed | --epoch) return ;;
	esac
	COMPREPLY=($(compgen -W "--kernel --initrd --append --floppy --disk --cdrom --boot --bios --memory --cpu --mips --pace
		--serial --screen --screenshot --until --hash --trace --test-exit --commit --no-reboot --escape --seed
		--epoch --help" -- "$cur"))
}
complete -F _lanyard lanyard
