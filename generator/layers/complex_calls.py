"""Calls with complex tensors: by a rule of their own, or by the real formula, part by part.

A formula that moves numbers, or adds them with real factors, holds of the real and of the imaginary
part alike: every complex tensor in it gets the index of the part as its last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from generator.formula.tree import Equation, Expr, Read, Stage, Tensor, Var
from generator.formula.walk import children
from generator.layers.complexes import COUNTS, PART, PARTS, TWO, component, is_complex
from generator.layers.registry import Argument, Call, Explain, Formula, Output, Refused, Rule

T = TypeVar("T")

_HANDLED: dict[str, Explain] = {}
_BY_PARTS = frozenset(
    {
        "cat.py",
        "cumsum.py",
        "detach.py",
        "diagonal.py",
        "expand.py",
        "flip.py",
        "gather.py",
        "getitem.py",
        "identity.py",
        "index_select.py",
        "mean.py",
        "meshgrid.py",
        "narrow.py",
        "neg.py",
        "permute.py",
        "repeat.py",
        "repeat_interleave.py",
        "reshape.py",
        "roll.py",
        "rot90.py",
        "select.py",
        "split.py",
        "stack.py",
        "sum.py",
        "trace.py",
        "tril.py",
        "unbind.py",
    }
)
"""Files whose formulas only move numbers, or add them with real factors."""
_CONJUGATING = frozenset(
    {"torch.adjoint", "torch.Tensor.adjoint", "torch.Tensor.H", "torch.Tensor.mH"}
)


def of_complex(*types: str) -> Callable[[Explain], Explain]:
    """Register a function as the explanation of these types' calls with complex tensors.

    Each has a rule for real tensors, whose signature and title hold here too.
    """

    def register(function: Explain) -> Explain:
        for name in types:
            if name in _HANDLED:
                message = f"complex calls of {name} are explained twice"
                raise ValueError(message)
            _HANDLED[name] = function
        return function

    return register


def explanation(rule: Rule, call: Call) -> Formula:
    """The rule's formula of a call; Refused for complex tensors of which there is none."""
    types = [a.dtype for a in (*call.tensors.values(), *call.outputs)]
    if rule.complex_ or not any(t.startswith("complex") for t in types):
        return rule.explain(call)
    if rule.type in _HANDLED:
        return _HANDLED[rule.type](call)
    if rule.file in _BY_PARTS and rule.type not in _CONJUGATING and alike(call):
        return by_parts(call, rule.explain)
    raise Refused(f"{rule.type} on complex numbers is not explained")


def alike(call: Call) -> bool:
    """Whether all floating tensors are complex."""
    every = (*call.tensors.values(), *call.outputs)
    return all(a.integer or component(a.dtype) != a.dtype for a in every)


def by_parts(call: Call, explain: Explain) -> Formula:
    """The formula of the call with real numbers, for each part of the complex ones."""
    real = replace(
        call,
        tensors={n: _real(a) for n, a in call.tensors.items()},
        outputs=tuple(_real(a) for a in call.outputs),
    )
    formula = explain(real)
    given = {n for n in call.tensors if is_complex(call, n)}
    names = {"output", *(f"output_{k}" for k in range(1, len(call.outputs)))} | given
    names |= {f"grad_{n}" for n in names}
    part = _free(formula)

    def lifted(equation: Equation) -> Equation:
        return _Lifting(equation, names, part).equation()

    axes = {n: (*a, PARTS) if n in names else a for n, a in formula.axes.items()}
    return replace(
        formula,
        forward=lifted(formula.forward),
        gradients={n: lifted(g) for n, g in formula.gradients.items()},
        others=tuple(
            Output(
                o.name,
                None if o.equation is None else lifted(o.equation),
                (*o.axes, PARTS),
                o.reason,
            )
            for o in formula.others
        ),
        axes=axes,
        indices={**formula.indices, part.name: COUNTS},
    )


def _real(argument: Argument) -> Argument:
    return replace(argument, dtype=component(argument.dtype))


def _free(formula: Formula) -> Var:
    """An index that the formula does not have."""
    others = (o.equation for o in formula.others if o.equation is not None)
    taken = {n for e in (formula.forward, *formula.gradients.values(), *others) for n in _names(e)}
    part = PART
    while part.name in taken:
        part = Var(f"{part.name}'")
    return part


def _names(equation: Equation) -> Iterator[str]:
    yield from (v.name for v in equation.indices)
    yield from (v.name for s in equation.stages for v in s.indices)
    waiting = [equation.body, *(s.body for s in equation.stages)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Var):
            yield node.name
        waiting.extend(cast("tuple[Expr, ...]", children(node)))


class _Lifting:
    """One equation with the index of the part behind the indices of all complex tensors."""

    def __init__(self, equation: Equation, names: set[str], part: Var) -> None:
        self.source = equation
        self.part = part
        self.names = set(names)
        for stage in equation.stages:
            # integers, places say, are the same for both parts
            if not stage.tensor.integer and self._reads(stage.body):
                self.names.add(stage.tensor.name)

    def equation(self) -> Equation:
        source = self.source
        return Equation(
            self._declared(source.result),
            (*source.indices, self.part),
            self._rewritten(source.body),
            tuple(self._declared(t) for t in source.tensors),
            tuple(self._stage(s) for s in source.stages),
            None if source.arithmetic is None else self._rewritten(source.arithmetic),
        )

    def _reads(self, body: Expr) -> bool:
        waiting = [body]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Read) and node.tensor in self.names:
                return True
            waiting.extend(cast("tuple[Expr, ...]", children(node)))
        return False

    def _declared(self, tensor: Tensor) -> Tensor:
        if tensor.name not in self.names:
            return tensor
        return replace(tensor, sizes=(*tensor.sizes, TWO))

    def _stage(self, stage: Stage) -> Stage:
        if stage.tensor.name not in self.names:
            return stage
        return replace(
            stage,
            tensor=self._declared(stage.tensor),
            indices=(*stage.indices, self.part),
            body=self._rewritten(stage.body),
        )

    def _rewritten(self, node: T) -> T:
        if isinstance(node, Read):
            own = (self.part,) if node.tensor in self.names else ()
            indices = tuple(self._rewritten(i) for i in node.indices)
            return cast("T", Read(node.tensor, (*indices, *own)))
        if isinstance(node, tuple):
            return cast("T", tuple(self._rewritten(part) for part in node))
        if is_dataclass(node) and not isinstance(node, type):
            parts: Mapping[str, object] = {
                f.name: self._rewritten(getattr(node, f.name)) for f in fields(node)
            }
            return cast("T", replace(node, **parts))
        return node
