"""One quantity of a step: its equation, its worked elements, its verdict."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from generator.explain.derivatives import Agreement
from generator.explain.grids import Naming, grids, maximum
from generator.explain.marks import Marks
from generator.explain.paths import slug
from generator.explain.pictures import marked, picture
from generator.explain.scalars import alone
from generator.explain.sums import Shortener, more_numbers
from generator.explain.symbols import symbol
from generator.explain.term_tables import term_tables
from generator.explain.verdicts import check
from generator.explanation import (
    Grid,
    Link,
    Picture,
    Section,
    StageFormula,
    StageWorked,
    TermTable,
    Verdict,
    Worked,
)
from generator.formula.configure import size
from generator.formula.expand import expand
from generator.formula.expansion import Contents, Listed, StageWorking, Working
from generator.formula.latex import Printer, equation_latex, stage_latex
from generator.formula.tree import Equation, Expr, Num, Read
from generator.formula.walk import reachable
from generator.layers.registry import Formula

LISTED = 128
"""Terms of a sum that a page lists; all terms of longer sums are in files beside the page."""


AGAIN = 128
"""Numbers in elements of stages that a page works out although it has worked out others."""
_MOST_DECIMALS = 12
"""Decimals beyond which a number is better read with a power of ten."""


@dataclass(frozen=True)
class Quantity:
    """What a section is about: an equation, the tensor it must give, and the elements to show."""

    of: str
    title: str
    equation: Equation
    configured: Equation
    """The equation as this layer is configured."""
    actual: Tensor
    elements: Sequence[tuple[tuple[int, ...], str]]
    """Elements to work out, each with the reason in words."""
    axes: tuple[str, ...]
    result: str
    arrives: tuple[Link, ...] = ()
    goes: Link | None = None
    summed: Link | None = None
    derivative: Agreement | None = None
    """For a gradient: how far it is from the forward formula's derivative."""
    marks: Callable[[Marks], Marks] = lambda own: own
    """What its picture marks, of the mark of the worked element."""


def section(
    quantity: Quantity,
    formula: Formula,
    operands: Mapping[str, Tensor],
    naming: Naming,
    decimals: int,
) -> Section:
    """Everything that a page says of one quantity."""
    equation = quantity.configured
    shown = tuple(element for element, _ in quantity.elements)
    checked = check(quantity.of, equation, operands, quantity.actual, shown)
    elements = list(quantity.elements)
    if checked.wrong is not None and checked.wrong not in shown:
        elements.append((checked.wrong, "its error is the largest beside its budget"))
    worked = tuple(
        _worked(
            quantity,
            equation,
            expand(equation, operands, element, limit=LISTED),
            why,
            checked.budgets[element],
            naming,
            decimals,
            operands,
        )
        for element, why in elements
        if element in checked.budgets
    )
    return Section(
        of=quantity.of,
        title=quantity.title,
        symbol=symbol(equation.result),
        shape=tuple(quantity.actual.shape),
        general=equation_latex(quantity.equation),
        configured=equation_latex(equation),
        stages=_stages(quantity.equation, equation, formula),
        worked=worked,
        verdict=_with_derivative(checked.verdict, quantity.derivative),
        result=quantity.result,
        arrives=quantity.arrives,
        goes=quantity.goes,
        summed=quantity.summed,
        derivative=None if quantity.derivative is None else quantity.derivative.difference,
        pictures=tuple(_pictures(quantity)),
        dtype=str(quantity.actual.dtype).removeprefix("torch."),
    )


def _pictures(quantity: Quantity) -> Iterator[Picture]:
    """A gradient as a heatmap, with the worked element marked; the output has its own."""
    if quantity.of == "output" or quantity.actual.dim() < 2 or not quantity.elements:
        return
    element = quantity.elements[0][0]
    marks = quantity.marks(marked(quantity.actual, element))
    found = picture(quantity.title, quantity.actual, quantity.axes, marks, element)
    if found is not None:
        yield found


def _with_derivative(verdict: Verdict, derivative: Agreement | None) -> Verdict:
    """A gradient formula that is not the forward formula's derivative is wrong."""
    if derivative is None or derivative.held or verdict.status in {"mismatch", "unexplained"}:
        return verdict
    reason = "the gradient's formula is not the derivative of the forward formula"
    return replace(verdict, status="mismatch", reason=reason)


def _stages(general: Equation, equation: Equation, formula: Formula) -> tuple[StageFormula, ...]:
    """The stages that the formula reads; those of its budget alone are no part of the page."""
    read = reachable((general.body,), general.stages)
    return tuple(
        StageFormula(
            stage.tensor.meaning,
            tuple(size(s, formula.settings) for s in stage.tensor.sizes),
            stage_latex(general, stage.tensor.name),
            stage_latex(equation, stage.tensor.name),
            symbol(stage.tensor),
        )
        for stage in equation.stages
        if stage.tensor.name in read
    )


def _worked(
    quantity: Quantity,
    equation: Equation,
    working: Working,
    why: str,
    budget: float,
    naming: Naming,
    decimals: int,
    operands: Mapping[str, Tensor],
) -> Worked:
    names = {stage.name for stage in working.stages}
    working = _without(working, naming.worked)
    naming.worked.update(names)
    shown = _operand_decimals(working, decimals)
    printer = Printer.of(equation, shown)

    def tables(listed: Listed, number: int) -> tuple[TermTable, ...]:
        place = "-".join(map(str, working.element))
        page, of = naming.page.removesuffix(".md"), slug(quantity.of.replace(" ", "-"))
        return term_tables(f"{page}.{of}.{place}.{number}.csv", equation, operands, listed)

    shortener = Shortener(printer, shown, tables if naming.page else lambda *_: ())
    stages = tuple(_stage(printer, shortener, s) for s in working.stages)
    substitution, sums = shortener.substitution(working.body)
    scalars, listed = alone(equation, working, printer, naming)
    actual = float(quantity.actual[working.element])
    left = printer.latex(Read(equation.result.name, tuple(Num(i) for i in working.element)))
    error = abs(working.value - actual)
    if actual == working.value or (math.isnan(actual) and math.isnan(working.value)):
        error = 0.0  # where both are infinite or NaN, their difference is no number
    return Worked(
        element=working.element,
        axes=quantity.axes,
        why=why,
        left=left,
        substitution=substitution,
        sums=sums,
        stages=stages,
        grids=(*_all_grids(equation, working, printer, naming), *listed),
        scalars=scalars,
        maximum=maximum(working.body),
        calculated=float(working.value),
        actual=actual,
        error=error,
        budget=budget,
        reads=_reads(working),
        more_stages=tuple(
            (symbol(equation.declared(name)), count) for name, count in working.hidden
        ),
        decimals=shown,
        unreached=quantity.of.startswith("grad ") and _unreached(working.body),
    )


def _unreached(body: Expr) -> bool:
    """Whether the worked sums have no terms at all, and nothing is read beside them."""
    sums = Contents.of(body).listed
    return (
        bool(sums) and not any(s.entries or s.omitted for s in sums) and not more_numbers(body, 0)
    )


def _without(working: Working, above: Collection[str]) -> Working:
    """The working without long elements of stages of which others are worked out above.

    A reader has seen by then how such an element is computed.
    """
    again = [stage for stage in working.stages if stage.name in above]
    if sum(len(stage.contents.cells) for stage in again) <= AGAIN:
        return working
    counts = dict(working.hidden)
    for stage in again:
        counts[stage.name] = counts.get(stage.name, 0) + 1
    kept = tuple(stage for stage in working.stages if stage.name not in above)
    return replace(working, stages=kept, hidden=tuple(counts.items()))


def _operand_decimals(working: Working, decimals: int) -> int:
    """Decimals of a working's operands: two fewer than those of results, at least one.

    Where all of them are small, as gradients often are, as many more as the largest has zeros
    behind the point, so that it shows as many digits as a number near one would.
    """
    sizes = [abs(cell.value) for cell in working.cells()]
    largest = max((size for size in sizes if math.isfinite(size)), default=0.0)
    zeros = max(0, -1 - math.floor(math.log10(largest))) if largest > 0 else 0
    return min(max(1, decimals - 2) + zeros, _MOST_DECIMALS)


def _reads(working: Working) -> tuple[tuple[str, tuple[tuple[int, ...], ...]], ...]:
    found: dict[str, dict[tuple[int, ...], None]] = {}
    for cell in working.cells():
        if not cell.padded:
            found.setdefault(cell.tensor, {})[cell.index] = None
    return tuple((name, tuple(indices)) for name, indices in found.items())


def _stage(printer: Printer, shortener: Shortener, stage: StageWorking) -> StageWorked:
    substitution, sums = shortener.substitution(stage.body)
    left = printer.latex(Read(stage.name, tuple(Num(i) for i in stage.index)))
    value = stage.value
    # a sum of whole numbers that are no values of a tensor, as of those that count, is one as well
    if re.fullmatch(r"[\d +]+", substitution) and float(value).is_integer():
        value = int(value)
    return StageWorked(left, substitution, value, sums)


def _all_grids(
    equation: Equation, working: Working, printer: Printer, naming: Naming
) -> tuple[Grid, ...]:
    # two operands may have one title, as the outputs that the default loss reads
    found: dict[tuple[str, str], Grid] = {}
    stages = ((equation.stage(s.name).body, s.contents) for s in working.stages)
    for formula, contents in ((equation.body, working.contents), *stages):
        for grid in grids(equation, formula, contents, printer, naming):
            if equation.result.name.startswith("grad_"):
                # what an element of the output reads is its field; a gradient's has none
                grid = replace(grid, title=grid.title.removesuffix(" Receptive Field"))  # noqa: PLW2901
            found.setdefault((grid.title, grid.symbol), grid)
    return tuple(found.values())
