#!/usr/bin/env python3
"""The generator accepts the description as it is and refuses it with one fact broken.

usage: test_generate.py ISA_FOLDER
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

# file, pattern (first match is replaced), replacement, part of the expected message
CASES = [
    ("instructions.tsv", r"(\nADC\t.*?)s1\[5\] 00101", r"\1s1[5] 0101", "encoding has 19 bits"),
    ("instructions.tsv", r"(\nADC\t.*?)00101", r"\g<1>00001", "share a valid encoding"),  # the code of add
    ("instructions.tsv", r"(\nADC\t.*?)d0:eR", r"\1d0:eQ", "unknown operand class eQ"),
    ("instructions.tsv", r"(\nADC\t.*?)srCarry@1", r"\1srCary@1", "cannot read implicit register"),
    ("instructions.tsv", r"(\nMAC\t.*?)R_WA_PORT", r"\1R_WA_PART", "unknown resource R_WA_PART"),
    ("instructions.tsv", r"(\nLDA_2D_s8\t.*?) >dc:eDC@1=mod", r"\1 >dc:eDC@1", "nothing encodes dc"),
    ("instructions.tsv", r"(\nADC\t)", r"\1", None),
    ("instructions.tsv", r"(\nADC\t.*?)\$s1", r"\1$s2", "assembly names unknown operand s2"),
    ("overlaps.tsv", r"\nVCLR\t.*", "", "overlap and no line says so"),
    ("overlaps.tsv", r"\Z", "NOPA\tNOPB\tnothing\n", "no overlap between NOPA and NOPB"),
    ("classes.tsv", r"(\neDM\t.*dm4=100)", r"\1 tile_cntr=111", "share a valid encoding"),
    ("classes.tsv", r"(\neP\t.*)p7=111", r"\1p7=110", "two registers have one code"),
    ("classes.tsv", r"(\neP\t.*)p7=111", r"\1p8=111", "unknown register p8"),
    ("immediates.tsv", r"(c6s_step4\t.*)28", r"\g<1>32", "range and width differ"),
    ("formats.tsv", r"(I32_LDA\t32\t)00000", r"\g<1>0000", "layout has 31 bits"),
    ("formats.tsv", r"(I32_LDA\t32\t)00000", r"\g<1>00010", "cannot be told from I32_ALU"),
    ("formats.tsv", r"(I32_LDA\t32\t.*)0011000", r"\g<1>0010010", "does not end in its size code"),
    ("registers.tsv", r"wl\{i\} wh\{i\}", "wl{i} wm{i}", "unknown part wm0"),
    ("resources.tsv", r"\Z", "SPARE\n", "nothing uses SPARE"),
]


def run(isa, description, output):
    command = [sys.executable, os.path.join(isa, "generate.py"), description, output]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main():
    isa = sys.argv[1]
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        for name, pattern, replacement, message in CASES:
            description = os.path.join(work, "description")
            shutil.rmtree(description, ignore_errors=True)
            shutil.copytree(os.path.join(isa, "aie2p"), description)
            path = os.path.join(description, name)
            with open(path, encoding="ascii") as file:
                text = file.read()
            broken, count = re.subn(pattern, replacement, text, count=1)
            with open(path, "w", encoding="ascii") as file:
                file.write(broken)
            result = run(isa, description, os.path.join(work, "output"))
            good = result.returncode == 0 if message is None else result.returncode == 1 and message in result.stderr
            if count != 1 or not good:
                failures += 1
                print(f"{name}: {pattern}: expected '{message}', got {result.returncode}: {result.stderr.strip()}")
    print(f"{len(CASES) - failures} of {len(CASES)} cases passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
