"""What the scripts that kill, interrupt and starve real runs have in common."""
import argparse
import json
import pathlib
import random
import signal
import subprocess

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
