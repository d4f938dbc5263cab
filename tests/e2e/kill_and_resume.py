#!/usr/bin/env python3
"""Kills and interrupts real runs at random moments, resumes them, and holds their products to an undisturbed run's.

Kill -9 leaves no time for anything; SIGINT and SIGTERM save the state and end with 130 and 143. Either way the resumed
run must make the same bytes. Prints the seed of its random moments; --seed repeats them.
"""
import pathlib
import signal
import sys
import tempfile
import time

from disturbances import disturbed_run, program_and_moments, run_whole, state_and_hashes

STEPS = 400
OPTIONS = [f"train.steps={STEPS}", "train.density.from_step=20", "train.density.every=20", "train.evaluate_every=50"]
VARIANTS = {"plain": [],
            "lifted chain": ["field.features=lift", "train.refine_steps=100", "train.strategy=mcmc",
                             "train.resolution_schedule=frequency", "train.feature_optimiser=sparse_adam",
                             "train.exposure=affine"]}


def survives(program, work, random_source, variant, options):
    """Whether runs disturbed by each signal make what an undisturbed one makes."""
    begin = time.monotonic()
    run_whole(program, ["field", "demo", "--output", str(work / "demo"), *options])
    span = (time.monotonic() - begin) / 2  # pictures and report take the rest
    total = 0
    recipe_words = ["field/demo", f"scene.path={work / 'demo/scene'}", *options]
    _, wanted = state_and_hashes(work / "demo/run")
    for kind in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        folder = work / kind.name
        disturbances = disturbed_run(program, recipe_words, folder, kind, random_source, span)
        state, got = state_and_hashes(folder)
        total += disturbances
        same = state == "finished" and got == wanted
        print(f"{'ok' if same else 'FAILED'}  {variant}, {kind.name}: {disturbances} times, {len(got)} products")
        if not same:
            print(f"state {state}; differing: {[p for p in wanted if got.get(p) != wanted[p]]}")
            return False
    if total == 0:
        print(f"FAILED  {variant}: no signal came in time, nothing was shown")
    return total > 0


def main():
    program, random_source = program_and_moments(__doc__)
    for variant, further in VARIANTS.items():
        with tempfile.TemporaryDirectory(prefix="retort-kill-") as work:
            if not survives(program, pathlib.Path(work), random_source, variant, [*OPTIONS, *further]):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
