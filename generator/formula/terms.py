"""All terms of one reduction with their numbers, as columns: for those too many to be listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from generator.formula.arithmetic import Plain
from generator.formula.assignments import assignments, placed
from generator.formula.evaluation import Evaluation
from generator.formula.expansion import Listed
from generator.formula.memory import known
from generator.formula.operands import Store
from generator.formula.tree import Cond, Equation, Expr, Read, Reduce
from generator.formula.walk import children


@dataclass(frozen=True)
class Terms:
    """The terms in row-major order of their indices; each column has one number a term."""

    axes: tuple[str, ...]
    indices: tuple[Tensor, ...]
    """A column of integers for each axis."""
    reads: tuple[tuple[str, Tensor], ...]
    """What the term reads at its own indices: the tensor's name, and its numbers."""
    values: Tensor


def terms(equation: Equation, operands: Mapping[str, Tensor], listed: Listed) -> Terms | None:
    """The terms of a reduction that was cut short; None where its ranges depend on each other."""
    node = listed.cut
    if node is None:
        return None
    around = dict(listed.around)
    store = Store(equation, operands)
    evaluation = Evaluation(equation, store, Plain(), known(operands, equation, None))
    inner = assignments(evaluation, node, around)
    if inner is None:
        return None
    variables, elements = placed(node, around, inner)
    return Terms(
        axes=listed.axes,
        indices=tuple(inner.unbind(1)),
        reads=tuple(
            (read.tensor, evaluation.at(read, variables, elements)[0]) for read in _reads(node)
        ),
        values=evaluation.at(node.body, variables, elements)[0],
    )


def _reads(node: Reduce) -> Iterator[Read]:
    """The reads of a term outside of reductions within it, and of indices; each once."""
    seen: set[Read] = set()
    waiting: list[Expr | Cond] = [node.body]
    while waiting:
        below = waiting.pop()
        if isinstance(below, Read):
            if below not in seen:
                seen.add(below)
                yield below
        elif not isinstance(below, Reduce):
            waiting.extend(reversed(children(below)))
