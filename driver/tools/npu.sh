#!/usr/bin/env bash
# Run the same GEMV images on the NPU and on the model, check both, and store results, timing and traces side by side.
#
# usage: npu.sh --bin DIRECTORY --out DIRECTORY [--device D] [--repeat N] [--quick] [--preload LIBRARIES]
#   --bin      where aie-run, aie-info and aie-trace are
#   --out      what is found is stored there (an earlier run's files are replaced)
#   --device   auto (the first NPU there is; the default), or a node such as /dev/accel/accel0
#   --repeat   traced runs on the device, for the band that aie-trace diff compares with (3)
#   --quick    only the smallest shape
#   --preload  libraries to load before the tools when they use the device: libaietwin-drm.so, to try this without an NPU
# exit status: 0 every result correct and the same as the model's, 1 not, 2 bad usage, 3 no device, or it failed
set -uo pipefail

bin='' out='' device=auto repeat=3 quick='' preload=''

fail() {
	echo "npu: $2" >&2
	exit "$1"
}

while [ $# -gt 0 ]; do
	option=$1
	shift
	if [ "$option" = --quick ]; then
		quick=1
		continue
	fi
	[ $# -gt 0 ] || fail 2 "$option: a value is missing, or there is no such option"
	case $option in
	--bin) bin=$1 ;;
	--out) out=$1 ;;
	--device) device=$1 ;;
	--repeat) repeat=$1 ;;
	--preload) preload=$1 ;;
	*) fail 2 "$option: there is no such option" ;;
	esac
	shift
done
if [ -z "$bin" ] || [ -z "$out" ]; then
	fail 2 "--bin and --out are needed"
fi
case $repeat in '' | *[!0-9]* | 0) fail 2 "--repeat $repeat: a number from 1 on is needed" ;; esac
case $device in sim | sim:*) fail 2 "--device $device: the model is what the device is compared with" ;; esac
for tool in aie-run aie-info aie-trace; do
	[ -x "$bin/$tool" ] || fail 2 "$bin/$tool is not there: build first"
done
mkdir -p "$out" || exit 2

# A tool with the device in reach.
on_device() {
	local tool=$1
	shift
	if [ -n "$preload" ]; then
		LD_PRELOAD=$preload "$bin/$tool" "$@"
	else
		"$bin/$tool" "$@"
	fi
}

# The number, truth value or text of the first member KEY in JSON file FILE, one line a program of this project writes.
member() {
	sed -n "s/.*\"$1\":\(\"[^\"]*\"\|[^,}]*\).*/\1/p" "$2" | head -n 1 | tr -d '"'
}

# The same of a number, times FACTOR.
scaled() {
	member "$1" "$2" | awk -v factor="$3" 'NF { printf "%.1f", $1 * factor }'
}

# ---- 1. the machine --------------------------------------------------------------------------------------------------
on_device aie-info --json >"$out/machine.json" || fail 3 "aie-info failed"
if [ "$device" = auto ] && [ "$(member real_npu_usable "$out/machine.json")" != true ]; then
	echo "npu: no usable NPU on this machine:" >&2
	on_device aie-info | sed -n '/^missing/,$p' >&2
	exit 3
fi
if [ "$device" != auto ]; then
	on_device aie-info --device "$device" --json >"$out/device.json" || fail 3 "$device cannot be asked"
fi

# ---- 2. the images ---------------------------------------------------------------------------------------------------
# name, then the operator's options: the same text for both machines, so that both run the same image.
shapes=("small-double  -M 256  -K 512  --cols 4 --tsi 2 --schedule double")
[ -n "$quick" ] || shapes+=(
	"small-single  -M 256  -K 512  --cols 4 --tsi 2 --schedule single"
	"square        -M 2048 -K 2048 --cols 8 --tsi 1 --schedule double"
	"wide          -M 2048 -K 8192 --cols 8 --tsi 1 --schedule double"
	"wide-single   -M 2048 -K 8192 --cols 8 --tsi 1 --schedule single"
	"spread        -M 2048 -K 8192 --cols 8 --tsi 1 --schedule double --placement spread"
)

status=0
note() {
	printf '%s\n' "$*" | tee -a "$out/summary.txt"
}

# run WHO NAME DEVICE OPTIONS...: the timed run, without a trace; leaves WHO-NAME.json and the output WHO-NAME.y.bin
run() {
	local who=$1 name=$2 where=$3 code=0
	shift 3
	if [ "$who" = npu ]; then
		on_device aie-run gemv-int4 "$@" --device "$where" --json --out "$out/$who-$name.y.bin" >"$out/$who-$name.json" || code=$?
	else
		"$bin/aie-run" gemv-int4 "$@" --device "$where" --json --profile --out "$out/$who-$name.y.bin" >"$out/$who-$name.json" || code=$?
	fi
	return "$code"
}

# trace WHO NAME DEVICE FILE OPTIONS...: the same image with trace units set up
trace() {
	local who=$1 name=$2 where=$3 file=$4
	shift 4
	if [ "$who" = npu ]; then
		on_device aie-run gemv-int4 "$@" --device "$where" --json --trace "$file" >"$file.json"
	else
		"$bin/aie-run" gemv-int4 "$@" --device "$where" --json --trace "$file" >"$file.json"
	fi
}

compare() {
	local name=$1 who code references=()
	shift
	for who in npu sim; do
		code=0
		run "$who" "$name" "$([ "$who" = npu ] && echo "$device" || echo sim)" "$@" || code=$?
		if [ "$code" -ne 0 ]; then
			note "$name: $who: exit status $code, $(member status "$out/$who-$name.json") $(member error "$out/$who-$name.json")"
			[ "$code" -gt "$status" ] && status=$code
			[ "$code" -eq 1 ] || return 0
		fi
	done
	if cmp -s "$out/npu-$name.y.bin" "$out/sim-$name.y.bin"; then
		note "$name: results: npu $(member status "$out/npu-$name.json"), bit by bit the model's"
	else
		note "$name: results: npu $(member status "$out/npu-$name.json"), but not the model's bits"
		[ "$status" -ge 1 ] || status=1
	fi
	note "$name: time: npu $(scaled run_seconds "$out/npu-$name.json" 1e6) us from submission to completion, model $(scaled microseconds "$out/sim-$name.json" 1) us of array time"

	for ((i = 1; i <= repeat; i++)); do
		trace npu "$name" "$device" "$out/npu-$name.$i.trace" "$@" || { code=$?; break; }
		references+=("$out/npu-$name.$i.trace")
	done
	if [ "$code" -eq 0 ]; then
		trace sim "$name" sim "$out/sim-$name.trace" "$@" || code=$?
	fi
	if [ "$code" -ne 0 ]; then
		note "$name: trace: exit status $code"
		[ "$code" -gt "$status" ] && status=$code
		return 0
	fi
	# A difference in time is what one wants to know, not a failure.
	"$bin/aie-trace" diff "$out/sim-$name.trace" "${references[@]}" >"$out/diff-$name.txt"
	case $? in
	0 | 1) note "$name: trace: model against a band of $repeat runs: $(tail -n 1 "$out/diff-$name.txt")" ;;
	*)
		note "$name: trace: the captures cannot be compared"
		[ "$status" -ge 3 ] || status=3
		;;
	esac
}

rm -f "$out"/*-*.json "$out"/*.trace "$out"/*.y.bin "$out"/diff-*.txt "$out/summary.txt"
note "device $device, kernel $(member kernel "$out/machine.json")"
for shape in "${shapes[@]}"; do
	# Names and options have no blanks in them.
	# shellcheck disable=SC2086
	compare $shape
done
note "exit status $status; everything is in $out"
exit "$status"
