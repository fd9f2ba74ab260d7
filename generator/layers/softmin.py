"""y_k = e^(m - x_k) / Σ_j e^(m - x_j): softmax of the negative, so that small numbers get most."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, smallest, total
from generator.formula.tree import Equation, Expr, Read, Stage, Tensor, Var
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.shares import Shares, shares_of
from generator.layers.tensors import gradient_of, upstream

_MINIMUM = Note(
    "Why the minimum is subtracted",
    r"\(e^{m}\) cancels in the fraction, so the result is the same without it; with the minimum "
    "taken off no exponent is positive, and nothing overflows.",
)


@explains(
    "torch.nn.Softmin",
    "torch.nn.functional.softmin",
    arguments="input, dim=None, _stacklevel=3, dtype=None",
    title="Softmin",
    search=("softmax of the negative", "nn.Softmin", "F.softmin"),
)
def softmin(call: Call) -> Formula:
    """Softmin along one axis, with the minimum subtracted as every library does."""
    shares = shares_of(call)
    small = _Small(shares)
    count, place = call.shape()[shares.place], shares.place
    return Formula(
        summary=f"The {count} numbers along axis {place} become positive shares that add up to 1, "
        "the smallest number getting the largest share.",
        forward=small.forward(),
        gradients={"input": small.gradient()},
        settings=shares.settings,
        axes={"input": shares.names, "output": shares.names},
        notes=(_MINIMUM,),
    )


@dataclass(frozen=True)
class _Small:
    """The stages of one call."""

    shares: Shares
    j = Var("j")

    def _one(self, name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
        """A quantity for each index of the other axes."""
        tensor = Tensor(name, latex, self.shares.lead_sizes, meaning, "stage")
        return Stage(tensor, self.shares.lead, body), tensor[self.shares.lead]

    @property
    def minimum(self) -> tuple[Stage, Read]:
        here = self.shares.x[self.shares.at(self.j)]
        body = smallest(self.j.over(self.shares.length), here)
        return self._one("minimum", "m", "smallest input along the axis", body)

    @property
    def normaliser(self) -> tuple[Stage, Read]:
        power = apply("exp", self.minimum[1] - self.shares.x[self.shares.at(self.j)])
        body = total(self.j.over(self.shares.length), power)
        return self._one("normaliser", "Z", "sum of the exponentials", body)

    @property
    def share(self) -> Expr:
        x = self.shares.x[self.shares.indices]
        return apply("exp", self.minimum[1] - x) / self.normaliser[1]

    @property
    def stages(self) -> tuple[Stage, ...]:
        return self.minimum[0], self.normaliser[0]

    def forward(self) -> Equation:
        shares = self.shares
        return Equation(shares.output(), shares.indices, self.share, (shares.x,), self.stages)

    def gradient(self) -> Equation:
        """∂L/∂x_k = -p_k (g_k - Σ_j g_j p_j), where p is the output."""
        shares, j = self.shares, self.j
        p = shares.tensor("share", "p", "the output, computed once more from the input", "stage")
        g = upstream(shares.output())
        mean = total(j.over(shares.length), g[shares.at(j)] * p[shares.at(j)])
        return Equation(
            gradient_of(shares.x),
            shares.indices,
            -(p[shares.indices] * (g[shares.indices] - mean)),
            (g, shares.x),
            (*self.stages, Stage(p, shares.indices, self.share)),
        )


def _module(dim: int, *shape: int, dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"Softmin({dim}) of {shape} in {dtype}",
        lambda: (nn.Softmin(dim), (torch.randn(shape).to(dtype),), {}),
    )


examples(
    _module(0, 5),
    _module(1, 3, 4),
    _module(-1, 2, 3, 4),
    _module(1, 2, 3, 4, 2),
    _module(-1, 8, 150),
    _module(1, 3, 4, dtype=torch.float64),
    _module(1, 3, 4, dtype=torch.bfloat16),
    Example("F.softmin", lambda: (F.softmin, (torch.randn(2, 3), 1), {})),
    Example("large", lambda: (F.softmin, (1000 * torch.randn(4, 6), 1), {})),
    Example("ties", lambda: (F.softmin, (torch.ones(2, 4), 1), {})),
)
