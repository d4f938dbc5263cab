#!/usr/bin/env python3
"""Interrupts and kills `retort reproduce` and `retort sweep` at random moments, goes on, and holds their figures to an
undisturbed one's.

SIGINT saves the state of the run at work and ends with 130; after kill -9 the run at work ends by itself (it is asked
to when its parent dies). Prints the seed of its random moments; --seed repeats them.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

from disturbances import TIME_LIMIT_SECONDS, exit_code_after, program_and_moments, run_whole, send

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


SWEEP = ["sweep", "field/demo", "scene.path=scene", "train.steps=150", "train.evaluate_every=0", "train.gamma=[0,1]",
         "--seeds", "2", "--metric", "evaluation.truth.field_accuracy"]


def claim_words(folder):
    return ["reproduce", "c.yaml", "--output", folder, "--results", f"{folder}-results"]


def claim_figures(work, folder):
    result = json.loads((work / f"{folder}-results/c.json").read_text())
    return result["measurements"][0]["values"], result["measurements"][0]["verdict"]


def sweep_words(folder):
    return [*SWEEP, "--output", folder]


def sweep_figures(work, folder):
    result = json.loads((work / folder / "sweep.json").read_text())
    return [(point["name"], point["values"], point["best"]) for point in result["points"]]


def start(program, work, words):
    return subprocess.Popen([program, *words, "--threads", "1"], cwd=work, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def disturbed(program, work, words, kind, moments):
    disturbances = 0
    while True:
        process = start(program, work, words)
        try:
            process.wait(moments.uniform(0.2, 1.5) if disturbances < 4 else TIME_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            send(process, kind)
        complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
        if process.returncode == 0:
            return disturbances
        # A killed program's run may still be saving its state when the next one begins.
        if process.returncode != exit_code_after(kind) and "another process is at work" not in complaint:
            raise SystemExit(f"FAILED: exit code {process.returncode} after {kind.name}: {complaint}")
        disturbances += 1


def survives(program, work, words_for, figures, moments):
    """Whether the verb, disturbed by each signal, has the figures of an undisturbed one."""
    process = start(program, work, words_for("whole"))
    complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
    if process.returncode != 0:
        raise SystemExit(f"FAILED: {complaint}")
    for kind in (signal.SIGINT, signal.SIGKILL):
        disturbances = disturbed(program, work, words_for(kind.name), kind, moments)
        same = figures(work, kind.name) == figures(work, "whole")
        print(f"{'ok' if same else 'FAILED'}  {words_for('')[0]}, {kind.name}: {disturbances} times")
        if not same or disturbances == 0:
            return False
    return True


def main():
    program, moments = program_and_moments(__doc__)
    for words_for, figures in ((claim_words, claim_figures), (sweep_words, sweep_figures)):
        with tempfile.TemporaryDirectory(prefix="retort-measuring-") as work:
            work = pathlib.Path(work)
            (work / "c.yaml").write_text(CLAIM)
            run_whole(program, ["field", "synthetic", str(work / "scene")])
            if not survives(program, work, words_for, figures, moments):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
