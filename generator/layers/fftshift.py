"""y[k] = x[(k - ⌊N/2⌋) mod N]: the frequency 0 is moved to the middle, and back."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation, Expr
from generator.layers.axes import at, names, settings
from generator.layers.complex_calls import by_parts, of_complex
from generator.layers.dims import dims, input_of, output_of, wholes
from generator.layers.dtypes import refuse_types
from generator.layers.registry import Call, Example, Formula, examples, explains, lookup
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.fft.fftshift",
    "torch.fft.ifftshift",
    arguments="input, dim=None",
    title="Shift of frequencies",
    search=("fftshift", "ifftshift", "FFT", "roll"),
)
def fftshift(call: Call) -> Formula:
    """Every axis of `dim` turned by half its length."""
    refuse_types(call)
    rank = len(call.shape())
    axes = dims(rank)
    given = call.options["dim"]
    turned = set(range(rank)) if given is None else {d % rank for d in wholes(call, "dim")}
    integer = call.output.integer
    x, y = input_of(axes, integer=integer), output_of(axes, integer=integer)
    back = call.type.endswith("ifftshift")

    def shifted(*, forward: bool) -> tuple[Expr, ...]:
        return tuple(
            (a.at + a.length // 2 if forward == back else a.at - a.length // 2) % a.length
            if k in turned
            else a.at
            for k, a in enumerate(axes)
        )

    g = upstream(y)
    gradient = Equation(gradient_of(x), at(axes), g[shifted(forward=False)], (g,))
    return Formula(
        summary="Every value moves by half the length of its axis, around the end.",
        forward=Equation(y, at(axes), x[shifted(forward=True)], (x,)),
        gradients={} if integer else {"input": gradient},
        settings=settings(axes, call.shape()),
        axes={"input": names(axes), "output": names(axes)},
    )


@of_complex("torch.fft.fftshift", "torch.fft.ifftshift")
def both_parts(call: Call) -> Formula:
    """The same of complex numbers."""
    rule = lookup(call.type)
    assert rule is not None
    return by_parts(call, rule.explain)


def _of(
    function: Callable[..., object],
    *shape: int,
    dtype: torch.dtype = torch.float32,
    **options: object,
) -> Example:
    return Example(
        f"{function.__name__} {shape} {dtype} {options}",
        lambda: (function, (torch.randn(shape).mul(9).to(dtype),), {**options}),
    )


examples(
    _of(torch.fft.fftshift, 5),
    _of(torch.fft.fftshift, 4, 5),
    _of(torch.fft.fftshift, 2, 4, 5, dim=-1),
    _of(torch.fft.ifftshift, 5),
    _of(torch.fft.ifftshift, 4, 5, 3, dim=(0, 2)),
    _of(torch.fft.fftshift, 1, 2),
    _of(torch.fft.fftshift, 4, 3, dtype=torch.complex64),
    _of(torch.fft.ifftshift, 5, dtype=torch.int64),
)
