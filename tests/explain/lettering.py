"""The letters of formulas, and what of them a table of symbols leaves open."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from generator.explain.symbols import equations, meanings, symbol, symbols
from generator.explanation import Section, StepPage
from generator.formula.configure import configure
from generator.formula.latex import Printer, equation_latex, stage_latex
from generator.formula.tree import Equation, Tensor
from generator.formula.walk import reachable
from generator.layers.registry import Formula
from generator.render.facts import sections

GREEK = set(
    re.findall(
        r"\w+",
        "alpha beta gamma delta Delta epsilon varepsilon zeta eta theta Theta kappa lambda mu nu "
        "xi rho sigma Sigma tau phi varphi Phi omega Omega ell",
    )
)
EVERYWHERE = {"L", "e"}
"""The loss and Euler's number, which the notation has on every page."""
TOKEN = re.compile(
    r"\\(?:text|mathrm|mathsf|operatorname\*?|begin|end)\{[^}]*\}|\\[A-Za-z]+|[A-Za-z]'*"
)
LONG_SUM = re.compile(r"S_\{?\d+\}?")


def letters(latex: str) -> Iterator[str]:
    """The letters of a formula, with their dashes: not those of words, signs and functions."""
    for token in TOKEN.findall(re.sub(r"\\(sigma|Phi|varphi)(?=\s*(x|\(|\\left))", "", latex)):
        if not token.startswith("\\") or token[1:] in GREEK:
            yield token


def open_letters(formula: Formula) -> set[str]:
    """What is wrong with the symbols of a formula, in words."""
    table = symbols(formula, {}, meanings(formula))
    known = EVERYWHERE | {letter for row in table for letter in letters(row.latex)}
    missing = {letter for text in _formulas(formula) for letter in letters(text)} - known
    found = {f"{letter} is not among the symbols" for letter in missing}
    rows = defaultdict(list)
    for row in table:
        rows[row.latex].append(row.meaning)
        if row.meaning in {"", "index", "size"}:
            found.add(f"of {row.latex} it is not said what it is")
        if LONG_SUM.fullmatch(row.latex):
            found.add(f"{row.latex} is the name of a long sum")
    found |= {f"{latex} is {' and '.join(m)}" for latex, m in rows.items() if len(m) > 1}
    found |= set(_two_tensors(formula))
    return found | set(_notes(formula, known))


def open_letters_of(page: StepPage) -> set[str]:
    """The letters on a page, of formulas, workings, captions and sizes, that its table lacks."""
    known = EVERYWHERE | {letter for row in page.symbols for letter in letters(row.latex)}
    shown = {letter for text in _page(page) for letter in letters(text)}
    return shown - known


def twice(page: StepPage) -> list[str]:
    """Symbols that a page's table has twice."""
    all_of_them = [row.latex for row in page.symbols]
    return [latex for latex in set(all_of_them) if all_of_them.count(latex) > 1]


def _formulas(formula: Formula) -> Iterator[str]:
    for general in equations(formula):
        configured = configure(general, formula.settings)
        read = reachable((general.body,), general.stages)
        kept = [s.tensor.name for s in configured.stages if s.tensor.name in read]
        for equation in (general, configured):
            yield equation_latex(equation)
            yield from (stage_latex(equation, name) for name in kept)
    for size in formula.sizes:
        yield size.latex
        yield Printer.of(formula.forward).latex(size.length)


def _two_tensors(formula: Formula) -> Iterator[str]:
    """A symbol of several tensors, unless one is the other, computed once more as a stage."""
    found: dict[str, dict[str, Tensor]] = defaultdict(dict)
    for equation in equations(formula):
        for tensor in _tensors(equation):
            found[symbol(tensor)][tensor.name] = tensor
    for latex, tensors in found.items():
        stages = [tensor for tensor in tensors.values() if tensor.role == "stage"]
        if len(stages) > 1 or len(tensors) - len(stages) > 1:
            yield f"{latex} is {' and '.join(sorted(tensors))}"


def _tensors(equation: Equation) -> Iterator[Tensor]:
    read = reachable((equation.body,), equation.stages)
    yield equation.result
    for tensor in (*equation.tensors, *(s.tensor for s in equation.stages)):
        if tensor.name in read:
            yield tensor


def _notes(formula: Formula, known: Iterable[str]) -> Iterator[str]:
    """Letters of a note that neither the table nor the note itself introduces."""
    for note in formula.notes:
        parts = re.findall(r"\\\((.*?)\\\)", note.text)
        alone = {part.replace(r"^\text{run}", "") for part in parts}
        for letter in {letter for part in parts for letter in letters(part)} - {*known, *alone}:
            yield f"{letter} stands in the note {note.title!r} alone"


def _page(page: StepPage) -> Iterator[str]:
    for section in sections(page):
        yield from _section(section)
    for size in page.sizes:
        yield from (size.symbol, size.general, size.configured)


def _section(section: Section) -> Iterator[str]:
    yield from (section.symbol, section.general, section.configured)
    for stage in section.stages:
        yield from (stage.symbol, stage.general, stage.configured)
    for worked in section.worked:
        sums = [*worked.sums, *(s for stage in worked.stages for s in stage.sums)]
        texts = [worked.left, worked.substitution]
        texts += [text for s in worked.stages for text in (s.left, s.substitution)]
        yield from (_without(text, {s.symbol for s in sums}) for text in texts)
        yield from (axis for s in sums for axis in s.axes)
        yield from (scalar.symbol for scalar in worked.scalars)
        for grid in worked.grids:
            yield grid.symbol
            # an axis of a table is an index, or a word: `row`
            yield from (a for a in (grid.row_axis, grid.column_axis) if len(a.rstrip("'")) == 1)


def _without(text: str, sums: set[str]) -> str:
    """A working without the names of its long sums."""
    for name in sums:
        text = text.replace(name, "")
    return text
