#!/usr/bin/env python3
"""Trains models on input that is wrong in one place at a time: each must end with the right exit code and a message that
names the place, and leave nothing that looks like a result.

Beside what is wrong from the start (keys, networks, classes, labels, files of weights, run folders) there is what goes
wrong on the way: a picture that breaks while its run is in the third epoch, a loss that is no number any more, a
checkpoint of another recipe. A loader's workers are threads of the program: none of them can die alone, so there is no
case for a killed worker.
"""
import argparse
import json
import os
import pathlib
import pickle
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

from model_data import folder_words, write_cifar_binary, write_idx, write_picture_folders

TIME_LIMIT_SECONDS = 240
SMALL = ["student.network=resnet8", "data.batch_size=4", "data.transforms=[normalise(cifar10)]", "train.epochs=2",
         "train.schedule.kind=constant"]


class Case:
    """`words` behind `retort`, the exit code, and what the message must contain."""

    def __init__(self, name, words, *expected, code=2):
        self.name, self.words, self.expected, self.code = name, words, expected, code


class RunsCode:
    def __reduce__(self):
        return os.system, ("touch pwned",)


def idx_words(place="idx", data_set="idx"):
    return [f"data.train={data_set}/train", f"data.test={data_set}/test", f"data.path={place}", *SMALL]


def learning(method, *further, data=None):
    return ["run", f"model/{method}", *(data or idx_words()), *further, "--output", "out"]


def taught(method, weights, *further, network="resnet14", data=None):
    return learning(method, f"teacher.network={network}", f"teacher.weights={weights}", *further, data=data)


def write_torch_script(path):
    """As torch.jit.save lays it out."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("ts/data.pkl", b"\x80\x02c__torch__\nNet\nq\x00)\x81}(X\x08\x00\x00\x00trainingq\x01\x89ub.")
        file.writestr("ts/code/__torch__.py", "class Net(Module):\n  pass\n")
        file.writestr("ts/constants.pkl", pickle.dumps((), 2))
        file.writestr("ts/version", "3\n")


def write_inputs(work, moments):
    for split in ("train", "test"):
        write_idx(work / "idx", split, [0, 1] * 8)
        write_idx(work / "label200", split, [0, 1] * 7 + [2, 200])
    write_idx(work / "other_test", "train", [0, 1] * 8)
    write_idx(work / "other_test", "test", [0, 1, 2, 5])
    write_cifar_binary(work / "label77", [0, 3, 77, 9])
    write_picture_folders(work / "pictures", moments, per_class=12)
    shutil.copytree(work / "pictures", work / "lacking")
    shutil.rmtree(work / "lacking/test/discs")
    write_torch_script(work / "script.pt")
    (work / "code.pth").write_bytes(pickle.dumps({"conv1.weight": RunsCode()}, 2))


class Program:
    def __init__(self, path, work):
        self.path, self.work = path, work

    def call(self, words):
        return subprocess.run([self.path, *words, "--quiet"], capture_output=True, text=True, errors="replace",
                              cwd=self.work, stdin=subprocess.DEVNULL, timeout=TIME_LIMIT_SECONDS)

    def must(self, words):
        ran = self.call(words)
        if ran.returncode != 0:
            raise SystemExit(f"FAILED  preparing: {' '.join(words)}: {ran.stderr}")

    def start(self, words):
        return subprocess.Popen([self.path, *words, "--quiet"], cwd=self.work, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def prepare(program):
    """A teacher of the two classes in idx/, one cut off, and files that are no weights."""
    write_inputs(program.work, random.Random(5))
    program.must(["run", "model/ce", *idx_words(), "student.network=resnet14", "train.epochs=1", "--output", "teacher"])
    whole = (program.work / "teacher/weights.safetensors").read_bytes()
    (program.work / "cut.safetensors").write_bytes(whole[:len(whole) // 2])
    (program.work / "header.safetensors").write_bytes(whole[:100])


WEIGHTS = "teacher/weights.safetensors"
PICTURES = [*folder_words("pictures"), *SMALL]
CASES = [
    Case("a mistyped key", learning("ce", "train.epocs=3"), "train.epocs: unknown key", "did you mean 'epochs'?"),
    Case("a mistyped term", learning("ce", "loss.kdd.weight=1"), "loss.kdd: unknown key", "did you mean 'kd'?"),
    Case("a mistyped network", learning("ce", "student.network=resnt8"), "unknown network 'resnt8'", "'resnet8'"),
    Case("a mistyped transform", learning("ce", "data.transforms=[flp]"), "flp", "did you mean 'flip'?"),
    Case("a term without its teacher", learning("kd", "teacher.network=", "teacher.weights="),
         "teacher.network: a term of the loss needs a teacher"),
    Case("stages that do not pair", taught("at", WEIGHTS, "student.network=mobilenet_v2_half"), "loss.at",
         "loss.at: 4 activations of the student, 3 of the teacher"),
    Case("a teacher of other classes", taught("kd", WEIGHTS, data=PICTURES), WEIGHTS, "fc.weight: [2, 64], wanted [3, 64]"),
    Case("a teacher of another depth", taught("kd", WEIGHTS, network="resnet20"), WEIGHTS, "30 missing", "layer1.2"),
    Case("a label beyond the classes, IDX", learning("ce", data=idx_words("label200", "fashion_mnist")),
         "label200/train-images-idx3-ubyte, picture 15", "label is 200", "0 to 9"),
    Case("a label beyond the classes, CIFAR", learning("ce", data=idx_words("label77", "cifar10")),
         "label77/data_batch_1.bin, picture 2", "label is 77", "0 to 9"),
    Case("a test set of more classes", learning("ce", data=idx_words("other_test")), "data.test: has 6 classes",
         "the training set 2"),
    Case("a test set that lacks a class", learning("ce", data=[*folder_words("lacking"), *SMALL]),
         "data.test: its class 0 is 'squares'", "'discs'"),
    Case("data that is not there", learning("ce", data=idx_words("nowhere")), "nowhere"),
    Case("a loss that runs off", learning("ce", "train.optimiser.learning_rate=1e30"), "the term 'ce' is",
         "train.optimiser.learning_rate", code=1),
    Case("weights cut off", taught("kd", "cut.safetensors"), "cut.safetensors"),
    Case("a header cut off", taught("kd", "header.safetensors"), "header.safetensors", "cut off"),
    Case("weights that are not there", taught("kd", "none.safetensors"), "none.safetensors"),
    Case("weights with code in them", taught("kd", "code.pth"), "code.pth", "system", "refused"),
    Case("a program without trust", taught("kd", "script.pt"), "script.pt", "TorchScript", "--trust-torchscript"),
    Case("a run that nobody made", taught("kd", "run:nowhere#weights"), "run:nowhere"),
    Case("a folder that holds another run", ["run", "model/ce", *idx_words(), "--output", "teacher"],
         "teacher: holds a run already", "retort resume teacher", "--overwrite"),
]
CACHE_KEY = "teacher.cache"


def cache_cases(program):
    """A file of soft labels is refused for another teacher and for other data."""
    program.must(["run", "model/ce", *idx_words(), "student.network=resnet14", "train.epochs=1", "train.seed=1",
                  "--output", "teacher1"])
    program.must(["cache", "--network", "resnet14", "--weights", "teacher1/weights.safetensors", "--data", "idx/train",
                  "--path", "idx", "--transforms", "normalise(cifar10)", "--output", "said.soft"])
    cached = f"{CACHE_KEY}=said.soft"
    return [Case("soft labels of another teacher", taught("kd", WEIGHTS, cached), "said.soft", WEIGHTS),
            Case("soft labels of other data", taught("kd", "teacher1/weights.safetensors", cached, data=PICTURES),
                 "said.soft")]


def faults_of(program, case):
    ran = program.call(case.words)
    faults = [] if ran.returncode == case.code else [f"exit code {ran.returncode}, expected {case.code}"]
    faults += [f"no '{text}' in the message" for text in case.expected if text not in ran.stderr]
    if "LibTorch" in ran.stderr or "Traceback" in ran.stderr:
        faults.append("LibTorch's own words")
    left = [path for path in program.work.rglob("*") if path.name == "pwned" or path.name.endswith(".partial")]
    left += [program.work / "out/weights.safetensors"] if (program.work / "out/weights.safetensors").exists() else []
    if case.code == 2 and (program.work / "out").exists():
        left.append(program.work / "out")
    faults += [f"left {path.relative_to(program.work)}" for path in left]
    shutil.rmtree(program.work / "out", ignore_errors=True)
    return [f"{case.name}: {fault}; it said: {ran.stderr.strip()}" for fault in faults]


def steps_logged(folder):
    """The last step in the log of a run; 0 before there is one."""
    try:
        lines = (folder / "metrics.jsonl").read_text().splitlines()
    except FileNotFoundError:
        return 0
    steps = [0]
    for line in lines:
        try:
            steps.append(json.loads(line)["step"])
        except ValueError:
            pass  # being written
    return max(steps)


def wait_for_step(process, folder, step):
    deadline = time.monotonic() + TIME_LIMIT_SECONDS
    while process.poll() is None and steps_logged(folder) < step and time.monotonic() < deadline:
        time.sleep(0.05)


def breaks_on_the_way(program):
    """A picture is overwritten behind the third epoch's beginning: the run ends with its name, keeps its record, and
    goes on to an undisturbed run's bytes once the picture is mended."""
    steps_of_epoch = 9  # 36 pictures in batches of 4
    words = [*folder_words("pictures"), *SMALL, "train.epochs=250", "train.evaluate_every=0", "data.workers=2"]
    picture = program.work / "pictures/train/squares/003.png"
    content = picture.read_bytes()
    process = program.start(["run", "model/ce", *words, "--output", "broken"])
    wait_for_step(process, program.work / "broken", 2 * steps_of_epoch + 1)
    picture.write_bytes(content[:len(content) // 2])  # in place: as a failing disk or an interrupted copy would
    complaint = process.communicate(timeout=TIME_LIMIT_SECONDS)[1]
    picture.write_bytes(content)
    record = json.loads((program.work / "broken/run.json").read_text())
    faults = []
    if process.returncode != 2 or "squares/003.png" not in complaint:
        faults.append(f"exit code {process.returncode}, message {complaint.strip()}")
    if record["state"] != "failed" or "squares/003.png" not in record["message"]:
        faults.append(f"run.json says {record['state']}: {record['message']}")
    if (program.work / "broken/weights.safetensors").exists():
        faults.append("weights were written")
    resumed = program.call(["resume", "broken"])
    if resumed.returncode != 0:
        faults.append(f"resuming with the picture mended: exit code {resumed.returncode}: {resumed.stderr.strip()}")
    else:
        program.must(["run", "model/ce", *words, "--output", "whole"])
        same = [(program.work / run / "weights.safetensors").read_bytes() for run in ("broken", "whole")]
        faults += ["other bytes than an undisturbed run's"] if same[0] != same[1] else []
    return [f"a picture that breaks in epoch 3: {fault}" for fault in faults]


def state_of_another_recipe(program):
    """A stopped run whose recipe is changed before it is resumed."""
    process = program.start(["run", "model/ce", *idx_words(), "train.epochs=100000", "--output", "stopped"])
    wait_for_step(process, program.work / "stopped", 20)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIME_LIMIT_SECONDS)
    recipe = program.work / "stopped/recipe.yaml"
    whole = recipe.read_text()
    faults = []
    for old, new, expected in (("network: resnet8\n", "network: resnet14\n", "holds no tensor 'student."),
                               ("network: resnet8\n", "network: resnet8_wide\n", "another recipe"),
                               ("batch_size: 4\n", "batch_size: 8\n", "in batches of 8 now")):
        if old not in whole:
            raise SystemExit(f"FAILED  the recipe has no {old!r}:\n{whole}")
        recipe.write_text(whole.replace(old, new, 1))
        ran = program.call(["resume", "stopped"])
        if ran.returncode != 2 or expected not in ran.stderr or "step_" not in ran.stderr:
            faults.append(f"the state of another recipe ({new.strip()}): exit code {ran.returncode}: {ran.stderr.strip()}")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    path = str(pathlib.Path(parser.parse_args().program).resolve())
    os.environ["RETORT_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="retort-bad-models-") as work:
        program = Program(path, pathlib.Path(work))
        prepare(program)
        cases = [*CASES, *cache_cases(program)]
        failures = [fault for case in cases for fault in faults_of(program, case)]
        failures += breaks_on_the_way(program) + state_of_another_recipe(program)
    for failure in failures:
        print(failure)
    print(f"{len(cases) + 2} wrong inputs, {len(failures)} faults")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
