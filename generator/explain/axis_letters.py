"""Letters of indices after the names of their axes: t for positions on every page of a run.

They are given to axes of which a formula itself knows no more than a number; a letter that has
another meaning on the page is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from generator.explain.axis_links import letters, own_axes
from generator.explain.equations import equations, nodes_of
from generator.formula.renamed import Renaming
from generator.formula.tree import Equation, Reduce, Sym, Tensor
from generator.layers.registry import Formula

_LETTERS = {
    "batch": "n",
    "position": "t",
    "time step": "t",
    "head": "h",
    "channel": "c",
    "height": "h",
    "width": "w",
    "feature": "k",
    "class": "c",
    "layer and direction": "l",
}
_FREE = "ijklmpqrsuv"
_LENGTH = re.compile(r"\{?([A-Z])\}?('|_.*)?")
"""How a symbol of a length begins that is the capital of the axis' letter: C, C', {C}_{1}."""


def lettered(own: Formula, named: Formula) -> Formula:
    """`named`, which is `own` with names of axes, with letters that follow the names."""
    found = _chosen(own, named)
    changed = {old: new for old, new in found.items() if old != new}
    if not changed:
        return named
    symbols = {s.name: s for s in _symbols(own)}
    moved = {name: _moved(symbol, changed) for name, symbol in symbols.items()}
    left = [s.latex for name, s in symbols.items() if moved[name] is s]
    texts = [*left, *(t.latex for t in _tensors(own))]
    if len({s.name for s in moved.values()}) < len(moved) or _mentioned(changed, texts, own):
        return named
    return _renamed(
        named, Renaming(changed, moved), {s.latex: moved[s.name] for s in symbols.values()}
    )


def _chosen(own: Formula, named: Formula) -> dict[str, str]:
    """The new letter of each index of the formula."""
    names: dict[str, str] = {}
    fixed = {letter.rstrip("'") for letter in own.indices}
    for (tensor, k), letter in letters(own).items():
        before, after = (_axis(formula, tensor, k) for formula in (own, named))
        if not before.startswith("axis "):
            fixed.add(letter.rstrip("'"))
        elif not after.startswith("axis "):
            names.setdefault(letter.rstrip("'"), after)
    indices = list(dict.fromkeys(name.rstrip("'") for name in _indices(own)))
    free = {s.latex for s in _symbols(own)} | {t.latex.replace("_{#}", "") for t in _tensors(own)}
    taken = {*free, *fixed}
    found = {letter: letter for letter in indices if letter in fixed}
    for letter in indices:
        wanted = _LETTERS.get(names.get(letter, ""), "")
        if letter not in found and wanted and wanted not in taken:
            found[letter] = wanted
            taken.add(wanted)
    for letter in indices:
        if letter not in found:
            spare = (other for other in (letter, *_FREE) if other not in taken)
            found[letter] = next(spare, letter)
            taken.add(found[letter])
    return found


def _axis(formula: Formula, tensor: str, place: int) -> str:
    axes = own_axes(formula, tensor)
    return axes[place] if place < len(axes) else ""


def _indices(formula: Formula) -> Iterator[str]:
    for equation in equations(formula):
        yield from (variable.name for variable in equation.indices)
        for node in nodes_of(equation):
            if isinstance(node, Reduce):
                yield from (span.var.name for span in node.ranges)
        for stage in equation.stages:
            yield from (variable.name for variable in stage.indices)


def _symbols(formula: Formula) -> Iterator[Sym]:
    seen: set[str] = set()
    sizes = [part for e in equations(formula) for t in _declared(e) for part in t.sizes]
    nodes = [node for equation in equations(formula) for node in nodes_of(equation)]
    for node in (*sizes, *nodes):
        if isinstance(node, Sym) and node.name not in seen:
            seen.add(node.name)
            yield node


def _declared(equation: Equation) -> tuple[Tensor, ...]:
    return (equation.result, *equation.tensors, *(s.tensor for s in equation.stages))


def _tensors(formula: Formula) -> Iterator[Tensor]:
    return (tensor for equation in equations(formula) for tensor in _declared(equation))


def _moved(symbol: Sym, changed: Mapping[str, str]) -> Sym:
    """The symbol of a length with the capital of its axis' new letter."""
    found = _LENGTH.fullmatch(symbol.latex)
    if found is None or "length" not in symbol.meaning or found[1].lower() not in changed:
        return symbol
    capital = changed[found[1].lower()].upper()
    name, latex = (text.replace(found[1], capital, 1) for text in (symbol.name, symbol.latex))
    return replace(symbol, name=name, latex=latex)


def _mentioned(changed: Mapping[str, str], texts: list[str], formula: Formula) -> bool:
    """Whether a symbol or a sentence has one of the letters in it."""
    letters = "|".join(map(re.escape, changed))
    alone = re.compile(rf"(?<![A-Za-z\\])(?:{letters})(?![A-Za-z])")
    said = [*(note.text for note in formula.notes), formula.summary, formula.shape, formula.holds]
    said += [output.holds for output in formula.others]
    return any(map(alone.search, texts)) or any(r"\(" in text for text in said)


def _renamed(named: Formula, new: Renaming, latex: Mapping[str, Sym]) -> Formula:
    symbols = {s.name: s for s in _symbols(named)}
    return replace(
        named,
        forward=new.of(named.forward),
        gradients={name: new.of(equation) for name, equation in named.gradients.items()},
        settings={
            new.of(symbols[k]).name if k in symbols else k: v for k, v in named.settings.items()
        },
        sizes=tuple(
            replace(
                s,
                latex=latex[s.latex].latex if s.latex in latex else s.latex,
                length=new.of(s.length),
            )
            for s in named.sizes
        ),
        indices={new.letter(k): counts for k, counts in named.indices.items()},
        others=tuple(
            replace(o, equation=None if o.equation is None else new.of(o.equation))
            for o in named.others
        ),
    )
