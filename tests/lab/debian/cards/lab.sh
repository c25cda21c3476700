# Sourced by cards.sh and cards_quick.sh. Writes a lab in which two PCs for each
# wanted row of the table `models` work through a script, near and far.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

rows() { grep -v '^#' "$here/models"; }

# pair MODEL DRIVER MTU CAN NET SCRIPT WITHIN: two PCs, their cables, a check
pair() {
	local name=${1//[_,:]/-} card=${1//,/, }

	card=${card//:/: }
	cat >>"$pcs" <<-YAML
		  near-$name:
		    after: [far-$name]
		    files: {/root/near.sh: "$6", /root/card.sh: card.sh}
		    nics: {eth0: {model: $card, ip: ["10.0.$5.1/24", "2001:db8:$5::1/64"]}, eth1: {model: $card}}
		  far-$name:
		    files: {/root/far.sh: far.sh}
		    nics: {eth0: {model: $card, ip: ["10.0.$5.2/24", "2001:db8:$5::2/64"]}, eth1: {model: $card}}
		    setup: sh /root/far.sh $5 </dev/null >/dev/null 2>&1
	YAML
	cat >>"$links" <<-YAML
		  $name-0: {ends: ["near-$name:eth0", "far-$name:eth0"]}
		  $name-1: {ends: ["near-$name:eth1", "far-$name:eth1"]}
	YAML
	cat >>"$checks" <<-YAML
		  $name: {pc: near-$name, run: "sh /root/near.sh $2 $5 $3 $4", expect: "(?m)^all is well$", within: $7, once: true}
	YAML
}

# cards_lab DIR SCRIPT WITHIN [MODEL...]: DIR/cards.yaml, for all models or those;
# with the image IMAGE, if that is set
cards_lab() {
	local dir=$1 script=$2 within=$3 net=0 model driver mtu can

	shift 3
	cp "$here"/*.sh "$dir"
	pcs=$dir/pcs links=$dir/links checks=$dir/checks
	: >"$pcs" >"$links" >"$checks"
	while read -r model driver mtu can; do
		net=$((net + 1))
		[ $# = 0 ] || [[ " $* " = *" $model "* ]] || continue
		[[ ,$can, != *,i386,* ]] || [ "${IMAGE:-}" = debian-i386 ] || continue
		pair "$model" "$driver" "$mtu" "$can" $net "$script" "$within"
	done < <(rows)
	{
		echo "version: 1"
		echo "lab: debian-cards"
		[ -z "${IMAGE:-}" ] || echo "defaults: {image: $IMAGE}"
		echo "pcs:"
		cat "$pcs"
		echo "links:"
		cat "$links"
		echo "checks:"
		cat "$checks"
	} >"$dir/cards.yaml"
}
