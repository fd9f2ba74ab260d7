"""y = x + α z: two tensors, or a tensor and a number, element by element."""

from __future__ import annotations

import torch

from generator.formula.tree import Sym
from generator.layers.pairs import number, pair
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.add",
    "torch.Tensor.add",
    "torch.Tensor.add_",
    "torch.Tensor.__add__",
    "torch.Tensor.__radd__",
    "torch.Tensor.__iadd__",
    arguments="input, other, alpha=1",
    title="Addition",
    search=("plus", "sum of two tensors", "residual connection", "skip connection", "bias"),
)
def add(call: Call) -> Formula:
    """The sum, with the second operand scaled by alpha."""
    both = pair(call)
    factor = number(call, "alpha")
    alpha = Sym("alpha", r"\alpha", "factor of the second operand", integer=False)
    scaled = "" if factor == 1 else f"{factor} times "
    fitting = wrapped(call, both.x + alpha * both.z)
    return Formula(
        summary=f"Each element is {both.says('input')} plus {scaled}{both.says('other')}.",
        forward=both.forward(fitting.body),
        gradients=both.gradients({"input": both.g, "other": alpha * both.g}),
        settings={**both.settings, **fitting.settings, "alpha": factor},
        axes=both.named,
        notes=(*both.notes(), *fitting.notes),
        result="sum",
    )


def _add(*shapes: tuple[int, ...], **options: object) -> Example:
    return Example(
        f"add {shapes}, {options}",
        lambda: (torch.add, tuple(torch.randn(s) for s in shapes), options),
    )


def _number(value: float, **options: object) -> Example:
    return Example(
        f"add {value}, {options}",
        lambda: (torch.Tensor.add, (torch.randn(2, 3), value), options),
    )


def _large() -> torch.Tensor:
    return 1e4 + torch.randn(3, 5)


examples(
    _add((2, 3), (2, 3)),
    _add((2, 3, 4, 5), (3, 1, 1)),
    _add((2, 3), (2, 3), alpha=2.5),
    _add((2, 3), (2, 3), alpha=-0.1),
    _add((2, 3), (2, 3), alpha=0),
    _add((4, 1, 3), (5, 1)),
    _add((3,), (2, 1, 3)),
    _add((), (2, 3)),
    _add((), ()),
    _add((1, 1), (1, 1)),
    _add((0, 3), (1, 3)),
    _add((64, 300), (300,)),
    _number(2),
    _number(0.1),
    _number(0.1, alpha=3),
    _number(-0.7, alpha=0.3),
    _number(True),
    Example("number first", lambda: (torch.add, (0.3, torch.randn(4)), {})),
    Example("__radd__", lambda: (torch.Tensor.__radd__, (torch.randn(4), 3), {})),
    Example("integers added", lambda: (torch.add, (torch.randn(2, 3), torch.arange(3)), {})),
    Example("cancelling", lambda: (torch.add, (_large(), -_large()), {"alpha": 1.1})),
)
