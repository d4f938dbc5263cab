#!/usr/bin/env python3
"""How long a step takes: ResNet-56 teaches ResNet-20 on CIFAR-10, batches of 128, in several ways, in turn, round after
round, so that a busy machine is unfair to none. Prints the median over rounds of each way's median step, and its ratio
to the way it is held against.

examples:
  bench/model_speed.py --teacher resnet56-4bfd9763.th
  bench/model_speed.py --teacher resnet56-4bfd9763.th --ways kd,kd_bfloat16 --rounds 5
  bench/model_speed.py --teacher resnet56-4bfd9763.th --peer python3     # eager PyTorch as well: a Python with torch
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A way: the recipe, what it changes, and the way it is held against.
WAYS = {
    "peer": (None, [], None),
    "kd": ("kd", [], "peer"),
    "kd_bfloat16": ("kd", ["train.precision=bfloat16"], "peer"),
    "kd_nchw": ("kd", ["train.channels_last=false"], "peer"),
    "student_alone": ("ce", [], "kd"),
    "kd_cached": ("kd", ["teacher.cache=$CACHE", "teacher.network=", "teacher.weights="], "student_alone"),
    "crd": ("crd", ["loss.crd.negatives=4096"], "kd"),
}
COMMON = ["data.batch_size=128", "data.drop_last=true", "train.epochs=1", "train.evaluate_every=0", "data.test="]


def run_retort(arguments, folder, samples, recipe, changes):
    """The median step and the time before the first, in seconds."""
    command = [arguments.retort, "run", f"model/{recipe}", *COMMON, f"data.train_samples={samples}", "--output", folder, "--quiet"]
    if recipe != "ce":
        command.append(f"teacher.weights={arguments.teacher}")
    began = time.time()
    subprocess.run(command + changes, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    record = json.loads((pathlib.Path(folder) / "run.json").read_text())
    step = record["median_step_seconds"]
    return step, time.time() - began - step * record["steps_done"]


def run_peer(arguments):
    printed = subprocess.run([arguments.peer, ROOT / "bench/peers/kd_step.py", "--threads", str(arguments.threads)],
                             check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([0-9.]+) ms", printed).group(1)) / 1000


def make_cache(arguments, folder, samples):
    cache = pathlib.Path(folder) / "teacher.soft"
    subprocess.run([arguments.retort, "cache", "model/kd", *COMMON, f"data.train_samples={samples}",
                    f"teacher.weights={arguments.teacher}", "-o", cache, "--quiet"], check=True, cwd=ROOT)
    return str(cache)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--retort", default=str(ROOT / "build/dev/retort"), help="the program")
    parser.add_argument("--teacher", required=True, help="weights of ResNet-56 with option A shortcuts")
    parser.add_argument("--ways", default=",".join(WAYS), help="which, separated by commas: " + ", ".join(WAYS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20, help="of a run")
    parser.add_argument("--threads", type=int, default=2, help="of the peer")
    parser.add_argument("--peer", help="a Python that has torch of the same version")
    arguments = parser.parse_args()
    arguments.teacher = str(pathlib.Path(arguments.teacher).resolve())
    ways = [way for way in arguments.ways.split(",") if way != "peer" or arguments.peer]
    unknown = [way for way in ways if way not in WAYS]
    if unknown:
        sys.exit(f"--ways: {unknown[0]} is not one of {', '.join(WAYS)}")
    steps, starts = {way: [] for way in ways}, {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as scratch:
        samples = 128 * arguments.steps
        cache = make_cache(arguments, scratch, samples) if "kd_cached" in ways else ""
        for number in range(arguments.rounds):
            for way in ways:
                recipe, changes, _ = WAYS[way]
                if recipe is None:
                    steps[way].append(run_peer(arguments))
                    continue
                changes = [change.replace("$CACHE", cache) for change in changes]
                step, start = run_retort(arguments, f"{scratch}/{way}{number}", samples, recipe, changes)
                steps[way].append(step)
                starts[way].append(start)
    for way in ways:
        median, against = statistics.median(steps[way]), WAYS[way][2]
        line = f"{way:<16}{1000 * median:8.1f} ms a step  ({', '.join(f'{1000 * s:.0f}' for s in steps[way])})"
        if against in ways:
            line += f"  {statistics.median(steps[against]) / median:.2f} x as fast as {against}"
        if starts[way]:
            line += f"  {statistics.median(starts[way]):.1f} s beside the steps"
        print(line)


if __name__ == "__main__":
    main()
