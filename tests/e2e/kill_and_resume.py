#!/usr/bin/env python3
"""Kills and interrupts real runs at random moments, resumes them, and holds their products to an undisturbed run's.

Kill -9 leaves no time for anything; SIGINT and SIGTERM save the state and end with 130 and 143. Either way the resumed
run must make the same bytes. Prints the seed of its random moments; --seed repeats them.
"""
import argparse
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

STEPS = 400
OPTIONS = [f"train.steps={STEPS}", "train.density.from_step=20", "train.density.every=20", "train.evaluate_every=50"]
VARIANTS = {"plain": [],
            "lifted chain": ["field.features=lift", "train.refine_steps=100", "train.strategy=mcmc",
                             "train.resolution_schedule=frequency", "train.feature_optimiser=sparse_adam"]}
TIME_LIMIT_SECONDS = 600


def hashes(run_folder):
    record = json.loads((run_folder / "run.json").read_text())
    return record["state"], {product["path"]: product["sha256"] for product in record["products"]}


def start(program, words):
    return subprocess.Popen([program, *words, "--quiet"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def log_stamp(folder):
    """Changes whenever the run's log does; None before there is one."""
    try:
        facts = (folder / "metrics.jsonl").stat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


def wait_for_steps(folder, process, before):
    """Until the program touches its log of steps, which was `before` at its start, or has ended. Sooner it is only being
    loaded: it doesn't listen to signals yet, and has no state to save."""
    while process.poll() is None and log_stamp(folder) == before:
        time.sleep(0.02)


def disturbed_run(program, recipe_words, folder, kind, random_source, span):
    before = log_stamp(folder)
    process = start(program, ["run", *recipe_words, "--output", str(folder)])
    disturbances = 0
    while True:
        wait_for_steps(folder, process, before)
        try:
            process.wait(random_source.uniform(0, span))
        except subprocess.TimeoutExpired:
            process.send_signal(kind)
        code = process.wait(TIME_LIMIT_SECONDS)
        if code == 0:
            return disturbances
        expected = -kind if kind == signal.SIGKILL else 128 + kind
        if code != expected:
            raise SystemExit(f"FAILED: exit code {code} after {kind.name}, expected {expected}")
        disturbances += 1
        span = span if disturbances < 3 else TIME_LIMIT_SECONDS
        # Killed before there was anything to resume: begin again.
        words = ["resume", str(folder)] if (folder / "run.json").exists() else ["run", *recipe_words, "--output", str(folder)]
        before = log_stamp(folder)
        process = start(program, words)


def survives(program, work, random_source, variant, options):
    """Whether runs disturbed by each signal make what an undisturbed one makes."""
    begin = time.monotonic()
    subprocess.run([program, "field", "demo", "--quiet", "--output", str(work / "demo"), *options], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=TIME_LIMIT_SECONDS)
    span = (time.monotonic() - begin) / 2  # pictures and report take the rest
    total = 0
    recipe_words = ["field/demo", f"scene.path={work / 'demo/scene'}", *options]
    _, wanted = hashes(work / "demo/run")
    for kind in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        folder = work / kind.name
        disturbances = disturbed_run(program, recipe_words, folder, kind, random_source, span)
        state, got = hashes(folder)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the retort binary")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    random_source = random.Random(options.seed)
    print(f"seed {options.seed}")
    for variant, further in VARIANTS.items():
        with tempfile.TemporaryDirectory(prefix="retort-kill-") as work:
            if not survives(program, pathlib.Path(work), random_source, variant, [*OPTIONS, *further]):
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
