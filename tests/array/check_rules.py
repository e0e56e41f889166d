"""Every rule of rules.tsv names tests, and every test that it names is run by its suite.

usage: check_rules.py FOLDER
"""
import pathlib
import re
import sys


def main():
    folder = pathlib.Path(sys.argv[1])
    run = {}
    for path in folder.glob("test_*.c"):
        suite = path.stem[len("test_"):]
        run[suite] = set(re.findall(r"cmocka_unit_test\((\w+)\)", path.read_text()))
    errors = rules = 0
    for number, line in enumerate((folder / "rules.tsv").read_text().splitlines(), 1):
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 4 or not fields[3].strip():
            print(f"rules.tsv:{number}: document, section, rule and tests expected")
            errors += 1
            continue
        rules += 1
        for name in fields[3].split():
            suite, _, function = name.partition(":")
            if function not in run.get(suite, ()):
                print(f"rules.tsv:{number}: {name} is not run")
                errors += 1
    for document in ("dma", "locks", "streams", "trace", "events"):
        if f"\n{document}\t" not in (folder / "rules.tsv").read_text():
            print(f"rules.tsv: no rule of {document}")
            errors += 1
    print(f"{rules} rules, {sum(len(tests) for tests in run.values())} tests, {errors} errors")
    return errors != 0


if __name__ == "__main__":
    sys.exit(main())
