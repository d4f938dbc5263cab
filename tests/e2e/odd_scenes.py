#!/usr/bin/env python3
"""Scenes that are odd but right: many photos, names with every legal character, photos of mixed sizes through several
cameras and lenses. Each is planned, trained for a few steps, measured and rendered; peak memory is bounded."""
import argparse
import json
import math
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import zlib

TIME_LIMIT_SECONDS = 240
MAX_RESIDENT_MB = 1500  # LibTorch alone takes about 300

NAMES = ["a plain one.png", "it's \"quoted\".png", "ünï → 写真.png", "100% %s %d.png", "-dash.png", "#hash.png",
         "semi;colon & pipe|.png", "$HOME `x` \\n.png", "[b]{c}*?.png", "sub folder/e\u0301.png", "sub folder/.hidden.png",
         "two.dots.png", "~tilde=equal,comma.png", "a" * 200 + ".png"]


def png(width, height, colour_at):
    rows = b"".join(b"\0" + b"".join(bytes(colour_at(x, y)) for x in range(width)) for y in range(height))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_photo(path, width, height, shade):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(width, height, lambda x, y: ((x * 255) // width, (y * 255) // height, shade % 256)))


# Cameras of a model: COLMAP's name, size, parameters.
CAMERAS = [("PINHOLE", 48, 36, "45 45 24 18"),
           ("SIMPLE_RADIAL", 60, 40, "50 30 20 -0.05"),
           ("OPENCV_FISHEYE", 36, 48, "20 20 18 24 0.01 -0.002 0 0"),
           ("FOV", 41, 29, "35 35 20.5 14.5 0.8"),
           ("FULL_OPENCV", 50, 50, "45 45 25 25 0.02 0 0 0 0 0.01 0 0"),
           ("THIN_PRISM_FISHEYE", 44, 33, "25 25 22 16.5 0.01 0 0.001 0 0 0 0.001 0")]


def write_colmap_scene(folder, names, cameras):
    """Photos from a row of positions that look at points on the plane z = 4."""
    model = folder / "sparse/0"
    model.mkdir(parents=True)
    with open(model / "cameras.txt", "w") as out:
        for i, (kind, width, height, parameters) in enumerate(cameras):
            out.write(f"{i + 1} {kind} {width} {height} {parameters}\n")
    with open(model / "images.txt", "w") as out:
        for i, name in enumerate(names):
            camera = i % len(cameras)
            out.write(f"{i + 1} 1 0 0 0 {-0.1 * i} {0.2 * math.sin(i)} 0 {camera + 1} {name}\n\n")
            write_photo(folder / "images" / name, cameras[camera][1], cameras[camera][2], 17 * i)
    with open(model / "points3D.txt", "w") as out:
        for i in range(60):
            out.write(f"{i + 1} {-1 + 0.05 * i} {0.3 * math.cos(i)} 4 {4 * i} 100 {255 - 4 * i} 0\n")


class Trial:
    def __init__(self, program):
        self.program, self.complaints = program, []

    def call(self, name, work, words, expected_exit=0):
        result = subprocess.run([self.program, *words], cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, errors="replace", timeout=TIME_LIMIT_SECONDS)
        if result.returncode != expected_exit:
            self.complaints.append(f"{name}: {' '.join(words)[:200]}: exit code {result.returncode}, expected "
                                   f"{expected_exit}\n{result.stdout[-800:]}\n{result.stderr[-1500:]}")
        return result

    def expect(self, name, holds, what):
        if not holds:
            self.complaints.append(f"{name}: {what}")

    def train_eval_render(self, name, work, scene, views):
        """`views` views in all; every 8th is held out, and each of those is measured and rendered."""
        recipe = ["run", "field/feature-3dgs", f"scene.path={scene}", "scene.resolution=full", "teacher.files=none",
                  "train.steps=12", "--output", "r"]
        self.call(name, work, [*recipe, "--dry-run"])
        self.call(name, work, recipe)
        measured = self.call(name, work, ["field", "eval", "r", "--json"])
        held_out = math.ceil(views / 8)
        if measured.returncode == 0:
            scores = json.loads(measured.stdout)["views"]
            self.expect(name, len(scores) == held_out, f"{len(scores)} views measured, expected {held_out}")
            self.expect(name, all(math.isfinite(score["psnr_db"]) for score in scores), "a PSNR is not finite")
        self.call(name, work, ["field", "render", "r", "--views", "test", "--show", "rgb", "--output", "pictures"])
        pictures = list((work / "pictures").rglob("*.png"))
        self.expect(name, len(pictures) == held_out, f"{len(pictures)} pictures, expected {held_out}")


def try_many_photos(trial, work):
    trial.call("500 photos", work, ["field", "synthetic", "scene", "views=500", "width=24", "height=18",
                                    "supersampling=1", "feature_dim=12", "points=500"])
    (work / "scene/test_views.txt").unlink(missing_ok=True)
    trial.train_eval_render("500 photos", work, "scene", 500)


def try_odd_names(trial, work):
    write_colmap_scene(work / "a scene's folder", NAMES, CAMERAS[:1])
    trial.train_eval_render("odd names", work, "a scene's folder", len(NAMES))


def try_mixed_cameras(trial, work):
    write_colmap_scene(work / "scene", [f"{i:02}.png" for i in range(18)], CAMERAS)
    trial.train_eval_render("mixed cameras", work, "scene", 18)
    # Several sizes of one camera: the photo's shape decides.
    for i in range(6, 18, 6):
        write_photo(work / "scene/images" / f"{i:02}.png", 24, 18, i)
    again = work / "again"
    again.mkdir()
    trial.train_eval_render("mixed sizes", again, "../scene", 18)


def try_names_that_are_refused(trial, work):
    frame = {"transform_matrix": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]}
    for bad in ("line\nbreak.png", "tab\t.png", "../outside.png", "/absolute.png", "nul\0.png"):
        (work / "transforms.json").write_text(json.dumps({"fl_x": 30, "frames": [{"file_path": bad, **frame}]}))
        result = trial.call("refused names", work, ["field", "train", "."], expected_exit=2)
        trial.expect("refused names", "frame 0: 'file_path'" in result.stderr and result.stderr.count("\n") <= 2,
                     f"{bad!r}: {result.stderr}")


def try_points_beyond_memory(trial, work):
    """Refused by the plan: the splats themselves are never made (20 million of them take 19 GB)."""
    trial.call("20 M points", work, ["field", "synthetic", "scene", "views=6", "width=24", "height=18", "supersampling=1",
                                     "feature_dim=12", "points=500"])
    many = ["field", "train", "scene", "scene.points=random", "scene.random_points=20000000",
            "scene.max_points=20000000", "teacher.files=none"]
    result = trial.call("20 M points", work, many, expected_exit=2)
    trial.expect("20 M points", "GB" in result.stderr and "--any-memory" in result.stderr, result.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the retort binary")
    trial = Trial(str(pathlib.Path(parser.parse_args().program).resolve()))
    for attempt in (try_many_photos, try_odd_names, try_mixed_cameras, try_names_that_are_refused,
                    try_points_beyond_memory):
        with tempfile.TemporaryDirectory(prefix="retort-odd-") as work:
            attempt(trial, pathlib.Path(work))
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    trial.expect("memory", peak_mb < MAX_RESIDENT_MB, f"{peak_mb:.0f} MB resident, at most {MAX_RESIDENT_MB} expected")
    for complaint in trial.complaints:
        print(f"FAILED   {complaint}")
    print(f"{len(trial.complaints)} complaints; peak {peak_mb:.0f} MB")
    return 1 if trial.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
