"""Two operands, element by element, the smaller one repeated along the axes that it lacks."""

from __future__ import annotations

from dataclasses import fields, replace
from math import frexp

from generator.formula.tree import Expr
from generator.layers.broadcasting import Broadcast, Words, broadcast, in_place, number
from generator.layers.registry import Call

__all__ = ["Pair", "in_place", "number", "pair", "power_of_two"]

_WORDS = {
    "input": Words("x", "First Operand", "first operand", said="the first operand"),
    "other": Words("z", "Second Operand", "second operand", said="the second operand"),
}


class Pair(Broadcast):
    """The operands `input` and `other` of a call with the output's axes."""

    @property
    def x(self) -> Expr:
        """The first operand at the output's indices."""
        return self["input"]

    @property
    def z(self) -> Expr:
        """The second operand at the output's indices."""
        return self["other"]

    def says(self, name: str) -> str:
        """The operand in a sentence: `the input`, `2.5`."""
        said = super().says(name)
        alone = len(self.call.tensors) == 1
        return "the input" if alone and said == _WORDS["input"].said else said


def pair(call: Call, *, dtype: str = "") -> Pair:
    """The operands `input` and `other` of a call; Refused where they are not explained.

    With a `dtype` a number stands as a tensor of this type holds it.
    """
    alone = len(call.tensors) == 1
    words = {name: replace(own, label="Input") if alone else own for name, own in _WORDS.items()}
    found = broadcast(call, words, dtype=dtype)
    return Pair(**{f.name: getattr(found, f.name) for f in fields(Broadcast)})


def power_of_two(value: float) -> bool:
    """Whether dividing by it is exact."""
    return abs(frexp(value)[0]) == 0.5
