"""What the vectorised evaluation of an equation gives at single elements."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import torch
from torch import Tensor

from generator.formula.evaluate import plain
from generator.formula.evaluation import Evaluation
from generator.formula.operands import Store, lengths, offset
from generator.formula.tree import Equation, Expr, Read, Stage, Var


class Vectorised:
    """Values of nodes and stages; what has been evaluated of a stage is not evaluated again."""

    def __init__(self, equation: Equation, operands: Mapping[str, Tensor]) -> None:
        self._equation = equation
        self._operands = operands

    @cached_property
    def evaluation(self) -> Evaluation[Tensor]:
        """The evaluation, once something is asked of it."""
        store = Store(self._equation, self._operands)
        return plain(self._equation, self._operands, store)

    def value(self, node: Expr, at: Mapping[str, int]) -> float:
        """The node's value where its indices are these."""
        variables = tuple(Var(name) for name in at)
        elements = torch.tensor([list(at.values())], device=self.evaluation.store.device)
        return float(self.evaluation.at(node, variables, elements.reshape(1, len(at)))[0])

    def element(self, stage: Stage, index: tuple[int, ...]) -> float:
        """An element of a stage."""
        evaluation = self.evaluation
        place = torch.tensor([offset(index, lengths(stage.tensor))], device=evaluation.store.device)
        for memory in (evaluation.behind, evaluation.known):
            found = memory.get(stage.tensor.name)
            if found is not None and found.has(place, None):
                return float(found.read(place)[0])
        at = {v.name: i for v, i in zip(stage.indices, index, strict=True)}
        return self.value(Read(stage.tensor.name, stage.indices), at)
