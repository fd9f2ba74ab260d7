"""A model with a container, a step that is not explained, and a layer that is called twice."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        y = self.norm(x)
        x = x + self.attention(y, y, y)[0]
        return x + torch.relu(self.linear(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.blocks = nn.Sequential(Block(), Block())
        self.head = nn.Linear(8, 20)

    def forward(self, ids):
        x = self.blocks(self.embed(ids))
        x = x + torch.linalg.pinv(x).transpose(-1, -2)
        return self.head(self.head(x)[..., :8])


def model():
    return Net().eval()


def inputs():
    return torch.tensor([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]])


def loss(out):
    return nn.functional.cross_entropy(out[0], torch.arange(10))
