"""y = x + v t / u: a tensor plus a scaled quotient of two others."""

from __future__ import annotations

import torch

from generator.formula.tree import Sym
from generator.layers.broadcasting import Words, broadcast
from generator.layers.pairs import number
from generator.layers.registry import Call, Example, Formula, examples, explains

_WORDS = {
    "input": Words("x", "Input", "input", said="the input"),
    "tensor1": Words("t", "Numerator", "numerator"),
    "tensor2": Words("u", "Denominator", "denominator"),
}
_SCALE = Sym("v", "v", "factor of the quotient", integer=False)


@explains(
    "torch.addcdiv",
    "torch.Tensor.addcdiv",
    "torch.Tensor.addcdiv_",
    arguments="input, tensor1, tensor2, *, value=1",
    title="Addition of a quotient",
    search=("optimizer step", "torch.addcdiv"),
)
def addcdiv(call: Call) -> Formula:
    """The input and the quotient, scaled."""
    every = broadcast(call, _WORDS)
    x, t, u, g = every["input"], every["tensor1"], every["tensor2"], every.g
    v, scale = _SCALE, number(call, "value")

    scaled = "" if scale == 1 else f"{scale} times "
    return Formula(
        summary=f"Each element is {every.says('input')} plus {scaled}{every.says('tensor1')} "
        f"divided by {every.says('tensor2')}.",
        forward=every.forward(x + v * t / u),
        gradients=every.gradients(
            {"input": g, "tensor1": g * (v / u), "tensor2": -(g * ((v * t) / (u * u)))}
        ),
        settings={**every.settings, "v": scale},
        axes=every.named,
        notes=every.notes(),
    )


def _of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32, **given: float) -> Example:
    return Example(
        f"{shapes} of {dtype}, {given}",
        lambda: (torch.addcdiv, tuple(_apart(s).to(dtype) for s in shapes), dict(given)),
    )


def _apart(shape: tuple[int, ...]) -> torch.Tensor:
    x = torch.randn(shape)
    return x + 0.2 * x.sign()


examples(
    _of((2, 3), (2, 3), (2, 3)),
    _of((2, 3), (2, 3), (2, 3), value=0.3),
    _of((2, 3, 4), (4,), (3, 1), value=-2),
    _of((), (), ()),
    _of((0, 2), (2,), ()),
    _of((3,), (2, 1), (3,)),
    _of((4, 5), (4, 5), (5,), dtype=torch.float64, value=0.1),
    _of((4, 5), (4, 5), (5,), dtype=torch.bfloat16, value=0.1),
)
