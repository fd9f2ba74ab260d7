"""One line on what this model is."""

import torch
from torch import nn


class Net(nn.Module):
    """Two linear layers with a ReLU between them."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.relu = nn.ReLU()
        self.out = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map 4 features of each sample to 3 scores."""
        scores: torch.Tensor = self.out(self.relu(self.hidden(x)))
        return scores


def model() -> nn.Module:
    """Return the model in the mode to be documented: `.eval()`, or `.train()` as it comes."""
    return Net().eval()


def inputs() -> torch.Tensor:
    """Return a tensor, a tuple of arguments, or a dict of keyword arguments."""
    return torch.randn(2, 4)


# Optional, the scalar to differentiate: a function `loss(output)`. Without it, it is half the sum
# of the squares of the output.
