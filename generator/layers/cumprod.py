"""y_i = Π x_k over k ≤ i: the running product along an axis."""

from __future__ import annotations

import torch

from generator.formula.build import cases, equal, product, total
from generator.formula.tree import Equation
from generator.layers.over_axes import refuse_whole
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.running import Running, running
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.cumprod",
    "torch.Tensor.cumprod",
    "torch.Tensor.cumprod_",
    arguments="input, dim, dtype=None",
    title="Cumulative product",
    search=("running product", "prefix product", "scan"),
)
def cumprod(call: Call) -> Formula:
    """The product of all elements up to each one along the axis `dim`."""
    refuse_whole(call)
    run = running(call)
    forward = product(run.before, run.value(run.other)) if run.axes else run.value()
    held = wrapped(call, forward)
    return run.formula(
        "the product of all values",
        run.forward(held.body),
        _gradients(run) if run.axes else run.gradients(run.g()),
        result="product",
        notes=held.notes,
        numbers=held.settings,
    )


def _gradients(run: Running) -> dict[str, Equation]:
    """Π x_k over k < i, times r_i = g_i + x_{i+1} r_{i+1}: what all later products send back.

    The sum is Horner's scheme, so that nothing is divided by an element that may be 0. Torch
    divides Σ g_k y_k over k ≥ i by x_i where that is not 0.
    """
    i, last = run.axis.at, run.axis.length - 1
    meaning = "what the products from here on send back, without the factors up to here"
    _, declared = run.stage("later", "r", meaning, run.g(), backwards=True)
    body = run.g() + run.value(i + 1) * declared[run.moved(i + 1)]
    horner = cases((equal(i, last), run.g()), otherwise=body)
    later, _ = run.stage("later", "r", meaning, horner, backwards=True)
    so_far = product(run.before, run.value(run.other))
    products, y = run.stage("product", "y", "the output, computed once more from the input", so_far)
    meaning = "what a product sends back, times that product"
    parts, sent = run.stage("part", "s", meaning, run.g() * y[run.at])
    together = total(run.after, sent[run.moved(run.other)])
    sums, total_sent = run.stage("parts", "t", "what all later products send back", together)
    textbook = declared[run.at] * product(run.other.over(i), run.value(run.other))
    divided = cases((equal(run.value(), 0), textbook), otherwise=total_sent[run.at] / run.value())
    return run.gradients(textbook, stages=(later, products, parts, sums), arithmetic=divided)


def _cumprod(shape: tuple[int, ...], dim: int, **options: object) -> Example:
    return Example(
        f"cumprod {shape}, {dim}, {options}",
        lambda: (torch.cumprod, (torch.randn(shape), dim), options),
    )


def _zeros(count: int) -> torch.Tensor:
    x = torch.randn(3, 9)
    x[1, torch.randperm(9)[:count]] = 0.0
    return x


examples(
    _cumprod((2, 3, 4), 0),
    _cumprod((2, 3, 4), 1),
    _cumprod((2, 3, 4, 2), -1),
    _cumprod((7,), 0),
    _cumprod((), 0),
    _cumprod((3, 1), 1),
    _cumprod((0, 3), 0),
    _cumprod((2, 30), 1),
    _cumprod((3, 4), 1, dtype=torch.float64),
    Example("one zero", lambda: (torch.Tensor.cumprod, (_zeros(1), 1), {})),
    Example("several zeros", lambda: (torch.Tensor.cumprod, (_zeros(3), 1), {})),
    Example("near one", lambda: (torch.cumprod, (1 - 0.1 * torch.rand(2, 60), 1), {})),
    Example("of int16", lambda: (torch.cumprod, (torch.randint(-3, 3, (3, 9)).short(), 1), {})),
    Example(
        "in int32",
        lambda: (torch.cumprod, (torch.randint(99, (3, 7)), 1), {"dtype": torch.int32}),
    ),
    Example("of bool", lambda: (torch.cumprod, (torch.rand(3, 9) > 0.2, 1), {})),
    Example("of float16", lambda: (torch.cumprod, (torch.randn(3, 9).half(), 1), {})),
)
