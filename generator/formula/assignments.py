"""The indices over which a reduction runs, all at once: where its ranges do not depend on them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from generator.formula.evaluation import Evaluation
from generator.formula.tree import Bracket, Reduce, Var


def assignments(
    evaluation: Evaluation[Tensor], node: Reduce, around: Mapping[str, int]
) -> Tensor | None:
    """The reduction's own indices where its condition holds, row-major, shape (terms, ranges).

    `around` has the indices around it. None where a range depends on another.
    """
    device = evaluation.store.device
    here = torch.tensor([list(around.values())], dtype=torch.int64, device=device)
    here = here.reshape(1, -1)
    fixed = tuple(Var(name) for name in around)
    spans = []
    try:
        for span in node.ranges:
            start = int(evaluation.at(span.start, fixed, here)[0])
            stop = int(evaluation.at(span.stop, fixed, here)[0])
            spans.append(torch.arange(start, stop, device=device))
    except KeyError:
        return None
    inner = torch.cartesian_prod(*spans).reshape(-1, len(spans))
    if node.where is None or not inner.shape[0]:
        return inner
    variables, elements = placed(node, around, inner)
    return inner[evaluation.at(Bracket(node.where), variables, elements)[0] != 0]


def placed(
    node: Reduce, around: Mapping[str, int], inner: Tensor
) -> tuple[tuple[Var, ...], Tensor]:
    """All indices, those around the reduction and its own, with their values at each term."""
    here = torch.tensor([list(around.values())], dtype=torch.int64, device=inner.device)
    variables = (*(Var(name) for name in around), *(span.var for span in node.ranges))
    return variables, torch.cat([here.reshape(1, -1).expand(inner.shape[0], -1), inner], dim=1)
