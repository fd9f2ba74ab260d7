"""Four convolutions and two poolings on one 8×8 input, small enough to follow by hand."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_name("weights") / "tinycnn.safetensors"


class TinyCNN(nn.Module):
    """Map an 8×8 picture to two numbers; a ReLU follows each convolution but the last."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 3, padding=1)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(2, 4, 3, padding=1)
        self.pool2 = nn.AvgPool2d(2)
        self.conv3 = nn.Conv2d(4, 2, 1)
        self.conv_out = nn.Conv2d(2, 2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, 1, 8, 8) to (N, 2, 1, 1)."""
        x = self.pool1(F.relu(self.conv1(x)))
        x = self.pool2(F.relu(self.conv2(x)))
        x = F.relu(self.conv3(x))
        y: torch.Tensor = self.conv_out(x)
        return y


def model() -> nn.Module:
    """Return the net with its stored weights, in evaluation mode."""
    tensors = load_file(WEIGHTS)
    del tensors["input"]
    net = TinyCNN()
    net.load_state_dict(tensors)
    return net.eval()


def inputs() -> torch.Tensor:
    """Return the input that is stored beside the weights, of shape (1, 1, 8, 8)."""
    return load_file(WEIGHTS)["input"]
