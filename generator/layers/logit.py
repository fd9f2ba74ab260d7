"""y = log(x / (1 - x)): the number of which each element is the sigmoid."""

from __future__ import annotations

import math

import torch

from generator.formula.build import apply, bracket, cases, every, larger, smaller
from generator.formula.tree import Sym
from generator.layers.dtypes import held, spelled
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place, number
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.samples import each

_LOW = Sym("l", "l", "smallest element that counts", integer=False)
_HIGH = Sym("u", "u", "largest element that counts", integer=False)
_SHARES = Note(
    "Only shares have one",
    r"At 0 and 1 it is \(-\infty\) and \(\infty\), beyond them NaN; `eps` keeps away from both.",
)


@explains(
    "torch.logit",
    "torch.logit_",
    "torch.Tensor.logit",
    "torch.Tensor.logit_",
    "torch.special.logit",
    arguments="input, eps=None",
    title="Logit",
    search=("log odds", "inverse sigmoid", "torch.logit"),
)
def logit(call: Call) -> Formula:
    """The inverse of the sigmoid, for shares cut to [eps, 1 - eps] where eps is given."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    if call.options["eps"] is None:
        inside = every(x >= 0, x <= 1)
        # the slope at -0 is that at 0
        slope = abs(x) * (1 - x)
        return element.formula(
            "Each element, a share, becomes the logarithm of its odds.",
            element.forward(apply("log", x / (1 - x))),
            element.gradient(cases((inside, g / slope), otherwise=math.nan)),
            notes=(_SHARES, *in_place(call)),
        )
    low, high = _bounds(call)
    cut = smaller(larger(x, _LOW), _HIGH)
    return element.formula(
        f"Each element, a share cut to {low} … {high}, becomes the logarithm of its odds.",
        element.forward(apply("log", cut / (1 - cut))),
        element.gradient(bracket(every(x >= _LOW, x <= _HIGH)) * (g / (x * (1 - x)))),
        notes=(_SHARES, *in_place(call)),
        settings={"l": low, "u": high},
    )


def _bounds(call: Call) -> tuple[float, float]:
    """Both bounds, the upper one rounded as torch computes it."""
    dtype, eps = call.output.dtype, number(call, "eps")
    if dtype not in {"float32", "float64"} or not 0 <= eps < 0.5:
        raise Refused(f"{spelled(call)}(eps={eps}) of {dtype} is not explained")
    low = held(eps, dtype)
    return low, held(1 - low, dtype)


def _edges() -> torch.Tensor:
    return torch.tensor([0.05, 0.1, 0.3, 0.9, 0.95])


examples(
    *each(torch.logit, 1e-6, 0.5, 0.999, low=0.02, high=0.98, whole=()),
    Example("cut", lambda: (torch.logit, (_edges(), 0.1), {})),
    Example("hardly cut", lambda: (torch.special.logit, (torch.rand(20),), {"eps": 1e-6})),
    Example("float64", lambda: (torch.logit, (_edges().double(), 0.1), {})),
)
