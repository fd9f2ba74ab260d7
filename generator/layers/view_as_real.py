"""y[…, 0] + i·y[…, 1] = x[…]: complex numbers as pairs of real ones, and back."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation, Tensor
from generator.layers.axes import at, lengths, names, settings
from generator.layers.complexes import COUNTS, PART, PARTS, TWO
from generator.layers.dims import dims
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.tensors import gradient_of, upstream

_PAIRS = Note(
    "Nothing moves",
    "In memory a complex number is the pair of its real and its imaginary part, so that both "
    "tensors are the same numbers in the same order.",
)


@explains(
    "torch.view_as_real",
    "torch.view_as_real_copy",
    arguments="input",
    title="View as real numbers",
    search=("view_as_real", "pairs"),
    complex_=True,
)
@explains(
    "torch.view_as_complex",
    "torch.view_as_complex_copy",
    arguments="input",
    title="View as complex numbers",
    search=("view_as_complex", "pairs", "rotary position embedding"),
    complex_=True,
)
def view(call: Call) -> Formula:
    """The same numbers, with an axis of length 2 or in its place complex ones."""
    to_real = not call.output.dtype.startswith("complex")
    shape = call.shape() if to_real else call.output.shape
    axes = dims(len(shape))
    sizes, indices = (*lengths(axes), TWO), (*at(axes), PART)
    x = Tensor("input", "x", sizes, "input", label="Input")
    y = Tensor("output", "y", sizes, "output", "result", label="Output")
    named = (*names(axes), PARTS)
    kind = "pair of real numbers becomes a complex one"
    return Formula(
        summary=f"Each {'complex number becomes a pair of real ones' if to_real else kind}.",
        forward=Equation(y, indices, x[indices], (x,)),
        gradients={
            "input": Equation(gradient_of(x), indices, upstream(y)[indices], (upstream(y),))
        },
        settings=settings(axes, shape),
        axes={"input": named, "output": named},
        notes=(_PAIRS,),
        indices={PART.name: COUNTS},
    )


def _of(function: Callable[..., object], *shape: int, dtype: torch.dtype) -> Example:
    return Example(
        f"{function.__name__} {shape} {dtype}",
        lambda: (function, (torch.randn(shape, dtype=dtype),), {}),
    )


examples(
    _of(torch.view_as_real, 2, 3, dtype=torch.complex64),
    _of(torch.view_as_real, dtype=torch.complex64),
    _of(torch.view_as_real, 0, 3, dtype=torch.complex128),
    _of(torch.view_as_complex, 2, 3, 2, dtype=torch.float32),
    _of(torch.view_as_complex, 2, dtype=torch.float64),
)
