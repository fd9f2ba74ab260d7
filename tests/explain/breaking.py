"""Formulas broken on purpose: what is changed, in which layer, and which value must turn red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import torch
from torch import nn

from generator.formula.build import cases
from generator.formula.configure import configure
from generator.formula.tree import Cond, Expr, Like, Num, Range, Read, Stage, Sym, expr
from generator.layers.registry import Call, Explain, Formula

Edit = Callable[[Any], Any]
"""From a node to the one that takes its place, or to itself."""

Change = Callable[[Explain], Explain]


class Function(nn.Module):
    """A module that calls one function."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: torch.Tensor) -> torch.Tensor:
        return self.function(*args)


@dataclass(frozen=True)
class Broken:
    """One change of one formula."""

    name: str
    type: str
    """Whose formula is changed."""
    model: Callable[[], tuple[nn.Module, tuple[torch.Tensor, ...]]]
    of: str
    """The value that must be a mismatch."""
    change: Change


def rewritten(node: Any, edit: Edit) -> Any:
    """The tree with every node edited, inner ones first."""
    if isinstance(node, tuple):
        return tuple(rewritten(part, edit) for part in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    parts = {f.name: rewritten(getattr(node, f.name), edit) for f in fields(node)}
    return edit(replace(node, **parts))


def of_formula(change: Callable[[Formula], Formula]) -> Change:
    """A change of what the rule gives."""
    return lambda explain: lambda call: change(explain(call))


def in_output(edit: Edit) -> Change:
    """The forward equation edited."""

    def change(formula: Formula) -> Formula:
        forward = rewritten(formula.forward, edit)
        _assert_changed(formula.forward, forward, formula)
        return replace(formula, forward=forward)

    return of_formula(change)


def in_further_output(place: int, edit: Edit) -> Change:
    """The equation of a further output edited: 1 for the second."""

    def change(formula: Formula) -> Formula:
        others = list(formula.others)
        before = others[place - 1].equation
        after = rewritten(before, edit)
        _assert_changed(before, after, formula)
        others[place - 1] = replace(others[place - 1], equation=after)
        return replace(formula, others=tuple(others))

    return of_formula(change)


def in_gradient(operand: str, edit: Edit) -> Change:
    """The equation of an operand's gradient edited."""

    def change(formula: Formula) -> Formula:
        before = formula.gradients[operand]
        after = rewritten(before, edit)
        _assert_changed(before, after, formula)
        return replace(formula, gradients={**formula.gradients, operand: after})

    return of_formula(change)


def setting(name: str, change: Callable[[Any], Any]) -> Change:
    """A number or flag of the configuration changed."""

    def changed(formula: Formula) -> Formula:
        before = formula.settings[name]
        assert change(before) != before
        return replace(formula, settings={**formula.settings, name: change(before)})

    return of_formula(changed)


def option(name: str, value: object) -> Change:
    """The formula of a call with another option."""

    def change(explain: Explain) -> Explain:
        def changed(call: Call) -> Formula:
            assert call.options[name] != value
            return explain(replace(call, options={**call.options, name: value}))

        return changed

    return change


def _assert_changed(before: Any, after: Any, formula: Formula) -> None:
    assert before != after, "the change changes nothing"
    same = configure(before, formula.settings) == configure(after, formula.settings)
    assert not same, "the change changes nothing in this configuration"


def swapped(tensor: str, first: int, second: int) -> Edit:
    """Reads of the tensor with two of their indices exchanged."""

    def edit(node: Any) -> Any:
        if not isinstance(node, Read) or node.tensor != tensor:
            return node
        indices = list(node.indices)
        indices[first], indices[second] = indices[second], indices[first]
        return replace(node, indices=tuple(indices))

    return edit


def reading(tensor: str, change: Callable[[Read], Like]) -> Edit:
    """Something else in place of each read of the tensor."""

    def edit(node: Any) -> Any:
        if isinstance(node, Read) and node.tensor == tensor:
            return expr(change(node))
        return node

    return edit


def symbol(name: str, change: Callable[[Sym], Like]) -> Edit:
    """Something else in place of a symbol of the configuration."""

    def edit(node: Any) -> Any:
        return expr(change(node)) if isinstance(node, Sym) and node.name == name else node

    return edit


def shortened(index: str) -> Edit:
    """A sum over an index that stops after its first value."""

    def edit(node: Any) -> Any:
        if isinstance(node, Range) and node.var.name == index:
            return replace(node, stop=node.start + Num(1))
        return node

    return edit


def nodes(kind: type, change: Callable[[Any], Any]) -> Edit:
    """Every node of a kind changed."""
    return lambda node: change(node) if type(node) is kind else node


def stage(name: str, edit: Edit) -> Edit:
    """An edit within the stages of that name, and of those that `_so_far` is added to."""

    def within(node: Any) -> Any:
        if isinstance(node, Stage) and node.tensor.name in {name, f"{name}_so_far"}:
            return replace(node, body=rewritten(node.body, edit))
        return node

    return within


def only(condition: Cond, changed: Expr, otherwise: Expr) -> Expr:
    """The changed expression where the condition holds."""
    return cases((condition, changed), otherwise=otherwise)
