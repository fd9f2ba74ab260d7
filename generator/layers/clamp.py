"""y = min(max(x, l), u): every element brought between two bounds."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, every, larger, smaller
from generator.formula.tree import Cond, Either, Expr
from generator.layers.broadcasting import Broadcast, Words, broadcast
from generator.layers.dtypes import conversions, converted
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_WORDS = {
    "input": Words("x", "Input", "input", said="the input"),
    "min": Words("l", "Lower Bound", "lower bound", "l"),
    "max": Words("u", "Upper Bound", "upper bound", "u"),
}
_STOPPED = Note(
    "No gradient from beyond the bounds",
    "What was cut to a bound sends no gradient back; an element that lies on a bound sends all "
    "of it.",
)
_EQUAL = Note(
    "Equal bounds get no gradient",
    "Where both bounds are equal and the input lies below them, torch sends a gradient to neither.",
)


@explains(
    "torch.clamp",
    "torch.clamp_",
    "torch.clip",
    "torch.clip_",
    "torch.Tensor.clamp",
    "torch.Tensor.clamp_",
    "torch.Tensor.clip",
    "torch.Tensor.clip_",
    arguments="input, min=None, max=None",
    title="Clamp",
    search=("clip", "bounds", "limit", "saturate", "torch.clamp"),
)
@explains(
    "torch.clamp_min",
    "torch.clamp_min_",
    "torch.Tensor.clamp_min",
    "torch.Tensor.clamp_min_",
    arguments="input, min",
    title="Clamp from below",
    search=("clip", "lower bound", "floor", "torch.clamp_min"),
)
@explains(
    "torch.clamp_max",
    "torch.clamp_max_",
    "torch.Tensor.clamp_max",
    "torch.Tensor.clamp_max_",
    arguments="input, max",
    title="Clamp from above",
    search=("clip", "upper bound", "ceiling", "torch.clamp_max"),
)
def clamp(call: Call) -> Formula:
    """The input, and the bound where it lies beyond one; with one bound or two."""
    given = broadcast(call, _WORDS, dtype=call.output.dtype)
    # which of two numbers is larger may depend on how they are rounded to one type
    rounded = conversions(call.tensors, call.output.dtype)
    body = given["input"]
    if "min" in given.operands:
        body = larger(body, given["min"])
    if "max" in given.operands:
        body = smaller(body, given["max"])
    both = not call.output.integer and {"min", "max"} <= set(call.tensors)
    return Formula(
        summary=_summary(given),
        forward=given.forward(converted(body, rounded)),
        gradients=given.gradients(
            {name: converted(part, rounded) for name, part in _parts(given).items()}
        ),
        settings=given.settings,
        axes=given.named,
        notes=(
            *(() if call.output.integer else (_STOPPED,)),
            *((_EQUAL,) if both else ()),
            *given.notes(),
        ),
        conventions=frozenset({"min"} if both else ()),
    )


def _summary(given: Broadcast) -> str:
    bounds = [
        f"{what} {given.says(name)}"
        for name, what in (("min", "at least"), ("max", "at most"))
        if name in given.operands
    ]
    return f"Each element is brought to {' and '.join(bounds)}."


def _parts(given: Broadcast) -> dict[str, Expr]:
    x, g = given["input"], given.g
    inside: list[Cond] = []
    parts: dict[str, Expr] = {}
    if "min" in given.operands:
        low = given["min"]
        inside.append(low <= x)
        parts["min"] = bracket(x < low) * g
    if "max" in given.operands:
        high = given["max"]
        inside.append(x <= high)
        parts["max"] = bracket(high < x) * g
    if len(inside) == 2:
        parts["min"] = bracket(every(x < low, low < high)) * g
        # a lower bound above the upper one gives way
        parts["max"] = bracket(Either((high < x, high < low))) * g
    parts["input"] = bracket(every(*inside)) * g
    return parts


def _clamp(x: tuple[int, ...], *bounds: float | None) -> Example:
    return Example(f"{x} to {bounds}", lambda: (torch.clamp, (2 * torch.randn(x), *bounds), {}))


def _tensors(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"clamp {shapes}",
        lambda: (
            torch.clamp,
            tuple(0.5 * torch.randint(-4, 4, s) + 0.25 * k for k, s in enumerate(shapes)),
            {},
        ),
    )


def _on() -> torch.Tensor:
    return torch.tensor([-1.0, 0.0, 0.5, 1.0, 2.0])


examples(
    _clamp((2, 3), -0.5, 0.5),
    _clamp((2, 3), 0.1),
    _clamp((2, 3), None, 0.1),
    _clamp((), -1, 1),
    _clamp((0, 3), -1, 1),
    _clamp((2, 1, 2, 3, 2), 0.5, -0.5),
    _clamp((30, 40), -torch.inf, 0.0),
    _tensors((2, 3), (2, 3), (2, 3)),
    _tensors((2, 3), (3,)),
    _tensors((2, 3), (2, 1), ()),
    Example("on the bounds", lambda: (torch.Tensor.clamp, (_on(), 0, 1), {})),
    Example("upper", lambda: (torch.Tensor.clamp, (_on(),), {"max": torch.tensor(0.7)})),
    Example("clip", lambda: (torch.clip, (_on(),), {"min": 0.3})),
    Example("from below", lambda: (torch.clamp_min, (_on(), 0), {})),
    Example("from above", lambda: (torch.Tensor.clamp_max, (_on(), torch.tensor(0.3)), {})),
    Example("whole numbers", lambda: (torch.clamp, (torch.arange(-5, 5), -2, 3), {})),
    Example("promoted", lambda: (torch.clamp, (torch.arange(-5, 5).short(), -1.5, 3), {})),
    Example("of other types", lambda: (torch.clamp, (torch.randn(5), torch.arange(5)), {})),
    Example("halves", lambda: (torch.clamp, (torch.randn(9).half(), -0.1, 0.1), {})),
    Example("bfloat16", lambda: (torch.clamp, (torch.randn(9).bfloat16(), -0.1, 0.1), {})),
    Example("bytes", lambda: (torch.clamp, (torch.arange(9).byte(), 2, 5), {})),
)
