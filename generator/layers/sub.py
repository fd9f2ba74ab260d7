"""y = x - α z: the difference of two tensors, or of a tensor and a number, in either order."""

from __future__ import annotations

import torch

from generator.formula.tree import Neg, Sym
from generator.layers.pairs import Pair, number, pair
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.whole_numbers import wrapped

_ALPHA = Sym("alpha", r"\alpha", "factor of what is subtracted", integer=False)


@explains(
    "torch.sub",
    "torch.subtract",
    "torch.Tensor.sub",
    "torch.Tensor.sub_",
    "torch.Tensor.subtract",
    "torch.Tensor.subtract_",
    "torch.Tensor.__sub__",
    "torch.Tensor.__isub__",
    arguments="input, other, alpha=1",
    title="Subtraction",
    search=("minus", "difference"),
)
def sub(call: Call) -> Formula:
    """The first operand less the second one."""
    return _difference(pair(call), "input", "other")


@explains(
    "torch.rsub",
    "torch.Tensor.__rsub__",
    arguments="input, other, alpha=1",
    title="Subtraction",
    search=("minus", "difference", "reverse subtraction"),
)
def rsub(call: Call) -> Formula:
    """The second operand less the first one."""
    return _difference(pair(call), "other", "input")


def _difference(both: Pair, first: str, second: str) -> Formula:
    factor = number(both.call, "alpha")
    scaled = "" if factor == 1 else f"{factor} times "
    values = {name: operand.value for name, operand in both.operands.items()}
    fitting = wrapped(both.call, values[first] - _ALPHA * values[second])
    return Formula(
        summary=f"Each element is {both.says(first)} minus {scaled}{both.says(second)}.",
        forward=both.forward(fitting.body),
        gradients=both.gradients({first: both.g, second: Neg(_ALPHA * both.g)}),
        settings={**both.settings, **fitting.settings, "alpha": factor},
        axes=both.named,
        notes=(*both.notes(), *fitting.notes),
        result="difference",
    )


def _sub(*shapes: tuple[int, ...], **options: object) -> Example:
    return Example(
        f"sub {shapes}, {options}",
        lambda: (torch.sub, tuple(torch.randn(s) for s in shapes), options),
    )


def _near() -> tuple[torch.Tensor, torch.Tensor]:
    x = 1e4 + torch.randn(4, 5)
    return x, x + 1e-2 * torch.randn(4, 5)


examples(
    _sub((2, 3), (2, 3)),
    _sub((2, 3), (2, 3), alpha=2.5),
    _sub((2, 3), (2, 3), alpha=-3),
    _sub((2, 3, 4), (3, 1)),
    _sub((3, 1), (2, 3, 4)),
    _sub((), (2, 3)),
    _sub((100, 40), (40,)),
    _sub((1, 0), (1, 1)),
    Example("a number subtracted", lambda: (torch.Tensor.sub, (torch.randn(5), 0.1), {})),
    Example("subtracted from a number", lambda: (torch.Tensor.__rsub__, (torch.randn(5), 1), {})),
    Example("number first", lambda: (torch.sub, (0.7, torch.randn(5)), {"alpha": 2})),
    Example("rsub", lambda: (torch.rsub, (torch.randn(2, 3), torch.randn(3)), {"alpha": 0.3})),
    Example("integers", lambda: (torch.sub, (torch.randn(2, 3), torch.arange(3)), {})),
    Example("nearly equal", lambda: (torch.sub, _near(), {})),
)
