#!/usr/bin/env python3
"""Make the register constants and the register table from aie2p_array_registers.tsv.

usage: generate_registers.py TABLE.tsv OUTPUT.h OUTPUT.c

Refuses a table in which two registers of one tile kind overlap, fields overlap or leave the register, or two
constants would get the same name.
"""
import re
import sys

MODULES = {"CORE": 0, "MEM": 1, "MEMTILE": 2, "SHIM": 3}
# Which modules make up a tile kind; the order is that of enum aie_tile_kind.
KINDS = [("shim", ["SHIM"]), ("memory", ["MEMTILE"]), ("compute", ["MEM", "CORE"])]
ACCESS = {"rw": "AIE_ACCESS_RW", "ro": "AIE_ACCESS_RO", "wo": "AIE_ACCESS_WO", "wtc": "AIE_ACCESS_WTC",
          "mixed": "AIE_ACCESS_MIXED", "?": "AIE_ACCESS_UNKNOWN"}
TILE_BYTES = 1 << 20


def fail(text):
    sys.exit("generate_registers.py: " + text)


class Register:
    def __init__(self, line, number):
        cells = line.split("\t")
        if len(cells) != 8:
            fail(f"line {number}: {len(cells)} columns instead of 8")
        self.module, self.name = cells[0], cells[1]
        self.offset, self.width, self.reset = int(cells[2], 0), int(cells[5]), int(cells[6], 0)
        self.access = cells[4]
        self.where = f"line {number} ({self.module} {self.name})"
        if self.module not in MODULES or self.access not in ACCESS:
            fail(f"{self.where}: unknown module or access type")
        self.index = []
        if cells[3] != "-":
            for item in cells[3].split(","):
                match = re.fullmatch(r"(\d+)\*0x([0-9A-F]+)(?:\+(\d+))?", item)
                if not match:
                    fail(f"{self.where}: bad index '{item}'")
                self.index.append((int(match[1]), int(match[2], 16), int(match[3] or 0)))
        if len(self.index) != self.name.count("#") or len(self.index) > 2:
            fail(f"{self.where}: {len(self.index)} indices for {self.name.count('#')} places in the name")
        self.fields = []
        used = 0
        for item in cells[7].split():
            match = re.fullmatch(r"(\w+)\[(\d+)(?::(\d+))?\](?::(\w+|\?))?", item)
            if not match:
                fail(f"{self.where}: bad field '{item}'")
            msb, lsb = int(match[2]), int(match[3] or match[2])
            if not lsb <= msb < self.width:
                fail(f"{self.where}: field '{item}' outside the register")
            mask = ((1 << (msb - lsb + 1)) - 1) << lsb
            if used & mask:
                fail(f"{self.where}: field '{item}' overlaps another")
            used |= mask
            self.fields.append((match[1], lsb, msb - lsb + 1, match[4] or self.access))
        if self.reset >> self.width or self.reset >> 32:
            fail(f"{self.where}: reset value does not fit")
        self.constant = "AIE_" + self.module + "_" + re.sub("_+", "_", self.name.replace("#", "")).strip("_").upper()

    def places(self):
        """(first byte, end, index 0, index 1) of every instance; lines of a memory are one place."""
        size = self.width // 8
        if len(self.index) == 1 and self.index[0][1] == size and self.index[0][0] > 64:
            yield self.offset, self.offset + self.index[0][0] * size, 0, 0
            return
        first = self.index[0] if self.index else (1, 0, 0)
        second = self.index[1] if len(self.index) > 1 else (1, 0, 0)
        for i in range(first[0]):
            for j in range(second[0]):
                start = self.offset + i * first[1] + j * second[1]
                yield start, start + size, i, j


def read_table(path):
    registers = []
    with open(path, encoding="ascii") as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip("\n")
            if not line.startswith("#") and not line.startswith("module\t"):
                registers.append(Register(line, number))
    return registers


def write_header(registers, path, source):
    constants = {}

    def define(name, value):
        if name in constants:
            fail(f"two constants {name}")
        constants[name] = value

    for register in registers:
        define(register.constant, f"0x{register.offset:05X}U")
        if register.reset:
            define(register.constant + "_RESET_VALUE", f"0x{register.reset:X}U")
        for i, (count, stride, _) in enumerate(register.index):
            suffix = str(i) if len(register.index) > 1 else ""
            define(register.constant + "_STRIDE" + suffix, f"0x{stride:X}U")
            define(register.constant + "_COUNT" + suffix, f"{count}U")
        for name, lsb, width, _ in register.fields:
            define(f"{register.constant}_{name.upper()}_LSB", f"{lsb}U")
            define(f"{register.constant}_{name.upper()}_WIDTH", f"{width}U")
    with open(path, "w", encoding="ascii") as out:
        out.write(f"/* Made by generate_registers.py from {source}. Do not edit. */\n")
        out.write("#ifndef AIE2P_ARRAY_REGISTERS_H\n#define AIE2P_ARRAY_REGISTERS_H\n\n")
        for name, value in constants.items():
            out.write(f"#define {name} {value}\n")
        out.write("\n#endif\n")


def write_source(registers, path, source):
    with open(path, "w", encoding="ascii") as out:
        out.write(f"/* Made by generate_registers.py from {source}. Do not edit. */\n")
        out.write('#include "driver/image/registers.h"\n#include "driver/image/registers_table.h"\n\n')
        out.write("static const struct aie_tile_field fields[] = {\n")
        at = 0
        for register in registers:
            register.first_field = at
            for name, lsb, width, access in register.fields:
                out.write(f'\t{{ "{name}", {lsb}, {width}, {ACCESS[access]} }},\n')
                at += 1
        out.write("};\n\nstatic const struct aie_tile_register registers[] = {\n")
        for register in registers:
            index = ", ".join(f"{{ {c}, {s}, {f} }}" for c, s, f in register.index) or "{ 0, 0, 0 }"
            out.write(f'\t{{ "{register.name}", AIE_MODULE_{register.module}, {ACCESS[register.access]}, {register.width}, '
                      f"{register.offset}U, {register.reset}U, {len(register.index)}, {{ {index} }}, "
                      f"{len(register.fields)}, &fields[{register.first_field}] }},\n")
        out.write("};\n\n")
        for kind, modules in KINDS:
            places = []
            for number, register in enumerate(registers):
                if register.module in modules:
                    places += [place + (number,) for place in register.places()]
            places.sort()
            for one, two in zip(places, places[1:]):
                if one[1] > two[0]:
                    fail(f"{registers[one[4]].where} and {registers[two[4]].where} overlap at 0x{two[0]:05X}")
            if places[-1][1] > TILE_BYTES:
                fail(f"{registers[places[-1][4]].where} leaves the tile's window")
            out.write(f"static const struct aie_register_place {kind}_places[] = {{\n")
            for start, end, i, j, number in places:
                out.write(f"\t{{ {start}U, {end}U, {number}, {{ {i}, {j} }} }},\n")
            out.write("};\n\n")
        out.write("const struct aie_register_map aie_register_maps[AIE_TILE_KINDS] = {\n")
        for kind, _ in KINDS:
            out.write(f"\t{{ {kind}_places, sizeof {kind}_places / sizeof {kind}_places[0] }},\n")
        out.write("};\n\n")
        out.write("const struct aie_tile_register *const aie_register_table = registers;\n")
        out.write("const unsigned aie_register_table_count = sizeof registers / sizeof registers[0];\n")


def main():
    if len(sys.argv) != 4:
        fail("usage: generate_registers.py TABLE.tsv OUTPUT.h OUTPUT.c")
    source = sys.argv[1].rsplit("/", 1)[-1]
    registers = read_table(sys.argv[1])
    if not registers:
        fail("no register in the table")
    write_header(registers, sys.argv[2], source)
    write_source(registers, sys.argv[3], source)


main()
