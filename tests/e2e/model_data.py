"""Small data sets of pictures and recipes for the scripts that run model distillation."""
import math
import struct
import zlib

SIDE = 16
CLASSES = ("discs", "squares", "stripes")


def png(pixels):
    """An 8-bit RGB picture; `pixels` are rows of (r, g, b)."""
    height, width = len(pixels), len(pixels[0])
    lines = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in pixels)

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def is_inside(kind, x, y, size):
    if kind == "discs":
        return math.hypot(x, y) < size
    if kind == "squares":
        return max(abs(x), abs(y)) < size
    return (x + 2 * size) % (2 * size) < size


def drawn(kind, moments):
    """A figure of random place, size and colours over noise."""
    centre_x, centre_y, size = moments.uniform(5, 11), moments.uniform(5, 11), moments.uniform(2, 5)
    figure, ground = [[moments.randrange(30, 226) for _ in range(3)] for _ in range(2)]

    def pixel(x, y):
        colour = figure if is_inside(kind, x - centre_x, y - centre_y, size) else ground
        return tuple(max(0, min(255, value + moments.randrange(-25, 26))) for value in colour)
    return png([[pixel(x, y) for x in range(SIDE)] for y in range(SIDE)])


def write_picture_folders(folder, moments, per_class, classes=CLASSES):
    """folder/train and folder/test with a folder a class; a third as many pictures to test on."""
    for split, count in (("train", per_class), ("test", max(1, per_class // 3))):
        for kind in classes:
            place = folder / split / kind
            place.mkdir(parents=True)
            for number in range(count):
                (place / f"{number:03}.png").write_bytes(drawn(kind, moments))


def write_idx(folder, split, labels, side=8):
    """Colour pictures in IDX files, [N,3,side,side], as grey as their label is high."""
    pixels = b"".join(bytes([(60 + 40 * label) % 256]) * (3 * side * side) for label in labels)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{split}-images-idx3-ubyte").write_bytes(
        struct.pack(">HBB4I", 0, 8, 4, len(labels), 3, side, side) + pixels)
    (folder / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, len(labels)) + bytes(labels))


def write_cifar_binary(folder, labels):
    """The same pictures in each of CIFAR-10's six binary files."""
    records = b"".join(bytes([label]) + bytes([(25 * label) % 256]) * 3072 for label in labels)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"):
        (folder / f"{name}.bin").write_bytes(records)


def folder_words(pictures):
    """Options of a recipe that learns from write_picture_folders()."""
    return ["data.train=image_folder/train", "data.test=image_folder/test", f"data.path={pictures}",
            "train.schedule.kind=constant"]
