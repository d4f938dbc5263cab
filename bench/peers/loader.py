#!/usr/bin/env python3
"""What bench_loader's bench_photo does, with Pillow: JPEGs decoded, cropped by the same rule (Szegedy et al., 2015) and
resized to 224x224, one thread; processor time, as bench_loader counts. Draws come from a stream of its own with the same
distribution. Give the images/s of bench_loader's modes to get the ratios.

example: bench/peers/loader.py ../shared/data/fox_colmap/images --ours 398 437
"""
import argparse
import math
import pathlib
import random
import statistics
import time

import PIL
from PIL import Image, features


def window(width, height, draws):
    for _ in range(10):
        area = width * height * draws.uniform(0.08, 1)
        ratio = math.exp(draws.uniform(math.log(3 / 4), math.log(4 / 3)))
        columns, rows = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < columns <= width and 0 < rows <= height:
            left, top = draws.randint(0, width - columns), draws.randint(0, height - rows)
            return left, top, left + columns, top + rows
    # A centred one of an allowed ratio.
    columns, rows = min(width, round(height * 4 / 3)), min(height, round(width / (3 / 4)))
    left, top = (width - columns) // 2, (height - rows) // 2
    return left, top, left + columns, top + rows


def images_a_second(files, count, size):
    draws = random.Random(7)
    start = time.process_time()
    for i in range(count):
        picture = Image.open(files[i % len(files)]).convert("RGB")
        picture.crop(window(*picture.size, draws)).resize((size, size), Image.BILINEAR)
    return count / (time.process_time() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--ours", type=float, nargs="*", default=[], help="images/s of modes 1 and 2, or any others")
    options = parser.parse_args()
    files = sorted(f for f in options.folder.iterdir() if f.suffix.lower() in (".jpg", ".jpeg"))
    if not files:
        parser.error(f"{options.folder}: holds no JPEG")
    rates = [images_a_second(files, options.count, options.size) for _ in range(options.rounds)]
    turbo = features.version("libjpeg_turbo")
    print(f"Pillow {PIL.__version__}, libjpeg-turbo {turbo}: {statistics.median(rates):.0f} images/s "
          f"({min(rates):.0f} to {max(rates):.0f})")
    for ours in options.ours:
        print(f"{ours:.0f} images/s are {ours / statistics.median(rates):.2f} times as many")


if __name__ == "__main__":
    main()
