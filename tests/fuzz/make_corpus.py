#!/usr/bin/env python3
"""Writes the seed corpora of the parsers of arrays, splats and weights: small valid files and damaged or hostile ones.

Usage: tests/fuzz/make_corpus.py [corpus folder]. Needs nothing but Python; the same files come out every time.
"""
import gzip
import io
import json
import pathlib
import struct
import sys
import zipfile
import zlib


def save(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def save_with_damage(folder, name, content):
    """A valid file, the same cut in two places, and with a bit flipped early on."""
    save(folder, name, content)
    stem, _, ending = name.partition(".")
    save(folder, f"{stem}_cut_half.{ending}", content[: len(content) // 2])
    save(folder, f"{stem}_cut_end.{ending}", content[:-1])
    flipped = bytearray(content)
    flipped[min(len(content) - 1, 12)] ^= 0x10
    save(folder, f"{stem}_flipped.{ending}", bytes(flipped))


# ---- safetensors


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def make_safetensors(folder):
    plain = {
        "__metadata__": {"format": "pt"},
        "weight": tensor("F32", [2, 3], 0, 24),
        "empty": tensor("I64", [0, 4], 24, 24),
        "flag": tensor("BOOL", [3], 24, 27),
        "unaligned": tensor("F16", [2], 27, 31),
    }
    save_with_damage(folder, "plain.safetensors", safetensors(plain, bytes(range(31))))
    save(folder, "no_tensors.safetensors", safetensors({}))
    save(folder, "huge_header.safetensors", struct.pack("<Q", 10 << 30) + b"{}")
    save(folder, "huge_shape.safetensors", safetensors({"a": tensor("F64", [2**40, 2**40], 0, 8)}, bytes(8)))
    save(folder, "overlap.safetensors", safetensors({"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [4], 2, 6)}, bytes(6)))
    save(folder, "gap.safetensors", safetensors({"a": tensor("U8", [2], 2, 4)}, bytes(4)))
    save(folder, "twice.safetensors", safetensors(b'{"a":{},"a":{}}'))
    save(folder, "deep.safetensors", safetensors(b"[" * 3000))
    save(folder, "negative.safetensors", safetensors({"a": tensor("F32", [-1], 0, 4)}, bytes(4)))


# ---- npy


def npy(header, data, version=1):
    text = header.encode() + b"\n"
    length = struct.pack("<H", len(text)) if version == 1 else struct.pack("<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def npy_header(descr, shape, fortran=False):
    return "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (descr, fortran, shape)


def make_npy(folder):
    save_with_damage(folder, "floats.npy", npy(npy_header("<f4", "(2, 3)"), bytes(24)))
    save(folder, "version2.npy", npy(npy_header("<i8", "(2,)"), bytes(16), version=2))
    save(folder, "version3.npy", npy(npy_header("|b1", "()"), b"\1", version=3))
    save(folder, "fortran.npy", npy(npy_header("<f2", "(2, 3)", True), bytes(range(12))))
    save(folder, "empty.npy", npy(npy_header("<f8", "(0, 7)"), b""))
    save(folder, "big_endian.npy", npy(npy_header(">f4", "(1,)"), bytes(4)))
    save(folder, "objects.npy", npy(npy_header("|O", "(1,)"), b"cos\nsystem\n."))
    save(folder, "huge_shape.npy", npy(npy_header("<f8", "(9223372036854775807, 2)"), bytes(16)))
    save(folder, "fortran_empty.npy", npy(npy_header("<f8", "(0, 99999999999, 99999999999)", True), b""))


# ---- ZIP


def archive(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def make_zip(folder):
    array = npy(npy_header("<f4", "(2, 3)"), bytes(24))
    save_with_damage(folder, "stored.npz", archive({"a.npy": array, "b.npy": array}))
    deflated = archive({"a.npy": array}, zipfile.ZIP_DEFLATED)
    save_with_damage(folder, "deflated.npz", deflated)
    save(folder, "not_an_array.npz", archive({"readme.txt": b"hello"}))
    save(folder, "nothing.npz", archive({}))
    directory = deflated.rfind(b"PK\1\2")
    bomb = bytearray(deflated)
    bomb[directory + 24 : directory + 28] = struct.pack("<I", 0xFFFFFF00)
    save(folder, "bomb.npz", bytes(bomb))
    with_comment = deflated[:-2] + struct.pack("<H", 5) + b"hello"
    save(folder, "comment.npz", with_comment)
    save(folder, "zip64.npz", zip64_archive("a.npy", array))


def zip64_archive(name, content):
    """One stored member whose sizes and place are all in ZIP64 fields."""
    crc = zipfile.crc32(content)
    name_bytes = name.encode()
    extra = struct.pack("<HHQQQ", 1, 24, len(content), len(content), 0)
    common = struct.pack("<HHHHHIIIHH", 45, 0, 0, 0, 0x21, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name_bytes), len(extra))
    local = b"PK\3\4" + common + name_bytes + extra
    entry = b"PK\1\2" + struct.pack("<H", 45) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0xFFFFFFFF) + name_bytes + extra
    offset = len(local) + len(content)
    end64 = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, len(entry), offset)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, offset + len(entry), 1)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + content + entry + end64 + locator + end


# ---- PyTorch checkpoints


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def number(value):
    return b"J" + struct.pack("<i", value)


def pickled_tensor(key, count, shape, strides, offset=0, builder="_rebuild_tensor_v2", storage="FloatStorage", legacy=False):
    reference = b"(" + text("storage") + b"ctorch\n" + storage.encode() + b"\n" + text(key) + text("cpu") + number(count)
    reference += b"N" if legacy else b""
    numbers = lambda values: b"(" + b"".join(number(v) for v in values) + b"t"
    arguments = reference + b"tQ" + number(offset) + numbers(shape) + numbers(strides)
    if builder == "_rebuild_tensor_v2":
        arguments += b"\x89ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n" + builder.encode() + b"\n(" + arguments + b"tR"


def pickled_dict(items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def pickle(body):
    return b"\x80\x02" + body + b"."


def zip_checkpoint(body, storages):
    members = {"archive/data.pkl": pickle(body), "archive/byteorder": b"little"}
    members.update({f"archive/data/{key}": data for key, data in storages.items()})
    members["archive/version"] = b"3\n"
    return archive(members)


def legacy_checkpoint(body, storages):
    magic = pickle(b"\x8a\x0a" + 0x1950A86A20F9469CFC6C.to_bytes(10, "little"))
    system = pickled_dict({"protocol_version": b"M\xe9\x03", "little_endian": b"\x88", "type_sizes": b"}"})
    keys = b"](" + b"".join(text(key) for key in storages) + b"e"
    data = b"".join(struct.pack("<q", len(data) // 4) + data for data in storages.values())
    return magic + pickle(b"M\xe9\x03") + pickle(system) + pickle(body) + pickle(keys) + data


def make_torch(folder):
    floats = struct.pack("<6f", *range(6))
    weight = pickled_tensor("0", 6, [2, 3], [3, 1])
    turned = pickled_tensor("0", 6, [3, 2], [1, 3])
    save_with_damage(folder, "zip.pt", zip_checkpoint(pickled_dict({"weight": weight, "turned": turned}), {"0": floats}))
    old = pickled_tensor("7", 6, [2, 3], [3, 1], builder="_rebuild_tensor", legacy=True)
    state = pickled_dict({"state_dict": pickled_dict({"module.conv.weight": old}), "epoch": b"K\x05", "best": b"G" + struct.pack(">d", 0.5)})
    save_with_damage(folder, "legacy.th", legacy_checkpoint(state, {"7": floats}))
    save(folder, "bare.pickle", pickle(pickled_dict({"a": b"](K\1K\2e", "b": b"N", "c": b"(U\3abct"})))
    save(folder, "leaves_storage.pt", zip_checkpoint(pickled_tensor("0", 6, [2, 4], [4, 1]), {"0": floats}))
    save(folder, "unfolds.pt", zip_checkpoint(pickled_tensor("0", 6, [1 << 30, 1 << 10], [0, 0]), {"0": floats}))
    save(folder, "lacks_storage.pt", zip_checkpoint(pickled_tensor("1", 6, [6], [1]), {"0": floats}))
    save(folder, "escapes.pt", zip_checkpoint(pickled_tensor("../0", 6, [6], [1]), {"0": floats}))
    save(folder, "torchscript.pt", archive({"m/data.pkl": pickle(b"c__torch__\nNet\n)\x81"), "m/code/net.py": b"", "m/constants.pkl": pickle(b")")}))
    hostile = {
        "global_reduce": b"cposix\nsystem\n" + b"(" + text("true") + b"tR",
        "stack_global": text("os") + text("system") + b"\x93(" + text("true") + b"tR",
        "inst": b"(" + text("true") + b"ios\nsystem\n",
        "obj": b"(cposix\nsystem\n" + text("true") + b"o",
        "new_object": b"csubprocess\nPopen\n(" + text("true") + b"t\x81",
        "extension": b"\x82\x01",
        "build_foreign": b"ctorch\nFloatStorage\n}b",
        "build_on_list": b"]}b",
        "calls_storage": b"ctorch\nFloatStorage\n)R",
        "calls_text": text("posix.system") + b"(" + text("true") + b"tR",
        "getattr": b"cbuiltins\ngetattr\n(ctorch\nSize\n" + text("mro") + b"tR",
        "in_itself": b"]q\0h\0a",
        "nested": b"(" * 2000 + b"t" * 2000,
        "empty_stack": b"0",
        "lost_memo": b"h\x05",
    }
    for name, body in hostile.items():
        save(folder, f"hostile_{name}.pickle", pickle(body))


# ---- splats


def ply(encoding, elements, body):
    """`elements`: (name, count, [(type, property)])."""
    lines = ["ply", f"format {encoding} 1.0"]
    for name, count, properties in elements:
        lines.append(f"element {name} {count}")
        lines += [f"property {kind} {prop}" for kind, prop in properties]
    return "\n".join(lines + ["end_header", ""]).encode() + body


def make_splat_ply(folder):
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
    names += [f"rot_{i}" for i in range(4)] + [f"f_rest_{i}" for i in range(9)] + ["semantic_0", "semantic_1"]
    row = [0.25 * i - 1 for i in range(len(names))]
    little = struct.pack(f"<{len(row)}f", *row) * 2
    big = struct.pack(f">{len(row)}f", *row) * 2
    elements = [("vertex", 2, [("float", name) for name in names])]
    save_with_damage(folder, "little.ply", ply("binary_little_endian", elements, little))
    save(folder, "big.ply", ply("binary_big_endian", elements, big))
    save(folder, "text.ply", ply("ascii", elements, (" ".join(map(str, row)) + "\n").encode() * 2))
    save(folder, "points.ply", ply("ascii", [("vertex", 1, [("float", axis) for axis in "xyz"])], b"1 2 3\n"))


def make_compressed_ply(folder):
    chunk = [f"{end}_{what}{axis}" for what in ("", "scale_") for end in ("min", "max") for axis in "xyz"]
    chunk += [f"{end}_{channel}" for end in ("min", "max") for channel in "rgb"]
    packed = ["packed_position", "packed_rotation", "packed_scale", "packed_color"]
    elements = [
        ("chunk", 1, [("float", name) for name in chunk]),
        ("vertex", 2, [("uint", name) for name in packed]),
        ("sh", 2, [("uchar", f"f_rest_{i}") for i in range(9)]),
    ]
    ranges = struct.pack("<18f", *[float(i % 6) for i in range(18)])
    splats = struct.pack("<8I", 0x12345678, 0xC0000000, 0xFFFFFFFF, 0x80808080, 0, 0x3FFFFFFF, 0, 0xFF)
    body = ranges + splats + bytes(range(0, 252, 14))
    save_with_damage(folder, "two.compressed.ply", ply("binary_little_endian", elements, body))
    few = [("chunk", 0, elements[0][2]), elements[1]]
    save(folder, "no_chunk.compressed.ply", ply("binary_little_endian", few, splats))


def make_spz(folder):
    def stream(version, points, degree, body):
        head = struct.pack("<III4B", 0x5053474E, version, points, degree, 12, 0, 0)
        return gzip.compress(head + body, mtime=0)

    save_with_damage(folder, "two.spz", stream(2, 1, 0, bytes(range(19))))
    save_with_damage(folder, "three.spz", stream(3, 2, 1, bytes(range(2 * 29))))
    save(folder, "too_many.spz", stream(3, 0xFFFFFFFF, 3, b""))
    save(folder, "new.spz", stream(9, 1, 0, bytes(20)))

    def frame(content):
        """A Zstandard frame of one raw block."""
        block = struct.pack("<I", len(content) << 3 | 1)[:3] + content
        return struct.pack("<IBB", 0xFD2FB528, 0x20, len(content)) + block

    def arrays(points, degree, extensions=b"", widths=(9, 1, 3, 3, 4, 9)):
        contents = [bytes(range(points * width)) for width in widths if width]
        head = struct.pack("<III4BI12x", 0x5053474E, 4, points, degree, 12, 2, len(contents), 32 + len(extensions))
        frames = [frame(content) for content in contents]
        sizes = b"".join(struct.pack("<QQ", len(f), len(c)) for f, c in zip(frames, contents))
        return head + extensions + sizes + b"".join(frames)

    save_with_damage(folder, "four.spz", arrays(2, 1))
    save(folder, "four_extended.spz", arrays(1, 0, struct.pack("<IIQ", 0xADBE0002, 8, 0), (9, 1, 3, 3, 4)))
    save(folder, "four_turned.spz", arrays(1, 0, struct.pack("<III", 0xADBE0003, 4, 0), (9, 1, 3, 3, 4)))
    save(folder, "four_short.spz", arrays(2, 1, widths=(9, 1, 3, 3, 4, 8)))


def make_glb(folder):
    prefix = "KHR_gaussian_splatting:"
    widths = {"POSITION": 3, prefix + "ROTATION": 4, prefix + "SCALE": 3, prefix + "OPACITY": 1}
    widths[prefix + "SH_DEGREE_0_COEF_0"] = 3
    views, accessors, data = [], [], b""
    for width in widths.values():
        block = struct.pack(f"<{2 * width}f", *[0.5] * (2 * width))
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(block)})
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[width]
        accessors.append({"bufferView": len(views) - 1, "componentType": 5126, "count": 2, "type": kind})
        data += block
    primitive = {"mode": 0, "attributes": {name: i for i, name in enumerate(widths)}}
    primitive["extensions"] = {"KHR_gaussian_splatting": {"kernel": "ellipse"}}

    def file(document):
        text = json.dumps(document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
        return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks

    document = {"asset": {"version": "2.0"}, "meshes": [{"primitives": [primitive]}]}
    document |= {"accessors": accessors, "bufferViews": views, "buffers": [{"byteLength": len(data)}]}
    save_with_damage(folder, "two.glb", file(document))
    document["nodes"] = [{"children": [1], "translation": [1, 2, 3], "scale": [2, 2, 2]},
                         {"mesh": 0, "rotation": [0, 0, 0.6, 0.8]}]
    save_with_damage(folder, "nodes.glb", file(document))
    document["nodes"] = [{"mesh": 0, "children": [1]}, {"children": [0]}]
    save(folder, "cycle.glb", file(document))
    del document["nodes"]
    document["accessors"][0]["count"] = 1 << 39
    save(folder, "too_many.glb", file(document))
    save(folder, "no_mesh.glb", file({"asset": {"version": "2.0"}}))


# ---- data sets


def tar_entry(name, content, kind=b"0"):
    head = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(content) + b"%011o\0" % 0
    tail = kind + bytes(100) + b"ustar\00000".ljust(8, b"\0")
    header = (head + b" " * 8 + tail).ljust(512, b"\0")
    return header[:148] + b"%06o\0 " % sum(header) + header[156:] + content + bytes(-len(content) % 512)


def make_tar(folder):
    end = bytes(1024)
    save_with_damage(folder, "plain.tar", tar_entry("a/b.txt", b"text") + tar_entry("a/", b"", b"5") + end)
    save_with_damage(folder, "gnu.tar", tar_entry("././@LongLink", b"l" * 130 + b"\0", b"L") + tar_entry("l", b"1") + end)
    save_with_damage(folder, "pax.tar", tar_entry("pax", b"18 path=long/name\n", b"x") + tar_entry("l", b"1") + end)
    save(folder, "pax_size.tar", tar_entry("pax", b"30 size=99999999999999999999\n", b"x") + tar_entry("l", b"1") + end)
    save(folder, "pax_length.tar", tar_entry("pax", b"9999 path=x\n", b"x") + end)


def make_idx(folder):
    save_with_damage(folder, "pictures.idx", b"\0\0\x08\3" + struct.pack(">III", 2, 2, 3) + bytes(range(12)))
    save(folder, "floats.idx", b"\0\0\x0d\1" + struct.pack(">I", 1) + bytes(4))
    save(folder, "too_large.idx", b"\0\0\x08\3" + b"\xff" * 12)


def numpy_pickle(dtype, shape, content, order=b"|", fortran=False):
    short = lambda value: b"U" + bytes([len(value)]) + value
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85" + short(b"b") + b"tR"
    state = b"(K\1(" + b"".join(number(length) for length in shape) + b"tcnumpy\ndtype\n(" + short(dtype)
    state += b"K\0K\1tR(K\3" + short(order) + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    state += (b"\x88" if fortran else b"\x89") + b"T" + struct.pack("<I", len(content)) + content + b"tb"
    return array + state


def make_cifar(folder):
    picture = bytes(i * 7 % 256 for i in range(3072))
    save(folder, "two.bin", b"\3" + picture + b"\x09" + picture)
    save(folder, "bad_label.bin", b"\x0a" + picture)
    save(folder, "cut.bin", b"\1" + picture[:-1])
    labels = b"](K\1K\2e"
    batch = lambda array: pickle(pickled_dict({"labels": labels, "data": array}))
    save_with_damage(folder, "two.pickle", batch(numpy_pickle(b"u1", [2, 3072], picture * 2)))
    save(folder, "fortran.pickle", batch(numpy_pickle(b"u1", [2, 3072], picture * 2, fortran=True)))
    save(folder, "floats.pickle", batch(numpy_pickle(b"f4", [2, 384], picture, b"<")))
    save(folder, "big_endian.pickle", batch(numpy_pickle(b"i4", [1, 768], picture, b">")))
    save(folder, "shape.pickle", batch(numpy_pickle(b"u1", [1 << 30, 1 << 30], picture)))
    save(folder, "objects.pickle", batch(numpy_pickle(b"O8", [1, 384], picture)))


def make_soft_labels(folder):
    def file(records, **changed):
        """Two samples, one epoch, all three classes as fp32."""
        header = {
            "data": {"name": "colours/train", "samples": 2, "checksum": "c0ffee"},
            "teacher": {"network": "resnet8", "weights": "t.safetensors", "sha256": "f00d"},
            "transforms": ["normalise"], "augmented": False, "seed": 0,
            "loader": {"batch_size": 2, "channels_last": True},
            "classes": 3, "epochs": 1, "top_k": 3, "format": "fp32", "feature": {"tap": "", "width": 0},
        }
        text = json.dumps(header | changed, separators=(",", ":")).encode()
        head = b"RTSOFTL\n" + struct.pack("<III", 1, len(text), zlib.crc32(text)) + text
        return head + b"".join(record + struct.pack("<I", zlib.crc32(record)) for record in records)

    plain = [struct.pack("<3f", 0, 1, 2), struct.pack("<3f", 2, 1, 0)]
    save_with_damage(folder, "plain.soft", file(plain))
    # Class 2 of 3 alone: a zero and a one, then the value and the rest.
    one = b"\2" + struct.pack("<ef", -0.1, -2)
    save(folder, "one_of_three.soft", file([one, one], top_k=1, format="fp16"))
    save(folder, "no_class.soft", file([b"\0" + one[1:], one], top_k=1, format="fp16"))
    save(folder, "not_a_number.soft", file([struct.pack("<3f", 0, 1, float("nan"))] * 2))
    eighth = struct.pack("<ff3B", 0, 5, 0, 100, 255)
    save(folder, "eighth.soft", file([eighth, eighth], format="quantised8"))
    half = eighth + struct.pack("<2e", 1, -1)
    save(folder, "feature.soft", file([half, half], format="quantised8", feature={"tap": "avgpool", "width": 2}))
    save(folder, "too_many.soft", file(plain, classes=1 << 60))
    save(folder, "many_epochs.soft", file(plain, epochs=1 << 20))
    save(folder, "no_records.soft", file([]))


def make_voc(folder):
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>5</ymax></bndbox>"
    xml = f"<annotation><object><name>dog</name><difficult>1</difficult>{box}</object></annotation>"
    save_with_damage(folder, "dog.xml", xml.encode())
    save(folder, "wide.xml", xml.encode("utf-16"))
    save(folder, "entity.xml", f'<!DOCTYPE a [<!ENTITY d "dog">]>{xml.replace("dog", "&d;")}'.encode())
    save(folder, "deep.xml", b"<a>" * 20000)


def make_yolo(folder):
    save_with_damage(folder, "boxes.txt", b"1 0.5 0.5 0.5 0.25\n2 0.1 0.2 0.3 0.2 0.2 0.6\n")
    save(folder, "numbers.txt", b"0 1e999 nan -inf 0x1\n")
    save(folder, "list.yaml", b"names: [cat, dog]\n")
    save(folder, "map.yaml", b"names:\n  0: cat\n  1: dog\n")
    save(folder, "alias.yaml", b"a: &a [x]\nnames: [*a, *a]\n")


def make_kitti(folder):
    car = b"Car 0.00 0 1.85 387.63 181.54 423.81 203.12 1.67 1.87 3.69 -16.53 2.39 58.49 1.57"
    ignored = b"DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10"
    save_with_damage(folder, "two.txt", car + b"\n" + ignored + b"\n")
    save(folder, "score.txt", car + b" 0.93\n")
    save(folder, "numbers.txt", b"Van nan 1e999 -inf 0x1" + b" 1" * 10)
    save(folder, "turned.txt", car.replace(b"423.81", b"300"))


def make_coco(folder):
    document = {
        "images": [{"id": 7, "file_name": "b.png"}],
        "categories": [{"id": 90, "name": "dog"}],
        "annotations": [{"image_id": 7, "category_id": 90, "bbox": [1, 2, 3.5, 4], "iscrowd": 1}],
    }
    save_with_damage(folder, "one.json", json.dumps(document).encode())
    document["annotations"][0]["bbox"] = [1e300, -1e300, 1, 1]
    save(folder, "far.json", json.dumps(document).encode())
    save(folder, "types.json", b'{"images":[1],"categories":[[]],"annotations":[null]}')
def make_dot_splat(folder):
    def splat(scale):
        return struct.pack("<6f8B", 1, 2, 3, scale, scale, scale, *range(8))

    save_with_damage(folder, "two.splat", splat(0.1) + splat(2))
    save(folder, "none.splat", b"")
    save(folder, "flat.splat", splat(0))


def webp_of_one_colour(width, height, rgba):
    """Lossless WebP (VP8L) whose prefix codes have one symbol each, so that pixels take no bits."""
    bits, length = 0, 0

    def put(value, count):
        nonlocal bits, length
        bits |= value << length
        length += count

    for value, count in ((width - 1, 14), (height - 1, 14), (1, 1), (0, 3), (0, 1), (0, 1), (0, 1)):
        put(value, count)  # sizes, alpha, version, no transform, no colour cache, one group of codes
    for symbol in (rgba[1], rgba[0], rgba[2], rgba[3], 0):  # green, red, blue, alpha, distance
        for value, count in ((1, 1), (0, 1), (1, 1), (symbol, 8)):  # simple code, one symbol, of eight bits
            put(value, count)
    stream = b"\x2f" + bits.to_bytes((length + 7) // 8, "little")
    chunk = b"VP8L" + struct.pack("<I", len(stream)) + stream + b"\0" * (len(stream) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def make_sog(folder):
    codebook = [i / 16 - 8 for i in range(256)]
    meta = {
        "version": 2,
        "count": 4,
        "means": {"mins": [-1, -1, -1], "maxs": [1, 1, 1], "files": ["means_l.webp", "means_u.webp"]},
        "scales": {"codebook": codebook, "files": ["scales.webp"]},
        "quats": {"files": ["quats.webp"]},
        "sh0": {"codebook": codebook, "files": ["sh0.webp"]},
    }
    harmonics = {"count": 64, "bands": 1, "codebook": codebook, "files": ["centroids.webp", "labels.webp"]}
    names = ["means_l.webp", "means_u.webp", "scales.webp", "quats.webp", "sh0.webp", "labels.webp"]
    pictures = {name: webp_of_one_colour(2, 2, (40, 0, 60, 253)) for name in names}
    pictures["centroids.webp"] = webp_of_one_colour(192, 1, (1, 2, 3, 255))

    def file(meta, method=zipfile.ZIP_STORED, **other):
        text = json.dumps(meta, separators=(",", ":")).encode()
        return archive({"meta.json": text, **pictures, **other}, method)

    save_with_damage(folder, "constant.sog", file(meta))
    save_with_damage(folder, "harmonics.sog", file(meta | {"shN": harmonics}, zipfile.ZIP_DEFLATED))
    save(folder, "many.sog", file(meta | {"count": 1 << 31}))
    save(folder, "wide.sog", file(meta, **{"sh0.webp": webp_of_one_colour(16384, 16384, (0, 0, 0, 0))}))
    save(folder, "outside.sog", file(meta | {"quats": {"files": ["../quats.webp"]}}))
    save(folder, "later.sog", file(meta | {"version": 3}))
    ends = {"mins": [0, 0, 0, 0], "maxs": [1, 1, 1, 1]}
    old = {"means": meta["means"] | {"shape": [4, 3]}, "quats": meta["quats"]}
    old |= {"scales": ends | {"files": ["scales.webp"]}, "sh0": ends | {"files": ["sh0.webp"]}}
    old["shN"] = {"mins": -1, "maxs": 1, "files": harmonics["files"]}
    save_with_damage(folder, "old.sog", file(old))
    save(folder, "no_meta.sog", archive({"readme.txt": b"hello"}))
# ---- weights: catalogues, and what servers answer


def make_weights_catalogue(folder):
    entry = f"{{address: https://h/x.pth, bytes: 12, sha256: {'0123456789abcdef' * 4}, licence: MIT, purpose: x}}"
    save_with_damage(folder, "two.yaml", f"weights:\n  one: {entry}\n  two: {entry}\n".encode())
    save(folder, "none.yaml", b"weights: {}\n")
    save(folder, "twice.yaml", f"weights:\n  one: {entry}\n  one: {entry}\n".encode())
    save(folder, "outside.yaml", f"weights:\n  ../one: {entry}\n".encode())
    save(folder, "itself.yaml", b"weights: &a {one: *a}\n")
    save(folder, "deep.yaml", b"[" * 3000)
    save(folder, "huge_number.yaml", b"weights: {one: {bytes: 99999999999999999999}}\n")


def make_recipe_needs(folder):
    save_with_damage(folder, "two.yaml", b"distil: model\nmethod: kd\nneeds: {teacher: ce.yaml, big: model/ce}\n")
    for name, needs in (("none", b""), ("list", b"[a, b]"), ("itself", b"&a {teacher: *a}"), ("outside", b"{../x: a}"),
                        ("twice", b"{a: b, a: c}"), ("key", b"{? [a] : b}"), ("empty", b"{a: }"), ("text", b"a")):
        save(folder, f"{name}.yaml", b"needs: " + needs + b"\n")


def make_edit_script(folder):
    save_with_damage(folder, "cut.yaml", b"""steps:
- select: {query: ball, against: [floor, cube], threshold: 0.24, rule: hybrid}
- delete: {}
- select: {click: [[120, 80]], not_click: [[3, 4.5]], view: "0004", similarity: 0.8}
- select: {box: [10, 20, 60, 70], view: "0004", combine: add}
- grow: {rings: 2}
- recolour: {colour: [1, 0.5, 0]}
- transform: {move: [0, 0.2, 0], rotate: {axis: [0, 1, 0], degrees: 30}, scale: 1.5}
""")
    camera = b"{width: 2, height: 2, fx: 1, fy: 1, cx: 1, cy: 1, world_to_camera: [%s]}" % b", ".join([b"1"] * 16)
    for name, step in (("json", b'{"opacity":{"factor":1e-300}}'), ("camera", b"select: {scribble: [[1, 2]], camera: %s}" % camera),
                       ("lasso", b"select: {lasso: [[0, 0], [1, 0], [0, 1]], view: a}"), ("file", b"select: {file: ~}"),
                       ("swap", b"recolour: {swap: bgr}"), ("matrix", b"recolour: {matrix: [1, 2, 3], offset: [1e9, 0, 0]}"),
                       ("two", b"{delete: {}, extract: {}}"), ("none", b"{}"), ("fringe", b"fringe: {rings: 1}"), ("key", b"{? [a] : {}}"), ("itself", b"&a {delete: *a}"),
                       ("pair", b"select: {click: [[1], 2, [3, 4, 5]], view: a}"), ("turn", b"transform: {rotate: {quaternion: [2, 0, 0, 0]}}")):
        save(folder, f"{name}.yaml", b"steps: [" + step + b"]\n")
    save(folder, "again.yaml", b"steps:\n- &s {select: {click: &p [[1, 2], [3, 4]], view: a}}\n- *s\n- select: {lasso: *p, view: b}\n")
    save(folder, "deep.yaml", b"steps: " + b"[" * 3000)


def make_http_head(folder):
    part = b'HTTP/1.1 206 Partial Content\r\nETag: "tag"\r\nContent-Range: bytes 5-9/10\r\n\r\n'
    save_with_damage(folder, "part.txt", part)
    for name, location in (("absolute", b"https://other/x"), ("plain", b"http://host/x"), ("host", b"//other"),
                           ("path", b"/x?y"), ("relative", b"x/../y"), ("query", b"?z"), ("file", b"file:///etc/passwd"),
                           ("user", b"https://me:word@host/"), ("bracket", b"https://[::1]:443/x"), ("empty", b"")):
        save(folder, f"location_{name}.txt", b"HTTP/2 302\r\nLocation: " + location + b"\r\n\r\n")
    save(folder, "huge_range.txt", b"HTTP/1.1 206 x\ncontent-range: bytes 0-99999999999999999999/*\n")
    save(folder, "note.txt", b'https://h/x.pth\n"tag"\n')


# ---- answers to questions about pictures


def make_aspect_answers(folder):
    save_with_damage(folder, "in_order.json",
                     b'{"questions": ["a?", "b?"], "labels": [1, 0], "answers": [[0.5, 1], [0, 0.25]]}')
    save_with_damage(folder, "by_name.json", b'{"questions": ["a?"], "answers": {"x/1.png": [0.5], "2.png": [1e-9]}}')
    save_with_damage(folder, "of_classes.json", b'{"questions": ["a?", "b?"], "classes": {"x": "yes no", "y": "no no"}}')
    save(folder, "range.json", b'{"questions": ["a?"], "labels": [0], "answers": [[1e999]]}')
    save(folder, "negative.json", b'{"questions": ["a?"], "labels": [-1], "answers": [[-0.1]]}')
    save(folder, "huge_label.json", b'{"questions": ["a?"], "labels": [18446744073709551615], "answers": [[0]]}')
    save(folder, "no_utf8.json", b'{"questions": ["\xff"], "labels": [0], "answers": [[0]]}')
    save(folder, "deep.json", b'{"questions": ' + b"[" * 3000)


# ---- torchdistill's files


def make_torchdistill(folder):
    samples = pathlib.Path(__file__).parent.parent / "distil" / "model" / "torchdistill" / "data"
    for file in sorted(samples.glob("*.yaml")):
        save_with_damage(folder, file.name, file.read_bytes())
    save(folder, "deep.yaml", b"a: " + b"[" * 3000)
    save(folder, "ring.yaml", b"datasets: &a {one: *a, two: *a}\n")
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 30))
    save(folder, "bomb.yaml", bomb.encode())
    save(folder, "tags.yaml", b"a: !join [!getattr [!import_get {key: x}, y], !expanduser ~/z]\nb: !!python/object:os.system x\n")
    save(folder, "merge.yaml", b"_a: &a {key: SGD}\ntrain: {optimizer: {<<: [*a, *a]}}\n")


# ---- requests to the server


def make_request_text(folder):
    texts = {"target": b"/api/runs/a%20b?x=1+2&y=%26", "outside": b"/a/%2e%2e/b", "cookie": b'a=1; retort_token="x"',
             "encoding": b"br, gzip;q=0.5, *;q=0", "range": b"bytes=2-5", "last": b"bytes=-18446744073709551615",
             "host": b"[::1]:7373", "etag": b'W/"a", "b"', "bearer": b"Bearer x", "name": b'../"a\r\n.ply'}
    for name, text in texts.items():
        save_with_damage(folder, f"{name}.txt", text)


def make_request(folder):
    fields = b"Host: localhost:7373\r\nCookie: retort_token=token\r\n"
    save_with_damage(folder, "get.txt", b"GET /api/runs?after=1 HTTP/1.1\r\n" + fields + b"Accept-Encoding: gzip\r\n\r\n")
    save_with_damage(folder, "post.txt", b"POST / HTTP/1.1\r\n" + fields + b"Content-Length: 3\r\n\r\nabc")
    chunks = b"3\r\nabc\r\n0\r\n\r\n"
    save_with_damage(folder, "chunks.txt", b"POST / HTTP/1.1\r\n" + fields + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    socket = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    save_with_damage(folder, "socket.txt", b"GET /ws/field/a HTTP/1.1\r\n" + fields + socket + b"\r\n")
    save(folder, "long_body.txt", b"POST / HTTP/1.1\r\n" + fields + b"Content-Length: 99999999999999999999\r\n\r\n")
    save(folder, "two_lengths.txt", b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
    save(folder, "long_head.txt", b"GET / HTTP/1.1\r\nX: " + b"x" * 2000)
    save(folder, "huge_chunk.txt", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")


# ---- messages of a page


def make_session_message(folder):
    camera = (b'"camera": {"width": 8, "height": 6, "fx": 5, "fy": 5, "cx": 4, "cy": 3, '
              b'"world_to_camera": [1,0,0,0, 0,1,0,0, 0,0,1,2, 0,0,0,1]}')
    save_with_damage(folder, "click.json", b'{"id": 3, "op": "click", ' + camera +
                     b', "positive": [[1.5, 2]], "negative": [], "similarity": 0.9, "combine": "add"}')
    save_with_damage(folder, "query.json", b'{"id": 1, "op": "query", "asked": "a", "against": ["b"], "form": "cosine"}')
    save(folder, "edit.json", b'{"id": 1, "op": "edit", "edit": {"transform": {"move": [1e999, 0, 0]}}}')
    save(folder, "threshold.json", b'{"id": 4294967296, "op": "select_query", "threshold": -1e308, "combine": "add"}')
    save(folder, "rings.json", b'{"id": 1, "op": "grow", "rings": 18446744073709551615}')
    save(folder, "fringe.json", b'{"id": 1, "op": "fringe"}')
    save(folder, "twice.json", b'{"id": 1, "op": "undo", "op": "redo"}')
    save(folder, "no_utf8.json", b'{"id": 1, "op": "save", "name": "\xff"}')
    save(folder, "deep.json", b'{"id": ' + b"[" * 3000)


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corpus"
    make_safetensors(root / "safetensors")
    make_npy(root / "npy")
    make_zip(root / "zip")
    make_torch(root / "torch_checkpoint")
    make_splat_ply(root / "splat_ply")
    make_compressed_ply(root / "compressed_ply")
    make_spz(root / "spz")
    make_glb(root / "glb")
    make_tar(root / "tar")
    make_idx(root / "idx")
    make_cifar(root / "cifar")
    make_soft_labels(root / "soft_labels")
    make_voc(root / "voc")
    make_yolo(root / "yolo")
    make_kitti(root / "kitti")
    make_coco(root / "coco")
    make_dot_splat(root / "dot_splat")
    make_sog(root / "sog")
    make_weights_catalogue(root / "weights_catalogue")
    make_http_head(root / "http_head")
    make_recipe_needs(root / "recipe_needs")
    make_edit_script(root / "edit_script")
    make_aspect_answers(root / "aspect_answers")
    make_torchdistill(root / "torchdistill")
    make_request_text(root / "request_text")
    make_request(root / "request")
    make_session_message(root / "session_message")
