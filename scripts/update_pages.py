#!/usr/bin/env python3
"""Writes the pages that are made from what the program and the results say: the table of methods in README.md, and
results/INDEX.md.

  scripts/update_pages.py --program build/release/retort           writes them
  scripts/update_pages.py --program build/release/retort --check   says what is stale (exit 1), which links of all
                                                                   pages lead nowhere, which rooms house.md
                                                                   doesn't name, and which methods lack an
                                                                   equation or sources
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BEGIN = "<!-- methods: made by scripts/update_pages.py -->\n"
END = "<!-- methods: end -->\n"


def said_by(program, *words):
    return subprocess.run([program, *words, "--results", str(SOURCE / "results")], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def with_table(page, table):
    """`page` with what stands between the markers replaced."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        sys.exit(f"README.md: the markers {BEGIN.strip()} and {END.strip()} must stand there once each, in this order")
    return page[:page.index(BEGIN) + len(BEGIN)] + table + page[page.index(END):]


def broken_links(page, text):
    """Relative links of a Markdown page to files that are not there."""
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    return [target for target in targets
            if target and "://" not in target and not (page.parent / target).exists()]


def room_faults():
    """Rooms of CMakeLists.txt that the table of docs/design/house.md lacks, and the other way round."""
    rooms = set(re.findall(r"^retort_room\((\S+)", (SOURCE / "CMakeLists.txt").read_text(), re.MULTILINE))
    rows = re.findall(r"^\| (`[^|]*)\|", (SOURCE / "docs/design/house.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    return [f"docs/design/house.md: lacks the room {name}" for name in sorted(rooms - named)] + \
           [f"docs/design/house.md: {name} is no room" for name in sorted(named - rooms)]


def method_faults(methods):
    """Methods without an equation, with lines that a terminal would break, or without sources."""
    faults = []
    for method in methods:
        if not method["equation"] or max(map(len, method["equation"].split("\n"))) > 100:
            faults.append(f"{method['name']}: needs an equation of lines of at most 100 letters")
        if not method["sources"]:
            faults.append(f"{method['name']}: needs sources")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    readme, index = SOURCE / "README.md", SOURCE / "results/INDEX.md"
    wanted = {readme: with_table(readme.read_text(), said_by(program, "list", "methods", "--markdown")),
              index: said_by(program, "list", "results", "--markdown")}
    faults = []
    for page, text in wanted.items():
        if not options.check:
            page.write_text(text)
        elif not page.exists() or page.read_text() != text:
            faults.append(f"{page.relative_to(SOURCE)}: is stale; scripts/update_pages.py --program PROGRAM mends it")
        faults += [f"{page.relative_to(SOURCE)}: links to {target}, which is not there"
                   for target in broken_links(page, text)]
    if options.check:
        faults += room_faults() + method_faults(json.loads(said_by(program, "list", "methods", "--json")))
        for page in sorted((SOURCE / "docs").rglob("*.md")):
            faults += [f"{page.relative_to(SOURCE)}: links to {target}, which is not there"
                       for target in broken_links(page, page.read_text())]
    print("\n".join(faults) or "all pages are as they should be")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
