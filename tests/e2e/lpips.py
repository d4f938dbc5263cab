#!/usr/bin/env python3
"""LPIPS in `field eval` and at the end of a training, with small random weights that this script writes: figures, what
the JSON says about them, and what is refused before anything is rendered."""
import argparse
import array
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

TIME_LIMIT_SECONDS = 240
RUN = "demo/run"
HEAD_CHANNELS = (64, 128, 256, 384, 384, 512, 512)


def squeezenet_shapes():
    """Names and shapes of SqueezeNet 1.1's convolutions, as torchvision writes them."""
    shapes = {"features.0": (64, 3, 3)}
    incoming = 64
    for place, squeezed, expanded in ((3, 16, 64), (4, 16, 64), (6, 32, 128), (7, 32, 128), (9, 48, 192),
                                      (10, 48, 192), (11, 64, 256), (12, 64, 256)):
        shapes[f"features.{place}.squeeze"] = (squeezed, incoming, 1)
        shapes[f"features.{place}.expand1x1"] = (expanded, squeezed, 1)
        shapes[f"features.{place}.expand3x3"] = (expanded, squeezed, 3)
        incoming = 2 * expanded
    return shapes


def write_safetensors(path, tensors):
    header, data = {}, bytearray()
    for name, (shape, values) in tensors.items():
        begin = len(data)
        data += array.array("f", values).tobytes()
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_trunk(path):
    numbers = random.Random(1)
    tensors = {}
    for name, (out, incoming, side) in squeezenet_shapes().items():
        count = out * incoming * side * side
        bound = (6 / (incoming * side * side)) ** 0.5
        tensors[name + ".weight"] = ((out, incoming, side, side), [numbers.uniform(-bound, bound) for _ in range(count)])
        tensors[name + ".bias"] = ((out,), [0.0] * out)
    write_safetensors(path, tensors)


def write_heads(path, channels):
    write_safetensors(path, {f"lin{layer}.model.1.weight": ((1, count, 1, 1), [1.0 / count] * count)
                             for layer, count in enumerate(channels)})


class Checks:
    def __init__(self, program, folder):
        self.program, self.folder, self.count, self.failures = program, folder, 0, []

    def run(self, *words):
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, cwd=self.folder,
                              timeout=TIME_LIMIT_SECONDS, stdin=subprocess.DEVNULL,
                              env={**os.environ, "RETORT_WEIGHTS": str(self.folder / "store")})

    def expect(self, holds, what, ran=None):
        self.count += 1
        if not holds:
            self.failures.append(what + (f"; exit code {ran.returncode}, it said: {ran.stderr.strip()}" if ran else ""))

    def refused(self, what, ran, *parts):
        self.expect(ran.returncode == 2 and all(part in ran.stderr for part in parts), what, ran)


def check(checks, trunk, heads, wrong_heads):
    given = ("--lpips", "squeeze", "--lpips-trunk", trunk, "--lpips-heads", heads)
    checks.refused("weights that were not fetched are named", checks.run("field", "eval", RUN, "--lpips", "alex"),
                   "retort weights get alexnet")
    checks.refused("and heads as well", checks.run("field", "eval", RUN, *given[:4]), "retort weights get lpips-squeeze")
    checks.refused("an absent file is named", checks.run("field", "eval", RUN, *given[:5], "nowhere.pth"),
                   "nowhere.pth")
    figures = {}
    for scaling in ("to_minus_one_one", "as_given"):
        ran = checks.run("field", "eval", RUN, *given, "--lpips-scaling", scaling, "--json")
        checks.expect(ran.returncode == 0, f"evaluates {scaling}", ran)
        figures[scaling] = json.loads(ran.stdout)
        checks.expect(figures[scaling]["lpips_trunk"] == "squeeze", "the JSON names the trunk")
        checks.expect(figures[scaling]["lpips_scaling"] == scaling, "the JSON names the scaling")
        of_views = [view["lpips"] for view in figures[scaling]["views"]]
        checks.expect(0 < figures[scaling]["lpips"] < 1, "a figure of a plausible size")
        checks.expect(abs(sum(of_views) / len(of_views) - figures[scaling]["lpips"]) < 1e-9, "the views' mean")
    checks.expect(figures["as_given"]["lpips"] != figures["to_minus_one_one"]["lpips"], "scalings differ")

    store = checks.folder / "store"
    store.mkdir()
    (store / "squeezenet1_1.safetensors").hardlink_to(trunk)
    (store / "lpips-squeeze.safetensors").hardlink_to(heads)
    ran = checks.run("field", "eval", RUN, "--lpips", "squeeze", "--json")
    checks.expect(ran.returncode == 0 and json.loads(ran.stdout)["lpips"] == figures["to_minus_one_one"]["lpips"],
                  "the store's files are found", ran)

    asked = (f"evaluate.lpips_trunk={trunk}", f"evaluate.lpips_heads={heads}", "evaluate.lpips=squeeze")
    ran = checks.run("field", "demo", "--output", "measured", "train.steps=2", "--quiet", *asked)
    checks.expect(ran.returncode == 0, "trains and measures", ran)
    at_the_end = json.loads((checks.folder / "measured/run/evaluation.json").read_text())
    checks.expect(at_the_end["lpips_trunk"] == "squeeze" and at_the_end["lpips"] > 0, "evaluation.json has it")
    again = json.loads(checks.run("field", "eval", "measured/run", "--json").stdout)
    checks.expect(again["lpips"] == at_the_end["lpips"], "field eval measures as the run did")
    checks.expect("lpips" not in json.loads(checks.run("field", "eval", "measured/run", "--lpips", "none", "--json").stdout),
                  "and not at all when told so")
    checks.refused("a training asks for weights before it begins",
                   checks.run("field", "demo", "--output", "none", "--quiet", "evaluate.lpips=vgg"),
                   "retort weights get vgg16")
    ran = checks.run("field", "demo", "--output", "none", "--quiet", *asked[:1], asked[2],
                     f"evaluate.lpips_heads={wrong_heads}")
    checks.refused("a training with another trunk's heads is refused", ran, wrong_heads.name)
    checks.expect(not (checks.folder / "none/run/checkpoints").exists(), "before it trains")

    # Photos that can't be decoded end an evaluation when they are looked at: the heads are complained of first.
    for photo in (checks.folder / "demo/scene/images").iterdir():
        photo.write_bytes(photo.read_bytes()[:64])
    checks.refused("cut photos are noticed", checks.run("field", "eval", RUN), ".png")
    ran = checks.run("field", "eval", RUN, *given[:5], wrong_heads)
    checks.refused("another trunk's heads are noticed before a view is looked at", ran, wrong_heads.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = str(pathlib.Path(parser.parse_args().program).resolve())
    with tempfile.TemporaryDirectory() as place:
        checks = Checks(program, pathlib.Path(place))
        trunk, heads, wrong_heads = (checks.folder / name for name in ("trunk.safetensors", "heads.safetensors",
                                                                       "wrong_heads.safetensors"))
        write_trunk(trunk)
        write_heads(heads, HEAD_CHANNELS)
        write_heads(wrong_heads, HEAD_CHANNELS[::-1])
        ran = checks.run("field", "demo", "--output", "demo", "train.steps=2", "--quiet")
        checks.expect(ran.returncode == 0, "a field to look at", ran)
        check(checks, trunk, heads, wrong_heads)
    for failure in checks.failures:
        print("FAILED  ", failure)
    print(f"{checks.count - len(checks.failures)} passed, {len(checks.failures)} failed")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
