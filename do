#!/usr/bin/env bash
# One command for each habit: ./do run | test | bench | lint | fuzz | build | clean.  `./do help` says more.
set -euo pipefail
cd "$(dirname "$0")"

build_packages=(gcc libc6-dev cmake ninja-build pkg-config python3 libelf-dev libdrm-dev libunwind-dev libcmocka-dev)
lint_packages=(clang-format clang-tidy)

say() { printf '==> %s\n' "$*" >&2; }

# Install the named Debian packages that are missing; needs root or sudo only when something is.
need() {
	local missing=() package
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
	done
	[ "${#missing[@]}" -eq 0 ] && return
	say "installing: ${missing[*]}"
	local root=()
	[ "$(id -u)" -eq 0 ] || root=(sudo)
	"${root[@]}" apt-get update -qq >&2
	DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# Configure and build a preset of CMakePresets.json.
build() {
	local preset=$1
	shift
	need "${build_packages[@]}"
	[ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >&2
	cmake --build --preset "$preset" "$@" >&2
}

# Build and run all tests of a preset; the last line counts them.
run_tests() {
	local preset=$1 log status=0
	shift
	build "$preset"
	log=build/$preset/test.log
	ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" "$@" 2>&1 | tee "$log" || status=$?
	local total failed
	read -r failed total < <(sed -n 's/.* \([0-9][0-9]*\) tests\{0,1\} failed out of \([0-9][0-9]*\).*/\1 \2/p' "$log" | tail -n 1) || total=
	[ -n "${total:-}" ] || { say "no test ran"; return 1; }
	echo "$preset: $((total - failed)) passed, $failed failed"
	return "$status"
}

# The benchmarks named, or all; "drm" is what a command costs on the host, in the process and through the preload.
bench() {
	local name names=() drm= status=0
	build release --target aie-bench aie-bench-drm aie_preload
	for name in "$@"; do
		if [ "$name" = drm ]; then drm=1; else names+=("$name"); fi
	done
	if [ $# -eq 0 ] || [ "${#names[@]}" -gt 0 ]; then
		build/release/bin/aie-bench ${names[@]+"${names[@]}"}
	fi
	if [ $# -eq 0 ] || [ -n "$drm" ]; then
		echo "drm, model in the process:"
		build/release/bin/aie-bench-drm --limit 20 || status=$?
		echo "drm, node of libaietwin-drm.so:"
		AIETWIN_ACCEL=63 LD_PRELOAD=build/release/lib/libaietwin-drm.so \
			build/release/bin/aie-bench-drm --limit 20 --device /dev/accel/accel63 || status=$?
	fi
	return "$status"
}

# Every target for so many seconds, under AddressSanitizer and UndefinedBehaviorSanitizer: with libFuzzer, which is guided
# by coverage and keeps what it finds in build/corpus, where clang has it; with our own engine otherwise.
fuzz() {
	local seconds=$1 target name corpus guided=
	build asan --target fuzzers
	if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		clang -x c -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null; then
		build fuzz --target fuzzers
		guided=1
	fi
	for target in build/asan/bin/fuzz_*; do
		name=${target##*/}
		say "$name${guided:+, guided by coverage}"
		if [ -z "$guided" ]; then
			(cd build && "asan/bin/$name" --seconds "$seconds")
			continue
		fi
		corpus=build/corpus/$name
		mkdir -p "$corpus"
		"$target" --write "$corpus"
		"build/fuzz/bin/$name" -max_total_time="$seconds" -max_len=65536 -artifact_prefix="build/crash-$name-" \
			"$corpus"
	done
}

# The procedure of docs/real-npu.md; --imitate: on the node of libaietwin-drm.so, for machines without an NPU.
npu() {
	local arguments=(--bin build/release/bin --out build/npu) argument
	for argument in "$@"; do
		if [ "$argument" = --imitate ]; then
			export AIETWIN_ACCEL=63
			arguments+=(--device /dev/accel/accel63 --preload "$PWD/build/release/lib/libaietwin-drm.so")
		else
			arguments+=("$argument")
		fi
	done
	build release --target aie-run aie-info aie-trace aie_preload
	exec driver/tools/npu.sh "${arguments[@]}"
}

# The reference captures anew, all or those named.
record() {
	local name arguments
	build release --target aie-run
	while IFS=$'\t' read -r name arguments; do
		case $name in '' | '#'*) continue ;; esac
		[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
		# shellcheck disable=SC2086 # words of the table
		build/release/bin/aie-run $arguments --device sim --trace "traces/recorded/$name" | grep '^trace'
	done <traces/recorded/captures.tsv
}

command=${1:-help}
[ $# -gt 0 ] && shift
case $command in
build)
	build "${1:-release}"
	;;
run)
	build release --target aie-run
	exec build/release/bin/aie-run gemv-int4 -M 2048 -K 8192 --cols 8 --tsi 1 --schedule double --profile --device sim "$@"
	;;
test)
	case ${1:-} in
	asan | tsan | debug | release) preset=$1; shift ;;
	*) preset=release ;;
	esac
	run_tests "$preset" "$@"
	;;
bench)
	bench "$@"
	;;
npu)
	npu "$@"
	;;
fuzz)
	fuzz "${1:-60}"
	;;
record)
	record "$@"
	;;
lint)
	need "${build_packages[@]}" "${lint_packages[@]}"
	build release
	say "clang-format"
	git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror
	say "clang-tidy"
	git ls-files '*.c' | grep -v '^tests/' | xargs -P "$(nproc)" -n 8 clang-tidy --quiet -p build/release
	say "white space, conflict marks"
	git diff --check "$(git hash-object -t tree /dev/null)" HEAD -- . ':!*.tsv'
	;;
clean)
	rm -rf build
	;;
*)
	cat <<'TEXT'
./do run [ARGS]      install what is missing, build, run the INT4 GEMV on the simulated NPU, check and explain it
./do test [PRESET]   the same, and run every test (presets: release, debug, asan, tsan)
./do bench [NAME]    measure: bundles a second of one core, array cycles a second, host cost of a command (drm)
./do fuzz [SECONDS]  fuzz every image reader and the ioctl entry, so long each (60); with libFuzzer if clang is there
./do npu [OPTIONS]   run the GEMV on a real NPU and on the model, compare results, times and traces (docs/real-npu.md)
./do record [FILE]   take the reference captures of traces/recorded/ anew
./do lint            format and static checks
./do build [PRESET]  build only
./do clean           remove build/
TEXT
	[ "$command" = help ]
	;;
esac
