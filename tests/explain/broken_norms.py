"""Batch, layer, group and RMS normalisation, broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from breaking import (
    Broken,
    in_gradient,
    in_output,
    nodes,
    option,
    reading,
    setting,
    shortened,
    stage,
    swapped,
    symbol,
)
from torch import nn

from generator.formula.tree import Add, Apply, Num, Pow, Read

_BATCH, _LAYER = "torch.nn.BatchNorm2d", "torch.nn.LayerNorm"


def _run(make: Callable[[], nn.Module], *shape: int, training: bool = True) -> Any:
    """A norm whose parameters and statistics are not the ones that it starts with."""

    def model() -> Any:
        module = make()
        with torch.no_grad():
            for held in (*module.parameters(), *module.buffers()):
                if held.is_floating_point():
                    held.uniform_(0.5, 1.5)
        return nn.Sequential(module.train(training), nn.Tanh()), (torch.randn(shape),)

    return model


_training = _run(lambda: nn.BatchNorm2d(3), 3, 3, 4, 4)
_evaluation = _run(lambda: nn.BatchNorm2d(3), 2, 3, 4, 4, training=False)
_layer = _run(lambda: nn.LayerNorm(6), 4, 6)
_pixels = _run(lambda: nn.LayerNorm((4, 4)), 2, 4, 4)

_UNBIASED = stage("variance", symbol("M", lambda m: m - 1))


def _epsilon_outside(node: Apply) -> Any:
    """√σ² + ε for √(σ² + ε)."""
    if node.function != "sqrt" or not isinstance(node.operand, Add):
        return node
    variance, epsilon = node.operand.terms
    return Apply("sqrt", variance) + epsilon


def _centred_on(sign: int) -> Any:
    return lambda mean: mean * sign


BATCH = [
    Broken("unbiased variance", _BATCH, _training, "output", in_output(_UNBIASED)),
    Broken("unbiased variance", _BATCH, _training, "grad x", in_gradient("input", _UNBIASED)),
    Broken("eps twice as large", _BATCH, _training, "output", setting("eps", lambda e: 2 * e)),
    Broken(
        "mean over the samples' own channels",
        _BATCH,
        _training,
        "output",
        in_output(stage("mean", swapped("input", 0, 1))),
    ),
    Broken(
        "mean of the upstream gradient forgotten",
        _BATCH,
        _training,
        "grad x",
        in_gradient("input", reading("mean_upstream", lambda _: 0)),
    ),
    Broken(
        "the variance's part forgotten",
        _BATCH,
        _training,
        "grad x",
        in_gradient("input", reading("mean_upstream_normalised", lambda _: 0)),
    ),
    Broken("weight forgotten", _BATCH, _training, "grad x", setting("weight", lambda _: False)),
    Broken("running statistics", _BATCH, _training, "output", option("training", False)),
    Broken("statistics of the batch", _BATCH, _evaluation, "output", option("training", True)),
    Broken("statistics of the batch", _BATCH, _evaluation, "grad x", option("training", True)),
    Broken(
        "eps outside of the root",
        _BATCH,
        _evaluation,
        "output",
        in_output(nodes(Apply, _epsilon_outside)),
    ),
    Broken(
        "mean added",
        _BATCH,
        _evaluation,
        "output",
        in_output(reading("running_mean", _centred_on(-1))),
    ),
    Broken("bias dropped", _BATCH, _evaluation, "output", setting("bias", lambda _: False)),
    Broken(
        "eps 1.1 times as large", _BATCH, _evaluation, "output", setting("eps", lambda e: 1.1 * e)
    ),
]


def _transposed(read: Read) -> Read:
    return replace(read, indices=read.indices[::-1])


LAYER = [
    Broken("unbiased variance", _LAYER, _layer, "output", in_output(_UNBIASED)),
    Broken("eps twice as large", _LAYER, _layer, "output", setting("eps", lambda e: 2 * e)),
    Broken("no eps", _LAYER, _layer, "grad x", setting("eps", lambda _: 0.0)),
    Broken(
        "weight transposed", _LAYER, _pixels, "output", in_output(reading("weight", _transposed))
    ),
    Broken("bias dropped", _LAYER, _layer, "output", setting("bias", lambda _: False)),
    Broken(
        "a term forgotten",
        _LAYER,
        _layer,
        "grad x",
        in_gradient("input", reading("mean_weighted_normalised", lambda _: 0)),
    ),
    Broken(
        "not normalised",
        _LAYER,
        _layer,
        "grad weight",
        in_gradient("weight", reading("normalised", lambda n: Read("input", n.indices))),
    ),
]

_GROUP, _RMS = "torch.nn.GroupNorm", "torch.nn.RMSNorm"
_group = _run(lambda: nn.GroupNorm(2, 4), 2, 4, 3)
_rms = _run(lambda: nn.RMSNorm(6, eps=1e-5), 4, 6)


def _own_group(read: Read) -> Any:
    """The first group's statistics for all."""
    return replace(read, indices=(read.indices[0], Num(0)))


GROUP = [
    Broken("unbiased variance", _GROUP, _group, "output", in_output(_UNBIASED)),
    Broken(
        "one group's mean for all", _GROUP, _group, "output", in_output(reading("mean", _own_group))
    ),
    Broken("eps twice as large", _GROUP, _group, "output", setting("eps", lambda e: 2 * e)),
    Broken(
        "a term forgotten",
        _GROUP,
        _group,
        "grad x",
        in_gradient("input", reading("mean_weighted", lambda _: 0)),
    ),
    Broken(
        "not normalised",
        _GROUP,
        _group,
        "grad weight",
        in_gradient("weight", reading("normalised", lambda n: Read("input", n.indices))),
    ),
    Broken("one sample alone", _GROUP, _group, "grad bias", in_gradient("bias", shortened("n"))),
]

RMS = [
    Broken("not squared", _RMS, _rms, "output", in_output(nodes(Pow, lambda n: n.base))),
    Broken("weight dropped", _RMS, _rms, "output", setting("weight", lambda _: False)),
    Broken("eps twice as large", _RMS, _rms, "output", setting("eps", lambda e: 2 * e)),
    Broken(
        "a term forgotten",
        _RMS,
        _rms,
        "grad x",
        in_gradient("input", reading("mean_weighted_normalised", lambda _: 0)),
    ),
    Broken(
        "not normalised",
        _RMS,
        _rms,
        "grad weight",
        in_gradient("weight", reading("normalised", lambda n: Read("input", n.indices))),
    ),
]

CASES = [*BATCH, *LAYER, *GROUP, *RMS]
