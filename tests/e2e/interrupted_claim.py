#!/usr/bin/env python3
"""Interrupts and kills `retort reproduce` at random moments, goes on, and holds its figures to an undisturbed one's.

SIGINT saves the state of the run at work and ends with 130; after kill -9 the run at work ends by itself (it is asked
to when its parent dies). Prints the seed of its random moments; --seed repeats them.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

from disturbances import TIME_LIMIT_SECONDS, exit_code_after, program_and_moments

CLAIM = """method: feature-3dgs
seeds: 2
common: ["scene.path=$scene", "train.seed=$seed", train.steps=150, train.evaluate_every=0]
needs:
  scene: {command: [field, synthetic, $folder, seed=$seed]}
arms:
  full: {recipe: field/demo}
  plain: {recipe: field/demo, set: [train.gamma=0]}
measurements:
  fusion: {statement: fused, metric: evaluation.truth.field_accuracy, of: full, against: plain}
"""


def start(program, work, folder):
    words = [program, "reproduce", "c.yaml", "--output", folder, "--results", f"{folder}-results", "--threads", "1"]
    return subprocess.Popen(words, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def figures(work, folder):
    result = json.loads((work / f"{folder}-results/c.json").read_text())
    return result["measurements"][0]["values"], result["measurements"][0]["verdict"]


def disturbed(program, work, folder, kind, moments):
    disturbances = 0
    while True:
        process = start(program, work, folder)
        try:
            process.wait(moments.uniform(0.2, 1.5) if disturbances < 4 else TIME_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(kind)
        complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
        if process.returncode == 0:
            return disturbances
        # A killed program's run may still be saving its state when the next one begins.
        if process.returncode != exit_code_after(kind) and "another process is at work" not in complaint:
            raise SystemExit(f"FAILED: exit code {process.returncode} after {kind.name}: {complaint}")
        disturbances += 1


def main():
    program, moments = program_and_moments(__doc__)
    with tempfile.TemporaryDirectory(prefix="retort-claim-") as work:
        work = pathlib.Path(work)
        (work / "c.yaml").write_text(CLAIM)
        process = start(program, work, "whole")
        complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
        if process.returncode != 0:
            raise SystemExit(f"FAILED: {complaint}")
        for kind in (signal.SIGINT, signal.SIGKILL):
            disturbances = disturbed(program, work, kind.name, kind, moments)
            same = figures(work, kind.name) == figures(work, "whole")
            print(f"{'ok' if same else 'FAILED'}  {kind.name}: {disturbances} times")
            if not same or disturbances == 0:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
