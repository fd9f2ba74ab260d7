"""Whole numbers of a type with few bits: a result that does not fit wraps around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.formula.build import bracket, unequal
from generator.formula.configure import Setting
from generator.formula.tree import Expr, Mod, Neg, Sym, add
from generator.layers.registry import Call, Note

_BITS = {"uint8": 8, "int8": 8, "int16": 16, "int32": 32}


@dataclass(frozen=True)
class Wrapped:
    """A whole number as the type holds it."""

    body: Expr
    settings: Mapping[str, Setting] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def wrapped(call: Call, body: Expr) -> Wrapped:
    """The body as the call's result holds it: a truth value, or a number modulo 2^bits.

    A floating-point result is not touched, nor one of int64, which is what formulas of whole
    numbers are evaluated in.
    """
    dtype = call.output.dtype
    if dtype == "bool":
        return Wrapped(bracket(unequal(body, 0)))
    if dtype not in _BITS:
        return Wrapped(body)
    bits = _BITS[dtype]
    every = Sym("M", f"2^{{{bits}}}", f"how many numbers {dtype} has")
    if dtype == "uint8":
        return Wrapped(Mod(body, every), {"M": 2**bits}, (_note(dtype, 0, 2**bits - 1),))
    half = Sym("M_2", f"2^{{{bits - 1}}}", f"how many numbers of {dtype} are negative")
    return Wrapped(
        add(Neg(half), Mod(body + half, every)),
        {"M": 2**bits, "M_2": 2 ** (bits - 1)},
        (_note(dtype, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1),),
    )


def holds(after: str, before: str) -> bool:
    """Whether every number of the second type is one of the first."""
    if before in {after, "bool"} or after == "int64":
        return True
    if after in {"bool", "uint8"} or before == "int64":
        return False
    return _BITS[before] < _BITS[after]


def _note(dtype: str, least: int, greatest: int) -> Note:
    return Note(
        "Results wrap around",
        f"{dtype} holds whole numbers from {least} to {greatest}; what lies beyond comes back in "
        "at the other end, without an error.",
    )
