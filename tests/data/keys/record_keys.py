#!/usr/bin/env python3
"""Records what published networks name their weights, and what they make of weights and inputs drawn from hashes.

    python3 record_keys.py --repdistiller DIR --dit DIR --edm DIR

Needs torch, torchvision and timm; DIR are checkouts of HobbitLong/RepDistiller, facebookresearch/DiT and NVlabs/edm
outside this tree, without which their networks are left as they are. Writes <network>.json beside this script:

    source        whose network
    classes       it was made for
    image         [B,C,H,W] of the input (absent: names only)
    parameters    numbers that learn
    shapes        {name: shape} of the state dictionary; fixed tensors (DiT's pos_embed, EDM's resample_filter) left out
    output        first 8 elements of the float64 result in evaluation mode
    output_norm   its Euclidean norm

Weights and inputs are hash_values() below; tests/nn/network_keys_test.cpp has the same function.
"""

import argparse
import json
import pathlib
import sys

import numpy
import timm
import torch
import torchvision

FOLDER = pathlib.Path(__file__).parent


def hash_values(name, shape):
    """Numbers in [-1, 1) that depend on the name and the place alone."""
    seed = 2166136261  # FNV-1a
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    count = int(numpy.prod(shape, dtype=numpy.int64))
    mixed = (seed + numpy.arange(count, dtype=numpy.uint64) * 2654435761) & 0xFFFFFFFF
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        mixed ^= mixed >> numpy.uint64(shift)
        mixed = (mixed * numpy.uint64(factor)) & 0xFFFFFFFF
    mixed ^= mixed >> numpy.uint64(16)
    return torch.from_numpy(mixed.astype(numpy.float64) / 2**31 - 1).reshape(tuple(shape))


def hash_weight(name, shape):
    """Matrices and filters keep the variance of what they are applied to; vectors lie near 1 or 0."""
    if name.endswith("num_batches_tracked"):
        return torch.zeros(tuple(shape), dtype=torch.int64)
    values = hash_values(name, shape)
    if len(shape) >= 2 and shape[0] > 1:
        return values * (3 * shape[0] / values.numel()) ** 0.5
    near_one = name.endswith(("weight", "alpha", "running_var"))
    return 0.2 * values + (1.0 if near_one else 0.0)


def fill(model, fixed=()):
    state = {n: t for n, t in model.state_dict().items() if not n.endswith(tuple(fixed) or ("\0",))}
    model.double().eval()
    model.load_state_dict({n: hash_weight(n, list(t.shape)) for n, t in state.items()}, strict=False)
    return {n: list(t.shape) for n, t in state.items()}


def write(network, model, source, classes, image=None, run=None, fixed=()):
    shapes = fill(model, fixed)
    learning = sum(p.numel() for n, p in model.named_parameters() if n in shapes)
    record = {"source": source, "classes": classes, "parameters": learning, "shapes": shapes}
    if image is not None:
        with torch.no_grad():
            output = (run or model)(hash_values("image", image))
        record["image"] = image
        record["output"] = output.flatten()[:8].tolist()
        record["output_norm"] = output.norm().item()
    text = json.dumps(record, separators=(",", ":"), sort_keys=True)
    (FOLDER / f"{network}.json").write_text(text + "\n")
    print(network, learning, record.get("output", [])[:3])


def torchvision_networks():
    source = f"torchvision {torchvision.__version__}, models."
    for name in ("resnet18", "resnet34", "resnet50", "mobilenet_v2"):
        write(name, getattr(torchvision.models, name)(), source + name, 1000, [2, 3, 64, 64])
    small = torchvision.models.resnet18(num_classes=10)
    small.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    small.maxpool = torch.nn.Identity()
    write("resnet18_cifar", small, source + "resnet18 with a 3x3 stem and no pooling", 10, [2, 3, 32, 32])


def timm_networks():
    source = f"timm {timm.__version__}, "
    for name in ("deit_tiny_patch16_224", "deit_small_patch16_224", "deit_tiny_distilled_patch16_224", "mixer_s16_224",
                 "resmlp_12_224"):
        write(name, timm.create_model(name, pretrained=False), source + name, 1000)
    small = {"img_size": 32, "patch_size": 4, "num_classes": 10}
    tiny = {**small, "embed_dim": 192, "depth": 12, "num_heads": 3}
    mixer = {**small, "embed_dim": 128, "num_blocks": 8}
    made = {
        "vit_tiny_patch4_32": timm.models.vision_transformer.VisionTransformer(**tiny),
        "vit_tiny_distilled_patch4_32": timm.models.deit.VisionTransformerDistilled(**tiny),
        "mixer_micro_patch4_32": timm.models.mlp_mixer.MlpMixer(**mixer),
        "resmlp_micro_patch4_32": timm.models.mlp_mixer.MlpMixer(
            **mixer, mlp_ratio=4, block_layer=timm.models.mlp_mixer.ResBlock,
            norm_layer=timm.models.mlp_mixer.Affine),
    }
    for name, model in made.items():
        write(name, model, source + type(model).__name__, 10, [2, 3, 32, 32])


def repdistiller_networks(folder):
    sys.path.insert(0, str(folder))
    import models.mobilenetv2
    import models.resnet
    import models.ShuffleNetv1
    import models.ShuffleNetv2
    import models.vgg
    import models.wrn
    made = {
        "vgg8": models.vgg.vgg8_bn, "vgg11": models.vgg.vgg11_bn, "vgg13": models.vgg.vgg13_bn,
        "vgg16": models.vgg.vgg16_bn, "vgg19": models.vgg.vgg19_bn,
        "shufflenet_v1": models.ShuffleNetv1.ShuffleV1, "shufflenet_v2": models.ShuffleNetv2.ShuffleV2,
        "mobilenet_v2_half": models.mobilenetv2.mobile_half,
        "resnet20": models.resnet.resnet20, "resnet8x4": models.resnet.resnet8x4, "wrn_16_2": models.wrn.wrn_16_2,
    }
    for name, make in made.items():
        write(name, make(num_classes=100), f"HobbitLong/RepDistiller@b84f547, {make.__name__}", 100, [2, 3, 32, 32])


def dit_network(folder):
    sys.path.insert(0, str(folder))
    import models as dit_models
    model = dit_models.DiT(input_size=32, patch_size=4, in_channels=3, hidden_size=192, depth=6, num_heads=3,
                           num_classes=10, learn_sigma=False)
    times, labels = torch.tensor([12.5, 800.0], dtype=torch.float64), torch.tensor([3, 10])
    embed = model.t_embedder  # the original computes features of time in float32, too coarse to compare with

    def features(t):
        frequencies = torch.exp(-numpy.log(10000) * torch.arange(128, dtype=torch.float64) / 128)
        angles = t[:, None] * frequencies[None]
        return embed.mlp(torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1))

    embed.forward = features
    write("dit", model, "facebookresearch/DiT, models.py, DiT of depth 6, width 192, patch 4", 10, [2, 3, 32, 32],
          lambda x: model(x, times, labels), fixed=("pos_embed",))


def edm_network(folder):
    sys.path.insert(0, str(folder))
    from training import networks
    # The original computes attention in float32, too coarse to compare with.
    networks.AttentionOp.apply = lambda q, k: torch.einsum("ncq,nck->nqk", q, k / k.shape[1] ** 0.5).softmax(dim=2)
    model = networks.SongUNet(img_resolution=32, in_channels=3, out_channels=3, label_dim=10, model_channels=32,
                     channel_mult=[1, 2, 2], num_blocks=2, attn_resolutions=[16], dropout=0.1)
    noise = torch.tensor([-0.7, 0.4], dtype=torch.float64)
    labels = torch.zeros(2, 10, dtype=torch.float64)
    labels[0, 3] = 1  # the second picture has no label
    write("unet", model, "NVlabs/edm, training/networks.py, SongUNet of width 32, multipliers 1, 2, 2", 10,
          [2, 3, 32, 32], lambda x: model(x, noise, labels), fixed=("resample_filter",))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("repdistiller", "dit", "edm"):
        parser.add_argument(f"--{name}", type=pathlib.Path)
    arguments = parser.parse_args()
    torchvision_networks()
    timm_networks()
    if arguments.repdistiller:
        repdistiller_networks(arguments.repdistiller)
        for module in [m for m in sys.modules if m == "models" or m.startswith("models.")]:
            del sys.modules[module]
    if arguments.dit:
        dit_network(arguments.dit)
    if arguments.edm:
        edm_network(arguments.edm)


if __name__ == "__main__":
    main()
