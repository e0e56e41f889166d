#!/usr/bin/env python3
"""Build the AIE2P tables of the isa library from the description under isa/aie2p/.

usage: generate.py DESCRIPTION_FOLDER OUTPUT_FOLDER

Writes aie2p_opcodes.h, aie2p_registers.h, aie2p_resources.h and aie2p_tables.c, after proving that the description is
sound: encodings fill their slots exactly; no slot value is valid for two instructions, and where only register codes
tell two of them apart overlaps.tsv says so; bundle formats are bit-complete and distinguishable; every class, register,
resource and field that is named exists.
Any fault ends the program with status 1 and one line that names the file and the record.
"""

import fnmatch
import os
import re
import sys

NONE = 0xFFFF  # AIE_REGISTER_NONE
MAX = {"operands": 12, "implicit": 8, "stages": 24, "pieces": 8, "memory": 2}  # the limits of isa/isa.h
BUCKET_BITS = 8  # index bits of a slot's decode table
SIZE_CODES = {16: "0000", 32: "1000", 48: "100", 64: "0010", 80: "1010", 96: "0110", 112: "1110", 128: "1"}
BYPASSES = {None: "AIE_BYPASS_NONE", "mv": "AIE_BYPASS_MV", "vec": "AIE_BYPASS_VEC"}
FLAGS = {
    "load": "AIE_OPCODE_LOAD",
    "store": "AIE_OPCODE_STORE",
    "side": "AIE_OPCODE_SIDE_EFFECT",
    "delay": "AIE_OPCODE_DELAY_SLOTS",
    "nop": "AIE_OPCODE_NOP",
}


class Fault(Exception):
    pass


def require(condition, where, message):
    if not condition:
        raise Fault(f"{where}: {message}")


def read(folder, name, columns):
    path = os.path.join(folder, name)
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                fields = line.split("\t")
                require(len(fields) == columns, f"{name}:{number}", f"{len(fields)} columns instead of {columns}")
                yield fields


# ---- registers and classes ------------------------------------------------------------------------------------------


class Register:
    def __init__(self, name, bits, assembly, parts):
        self.name, self.bits, self.assembly, self.part_names = name, bits, assembly, parts
        self.id = None
        self.leaf_offset = None

    def leaf_bytes(self):
        return (self.bits + 31) // 32 * 4


def read_registers(folder):
    registers = {}
    for name, span, bits, assembly, parts in read(folder, "registers.tsv", 5):
        low, high = (0, 0) if span == "-" else map(int, span.split("-"))
        for i in range(low, high + 1):

            def expand(text, i=i):
                return re.sub(r"\{([i0-9*+]+)\}", lambda m: str(eval(m[1], {"__builtins__": {}}, {"i": i})), text)

            part_names = [] if parts == "-" else expand(parts).split()
            register = Register(expand(name), int(bits), expand(assembly), part_names)
            require(register.name not in registers, "registers.tsv", f"{register.name} is there twice")
            register.id = len(registers)
            registers[register.name] = register
    return registers


def lay_out(registers):
    """Give every leaf its bytes, then express every register as a list of contiguous pieces."""
    end = 0

    def leaves(register):
        if not register.part_names:
            return [register]
        found = []
        for part in register.part_names:
            require(part in registers, f"register {register.name}", f"unknown part {part}")
            found += leaves(registers[part])
        return found

    for register in registers.values():
        for leaf in leaves(register):
            if leaf.leaf_offset is None:
                align = min(64, leaf.leaf_bytes())
                end = (end + align - 1) // align * align
                leaf.leaf_offset = end
                end += leaf.leaf_bytes()
    for register in registers.values():
        pieces = []
        for leaf in leaves(register):
            if pieces and pieces[-1][0] + pieces[-1][1] == leaf.leaf_offset:
                pieces[-1][1] += leaf.leaf_bytes()
            else:
                pieces.append([leaf.leaf_offset, leaf.leaf_bytes()])
        require(len(pieces) <= MAX["pieces"], f"register {register.name}", "too many pieces")
        register.pieces = pieces
    return (end + 63) // 64 * 64


class Class:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.id = None
        self.width = 0
        self.codes = {}  # register name -> code
        self.coding = None  # shared by classes with equal members
        self.step, self.minimum, self.maximum, self.symbol, self.hexadecimal = 1, 0, 0, False, False

    def valid_codes(self):
        """The codes an operand of this class can hold, or None when every code is one."""
        if self.kind == "register" and len(self.codes) < 1 << self.width:
            return set(self.codes.values())
        return None


def read_classes(folder, registers):
    classes = {}
    for name, width, body in read(folder, "classes.tsv", 3):
        where = f"class {name}"
        require(name not in classes, where, "is there twice")
        if body.startswith("= "):
            other = classes[body[2:]]
            require(width == str(other.width), where, "differs in width from " + other.name)
            new = Class(name, other.kind)
            new.width, new.codes, new.coding = other.width, other.codes, other.coding
        else:
            new = Class(name, {"-": "set", "0": "fixed"}.get(width, "register"))
            new.width = int(width) if new.kind == "register" else 0
            for member in body.split():
                register, _, code = member.partition("=")
                require(register in registers, where, f"unknown register {register}")
                require(len(code) == new.width and register not in new.codes, where, f"bad member {member}")
                new.codes[register] = int(code, 2) if code else 0
            if new.kind == "register":
                require(len(set(new.codes.values())) == len(new.codes), where, "two registers have one code")
            new.coding = name
        new.id = len(classes)
        classes[name] = new
    for name, bits, kind, step, low, high, symbol, base in read(folder, "immediates.tsv", 8):
        where = f"immediate {name}"
        require(name not in classes, where, "is there twice")
        require(kind in ("unsigned", "signed", "negative"), where, "unknown coding")
        new = Class(name, kind)
        new.width, new.step, new.minimum, new.maximum = int(bits), int(step), int(low), int(high)
        new.symbol, new.hexadecimal = symbol == "yes", base == "hex"
        count = (new.maximum - new.minimum) // new.step + 1
        require(count == 1 << new.width, where, "range and width differ")
        require({"unsigned": new.minimum == 0, "signed": new.minimum == -new.maximum - new.step,
                 "negative": new.maximum == -new.step}[kind], where, "range and coding differ")
        new.id = len(classes)
        classes[name] = new
    return classes


# ---- instructions ---------------------------------------------------------------------------------------------------


class Operand:
    pass


class Instruction:
    pass


def parse_operand(text, where, classes):
    m = re.fullmatch(r"(>?)(\w+):(\w+)@(\d+)(?:\+(\w+)(?:\?([\w|]+))?)?(?:=(\w+))?", text)
    require(m, where, f"cannot read operand '{text}'")
    operand = Operand()
    operand.output, operand.name, operand.cls, operand.cycle = bool(m[1]), m[2], classes.get(m[3]), int(m[4])
    operand.bypass, operand.bypass_classes, operand.source_name = m[5], m[6].split("|") if m[6] else [], m[7]
    require(operand.cls, where, f"unknown operand class {m[3]}")
    require(operand.bypass in BYPASSES, where, f"unknown bypass {m[5]}")
    operand.fields = []  # (bit in the slot, width, bit in the code)
    return operand


def parse_encoding(insn, text, width):
    bit = width
    insn.mask = insn.value = 0
    for token in text.split():
        m = re.fullmatch(r"(\w+)\[(\d+)(?::(\d+))?\]", token)
        if re.fullmatch("[01x]+", token):
            for digit in token:
                bit -= 1
                if digit != "x":
                    insn.mask |= 1 << bit
                    insn.value |= int(digit) << bit
        else:
            require(m, insn.where, f"cannot read encoding token '{token}'")
            operand = insn.by_name.get(m[1])
            require(operand, insn.where, f"encoding names unknown operand {m[1]}")
            high, low = (int(m[2]), int(m[3])) if m[3] else (int(m[2]) - 1, 0)
            bit -= high - low + 1
            operand.fields.append((bit, high - low + 1, low))
    require(bit == 0, insn.where, f"encoding has {width - bit} bits, slot {insn.slot} has {width}")


def parse_stage(text, insn, resources):
    m = re.fullmatch(r"(\d+)([:~])(\w+)(?:\*(\d+))?(?:\?(\w+):([\w|]+))?", text)
    require(m, insn.where, f"cannot read stage '{text}'")
    require(m[3] in resources, insn.where, f"unknown resource {m[3]}")
    condition = None
    if m[5]:
        require(m[5] in insn.by_name, insn.where, f"stage '{text}' names an unknown operand")
        condition = (insn.by_name[m[5]].index, m[6].split("|"))
    return int(m[1]), int(m[4] or 1), resources.index(m[3]), m[2] == "~", condition


def read_instructions(folder, slots, registers, classes, resources):
    instructions = []
    names = set()
    for fields in read(folder, "instructions.tsv", 9):
        name, slot, assembly, operands, encoding, implicit, flags, memory, stages = fields
        insn = Instruction()
        insn.where = f"instruction {name}"
        require(name not in names and slot in slots, insn.where, "is there twice, or its slot is unknown")
        names.add(name)
        insn.name, insn.slot = name, slot
        insn.mnemonic, _, insn.template = assembly.partition(" ")
        insn.operands = [] if operands == "-" else [parse_operand(o, insn.where, classes) for o in operands.split(" ")]
        insn.by_name = {o.name: o for o in insn.operands}
        require(len(insn.by_name) == len(insn.operands) <= MAX["operands"], insn.where, "operand names or count")
        for index, operand in enumerate(insn.operands):
            operand.index = index
        parse_encoding(insn, encoding, slots[slot])
        for operand in insn.operands:
            check_operand(insn, operand)
        insn.defs, insn.uses = [], []
        for text in [] if implicit == "-" else implicit.split(" "):
            m = re.fullmatch(r"(>?)(\w+)@(\d+)", text)
            require(m and m[2] in registers, insn.where, f"cannot read implicit register '{text}'")
            (insn.defs if m[1] else insn.uses).append((registers[m[2]].id, int(m[3])))
        require(max(len(insn.defs), len(insn.uses)) <= MAX["implicit"], insn.where, "too many implicit registers")
        insn.flags = [] if flags == "-" else flags.split(",")
        require(all(f in FLAGS for f in insn.flags), insn.where, "unknown flag")
        insn.memory = [] if memory == "-" else [int(c) for c in memory.split(",")]
        require(len(insn.memory) <= MAX["memory"], insn.where, "too many memory accesses")
        insn.stages = [] if stages == "-" else [parse_stage(s, insn, resources) for s in stages.split(" ")]
        require(len(insn.stages) <= MAX["stages"], insn.where, "too many stages")
        insn.shown = 0
        for shown in re.findall(r"\$\{?(\w+)\}?", insn.template):
            require(shown in insn.by_name, insn.where, f"assembly names unknown operand {shown}")
            insn.shown |= 1 << insn.by_name[shown].index
        for operand in insn.operands:
            require(not operand.fields or insn.shown >> operand.index & 1, insn.where,
                    f"nothing in the assembly gives {operand.name}")
        insn.id = len(instructions)
        instructions.append(insn)
    return instructions


def check_operand(insn, operand):
    """An operand has bits of its own, or shares those of another one, or is fixed."""
    require((operand.cls.kind != "set"), insn.where, f"{operand.name} has a class without codes")
    operand.root = operand
    operand.tied = -1
    if operand.fields:
        covered = sum(((1 << width) - 1) << shift for _, width, shift in operand.fields)
        bits = sum(width for _, width, _ in operand.fields)
        require(bits == operand.cls.width and covered == (1 << bits) - 1, insn.where,
                f"encoding does not cover {operand.name} exactly")
        require(operand.source_name is None, insn.where, f"{operand.name} has both bits and a source")
    elif operand.source_name:
        source = insn.by_name.get(operand.source_name)
        require(source and (source.fields or source.cls.kind == "fixed"), insn.where, f"bad source of {operand.name}")
        require(source.cls.width == operand.cls.width, insn.where, f"{operand.name} and its source differ in width")
        operand.root = source
    else:
        require(operand.cls.kind == "fixed", insn.where, f"nothing encodes {operand.name}")
    if operand.output:
        for other in insn.operands:
            same = other.source_name == operand.name or operand.source_name == other.name
            if not other.output and same and other.cls == operand.cls:
                operand.tied = other.index


# ---- proofs about encodings -----------------------------------------------------------------------------------------


def restricted_fields(insn):
    """Operands that reject some codes, as (slot bit of every code bit, valid codes)."""
    found = []
    for operand in insn.operands:
        codes = operand.cls.valid_codes() if operand.fields else None
        if codes is not None:
            bits = {}
            for low, width, shift in operand.fields:
                for k in range(width):
                    bits[shift + k] = low + k
            found.append(([bits[k] for k in sorted(bits)], sorted(codes)))
    return found


def can_meet(a, b):
    """Is there a slot value that both instructions accept, register codes considered?"""
    known = {}
    for insn in (a, b):
        for bit in range(64):
            if insn.mask >> bit & 1:
                known[bit] = insn.value >> bit & 1

    def solve(fields, known):
        if not fields:
            return True
        bits, codes = fields[0]
        for code in codes:
            more = dict(known)
            if all(more.setdefault(bit, code >> k & 1) == code >> k & 1 for k, bit in enumerate(bits)):
                if solve(fields[1:], more):
                    return True
        return False

    return solve(restricted_fields(a) + restricted_fields(b), known)


def check_overlaps(folder, instructions):
    """Every overlap must be declared, and register codes must tell the two instructions apart."""
    rules = [(first, second) for first, second, _ in read(folder, "overlaps.tsv", 3)]
    used = set()
    for n, a in enumerate(instructions):
        for b in instructions[n + 1 :]:
            if a.slot != b.slot or (a.value ^ b.value) & a.mask & b.mask:
                continue
            pair = f"{a.name} and {b.name}"
            require(not can_meet(a, b), "instructions.tsv", f"{pair} share a valid encoding")
            covering = {r for r in rules for x, y in ((a, b), (b, a))
                        if fnmatch.fnmatchcase(x.name, r[0]) and fnmatch.fnmatchcase(y.name, r[1])}
            require(covering, "overlaps.tsv", f"{pair} overlap and no line says so")
            used |= covering
    for rule in rules:
        require(rule in used, "overlaps.tsv", f"no overlap between {rule[0]} and {rule[1]}")


def buckets(instructions, width):
    """Choose the slot bits that split the instructions best; candidates per value of those bits."""
    bits = []
    groups = [list(instructions)]
    while len(bits) < min(BUCKET_BITS, width):
        best = None
        for bit in range(width):
            if bit in bits:
                continue
            split = [[i for i in g if not i.mask >> bit & 1 or i.value >> bit & 1 == v] for g in groups for v in (0, 1)]
            cost = sum(len(g) ** 2 for g in split)
            if best is None or cost < best[0]:
                best = (cost, bit, split)
        if best[0] >= 2 * sum(len(g) ** 2 for g in groups):
            break
        bits.append(best[1])
        groups = best[2]
    # groups were split most significant choice first: the first chosen bit is the highest bit of the index
    bits.reverse()
    return bits, [[i.id for i in group] for group in groups]


# ---- bundle formats -------------------------------------------------------------------------------------------------


class Format:
    pass


def read_formats(folder, slots):
    formats = []
    for name, size, layout, printed in read(folder, "formats.tsv", 4):
        new = Format()
        where = f"format {name}"
        new.name, new.size, new.slots = name, int(size), {}
        bit = new.size
        new.mask = new.value = 0
        for token in layout.split():
            m = re.fullmatch(r"(\w+)\[(\d+)\]", token)
            if m:
                require(slots.get(m[1]) == int(m[2]) and m[1] not in new.slots, where, f"bad slot {token}")
                bit -= int(m[2])
                new.slots[m[1]] = bit
            else:
                require(re.fullmatch("[01x]+", token), where, f"cannot read '{token}'")
                for digit in token:
                    bit -= 1
                    if digit != "x":
                        new.mask |= 1 << bit
                        new.value |= int(digit) << bit
        require(bit == 0, where, f"layout has {new.size - bit} bits")
        new.order = printed.split()
        require(sorted(new.order) == sorted(new.slots), where, "print order names other slots")
        code = SIZE_CODES.get(new.size)
        require(code, where, "no size code")
        low = (1 << len(code)) - 1
        require(new.mask & low == low and new.value & low == int(code, 2), where, "does not end in its size code")
        new.index = len(formats)
        formats.append(new)
    for n, a in enumerate(formats):
        for b in formats[n + 1 :]:
            if a.size == b.size:
                require((a.value ^ b.value) & a.mask & b.mask, f"format {a.name}", f"cannot be told from {b.name}")
            require(set(a.slots) != set(b.slots), f"format {a.name}", f"has the slots of {b.name}")
    return formats


def read_relocations(folder):
    relocations = []
    for number, size, fields in read(folder, "relocations.tsv", 3):
        require(int(number) == len(relocations), "relocations.tsv", f"type {number} is out of order")
        ranges = [tuple(map(int, f.split(":"))) for f in fields.split()]
        require(1 <= len(ranges) <= 2 and all(h >= l for h, l in ranges), "relocations.tsv", f"fields of type {number}")
        relocations.append((0 if size == "-" else int(size), ranges))
    return relocations


# ---- timing ---------------------------------------------------------------------------------------------------------


def build_timing(instructions, classes, registers):
    """Timing rows (shared by equal instructions) and the choice of a row by the registers of up to two operands."""
    rows, row_index, groupings, grouping_index, variants = [], {}, [], {}, []

    def row(text):
        if text not in row_index:
            row_index[text] = len(rows)
            rows.append(text)
        return row_index[text]

    for insn in instructions:
        conditions = {}
        for operand in insn.operands:
            if operand.bypass_classes:
                conditions.setdefault(operand.index, []).append(tuple(operand.bypass_classes))
        for stage in insn.stages:
            if stage[4]:
                conditions.setdefault(stage[4][0], []).append(tuple(stage[4][1]))
        require(len(conditions) <= 2, insn.where, "timing depends on more than two operands")
        selectors = []  # (operand, grouping, representative truth values)
        for index, sets in sorted(conditions.items()):
            sets = sorted(set(sets))
            members = []
            for names in sets:
                require(all(n in classes for n in names), insn.where, f"unknown class in a condition: {names}")
                members.append({r for n in names for r in classes[n].codes})
            patterns, group_of = [], [0] * len(registers)
            for register in insn.operands[index].cls.codes:
                pattern = tuple(register in m for m in members)
                if pattern not in patterns:
                    patterns.append(pattern)
                group_of[registers[register].id] = patterns.index(pattern)
            key = tuple(group_of)
            if key not in grouping_index:
                grouping_index[key] = len(groupings)
                groupings.append(group_of)
            truth = [dict(zip(sets, p)) for p in patterns]
            selectors.append((index, grouping_index[key], truth))
        insn.selectors = selectors
        insn.variant_first = len(variants)

        def holds(index, names, chosen):
            return chosen[index][tuple(names)]

        choices = [{}]
        for index, _, truth in selectors:
            choices = [{**c, index: t} for c in choices for t in truth]
        for chosen in choices:
            stages = [s for s in insn.stages if s[4] is None or holds(s[4][0], s[4][1], chosen)]
            bypass = [o.bypass if not o.bypass_classes or holds(o.index, o.bypass_classes, chosen) else None
                      for o in insn.operands]
            variants.append(row(timing_row(insn, stages, bypass)))
    return rows, groupings, variants


def timing_row(insn, stages, bypass):
    parts = []
    if insn.operands:
        parts.append(".operand_cycle = { %s }" % ", ".join(str(o.cycle) for o in insn.operands))
    if any(bypass):
        parts.append(".operand_bypass = { %s }" % ", ".join(BYPASSES[b] for b in bypass))
    if insn.defs:
        parts.append(".implicit_def_cycle = { %s }" % ", ".join(str(c) for _, c in insn.defs))
    if insn.uses:
        parts.append(".implicit_use_cycle = { %s }" % ", ".join(str(c) for _, c in insn.uses))
    if insn.memory:
        cycles = ", ".join(map(str, insn.memory))
        parts.append(".memory_count = %d, .memory_cycle = { %s }" % (len(insn.memory), cycles))
    if stages:
        listed = ", ".join("{ %d, %d, %d, %d }" % (s[0], s[1], s[2], s[3]) for s in stages)
        parts.append(".stage_count = %d, .stage = { %s }" % (len(stages), listed))
    return "{ %s }" % (", ".join(parts) or ".operand_cycle = { 0 }")


# ---- output ---------------------------------------------------------------------------------------------------------

NOTE = "/* Generated by isa/generate.py from the description under isa/aie2p/. */\n"


def quote(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(text)


def write_enum(folder, name, guard, tag, prefix, names):
    lines = [NOTE, f"#ifndef {guard}\n#define {guard}\n\nenum {tag} {{\n"]
    lines += [f"\t{prefix}{n} = {k},\n" for k, n in enumerate(names)]
    lines.append(f"\t{prefix}COUNT = {len(names)},\n}};\n\n#endif\n")
    write(folder, name, "".join(lines))


def table(declaration, rows):
    return "%s = {\n%s};\n\n" % (declaration, "".join("\t%s,\n" % r for r in rows))


def register_rows(registers):
    for r in registers.values():
        pieces = ", ".join("{ %d, %d }" % tuple(p) for p in r.pieces)
        yield "{ %s, %s, %d, %d, { %s } }" % (quote(r.name), quote(r.assembly), r.bits, len(r.pieces), pieces)


def class_tables(classes, registers):
    """Operand classes; members and code maps once per coding."""
    members, decode, codings, rows = [], [], {}, []
    code_rows = []
    for c in classes.values():
        if c.kind in ("unsigned", "signed", "negative"):
            rows.append("{ .name = %s, .kind = AIE_CLASS_IMMEDIATE, .width = %d, .step = %d, .minimum = INT64_C(%d), "
                        ".maximum = INT64_C(%d), .is_signed = %s, .symbol = %s, .hexadecimal = %s }"
                        % (quote(c.name), c.width, c.step, c.minimum, c.maximum, *(
                            str(b).lower() for b in (c.kind == "signed", c.symbol, c.hexadecimal))))
            continue
        if c.coding not in codings:
            codings[c.coding] = (len(codings), len(members), len(decode))
            members += [(registers[r].id, code) for r, code in c.codes.items()]
            to_register = [NONE] * (1 << c.width)
            to_code = [0xFF] * len(registers)
            if c.kind != "set":
                for r, code in c.codes.items():
                    to_register[code] = registers[r].id
                    to_code[registers[r].id] = code
            decode += to_register
            code_rows.append(to_code)
        coding, first, start = codings[c.coding]
        kind = {"register": "REGISTER", "fixed": "FIXED", "set": "SET"}[c.kind]
        rows.append("{ .name = %s, .kind = AIE_CLASS_%s, .width = %d, .member_count = %d, "
                    ".member = aie2p_class_members + %d, .coding = %d, .decode_first = %d }"
                    % (quote(c.name), kind, c.width, len(c.codes), first, coding, start))
    return members, decode, code_rows, rows


def opcode_row(insn):
    operands = ", ".join("{ %s, %s, %s, %d, %d }" % (
        quote(o.name), "AIE_OPERAND_REGISTER" if o.cls.kind in ("register", "fixed") else "AIE_OPERAND_IMMEDIATE",
        str(o.output).lower(), o.tied, o.cls.id) for o in insn.operands)
    return ("{ .name = %s, .mnemonic = %s, .assembly = %s, .slot = AIE_SLOT_%s, .flags = %s, .operand_count = %d, "
            ".operand = { %s }, .implicit_def_count = %d, .implicit_use_count = %d, .implicit_def = { %s }, "
            ".implicit_use = { %s } }" % (
                quote(insn.name), quote(insn.mnemonic), quote(insn.template), insn.slot.upper(),
                " | ".join(FLAGS[f] for f in insn.flags) or "0", len(insn.operands), operands or "{ 0 }",
                len(insn.defs), len(insn.uses), ", ".join(str(r) for r, _ in insn.defs) or "0",
                ", ".join(str(r) for r, _ in insn.uses) or "0"))


def write_tables(folder, registers, image_size, classes, resources, slots, instructions, formats, relocations):
    out = [NOTE, '#include "isa/tables.h"\n\n']
    out.append(table("const struct aie_register aie2p_registers[]", register_rows(registers)))
    members, decode, code_rows, class_rows = class_tables(classes, registers)
    out.append(table("static const struct aie_class_member aie2p_class_members[]", ["{ %d, %d }" % m for m in members]))
    out.append(table("const struct aie_operand_class aie2p_classes[]", class_rows))
    out.append(table("const uint16_t aie2p_code_registers[]", map(str, decode)))
    out.append(table(f"const uint8_t aie2p_register_codes[][{len(registers)}]",
                     ["{ %s }" % ", ".join(map(str, r)) for r in code_rows]))
    out.append(table("const char *const aie2p_resources[]", map(quote, resources)))
    out.append(table("const struct aie_opcode_description aie2p_opcodes[]", map(opcode_row, instructions)))

    fields, coding_rows = [], []
    timing, groupings, variants = build_timing(instructions, classes, registers)
    for insn in instructions:
        first = len(fields)
        for o in insn.operands:
            fields += ["{ %d, %d, %d, %d }" % (o.index, low, width, shift) for low, width, shift in o.fields]
        sources = ", ".join(str(o.root.index) for o in insn.operands) or "0"
        select = list(insn.selectors) + [(0, 0, [None])] * (2 - len(insn.selectors))
        coding_rows.append(
            "{ .mask = UINT64_C(0x%x), .value = UINT64_C(0x%x), .shown = 0x%x, .field_first = %d, .field_count = %d, "
            ".root = { %s }, .timing_first = %d, .selector_count = %d, .selector = { %s } }" % (
                insn.mask, insn.value, insn.shown, first, len(fields) - first, sources, insn.variant_first,
                len(insn.selectors), ", ".join("{ %d, %d, %d }" % (s[0], s[1], len(s[2])) for s in select)))
    out.append(table("const struct aie_coding aie2p_codings[]", coding_rows))
    out.append(table("const struct aie_field aie2p_fields[]", fields))
    out.append(table("const struct aie_timing aie2p_timing[]", timing))
    out.append(table("const uint16_t aie2p_timing_variants[]", map(str, variants)))
    out.append(table(f"const uint8_t aie2p_timing_groups[][{len(registers)}]",
                     ["{ %s }" % ", ".join(map(str, g)) for g in groupings]))

    candidates, starts, slot_rows = [], [], []
    for slot, width in slots.items():
        mine = [i for i in instructions if i.slot == slot]
        bits, groups = buckets(mine, width)
        nop = [i for i in mine if "nop" in i.flags]
        require(len(nop) == 1 and not nop[0].operands, f"slot {slot}", "needs exactly one nop without operands")
        slot_rows.append("[AIE_SLOT_%s] = { %s, %d, %d, %d, { %s }, %d }" % (
            slot.upper(), quote(slot), width, nop[0].id, len(bits), ", ".join(map(str, bits)) or "0", len(starts)))
        for group in groups:
            starts.append(len(candidates))
            candidates += group + [NONE]
    out.append(table("const struct aie_slot_table aie2p_slots[AIE_SLOT_COUNT]", slot_rows))
    out.append(table("const uint16_t aie2p_bucket_starts[]", map(str, starts)))
    out.append(table("const uint16_t aie2p_candidates[]", map(str, candidates)))

    rows = []
    low64 = (1 << 64) - 1
    for f in formats:
        listed = ", ".join("AIE_SLOT_" + s.upper() for s in f.order)
        at = ", ".join(str(f.slots[s]) for s in f.order)
        halves = "{ UINT64_C(0x%x), UINT64_C(0x%x) }"
        mask, value = (halves % (v & low64, v >> 64) for v in (f.mask, f.value))
        members = sum(1 << list(slots).index(s) for s in f.slots)
        rows.append("{ { %s, %d, %d, { %s } }, { %s }, %s, %s, 0x%x }" % (
            quote(f.name), f.size // 8, len(f.order), listed, at, mask, value, members))
    out.append(table("const struct aie_format_layout aie2p_formats[]", rows))
    out.append(table("const struct aie_relocation aie2p_relocations[]", [
        "{ %d, %d, { %s } }" % (size, len(ranges), ", ".join("{ %d, %d }" % r for r in ranges))
        for size, ranges in relocations]))
    sizes = [[f.size // 8 for f in formats if not (f.value ^ low) & f.mask & 15] for low in range(16)]
    require(all(len(set(s)) == 1 for s in sizes), "formats.tsv", "the low four bits of a bundle do not give its size")
    out.append(table("const uint8_t aie2p_bundle_sizes[16]", [str(s[0]) for s in sizes]))
    counts = {"register": len(registers), "class": len(classes), "resource": len(resources),
              "opcode": len(instructions), "format": len(formats), "relocation": len(relocations)}
    for name, count in counts.items():
        out.append(f"const unsigned aie2p_{name}_count = {count};\n")
    out.append(f"const unsigned aie2p_image_size = {image_size};\n")
    write(folder, "aie2p_tables.c", "".join(out))


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    source, target = sys.argv[1:]
    try:
        slots = {name: int(bits) for name, bits in read(source, "slots.tsv", 2)}
        resources = [name for name, in read(source, "resources.tsv", 1)]
        registers = read_registers(source)
        image_size = lay_out(registers)
        classes = read_classes(source, registers)
        instructions = read_instructions(source, slots, registers, classes, resources)
        for unused in set(range(len(resources))) - {s[2] for i in instructions for s in i.stages}:
            raise Fault(f"resources.tsv: nothing uses {resources[unused]}")
        check_overlaps(source, instructions)
        formats = read_formats(source, slots)
        relocations = read_relocations(source)
        os.makedirs(target, exist_ok=True)
        for kind, tag, prefix, names in (
                ("opcodes", "opcode", "AIE_OP_", [i.name for i in instructions]),
                ("registers", "register", "AIE_REG_", [r.upper() for r in registers]),
                ("resources", "resource", "AIE_RESOURCE_", resources)):
            guard = f"AIE_ISA_GENERATED_AIE2P_{kind.upper()}_H"
            write_enum(target, f"aie2p_{kind}.h", guard, f"aie_{tag}_id", prefix, names)
        write_tables(target, registers, image_size, classes, resources, slots, instructions, formats, relocations)
    except (Fault, OSError, KeyError, ValueError) as fault:
        print(f"{sys.argv[0]}: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
