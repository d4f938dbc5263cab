#!/usr/bin/env python3
"""The same step in eager PyTorch: ResNet-56 teaches ResNet-20 on pictures of CIFAR's size, NCHW, float32, teacher in
evaluation mode without gradients. Prints the median time; docs/models.md tells what it is held against.

example: bench/peers/kd_step.py --threads 2   (with a Python that has the torch of the same version)
"""
import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        hidden = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(hidden)) + self.shortcut(x))


def resnet(depth, classes=10):
    layers, inputs = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for outputs in (16, 32, 64):
        for block in range((depth - 2) // 6):
            layers.append(Block(inputs, outputs, 2 if block == 0 and outputs > 16 else 1))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=12)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    teacher, student = resnet(56).eval(), resnet(20).train()
    optimiser = torch.optim.SGD(student.parameters(), 0.05, momentum=0.9, weight_decay=5e-4)
    images, labels = torch.randn(options.batch, 3, 32, 32), torch.randint(0, 10, (options.batch,))

    def step():
        with torch.no_grad():
            teacher_logits = teacher(images)
        logits = student(images)
        divergence = F.kl_div(F.log_softmax(logits / 4, 1), F.softmax(teacher_logits / 4, 1), reduction="batchmean")
        loss = 0.1 * F.cross_entropy(logits, labels) + 0.9 * 16 * divergence
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    seconds = []
    for index in range(3 + options.steps):
        begin = time.monotonic()
        step()
        if index >= 3:
            seconds.append(time.monotonic() - begin)
    median = statistics.median(seconds)
    print(f"median {1e3 * median:.1f} ms a step, {options.batch / median:.0f} images/s")


if __name__ == "__main__":
    main()
