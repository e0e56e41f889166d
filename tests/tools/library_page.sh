#!/bin/sh
# The program of docs/library.md compiles with the page's own lines and runs the example of docs/images.md.
# usage: library_page.sh SOURCE BUILD COMPILER [FLAGS]
set -eu
source=$1 build=$2 compiler="$3 ${4:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The contents of the page's N-th block that begins with LANGUAGE.
block() {
	awk -v fence="\`\`\`$3" -v wanted="$2" '
		$0 == "```" { inside = 0 }
		inside { print }
		$0 == fence && !inside { inside = ++seen == wanted }
		' "$source/docs/$1"
}

block library.md 1 c >"$work/my.c"
block library.md 1 sh | sed "s|^B=.*|B=$build|; s|^cc -I. my.c -o my |$compiler -I. $work/my.c -o $work/my |" >"$work/compile.sh"
(cd "$source" && sh -eu "$work/compile.sh")
cd "$work"
awk -v fence='```' '
	$0 == fence { inside = !inside; file = ""; next }
	inside && $1 == "#" && $2 ~ /\.txt$/ && file == "" { file = $2 }
	inside && file != "" { print >file }
	' "$source/docs/images.md"
"$build/bin/aie-image" build design.txt -o design.xclbin
"$build/bin/aie-image" build run.txt -o insts.bin
out=$(./my sim design.xclbin insts.bin)
[ "$out" = "the same" ]
status=0
./my sim design.xclbin design.txt 2>err.txt || status=$?
[ "$status" -eq 2 ]
grep -q '^my: ' err.txt
