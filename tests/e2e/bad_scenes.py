#!/usr/bin/env python3
"""Damages a scene in one place at a time and trains on it: each must end with exit code 2 and one line that names the
file and the remedy, and leave no half-written file."""
import argparse
import pathlib
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile

TIME_LIMIT_SECONDS = 120
VIEW = "view_001"


class Damage:
    """One case: how to damage the scene, and what the message must contain."""

    def __init__(self, name, do, *expected, words=()):
        self.name, self.do, self.expected, self.words = name, do, expected, list(words)


class RunsCode:
    def __reduce__(self):
        import os
        return os.system, ("touch pwned",)


def overwrite(path, offset, content):
    data = bytearray(path.read_bytes())
    data[offset:offset + len(content)] = content
    path.write_bytes(data)


def the_map(scene):
    return next((scene / "rgb_feature_langseg").glob(f"{VIEW}_fmap_*.npy"))


def replace_map(scene, ending, content):
    the_map(scene).unlink()
    (scene / "rgb_feature_langseg" / f"{VIEW}_fmap_CxHxW.{ending}").write_bytes(content)


def reshape_map(scene, shape):
    """Another shape in the header of the npy file, and as many of its values as that needs."""
    data = the_map(scene).read_bytes()
    header = data[:data.index(b"\n") + 1]
    begin, end = header.index(b"("), header.index(b")") + 1
    text = str(shape).encode().ljust(end - begin)
    count = shape[0] * shape[1] * shape[2]
    replace_map(scene, "npy", header[:begin] + text + header[end:] + data[len(header):len(header) + 2 * count])


def keep_one_image(scene):
    path = scene / "sparse/0/images.bin"
    data = path.read_bytes()
    first_name_end = data.index(b"\0", 8 + 64)
    path.write_bytes(struct.pack("<Q", 1) + data[8:first_name_end + 9])


IMAGES = "sparse/0/images.bin"
CASES = [
    Damage("images.bin missing", lambda s: (s / IMAGES).unlink(), "COLMAP"),
    Damage("images.bin cut off", lambda s: (s / IMAGES).write_bytes((s / IMAGES).read_bytes()[:100]), "images.bin", "export"),
    Damage("a huge count", lambda s: overwrite(s / IMAGES, 0, b"\xff" * 7 + b"\x7f"), "images.bin", "damaged"),
    Damage("a NaN pose", lambda s: overwrite(s / IMAGES, 12, struct.pack("<d", float("nan"))), "images.bin", "finite"),
    Damage("no rotation", lambda s: overwrite(s / IMAGES, 12, struct.pack("<d", 7.0)), "images.bin", "rotation"),
    Damage("one image", keep_one_image, "views"),
    Damage("no points", lambda s: (s / "sparse/0/points3D.bin").write_bytes(bytes(8)), "no points"),
    Damage("photo absent", lambda s: (s / f"images/{VIEW}.png").unlink(), f"{VIEW}.png", "absent"),
    Damage("photo empty", lambda s: (s / f"images/{VIEW}.png").write_bytes(b""), f"{VIEW}.png", "empty"),
    Damage("photo that is text", lambda s: (s / f"images/{VIEW}.png").write_text("not a picture"), f"{VIEW}.png"),
    Damage("map of other channels", lambda s: reshape_map(s, (16, 36, 48)), "16 channels", "32"),
    Damage("map of another aspect", lambda s: reshape_map(s, (32, 48, 36)), "aspect"),
    Damage("pickle with code", lambda s: replace_map(s, "pt", pickle.dumps(RunsCode(), 2)), "system", "refused"),
    Damage("header of 10 GB", lambda s: replace_map(s, "safetensors", struct.pack("<Q", 10 << 30) + b"{}"), "safetensors"),
    Damage("mistyped key", lambda s: None, "stepz", "did you mean 'steps'", words=["train.stepz=4"]),
]


def check(program, pristine, folder, case):
    scene = folder / "scene"
    shutil.copytree(pristine, scene)
    case.do(scene)
    words = ["field", "train", str(scene), "--output", str(folder / "run"), "--quiet", "train.steps=2", *case.words]
    ran = subprocess.run([program, *words], capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, cwd=folder,
                         stdin=subprocess.DEVNULL)
    faults = []
    if ran.returncode != 2:
        faults.append(f"exit code {ran.returncode}")
    faults += [f"no '{text}' in the message" for text in case.expected if text not in ran.stderr]
    if len(ran.stderr.strip().splitlines()) != 1:
        faults.append("not one line")
    faults += [f"left {path.name}" for path in folder.rglob("*") if path.name in ("pwned", "field.safetensors")
               or path.name.endswith(".partial")]
    return [f"{case.name}: {fault}; it said: {ran.stderr.strip()}" for fault in faults]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = str(pathlib.Path(parser.parse_args().program).resolve())
    failures = []
    with tempfile.TemporaryDirectory() as place:
        demo = pathlib.Path(place) / "demo"
        subprocess.run([program, "field", "demo", "--output", str(demo), "train.steps=1", "--quiet"], check=True,
                       stdout=subprocess.DEVNULL, timeout=TIME_LIMIT_SECONDS)
        for case in CASES:
            folder = pathlib.Path(place) / case.name.replace(" ", "_")
            folder.mkdir()
            failures += check(program, demo / "scene", folder, case)
    for failure in failures:
        print(failure)
    print(f"{len(CASES)} damaged scenes, {len(failures)} faults")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
