"""y = (Σ over the window of x^q)^(1/q): between the sum of a window and its largest value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, equal, total
from generator.formula.text import plain_number
from generator.formula.tree import Div, Equation, Expr, Num, Stage, Sym, Tensor, mul
from generator.layers.broadcasting import number
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.pooling import Plan, plan, window_notes, window_text
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

# p is the padding of a window along a single axis, r a row or plane of the input
_P = Sym("norm_type", "q", "exponent", integer=False)
_SIGNS = Note(
    "No absolute value is taken",
    r"Unlike in a norm it is \(x^q\), not \(|x|^q\): for an odd q negative values count against "
    "positive ones, and a negative sum has no root: it gives NaN.",
)


def lp_pool(call: Call) -> Formula:
    """The root of a sum of powers of each window, over one to three spatial axes."""
    real(call, "input")
    refuse_types(call)
    p = number(call, "norm_type")
    if not math.isfinite(p) or p <= 0 or call.output.dtype == "float16":
        message = f"{spelled(call)}(norm_type={p}) in {call.output.dtype} is not explained"
        raise Refused(message)
    found = plan(replace(call, options={**call.options, "padding": 0}))
    if found.outside:
        raise Refused(f"{spelled(call)}: windows beyond the edge are not explained")
    x = Tensor("input", "x", found.lengths, "input of the layer", label="Input Receptive Field")
    y = Tensor("output", "y", found.counts, "output of the layer", "result")
    cells = math.prod(w.extent for w in found.windows)
    odd = not float(p).is_integer() or int(p) % 2 == 1
    return Formula(
        summary=f"Each output is a root of the sum of the values to the power of {plain_number(p)} "
        f"in {window_text(found, 'zeros')}.",
        forward=_forward(found, x, y),
        gradients={"input": _gradient(found, x, y)},
        settings={**found.settings, "norm_type": int(p) if float(p).is_integer() else p},
        axes={"input": found.names, "output": found.names},
        sizes=found.sizes,
        multiply_adds=cells * math.prod(call.output.shape) if p == 2 else 0,
        notes=(*((_SIGNS,) if odd and p != 1 else ()), *window_notes(found)),
        indices=found.indices,
    )


for _rank in (1, 2, 3):
    explains(
        f"torch.nn.LPPool{_rank}d",
        f"torch.nn.functional.lp_pool{_rank}d",
        arguments="input, norm_type, kernel_size, stride=None, ceil_mode=False",
        title=f"Power-average pooling, {_rank}d",
        search=("LP pooling", "norm pooling", f"nn.LPPool{_rank}d", f"F.lp_pool{_rank}d"),
    )(lp_pool)


def _sums(found: Plan, x: Tensor) -> Stage:
    """Σ x^q of each window; torch takes the mean, and multiplies it by the number of cells."""
    tensor = Tensor("power_sum", "S", found.counts, "sum of the powers in the window", "stage")
    return Stage(tensor, found.window, total(found.offsets, x[found.reads] ** _P))


def _rounded(found: Plan, value: Expr) -> Expr:
    cells = mul(*(a.extent for a in found.axes))
    return value / cells * cells


def _forward(found: Plan, x: Tensor, y: Tensor) -> Equation:
    summed = total(found.offsets, x[found.reads] ** _P)
    root = Div(Num(1), _P)
    order = _rounded(found, summed) ** root
    return Equation(y, found.window, summed**root, (x,), arithmetic=order)


def _gradient(found: Plan, x: Tensor, y: Tensor) -> Equation:
    """∂L/∂x = x^(q-1) Σ g S^(1/q - 1) over the windows that have x; 0 where a sum is 0."""
    g, sums = upstream(y), _sums(found, x)
    S, value = sums.tensor[found.window], x[found.source]
    root = Div(Num(1), _P) - 1
    here = g[found.window]
    share = cases((equal(S, 0), 0), otherwise=here * S**root)
    order = here * Div(Num(1), _P) * _rounded(found, S) ** root
    steps = cases((equal(S, 0), 0), otherwise=_rounded(found, order))
    return Equation(
        gradient_of(x),
        found.source,
        value ** (_P - 1) * total(found.covering, share),
        (g, x),
        (sums,),
        arithmetic=_P * value ** (_P - 1) * total(found.covering, steps),
    )


def _example(
    layer: Callable[..., object], *shape: int, dtype: torch.dtype = torch.float32
) -> Example:
    return Example(
        f"{layer} of {shape} in {dtype}",
        lambda: (layer, ((torch.rand(shape) + 0.1).to(dtype),), {}),
    )


examples(
    _example(nn.LPPool2d(2, 2), 2, 3, 4, 6),
    _example(nn.LPPool2d(2, 3, 1), 1, 2, 5, 6),
    _example(nn.LPPool2d(1, 2), 1, 2, 4, 4),
    _example(nn.LPPool2d(3, (2, 3), (2, 1)), 1, 2, 5, 6),
    _example(nn.LPPool2d(1.5, 2), 2, 4, 4),
    _example(nn.LPPool1d(2, 3, 2), 2, 3, 8),
    _example(nn.LPPool3d(2, 2), 1, 2, 4, 2, 4),
    _example(nn.LPPool2d(2, 2), 2, 3, 4, 6, dtype=torch.float64),
    _example(nn.LPPool2d(2, 2), 2, 3, 4, 6, dtype=torch.bfloat16),
    Example("of both signs", lambda: (F.lp_pool2d, (torch.randn(1, 2, 4, 4), 2, 2), {})),
)
