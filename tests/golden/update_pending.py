#!/usr/bin/env python3
"""Rewrites PENDING: the golden functions that the project does not have yet, with the number of their files.

    tests/golden/update_pending.py SHARED/golden

A function counts as present when this folder holds a copy of its golden files. Prints the two totals.
"""
import collections
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent


def count_functions(folder):
    counts = collections.Counter()
    for path in folder.rglob("*.safetensors"):
        with open(path, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            counts[json.loads(file.read(size))["__metadata__"]["retort.function"]] += 1
    return counts


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    every, present = count_functions(pathlib.Path(sys.argv[1])), count_functions(HERE)
    pending = {name: files for name, files in sorted(every.items()) if name not in present}
    lines = ["# Golden functions that are not implemented yet, with the number of their files.",
             "# Rewritten by: tests/golden/update_pending.py SHARED/golden"]
    lines += [f"{name}  {files}" for name, files in pending.items()]
    (HERE / "PENDING").write_text("\n".join(lines) + "\n")
    print(f"{len(present)} functions present, {len(pending)} pending ({sum(pending.values())} files)")


if __name__ == "__main__":
    main()
