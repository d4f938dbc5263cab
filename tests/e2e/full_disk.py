#!/usr/bin/env python3
"""Lets the room for a run's files come to an end and holds the program to its promise: exit code 1, a message that says
what is full, the last checkpoint as it was, and, once there is room, the same bytes as an undisturbed run's.

A limit of file size (RLIMIT_FSIZE) stands for the full disk everywhere; who may mount a small disk in memory has a
really full one as well. Prints the seed of the moment at which the run is first stopped; --seed repeats it.
"""
import contextlib
import hashlib
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

from disturbances import (TIME_LIMIT_SECONDS, exit_code_after, program_and_moments, run_whole, start, state_and_hashes)

# Checkpoints come every 500 steps and at the end; the set of splats, and with it their size, stays from step 400 on.
OPTIONS = ["train.steps=700", "train.density.from_step=20", "train.density.every=20", "train.density.until_step=400",
           "train.evaluate_every=0"]
FIRST_CHECKPOINT = "step_000000500.safetensors"
SMALL_FILES_BYTES = 200_000  # enough for run.json and curves, too little for a checkpoint
DISK_BYTES = 64 << 20


def checkpoint_hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (folder / "checkpoints").glob("*.safetensors")}


def stop_after_first_checkpoint(program, recipe_words, folder, moments):
    process = start(program, ["run", *recipe_words, "--output", str(folder)])
    deadline = time.monotonic() + TIME_LIMIT_SECONDS
    while not (folder / "checkpoints" / FIRST_CHECKPOINT).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(moments.uniform(0, 0.2))
    process.send_signal(signal.SIGINT)
    code = process.wait(TIME_LIMIT_SECONDS)
    if code != exit_code_after(signal.SIGINT):
        raise SystemExit(f"FAILED: exit code {code} when stopped at the first checkpoint")


def starved(program, folder, expected, name, **options):
    """Whether resuming fails as it should and leaves the checkpoints alone."""
    before = checkpoint_hashes(folder)
    process = start(program, ["resume", str(folder)], stderr=subprocess.PIPE, text=True, **options)
    complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
    after = checkpoint_hashes(folder)
    kept = before and all(after.get(path) == content for path, content in before.items())
    partial = list((folder / "checkpoints").glob("*.partial"))
    good = process.returncode == 1 and expected in complaint and f"retort resume {folder}" in complaint
    good = good and kept and not partial
    print(f"{'ok' if good else 'FAILED'}  {name}: exit code {process.returncode}")
    if not good:
        print(f"checkpoints kept: {kept}, partial files: {partial}, message:\n{complaint}")
    return good


def resumed(program, folder, wanted, name):
    """Whether the run goes on to the bytes of an undisturbed one."""
    run_whole(program, ["resume", str(folder)])
    state, got = state_and_hashes(folder)
    same = state == "finished" and got == wanted
    print(f"{'ok' if same else 'FAILED'}  {name}: with room again the same {len(wanted)} products")
    return same


def under_file_limit(program, recipe_words, folder, wanted, moments):
    stop_after_first_checkpoint(program, recipe_words, folder, moments)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILES_BYTES, SMALL_FILES_BYTES))
    return (starved(program, folder, "File too large", "files of limited size", preexec_fn=limit)
            and resumed(program, folder, wanted, "files of limited size"))


@contextlib.contextmanager
def small_disk(folder):
    """A disk in memory mounted at `folder`; yields whether that worked."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)],
                             stderr=subprocess.DEVNULL).returncode == 0 if os.geteuid() == 0 else False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def fill(disk, leave):
    """Takes all room of the disk but so many bytes."""
    room = os.statvfs(disk)
    with open(disk / "filler", "wb") as filler:
        filler.truncate(0)
        os.posix_fallocate(filler.fileno(), 0, max(1, room.f_bavail * room.f_frsize - leave))


def on_full_disk(program, recipe_words, disk, wanted, moments):
    """The disk is full at once, when the next checkpoint is due, and when the products are written."""
    folder = disk / "run"
    stop_after_first_checkpoint(program, recipe_words, folder, moments)
    *older, newest = sorted((folder / "checkpoints").iterdir())
    for path in older:  # would be removed in the course, and make room
        path.unlink()
    for name, leave in {"nothing fits": 0, "small files fit": SMALL_FILES_BYTES,
                        "one more checkpoint fits": newest.stat().st_size * 6 // 5}.items():
        fill(disk, leave)
        good = starved(program, folder, "No space left on device", f"full disk, {name}")
        (disk / "filler").unlink()
        if not good:
            return False
    return resumed(program, folder, wanted, "full disk")


def main():
    program, moments = program_and_moments(__doc__)
    with tempfile.TemporaryDirectory(prefix="retort-disk-") as work:
        work = pathlib.Path(work)
        run_whole(program, ["field", "demo", "--output", str(work / "demo"), *OPTIONS])
        _, wanted = state_and_hashes(work / "demo/run")
        recipe_words = ["field/demo", f"scene.path={work / 'demo/scene'}", *OPTIONS]
        if not under_file_limit(program, recipe_words, work / "limited", wanted, moments):
            return 1
        with small_disk(work / "disk") as mounted:
            if not mounted:
                print("skipped  full disk: only root may mount one")
                return 0
            return 0 if on_full_disk(program, recipe_words, work / "disk", wanted, moments) else 1


if __name__ == "__main__":
    sys.exit(main())
