#!/usr/bin/env python3
"""Trains scenes in several ways and prints one Markdown table.

Runs come one after another, scene by scene and round by round, so that what else the machine does falls on all
variants alike. A run that has its result is not run again: the command may be interrupted and repeated. Seconds are
wall time of the whole program (training, evaluation, writing), CPU seconds of all its threads; memory is the peak of
its resident set. Label accuracy is against the truth where a scene knows it (synthetic), else against pseudo-labels
of the teacher's maps.

examples:
  bench/scenes/run.py --program build/dev/retort --output table \\
      --scene "fox=photos/fox scene.resolution=half teacher.reduce_to=128" --scene "lego=photos/lego teacher.files=none"
  bench/scenes/run.py ... --common "train.steps=2000 train.max_splats=60000" --threads 2
  bench/scenes/run.py ... --variant plain --variant "half=train.steps=1000"      (only these two)

A scene is NAME=FOLDER, followed by options for that scene alone; a variant is the name of a built-in one, or
NAME=OPTIONS. Scenes without feature maps (teacher.files=none) skip the variants that lift.
"""
import argparse
import json
import os
import pathlib
import shlex
import struct
import subprocess
import sys
import time

VARIANTS = {
    "plain": "",
    "lifting": "field.features=lift",
    "lifting, refined": "field.features=lift train.refine_steps=500",
    "mcmc": "train.strategy=mcmc",
    "schedule": "train.resolution_schedule=frequency",
    "sparse adam": "train.feature_optimiser=sparse_adam",
}
COLUMNS = ["scene", "variant", "PSNR dB", "SSIM", "feature cosine", "label accuracy", "seconds", "CPU seconds", "splats",
           "peak memory GB"]


def parse_named(text, what):
    name, separator, rest = text.partition("=")
    if not separator or not name:
        raise SystemExit(f"--{what} {text}: should be NAME=...")
    return name, rest


def splat_count(field_file):
    """Rows of splats.means or means, from the header alone."""
    with open(field_file, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return next(entry["shape"][0] for name, entry in header.items() if name.split(".")[-1] == "means")


def run_once(command):
    """Seconds, CPU seconds and peak bytes of a program that must succeed."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"exit code {process.returncode}: {shlex.join(command)}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def result_of(command, folder):
    seconds, cpu_seconds, peak = run_once(command)
    evaluation = json.loads((folder / "evaluation.json").read_text())
    features = evaluation.get("feature_fidelity", {}).get("field", {})
    accuracy = evaluation.get("truth", {}).get("field_accuracy", features.get("accuracy"))
    return {"psnr": evaluation["psnr_db"], "ssim": evaluation["ssim"], "cosine": features.get("cosine"),
            "accuracy": accuracy, "seconds": seconds, "cpu_seconds": cpu_seconds,
            "splats": splat_count(folder / "field.safetensors"), "peak_bytes": peak, "command": shlex.join(command)}


def row(scene, variant, result):
    def shown(value, digits):
        return "" if value is None else f"{value:.{digits}f}"
    return [scene, variant, shown(result["psnr"], 2), shown(result["ssim"], 3), shown(result["cosine"], 3),
            shown(result["accuracy"], 3), shown(result["seconds"], 0), shown(result["cpu_seconds"], 0),
            str(result["splats"]), shown(result["peak_bytes"] / 1e9, 2)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the retort binary")
    parser.add_argument("--output", required=True, type=pathlib.Path, help="folder for runs, results and table.md")
    parser.add_argument("--scene", action="append", required=True, metavar="NAME=FOLDER [KEY=VALUE ...]")
    parser.add_argument("--variant", action="append", metavar="NAME[=OPTIONS]",
                        help=f"default: all of {', '.join(VARIANTS)}")
    parser.add_argument("--common", default="", metavar="OPTIONS", help="options for all runs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=1, help="seeds 0, 1, ... of each; one row a seed")
    options = parser.parse_args()
    scenes = dict(parse_named(text, "scene") for text in options.scene)
    variants = {}
    for text in options.variant or VARIANTS:
        if text in VARIANTS:
            variants[text] = VARIANTS[text]
        else:
            name, words = parse_named(text, "variant")
            variants[name] = words
    rows = []
    for seed in range(options.seeds):
        for scene, words in scenes.items():
            folder, *scene_options = shlex.split(words)
            for variant, variant_words in variants.items():
                if "teacher.files=none" in scene_options and "field.features=lift" in variant_words:
                    continue
                output = options.output / f"{scene}-{variant.replace(' ', '-').replace(',', '')}-{seed}"
                kept = output.with_suffix(".json")
                command = [options.program, "--threads", str(options.threads), "field", "train", folder, *scene_options,
                           *shlex.split(options.common), *shlex.split(variant_words), f"train.seed={seed}", "--output",
                           str(output), "--overwrite", "--quiet"]
                if not kept.exists() or json.loads(kept.read_text())["command"] != shlex.join(command):
                    output.parent.mkdir(parents=True, exist_ok=True)
                    print(f"{scene}, {variant}, seed {seed} ...", file=sys.stderr, flush=True)
                    kept.write_text(json.dumps(result_of(command, output), indent=1))
                label = variant if options.seeds == 1 else f"{variant}, seed {seed}"
                rows.append(row(scene, label, json.loads(kept.read_text())))
    lines = ["| " + " | ".join(cells) + " |" for cells in [COLUMNS, ["---"] * len(COLUMNS), *rows]]
    table = "\n".join(lines) + "\n"
    (options.output / "table.md").write_text(table)
    print(table, end="")


if __name__ == "__main__":
    main()
