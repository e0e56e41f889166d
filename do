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
	read -r failed total < <(sed -n 's/.* \([0-9][0-9]*\) tests\{0,1\} failed out of \([0-9][0-9]*\).*/\1 \2/p' "$log" | tail -n 1) || true
	[ -n "${total:-}" ] || { say "no test ran"; return 1; }
	echo "$preset: $((total - failed)) passed, $failed failed"
	return "$status"
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
	build release --target aie-bench
	exec build/release/bin/aie-bench "$@"
	;;
fuzz)
	build release
	cd build/release
	for target in bin/fuzz_*; do
		say "${target#bin/}"
		"$target" --seconds "${1:-60}"
	done
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
./do bench [NAME]    measure: bundles a second of one core, array cycles a second
./do fuzz [SECONDS]  fuzz every image reader and the ioctl entry, so long each (60)
./do lint            format and static checks
./do build [PRESET]  build only
./do clean           remove build/
TEXT
	[ "$command" = help ]
	;;
esac
