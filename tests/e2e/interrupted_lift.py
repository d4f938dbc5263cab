#!/usr/bin/env python3
"""Interrupts `retort field lift` while it lifts and while it refines, gives the same command again, and holds the field
to an undisturbed one's, byte for byte. A state that another lift left is not taken for this one's. Prints the seed of its
random moments; --seed repeats them.
"""
import pathlib
import signal
import subprocess
import sys
import tempfile

from disturbances import TIME_LIMIT_SECONDS, exit_code_after, program_and_moments, run_whole, send, start


def lift_words(work, name, refine=4000):
    return ["field", "lift", str(work / "demo/run"), "--refine", str(refine), "--output", str(work / name),
            "--threads", "1"]


def interrupted(program, work, kind, moments, span):
    """How often the signal came in time before the command was done; it is given until it is."""
    words = lift_words(work, f"{kind.name}.safetensors")
    disturbances = 0
    while True:
        process = start(program, words, stderr=subprocess.PIPE, text=True)
        try:
            process.wait(moments.uniform(span / 8, span / 2) if disturbances < 4 else TIME_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            send(process, kind)
        complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
        if process.returncode == 0:
            return disturbances
        if process.returncode != exit_code_after(kind):
            raise SystemExit(f"FAILED: exit code {process.returncode} after {kind.name}: {complaint}")
        disturbances += 1


def main():
    program, moments = program_and_moments(__doc__)
    with tempfile.TemporaryDirectory(prefix="retort-lift-") as work:
        work = pathlib.Path(work)
        run_whole(program, ["field", "demo", "--output", str(work / "demo"), "train.steps=40"])
        run_whole(program, lift_words(work, "whole.safetensors"))
        wanted = (work / "whole.safetensors").read_bytes()
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            disturbances = interrupted(program, work, kind, moments, span=4)
            same = (work / f"{kind.name}.safetensors").read_bytes() == wanted
            left = (work / f"{kind.name}.safetensors.unfinished").exists()
            print(f"{'ok' if same and not left else 'FAILED'}  {kind.name}: {disturbances} times")
            if not same or left or disturbances == 0:
                return 1
        # The same output, but of other options: begun anew.
        process = start(program, lift_words(work, "other.safetensors"), stderr=subprocess.DEVNULL)
        try:
            process.wait(1.5)
        except subprocess.TimeoutExpired:
            send(process, signal.SIGINT)
        process.wait(TIME_LIMIT_SECONDS)
        run_whole(program, lift_words(work, "other.safetensors", refine=10))
        run_whole(program, lift_words(work, "fresh.safetensors", refine=10))
        same = (work / "other.safetensors").read_bytes() == (work / "fresh.safetensors").read_bytes()
        print(f"{'ok' if same else 'FAILED'}  what another lift left is not taken")
        return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
