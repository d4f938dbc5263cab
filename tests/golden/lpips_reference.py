#!/usr/bin/env python3
"""Prints the figures that tests/metrics/lpips_test.cpp holds LPIPS to, from the authors' package.

    pip install torch torchvision lpips    (in a virtual environment of its own)
    tests/golden/lpips_reference.py

The trunks' own weights are not needed: they are filled by a hash, here and in the test alike. The heads are the
package's. Two pairs of images of 40x53 pixels; `scaled` images go through 2 x - 1 first, `as given` ones do not.
"""
import lpips
import numpy
import torch

HEIGHT, WIDTH = 40, 53


def hashed(name, count):
    """`count` numbers of [-1, 1): FNV-1a of the name, then the finaliser of MurmurHash3 for each index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    bits = (numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9)) + numpy.uint32(seed)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        bits = (bits ^ (bits >> numpy.uint32(shift))) * numpy.uint32(factor)
    return bits.astype(numpy.float64) / 2**31 - 1


def filled(name, shape):
    """A convolution's weights keep the size of what runs through (He et al., 2015); biases are small."""
    scale = (6 / numpy.prod(shape[1:])) ** 0.5 if len(shape) == 4 else 0.05
    return torch.from_numpy((scale * hashed(name, numpy.prod(shape))).astype(numpy.float32).reshape(shape))


def picture(name):
    values = hashed(name, 2 * 3 * HEIGHT * WIDTH) / 2 + 0.5
    return torch.from_numpy(values.astype(numpy.float32).reshape(2, 3, HEIGHT, WIDTH))


def torchvision_name(name):
    """slice2.3.weight -> features.3.weight: the package keeps torchvision's numbers."""
    return "features." + name.split(".", 1)[1]


def main():
    image = picture("image")
    target = 0.75 * image + 0.25 * picture("noise")
    for trunk in ("alex", "vgg", "squeeze"):
        model = lpips.LPIPS(net=trunk, pnet_rand=True, verbose=False)
        with torch.no_grad():
            for name, tensor in model.net.named_parameters():
                tensor.copy_(filled(torchvision_name(name), tuple(tensor.shape)))
            for words, normalise in (("scaled", True), ("as given", False)):
                figures = model(image, target, normalize=normalise).flatten().tolist()
                print(f"{trunk:8} {words:9}", *(f"{figure:.9g}" for figure in figures))


if __name__ == "__main__":
    main()
