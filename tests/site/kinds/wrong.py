"""A net that overwrites a value where torch does not see it: an output and a gradient are wrong."""

import torch
from torch import nn


def overwrite(_module, _inputs, output):
    output.detach().numpy()[0, 1] += 0.01


def model():
    net = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 3))
    net[1].register_forward_hook(overwrite)
    return net.eval()


def inputs():
    return torch.randn(2, 4)
