"""y = x where b is true, otherwise z: a choice between two operands, element by element."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, cases, equal, unequal
from generator.layers.broadcasting import Words, broadcast
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_WORDS = {
    "condition": Words("b", "Condition", "condition"),
    "input": Words("x", "Input", "first operand", "s", "the first operand"),
    "other": Words("z", "Other", "second operand", "t", "the second operand"),
}
_NAN = Note(
    "What is not chosen has no part in it",
    "Not even as NaN or infinity, in the result or in the gradient, which is 0 there. What was "
    "computed before this step still sends its own NaN back.",
)


@explains(
    "torch.where",
    arguments="condition, input=None, other=None",
    title="Choice by a condition",
    search=("select", "ternary", "if else", "mask", "torch.where"),
)
@explains(
    "torch.Tensor.where",
    arguments="input, condition, other=None",
    title="Choice by a condition",
    search=("select", "ternary", "if else", "mask", "torch.where"),
)
def where(call: Call) -> Formula:
    """One operand or the other, by the condition."""
    for name in ("input", "other"):
        if name not in call.tensors and call.options[name] is None:
            raise Refused(f"{spelled(call)} of a condition alone is not explained")
    every = broadcast(call, _WORDS, dtype=call.output.dtype)
    b, x, z, g = every["condition"], every["input"], every["other"], every.g
    return Formula(
        summary=f"Each element is {every.says('input')} where the condition is true, otherwise "
        f"{every.says('other')}.",
        forward=every.forward(cases((unequal(b, 0), x), otherwise=z)),
        gradients=every.gradients(
            {"input": bracket(unequal(b, 0)) * g, "other": bracket(equal(b, 0)) * g}
        ),
        settings=every.settings,
        axes=every.named,
        notes=(_NAN, *every.notes()),
    )


def _where(c: tuple[int, ...], x: tuple[int, ...], z: tuple[int, ...]) -> Example:
    return Example(
        f"where {c}, {x}, {z}",
        lambda: (torch.where, (torch.rand(c) > 0.5, torch.randn(x), torch.randn(z)), {}),
    )


def _mask() -> torch.Tensor:
    return torch.tensor([True, False, True])


def _minus() -> torch.Tensor:
    return torch.tensor([-torch.inf, torch.inf, 1.0])


examples(
    _where((2, 3), (2, 3), (2, 3)),
    _where((2, 3), (), ()),
    _where((3, 1), (2, 1, 4), (4,)),
    _where((), (2, 3), (3,)),
    _where((), (), ()),
    _where((2, 0), (1,), (2, 1)),
    Example("a number", lambda: (torch.where, (_mask(), torch.randn(3), 0.1), {})),
    Example("number first", lambda: (torch.where, (_mask(), -torch.inf, torch.randn(3)), {})),
    Example("numbers", lambda: (torch.where, (_mask(), 1.5, 0.1), {})),
    Example("whole numbers", lambda: (torch.where, (_mask(), 1, 2), {})),
    Example("of whole numbers", lambda: (torch.where, (_mask(), torch.arange(3), -100), {})),
    Example("promoted", lambda: (torch.where, (_mask(), torch.arange(3), torch.randn(3)), {})),
    Example("halves", lambda: (torch.where, (_mask(), torch.randn(3).bfloat16(), 0.1), {})),
    Example("infinities", lambda: (torch.where, (_mask(), torch.randn(3), _minus()), {})),
    Example("Tensor.where", lambda: (torch.Tensor.where, (torch.randn(3), _mask(), 0.3), {})),
)
