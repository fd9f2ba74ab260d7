"""y = x + v t u: a tensor plus a scaled product of two others."""

from __future__ import annotations

import torch

from generator.formula.tree import Sym
from generator.layers.broadcasting import Words, broadcast
from generator.layers.pairs import number
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.whole_numbers import wrapped

_WORDS = {
    "input": Words("x", "Input", "input", said="the input"),
    "tensor1": Words("t", "First Factor", "first factor"),
    "tensor2": Words("u", "Second Factor", "second factor"),
}
_SCALE = Sym("v", "v", "factor of the product", integer=False)


@explains(
    "torch.addcmul",
    "torch.Tensor.addcmul",
    "torch.Tensor.addcmul_",
    arguments="input, tensor1, tensor2, *, value=1",
    title="Addition of a product",
    search=("fused multiply-add", "torch.addcmul"),
)
def addcmul(call: Call) -> Formula:
    """The input and the product, scaled."""
    every = broadcast(call, _WORDS)
    x, t, u, g = every["input"], every["tensor1"], every["tensor2"], every.g
    v, scale = _SCALE, number(call, "value")
    fitting = wrapped(call, x + v * t * u)
    scaled = "" if scale == 1 else f"{scale} times "
    return Formula(
        summary=f"Each element is {every.says('input')} plus {scaled}{every.says('tensor1')} "
        f"times {every.says('tensor2')}.",
        forward=every.forward(fitting.body),
        gradients=every.gradients({"input": g, "tensor1": v * g * u, "tensor2": v * g * t}),
        settings={**every.settings, **fitting.settings, "v": scale},
        axes=every.named,
        notes=(*every.notes(), *fitting.notes),
    )


def _of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32, **given: float) -> Example:
    return Example(
        f"{shapes} of {dtype}, {given}",
        lambda: (torch.addcmul, tuple(torch.randn(s).to(dtype) for s in shapes), dict(given)),
    )


examples(
    _of((2, 3), (2, 3), (2, 3)),
    _of((2, 3), (2, 3), (2, 3), value=0.3),
    _of((2, 3, 4), (4,), (3, 1), value=-2),
    _of((), (), ()),
    _of((0, 2), (2,), ()),
    _of((3,), (2, 1), (3,)),
    _of((4, 5), (4, 5), (5,), dtype=torch.float64, value=0.1),
    _of((4, 5), (4, 5), (5,), dtype=torch.bfloat16, value=0.1),
    Example("whole", lambda: (torch.addcmul, (torch.arange(3),) * 3, {"value": 2})),
    Example("bytes", lambda: (torch.addcmul, (torch.arange(99, 103).byte(),) * 3, {})),
)
