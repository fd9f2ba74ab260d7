"""y[i, j] = Σ_k x[i, k] z[k, j]: products summed as Einstein's convention writes them, `ik,kj->ij`.

An index that the output does not have is summed over. Without an arrow the output has the indices
that occur once, in alphabetical order; `...` stands for the axes that no letter names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch

from generator.formula.tree import Var
from generator.layers.axes import Axis
from generator.layers.complexes import PART
from generator.layers.contraction import Contraction
from generator.layers.dtypes import spelled
from generator.layers.factors import axis, factors
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Note,
    Placed,
    Refused,
    examples,
    explains,
)

_DOTS = "..."
_OPERAND = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")
_FREE = ("n", "t", "s", "r", "q", "u", "v", "w")
_IMPLICIT = Note(
    "The output is implied",
    "The equation has no arrow: the output has every index that occurs exactly once, in "
    "alphabetical order, and the others are summed over.",
)
_DIAGONAL = Note(
    "A repeated index is a diagonal",
    "Of an operand that has one index twice only the elements are read where both are equal; all "
    "others have a gradient of 0.",
)


@dataclass(frozen=True)
class _Equation:
    """Each operand's indices and the output's, `...` among them where there are such axes."""

    operands: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]
    implied: bool


@explains(
    "torch.einsum",
    arguments="equation, *operands",
    title="Einstein summation",
    search=("einsum", "tensor contraction", "Einstein notation"),
    complex_=True,
)
def einsum(call: Call) -> Formula:
    """The sum over the indices that the output does not have, for any number of operands."""
    equation, given = _read(call)
    ranks = [len(call.shape(name)) for name in given]
    counts = [
        rank - len(own) + 1 if _DOTS in own else 0
        for own, rank in zip(equation.operands, ranks, strict=True)
    ]
    axes = _axes(equation, max(counts, default=0))
    unnamed = axes[_DOTS]
    placed = [
        (name, _along(own, axes, unnamed[len(unnamed) - count :]))
        for name, own, count in zip(given, equation.operands, counts, strict=True)
    ]
    contraction = Contraction(
        call, factors(*placed), _along(equation.output, axes, unnamed), part=_part(axes)
    )
    repeated = any(len(set(own)) < len(own) for own in equation.operands)
    return Formula(
        summary=_summary(contraction),
        forward=contraction.forward,
        gradients=contraction.gradients(),
        settings=contraction.settings,
        axes=contraction.named,
        multiply_adds=contraction.multiply_adds,
        notes=(
            *((_IMPLICIT,) if equation.implied else ()),
            *((_DIAGONAL,) if repeated else ()),
            *contraction.notes(),
        ),
        indices={**_counted(axes), **contraction.counts},
    )


def _counted(axes: dict[str, tuple[Axis, ...]]) -> dict[str, str]:
    """What the index of each letter counts, which may stand at several axes of an operand."""
    return {
        own.at.name: f"subscript {letter}"
        for letter, along in axes.items()
        for own in along
        if letter != _DOTS
    }


def _axes(equation: _Equation, ellipsis: int) -> dict[str, tuple[Axis, ...]]:
    """The axes of each index."""
    letters = dict.fromkeys(i for own in equation.operands for i in own if i != _DOTS)
    found: dict[str, tuple[Axis, ...]] = {
        letter: (axis(letter, letter, f"N_{{{letter}}}", f"length of the axis {letter}"),)
        for letter in letters
    }
    free = [letter for letter in _FREE if letter not in letters]
    names = free[:ellipsis] if ellipsis <= len(free) else [f"n_{k}" for k in range(ellipsis)]
    found[_DOTS] = tuple(
        axis(f"leading {k}", name, f"M_{{{k}}}", f"length of axis {k} of those under the dots")
        for k, name in enumerate(names)
    )
    return found


def _along(
    indices: tuple[str, ...], axes: dict[str, tuple[Axis, ...]], unnamed: tuple[Axis, ...]
) -> tuple[Axis, ...]:
    return tuple(a for i in indices for a in (unnamed if i == _DOTS else axes[i]))


def _part(axes: dict[str, tuple[Axis, ...]]) -> Var:
    """An index for the parts of complex numbers that the equation does not have."""
    taken = {a.at.name for found in axes.values() for a in found}
    return next(v for v in (PART, Var("c"), Var("z"), Var("p'")) if v.name not in taken)


def _read(call: Call) -> tuple[_Equation, tuple[str, ...]]:
    """The equation, and the operands' names."""
    given = call.options.get("operands")
    assert isinstance(given, list | tuple)
    if "equation" in call.tensors:
        return _listed([Placed("equation"), *given])
    text = call.options.get("equation")
    if not isinstance(text, str) or not all(isinstance(o, Placed) for o in given):
        raise Refused(f"{spelled(call)}({text!r}): this equation is not explained")
    left, arrow, right = text.replace(" ", "").partition("->")
    sides = [*left.split(","), right]
    if not all(_OPERAND.fullmatch(s) for s in sides) or len(sides) - 1 != len(given):
        raise Refused(f"{spelled(call)}({text!r}): this equation is not explained")
    *operands, output = (tuple(re.findall(r"\.\.\.|.", s)) for s in sides)
    names = tuple(o.name for o in given if isinstance(o, Placed))
    return _Equation(tuple(operands), output if arrow else _implied(operands), not arrow), names


def _listed(given: list[object]) -> tuple[_Equation, tuple[str, ...]]:
    """Operands with their indices as numbers behind each, and those of the output at the end."""
    if len(given) > 1 and isinstance(given[1], int):
        # a single list of indices is taken for all that is left
        given = [given[0], given[1:]]
    output = _numbered(given.pop()) if len(given) % 2 else None
    names = tuple(o.name for o in given[::2] if isinstance(o, Placed))
    operands = tuple(_numbered(o) for o in given[1::2])
    if len(names) != len(operands):
        raise Refused("einsum: these arguments are not explained")
    whole = _implied(operands) if output is None else output
    return _Equation(operands, whole, output is None), names


def _numbered(indices: object) -> tuple[str, ...]:
    if not isinstance(indices, list | tuple):
        raise Refused("einsum: these arguments are not explained")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    found = []
    for index in indices:
        if index is not ... and not (isinstance(index, int) and 0 <= index < len(alphabet)):
            raise Refused("einsum: these arguments are not explained")
        found.append(_DOTS if index is ... else alphabet[index])
    return tuple(found)


def _implied(operands: list[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    every = [i for own in operands for i in own]
    once = sorted(i for i in set(every) if i != _DOTS and every.count(i) == 1)
    return (*((_DOTS,) if _DOTS in every else ()), *once)


def _summary(contraction: Contraction) -> str:
    count = len(contraction.factors)
    over = [a.name for a in contraction.summed]
    if not over and count == 1:
        return "Each element is one of the operand's, read at other indices."
    product = {1: "elements of the operand", 2: "products of the two operands"}.get(
        count, f"products of the {count} operands"
    )
    if not over:
        return f"Each element is one of the {product}, without a sum."
    *most, last = over
    where = f"{', '.join(most)} and {last}" if most else last
    return f"Each element is a sum of {product} over the {'indices' if most else 'index'} {where}."


def _of(equation: str, *shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{equation} {shapes} {dtype}",
        lambda: (torch.einsum, (equation, *(torch.randn(s, dtype=dtype) for s in shapes)), {}),
    )


def _whole(equation: str, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{equation} of whole numbers",
        lambda: (torch.einsum, (equation, *(torch.randint(-9, 9, s) for s in shapes)), {}),
    )


def _sublists() -> tuple[object, ...]:
    return torch.randn(2, 3), [0, 1], torch.randn(3, 4), [1, 2], [0, 2]


examples(
    _of("ik,kj->ij", (2, 3), (3, 4)),
    _of("ij,jk", (2, 3), (3, 4)),
    _of("ba", (2, 3)),
    _of("ii->i", (3, 3)),
    _of("ii", (3, 3)),
    _of("...ii->...i", (2, 3, 3)),
    _of("iij->j", (3, 3, 2)),
    _of("iii->i", (2, 2, 2)),
    _of("ij->", (2, 3)),
    _of("ij->j", (2, 3)),
    _of("i,j->ij", (2,), (3,)),
    _of("i,i->", (5,), (5,)),
    _of("ij,ij->ij", (2, 3), (2, 3)),
    _of("bhqd,bhkd->bhqk", (2, 2, 5, 3), (2, 2, 4, 3)),
    _of("bhqk,bkhd->bqhd", (2, 2, 5, 4), (2, 4, 2, 3)),
    _of("b...d,kd->b...k", (2, 3, 2, 4), (5, 4)),
    _of("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)),
    _of("...,...->...", (2, 3), (3,)),
    _of("...->", (2, 3)),
    _of("bn,anm,bm->ba", (2, 5), (3, 5, 4), (2, 4)),
    _of("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 2), (2, 3)),
    _of("ij,kj->ik", (2, 1), (3, 4)),
    _of(",i->i", (), (3,)),
    _of("", ()),
    _of("Aa,aB->BA", (2, 3), (3, 2)),
    _of("nij,nij->n", (2, 30, 20), (2, 30, 20)),
    _of("ik,kj->ij", (2, 0), (0, 4)),
    _of("ik,kj->ij", (2, 3), (3, 4), dtype=torch.complex64),
    _of("ipk,kj,j->ip", (2, 2, 3), (3, 4), (4,), dtype=torch.complex64),
    _of("pp->p", (3, 3), dtype=torch.complex64),
    _of("ik,kj->ij", (2, 30), (30, 4), dtype=torch.bfloat16),
    _whole("ik,kj->ij", (2, 3), (3, 4)),
    _whole("ii->", (3, 3)),
    Example("a list", lambda: (torch.einsum, ("i,i", [torch.randn(3), torch.randn(3)]), {})),
    Example("indices as numbers", lambda: (torch.einsum, _sublists(), {})),
)
