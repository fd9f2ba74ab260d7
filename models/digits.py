"""A convolutional net that reads handwritten digits of 8×8 pixels."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_name("weights") / "digits.safetensors"
STORED = load_file(WEIGHTS)
"""The trained weights, with a digit that the net was not trained on and its true label."""


class Digits(nn.Module):
    """Two blocks of convolution, batch norm, ReLU and max pooling, then a linear classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(16)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.25)
        self.fc = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map pictures (N, 1, 8, 8) with values in [0, 1] to a score for each digit (N, 10)."""
        x = self.pool1(self.relu1(self.bn1(self.conv1(x))))
        x = self.pool2(self.relu2(self.bn2(self.conv2(x))))
        x = self.dropout(torch.flatten(x, 1))
        scores: torch.Tensor = self.fc(x)
        return scores


def model() -> nn.Module:
    """Return the trained net in evaluation mode: one picture has no batch statistics to learn."""
    net = Digits()
    net.load_state_dict({k: v for k, v in STORED.items() if k not in {"input", "target"}})
    return net.eval()


def inputs() -> torch.Tensor:
    """Return one digit that the net was not trained on, of shape (1, 1, 8, 8)."""
    return STORED["input"]


def loss(output: torch.Tensor) -> torch.Tensor:
    """Return the cross entropy between the scores and the digit's true label."""
    return F.cross_entropy(output, STORED["target"].to(output.device))
