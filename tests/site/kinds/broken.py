"""A model whose file fails <b>here</b> & there."""

from torch import nn


def model() -> nn.Module:
    raise ValueError("no weights for <model> & co")


def inputs():
    return None
