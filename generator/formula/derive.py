"""The derivative of a forward equation, by autograd through its own float64 evaluation.

It is the second oracle for a gradient equation: a gradient is linear in the upstream gradient, so
at a sample S of the outputs, with the upstream gradient set to zero elsewhere, the gradient
equation must give Σ over S of upstream · ∂output/∂operand.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain
from generator.formula.evaluation import Evaluation
from generator.formula.operands import Store
from generator.formula.tree import Equation


def derivative(
    equation: Equation,
    operands: Mapping[str, Tensor],
    wrt: tuple[str, ...],
    elements: Tensor,
    upstream: Tensor,
) -> dict[str, Tensor]:
    """Σ over the elements of upstream · ∂result/∂operand, float64, for each operand in `wrt`.

    `elements` has shape (count, axes), `upstream` shape (count,); each gradient has its operand's
    shape.
    """
    leaves = {
        name: tensor.detach().to(torch.float64).requires_grad_()
        for name, tensor in operands.items()
        if name in wrt
    }
    store = Store(equation, {**operands, **leaves})
    with torch.enable_grad():
        values, _ = Evaluation(equation, store, Plain(shared=equation.shared)).at(
            equation.body, equation.indices, elements
        )
        if not values.requires_grad:
            # a sum over nothing, or a factor configured as zero: no operand is read at all
            return {name: torch.zeros_like(leaves[name]) for name in wrt}
        found = torch.autograd.grad(
            values, [leaves[name] for name in wrt], upstream.to(torch.float64), allow_unused=True
        )
    return {
        name: torch.zeros_like(leaves[name]) if gradient is None else gradient
        for name, gradient in zip(wrt, found, strict=True)
    }
