"""y = x z: the product of two tensors, or of a tensor and a number, element by element."""

from __future__ import annotations

import torch

from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.whole_numbers import wrapped

_NO_MATRIX_PRODUCT = Note(
    "Not the matrix product",
    r"Each element is multiplied by the one at the same place; the matrix product is written `@`.",
)


@explains(
    "torch.mul",
    "torch.multiply",
    "torch.Tensor.mul",
    "torch.Tensor.mul_",
    "torch.Tensor.multiply",
    "torch.Tensor.multiply_",
    "torch.Tensor.__mul__",
    "torch.Tensor.__rmul__",
    "torch.Tensor.__imul__",
    arguments="input, other",
    title="Multiplication",
    search=("times", "Hadamard product", "elementwise product", "scaling", "gate"),
)
def mul(call: Call) -> Formula:
    """The product, element by element."""
    both = pair(call)
    fitting = wrapped(call, both.x * both.z)
    notes = (*both.notes(), *fitting.notes)
    return Formula(
        summary=f"Each element is {both.says('input')} times {both.says('other')}.",
        forward=both.forward(fitting.body),
        gradients=both.gradients({"input": both.g * both.z, "other": both.g * both.x}),
        settings={**both.settings, **fitting.settings},
        axes=both.named,
        notes=(_NO_MATRIX_PRODUCT, *notes) if len(call.tensors) == 2 else notes,
        result="product",
    )


def _mul(*shapes: tuple[int, ...]) -> Example:
    return Example(f"mul {shapes}", lambda: (torch.mul, tuple(torch.randn(s) for s in shapes), {}))


def _masked() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(3, 4), torch.rand(3, 4) > 0.5


examples(
    _mul((2, 3), (2, 3)),
    _mul((2, 3, 4, 5), (3, 1, 1)),
    _mul((2, 1, 4), (3, 1)),
    _mul((), (2, 3)),
    _mul((), ()),
    _mul((1, 1), (1, 1)),
    _mul((2, 0), (2, 1)),
    _mul((1,), (200, 30)),
    _mul((16, 3, 20, 20), (16, 3, 1, 1)),
    Example("by a number", lambda: (torch.Tensor.mul, (torch.randn(2, 3), 0.3), {})),
    Example("by a power of two", lambda: (torch.Tensor.mul, (torch.randn(2, 3), -2), {})),
    Example("by zero", lambda: (torch.Tensor.mul, (torch.randn(2, 3), 0), {})),
    Example("by one", lambda: (torch.Tensor.mul, (torch.randn(2, 3), 1), {})),
    Example("number first", lambda: (torch.mul, (0.3, torch.randn(5)), {})),
    Example("__rmul__", lambda: (torch.Tensor.__rmul__, (torch.randn(4), 3), {})),
    Example("by a mask", lambda: (torch.mul, _masked(), {})),
    Example("by integers", lambda: (torch.multiply, (torch.arange(3), torch.randn(2, 3)), {})),
    Example("huge and tiny", lambda: (torch.mul, (torch.tensor([1e30, 1e-30]), 1e-7), {})),
)
