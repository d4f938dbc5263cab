#!/usr/bin/env python3
"""Kills a model's training ten times at random moments, resumes it, and holds weights and last checkpoint to an
undisturbed run's, byte for byte.

A teacher, terms with memories and modules of their own, augmentation and two workers: whatever has state takes part. A
run that is done before all ten kills came is followed by another. Prints the seed of its random moments; --seed
repeats them.
"""
import hashlib
import os
import pathlib
import signal
import sys
import tempfile
import time

from disturbances import disturbed_run, program_and_moments, run_whole, state_and_hashes
from model_data import folder_words, write_picture_folders

KILLS = 10
# A checkpoint every 500 steps: 30 epochs of 45 steps have two on the way, and one at the end.
OPTIONS = ["student.network=resnet8", "data.batch_size=4", "data.workers=2", "train.epochs=30",
           "train.evaluate_every=10", "train.optimiser.learning_rate=0.01", "loss.kd.weight=0.9", "loss.crd.weight=0.5",
           "loss.crd.negatives=32", "loss.crd.dimensions=16",
           "data.transforms=['random_crop(size=16, padding=2)',flip,colour_jitter(hue=0.1),normalise(cifar10)]"]


def final_state(folder):
    """State, products and the last checkpoint of a run."""
    state, products = state_and_hashes(folder)
    newest = max((folder / "checkpoints").glob("*.safetensors"))
    return state, products, newest.name, hashlib.sha256(newest.read_bytes()).hexdigest()


def main():
    program, moments = program_and_moments(__doc__)
    os.environ["RETORT_THREADS"] = "1"  # threads gain nothing on pictures this small, and wait long on a busy machine
    with tempfile.TemporaryDirectory(prefix="retort-model-kill-") as work:
        work = pathlib.Path(work)
        write_picture_folders(work / "pictures", moments, per_class=60)
        words = folder_words(work / "pictures")
        run_whole(program, ["run", "model/ce", *words, "student.network=resnet14", "data.transforms=[normalise(cifar10)]",
                            "train.epochs=1", "--output", str(work / "teacher")])
        recipe_words = ["model/crd", *words, *OPTIONS, "teacher.network=resnet14",
                        f"teacher.weights={work / 'teacher/weights.safetensors'}"]
        begin = time.monotonic()
        run_whole(program, ["run", *recipe_words, "--output", str(work / "undisturbed")])
        span = (time.monotonic() - begin) * 0.6  # about half the lives come past a checkpoint
        wanted = final_state(work / "undisturbed")
        kills = rounds = 0
        while kills < KILLS and rounds < 3 * KILLS:
            folder = work / f"killed{rounds}"
            times = disturbed_run(program, recipe_words, folder, signal.SIGKILL, moments, span, KILLS - kills)
            kills, rounds = kills + times, rounds + 1
            got = final_state(folder)
            same = got == wanted and got[0] == "finished"
            print(f"{'ok' if same else 'FAILED'}  killed {times} times")
            if not same:
                print(f"wanted {wanted}\ngot    {got}")
                return 1
        if kills < KILLS:
            print(f"FAILED  only {kills} kills came in time")
        return 0 if kills == KILLS else 1


if __name__ == "__main__":
    sys.exit(main())
