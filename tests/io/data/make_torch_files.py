#!/usr/bin/env python3
"""Writes the PyTorch files that the tests of the checkpoint reader keep: run by hand with any PyTorch."""
import collections
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent


def content():
    ramp = torch.arange(6, dtype=torch.float32)
    state = collections.OrderedDict()
    state["matrix"] = ramp.reshape(2, 3)
    state["turned"] = ramp.reshape(2, 3).t()
    state["every_second"] = ramp[1::2]
    state["expanded"] = torch.tensor([5.0]).expand(4)
    state["scalar"] = torch.tensor(7, dtype=torch.int64)
    state["empty"] = torch.empty(0, 3)
    state["half"] = torch.tensor([0.5, -3.0]).half()
    state["brain"] = torch.tensor([0.5, -3.0]).bfloat16()
    state["double"] = torch.tensor([0.25], dtype=torch.float64)
    state["flags"] = torch.tensor([True, False, True])
    state["bytes"] = torch.tensor([1, 255], dtype=torch.uint8)
    state["small"] = torch.tensor([-1, 127], dtype=torch.int8)
    state["short"] = torch.tensor([-1, 32767], dtype=torch.int16)
    state["int"] = torch.tensor([-1, 2147483647], dtype=torch.int32)
    state["parameter"] = torch.nn.Parameter(torch.ones(2))
    return {
        "state_dict": state,
        "optimizer": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999)}]},
        "epoch": 12,
        "big": 1 << 40,
        "best": 0.75,
        "name": "größe",
        "done": True,
        "nothing": None,
        "size": torch.Size([2, 3]),
        "dtype": torch.float16,
    }


torch.save(content(), FOLDER / "archive.pt")
torch.save(content(), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(torch.arange(4.0).half(), FOLDER / "lone_tensor.pt")
torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), FOLDER / "torchscript.pt")
torch.save(torch.nn.Linear(1, 1), FOLDER / "whole_module.pt")
