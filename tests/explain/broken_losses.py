"""Losses, broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from breaking import Broken, in_gradient, in_output, nodes, option, reading, symbol
from torch import nn

from generator.formula.tree import Bracket, Div, Num, Pow, Read

_ENTROPY, _NLL, _MSE = (f"torch.nn.{n}" for n in ("CrossEntropyLoss", "NLLLoss", "MSELoss"))
_DEFAULT = "layerbook.half_squared_sum"


def _labelled(loss: Callable[[], nn.Module]) -> Any:
    """Scores of 5 examples in 4 classes; labels that leave out the last class."""
    labels = torch.tensor([0, 2, 1, 0, 1])
    return lambda: (loss(), (torch.randn(5, 4).log_softmax(1), labels))


def _weighted() -> torch.Tensor:
    return torch.tensor([0.5, 1.0, 3.0, 4.0])


_entropy = _labelled(nn.CrossEntropyLoss)
_smoothed = _labelled(lambda: nn.CrossEntropyLoss(label_smoothing=0.1))
_entropy_by_weight = _labelled(lambda: nn.CrossEntropyLoss(_weighted()))
_nll = _labelled(nn.NLLLoss)
_nll_by_weight = _labelled(lambda: nn.NLLLoss(_weighted()))


def _squares() -> Any:
    return nn.MSELoss(), (torch.randn(3, 4), torch.randn(3, 4))


def _default() -> Any:
    return nn.Linear(4, 3), (torch.randn(2, 4),)


def _next_class(read: Read) -> Any:
    """The class after the true one."""
    *lead, label = read.indices
    return replace(read, indices=(*lead, label + 1)) if isinstance(label, Read) else read


ENTROPY = [
    Broken(
        "one-hot forgotten",
        _ENTROPY,
        _entropy,
        "grad x",
        in_gradient("input", nodes(Bracket, lambda _: Num(0))),
    ),
    Broken("smoothing ignored", _ENTROPY, _smoothed, "output", option("label_smoothing", 0.0)),
    Broken("smoothing ignored", _ENTROPY, _smoothed, "grad x", option("label_smoothing", 0.0)),
    Broken(
        "smoothing 0.101 for 0.1", _ENTROPY, _smoothed, "output", option("label_smoothing", 0.101)
    ),
    Broken(
        "another class",
        _ENTROPY,
        _entropy,
        "output",
        in_output(reading("log_share", _next_class)),
    ),
    Broken("sum for mean", _ENTROPY, _entropy, "grad x", option("reduction", "sum")),
    Broken(
        "weights of the classes ignored",
        _ENTROPY,
        _entropy_by_weight,
        "output",
        in_output(reading("weight", lambda _: 1.0)),
    ),
]


def _divided_by_count(node: Div) -> Any:
    """A mean over the examples, whatever their weights are."""
    weights = isinstance(node.denominator, Read) and node.denominator.tensor == "counted"
    return Div(node.numerator, Num(5)) if weights else node


LIKELIHOOD = [
    Broken("wrong sign", _NLL, _nll, "output", in_output(reading("input", lambda x: -x))),
    Broken("another class", _NLL, _nll, "output", in_output(reading("input", _next_class))),
    Broken(
        "divided by the number of examples",
        _NLL,
        _nll_by_weight,
        "output",
        in_output(nodes(Div, _divided_by_count)),
    ),
    Broken("sum for mean", _NLL, _nll, "grad x", option("reduction", "sum")),
    Broken(
        "every class",
        _NLL,
        _nll,
        "grad x",
        in_gradient("input", nodes(Bracket, lambda _: Num(1))),
    ),
]

SQUARES = [
    Broken("not squared", _MSE, _squares, "output", in_output(nodes(Pow, lambda n: n.base))),
    Broken(
        "divided by the batch size", _MSE, _squares, "output", in_output(symbol("I", lambda _: 1))
    ),
    Broken("sum for mean", _MSE, _squares, "output", option("reduction", "sum")),
    Broken(
        "2 forgotten",
        _MSE,
        _squares,
        "grad x",
        in_gradient("input", nodes(Num, lambda n: Num(1) if n.value == 2 else n)),
    ),
    Broken(
        "the sign of the input's gradient",
        _MSE,
        _squares,
        "grad target",
        in_gradient("target", reading("grad_output", lambda g: -g)),
    ),
    Broken(
        "½ forgotten", _DEFAULT, _default, "output", in_output(nodes(Div, lambda n: n.numerator))
    ),
    Broken(
        "½ forgotten in the gradient",
        _DEFAULT,
        _default,
        "grad x",
        in_gradient("input", reading("input", lambda y: 2 * y)),
    ),
]

CASES = [*ENTROPY, *LIKELIHOOD, *SQUARES]
