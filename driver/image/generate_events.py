#!/usr/bin/env python3
"""Make the event constants and names from aie2p_events.tsv.

usage: generate_events.py TABLE.tsv OUTPUT.h OUTPUT.c

Refuses a number or name that a module has twice, and membership in an event that is no group.
"""
import sys

MODULES = ["CORE", "MEM", "MEMTILE", "SHIM"]
KINDS = ["config", "level", "pulse", "group"]


def fail(text):
    sys.exit("generate_events.py: " + text)


def read(path):
    events = []
    for number, line in enumerate(open(path), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = line.rstrip("\n").split("\t")
        if len(cells) != 5 or cells[0] not in MODULES or cells[3] not in KINDS:
            fail(f"line {number}: five columns, a known module and a known kind are expected")
        groups = [] if cells[4] == "-" else [tuple(map(int, item.split(":"))) for item in cells[4].split(",")]
        events.append((cells[0], int(cells[1]), cells[2], cells[3], groups))
    return events


def check(events):
    for module in MODULES:
        own = [event for event in events if event[0] == module]
        for column in (1, 2):
            values = [event[column] for event in own]
            double = {value for value in values if values.count(value) > 1}
            if double:
                fail(f"{module}: {sorted(double)} stand twice")
        groups = {event[1] for event in own if event[3] == "group"}
        for event in own:
            if any(group not in groups for group, bit in event[4]):
                fail(f"{module} {event[2]}: member of something that is no group")


def main():
    if len(sys.argv) != 4:
        fail("usage: TABLE.tsv OUTPUT.h OUTPUT.c")
    events = read(sys.argv[1])
    check(events)
    with open(sys.argv[2], "w") as out:
        out.write("/* Made by generate_events.py from aie2p_events.tsv. */\n#ifndef AIE2P_EVENTS_H\n#define AIE2P_EVENTS_H\n\n")
        out.write("enum {\n")
        for module, number, name, _, _ in events:
            out.write(f"\tAIE_EVENT_{module}_{name} = {number},\n")
        out.write("};\n\n#endif\n")
    with open(sys.argv[3], "w") as out:
        out.write("/* Made by generate_events.py from aie2p_events.tsv. */\n#include \"driver/image/events_table.h\"\n\n")
        out.write("const struct aie_event_row aie_event_rows[] = {\n")
        for module, number, name, kind, groups in events:
            members = ", ".join(f"{{ {group}, {bit} }}" for group, bit in groups)
            out.write(f"\t{{ AIE_EVENT_MODULE_{module}, {number}, AIE_EVENT_{kind.upper()}, {len(groups)}, "
                      f"{{ {members or '{ 0, 0 }'} }}, \"{name}\" }},\n")
        out.write("};\n\nconst unsigned aie_event_row_count = sizeof aie_event_rows / sizeof aie_event_rows[0];\n")


main()
