"""What the scripts that kill, interrupt and starve real runs have in common."""
import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import time

TIME_LIMIT_SECONDS = 600


def program_and_moments(description):
    """The program under test, and a source of random moments whose seed is printed (--seed repeats it)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the retort binary")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    return str(pathlib.Path(options.program).resolve()), random.Random(options.seed)


def exit_code_after(kind):
    """How a program ends that was sent this signal and does as it promises."""
    return -kind if kind == signal.SIGKILL else 128 + kind


def start(program, words, **options):
    return subprocess.Popen([program, *words, "--quiet"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            **options)


def run_whole(program, words):
    """A run that nothing disturbs, and that must succeed."""
    subprocess.run([program, *words, "--quiet"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   timeout=TIME_LIMIT_SECONDS)


def state_and_hashes(run_folder):
    record = json.loads((run_folder / "run.json").read_text())
    return record["state"], {product["path"]: product["sha256"] for product in record["products"]}


def send(process, kind):
    """Sends a signal as soon as the program has a handler for it (while it is being loaded, it has none), or has ended."""
    while kind != signal.SIGKILL and process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        caught = int(re.search(r"SigCgt:\s*([0-9a-f]+)", status)[1], 16)
        if caught >> (kind - 1) & 1:
            break
        time.sleep(0.02)
    process.send_signal(kind)


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


def disturbed_run(program, recipe_words, folder, kind, random_source, span, most=3):
    """Runs and resumes until the run is done; sends the signal at most `most` times, each at a random moment of the first
    `span` seconds of a life. Returns how often it came before the end."""
    before = log_stamp(folder)
    process = start(program, ["run", *recipe_words, "--output", str(folder)])
    disturbances = 0
    while True:
        wait_for_steps(folder, process, before)
        try:
            process.wait(random_source.uniform(0, span) if disturbances < most else TIME_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            send(process, kind)
        code = process.wait(TIME_LIMIT_SECONDS)
        # A signal that meets the program while it winds down, its work done and its handlers gone, finds nothing to save.
        finished_first = code == -kind and kind != signal.SIGKILL and state_and_hashes(folder)[0] == "finished"
        if code == 0 or finished_first:
            return disturbances
        if code != exit_code_after(kind):
            raise SystemExit(f"FAILED: exit code {code} after {kind.name}, expected {exit_code_after(kind)}")
        disturbances += 1
        # Killed before there was anything to resume: begin again.
        words = ["resume", str(folder)] if (folder / "run.json").exists() else ["run", *recipe_words, "--output", str(folder)]
        before = log_stamp(folder)
        process = start(program, words)
