"""Calls of recurrent layers for the tests, with every layout of sequences."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from generator.layers.registry import Example

Kind = Callable[..., nn.RNNBase]
Ran = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]


def layer(kind: Kind, name: str, *shape: int, states: bool = False, **options: object) -> Example:
    """A layer from 3 features to 4 hidden units, for an input of this shape before the features."""

    def run() -> Ran:
        module = kind(3, 4, **options)
        if not states:
            return module, (torch.randn(*shape, 3),), {}
        batch = () if len(shape) == 1 else (shape[0 if module.batch_first else 1],)
        return module, (torch.randn(*shape, 3), _states(module, *batch)), {}

    return Example(name, run)


def packed(
    kind: Kind, name: str, *lengths: int, states: bool = False, **options: object
) -> Example:
    """A layer for packed sequences of these lengths."""

    def run() -> Ran:
        module = kind(3, 4, **options)
        in_order = sorted(lengths, reverse=True) == list(lengths)
        data = pack_sequence([torch.randn(n, 3) for n in lengths], enforce_sorted=in_order)
        if not states:
            return module, (data,), {}
        return module, (data, _states(module, len(lengths))), {}

    return Example(name, run)


def _states(module: nn.RNNBase, *batch: int) -> Tensor | tuple[Tensor, Tensor]:
    places = module.num_layers * (2 if module.bidirectional else 1)
    hidden = torch.randn(places, *batch, module.proj_size or 4)
    if not isinstance(module, nn.LSTM):
        return hidden
    return hidden, torch.randn(places, *batch, 4)


def cell(
    kind: Callable[..., nn.RNNCellBase],
    name: str,
    *batch: int,
    states: bool = False,
    **options: object,
) -> Example:
    """A cell from 3 features to 4 hidden units."""

    def run() -> Ran:
        module, x = kind(3, 4, **options), torch.randn(*batch, 3)
        if not states:
            return module, (x,), {}
        h, c = torch.randn(*batch, 4), torch.randn(*batch, 4)
        return module, (x, (h, c) if isinstance(module, nn.LSTMCell) else h), {}

    return Example(name, run)


def cell_function(function: Callable[..., object], name: str, gates: int) -> Example:
    """The function behind a cell."""

    def run() -> Ran:
        h, c = torch.randn(2, 4), torch.randn(2, 4)
        weights = (torch.randn(4 * gates, 3), torch.randn(4 * gates, 4))
        biases = (torch.randn(4 * gates), torch.randn(4 * gates))
        hx = (h, c) if gates == 4 else h
        return function, (torch.randn(2, 3), hx, *weights, *biases), {}

    return Example(name, run)
