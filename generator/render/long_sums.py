"""Long sums as folded tables: every term with its value, and subtotals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

from generator.explanation import LongSum, Term, TermGroup
from generator.formula.text import plain_number
from generator.render.escape import math, text
from generator.render.tables import LINE, scrolling
from generator.render.words import count

_KINDS = {
    "sum": ("sum", "terms", "Subtotal", "Sum"),
    "prod": ("product", "factors", "Product of these", "Product"),
    "max": ("maximum", "values", "Largest of these", "Maximum"),
    "min": ("minimum", "values", "Smallest of these", "Minimum"),
    "argmax": ("position of the maximum", "values", "Largest of these", "Position"),
    "argmin": ("position of the minimum", "values", "Smallest of these", "Position"),
}
_JOINS = {"sum": " + ", "prod": " × "}
_NUMBER = re.compile("−?[0-9.]+( × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")


def long_sum(shown: LongSum, decimals: int, files: Sequence[str] = ()) -> Markup:
    """A long sum, folded; `files` are the addresses of the files with all of its terms."""
    name, things, _, total = _KINDS.get(shown.kind, _KINDS["sum"])
    over = f" over {text(', '.join(shown.axes))}" if shown.axes else ""
    value = plain_number(shown.value, decimals)
    head = f"{math(shown.symbol)}: the {name}{over}, {count(shown.count)} {things} = {value}"
    label = f"All {things} of the {name}, with their values"
    body = (
        '<table class="lb-grid lb-terms"><thead><tr><th scope="col">index</th>'
        f'<th scope="col">{things[:-1]}</th><th scope="col">value</th></tr></thead>'
        f"{_body(shown, decimals)}<tfoot>{_rest(shown, things, decimals)}"
        f'<tr><th scope="row">{total}</th><td></td><td>{value}</td></tr></tfoot></table>'
    )
    folded = f"{_missing(shown, name, things, files)}{scrolling(label, body)}"
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<details class="lb-long"><summary>{head}</summary>{folded}</details>'
    )


def _rest(shown: LongSum, things: str, decimals: int) -> str:
    if shown.rest is None:
        return ""
    head = f"{count(shown.omitted)} further {things if shown.omitted > 1 else things[:-1]}"
    value = plain_number(shown.rest, decimals)
    return f'<tr class="sub"><th scope="row">{head}</th><td>not listed</td><td>{value}</td></tr>'


def _missing(shown: LongSum, name: str, things: str, files: Sequence[str]) -> str:
    """Where the terms are that are not listed."""
    if not shown.omitted:
        return ""
    listed = count(shown.count - shown.omitted)
    if not files:
        left = f"{count(shown.omitted)} others are part of the {name}"
        return f"<p>The first {listed} {things} are listed; {left} and in no file.</p>"
    every = f"all {count(shown.count)} of them"
    form = f"comma-separated values{', compressed by gzip' if files[0].endswith('.gz') else ''}"
    if len(files) == 1:
        shown_as = f'<a href="{text(files[0])}" download>{every}</a> are a table of {form}'
    else:
        links = ", ".join(
            f'<a href="{text(file)}" download>file {number}</a>'
            for number, file in enumerate(files, 1)
        )
        shown_as = f"{every} are tables of {form}: {links}"
    return f"<p>The first {listed} {things} are listed; {shown_as}.</p>"


def _body(shown: LongSum, decimals: int) -> str:
    subtotal = _KINDS.get(shown.kind, _KINDS["sum"])[2]
    if all(_NUMBER.fullmatch(term.text) for group in shown.groups for term in group.terms):
        join = _JOINS.get(shown.kind, ", ")
        return "".join(_numbers(group, join, subtotal, decimals) for group in shown.groups)
    several = len(shown.groups) > 1
    return "".join(
        f"<tbody>{_terms(group, decimals, fold=shown.kind == 'sum')}"
        f"{_subtotal(group, subtotal, decimals) if several else ''}</tbody>"
        for group in shown.groups
    )


def _subtotal(group: TermGroup, name: str, decimals: int) -> str:
    name = f"{name} so far" if group.cut else name
    title = f"{name}, {text(group.title)}" if group.title else name
    value = plain_number(group.subtotal, decimals)
    return f'<tr class="sub"><th scope="row">{title}</th><td></td><td>{value}</td></tr>'


def _terms(group: TermGroup, decimals: int, *, fold: bool) -> str:
    """A row for each term, but one for all that are zero."""
    zeros = [term for term in group.terms if term.value == 0] if fold else []
    if len(zeros) < 2:
        return "".join(_term(term, decimals) for term in group.terms)
    rows = "".join(_term(term, decimals) for term in group.terms if term.value != 0)
    which = _indices(zeros)
    all_of_them = len(zeros) == len(group.terms) and not group.cut
    head = f"{'all ' if all_of_them else ''}{count(len(zeros))} terms are 0"
    where = "" if all_of_them else text(f"at {which}")
    return f'{rows}<tr class="zeros"><th scope="row">{head}</th><td>{where}</td><td>0</td></tr>'


def _term(term: Term, decimals: int) -> str:
    value = plain_number(term.value, decimals)
    index = text(term.index)
    return f'<tr><th scope="row">{index}</th><td>{text(term.text)}</td><td>{value}</td></tr>'


def _numbers(group: TermGroup, join: str, subtotal: str, decimals: int) -> str:
    """Terms that are bare numbers: a few in a line, and what they come to below them."""
    lines = [group.terms[k : k + LINE] for k in range(0, len(group.terms), LINE)]
    value = plain_number(group.subtotal, decimals)
    rows = "".join(
        f'<tr><th scope="row">{text(_span(line))}</th><td>{_joined(line, join)}</td>'
        f"<td>{value if len(lines) == 1 else ''}</td></tr>"
        for line in lines
    )
    last = _subtotal(group, subtotal, decimals) if len(lines) > 1 and group.title else ""
    return f"<tbody>{rows}{last}</tbody>"


def _joined(terms: Sequence[Term], join: str) -> str:
    first, *others = (term.text for term in terms)
    negative = join != ", "
    pieces = [first, *(f"({n})" if negative and n.startswith("−") else n for n in others)]
    return str(text(join.join(pieces)))


def _span(terms: Sequence[Term]) -> str:
    """The indices of consecutive terms, `c = 0, i = 3 … 5`."""
    first, last = terms[0].index, terms[-1].index
    return first if len(terms) == 1 else f"{first} … {last.rpartition(' = ')[2]}"


def _indices(terms: Sequence[Term]) -> str:
    """The indices of terms that differ in the last one, `c = 0, i = 3, 5, 6`."""
    others = (term.index.rpartition(" = ")[2] for term in terms[1:])
    return ", ".join([terms[0].index, *others])
