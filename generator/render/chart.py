"""What is large and small across a model: a strip for each quantity, a bar for each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from generator.explanation import Level, Link, Magnitudes
from generator.render.escape import text
from generator.render.words import count, series, share, size

HEIGHT = 40
"""Of a strip; its width is one for each bar, and it is stretched to that of the page."""
_MOST_LINES = 8
"""Lines of a logarithmic axis."""

_RMS = "root mean square"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WORDS = {
    "dead output": "Dead, the output is zero throughout",
    "dead gradient": "Cut off, the gradient at the output is zero throughout",
    "broken": "NaN or infinite values in the output or its gradient",
}

Ends = tuple[float, float] | None


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis between two powers of ten."""

    low: int
    high: int

    @classmethod
    def of(cls, found: Sequence[float]) -> _Axis | None:
        """The axis of the positive numbers among these; None where there is none."""
        logs = [math.log10(value) for value in found if 0 < value < math.inf]
        if not logs:
            return None
        # a bar of the smallest number can be seen
        low, high = math.ceil(min(logs) - 1), math.ceil(max(logs))
        return cls(low, max(high, low + 1))

    def height(self, value: float) -> float:
        """How high a bar is; 0 is none, what is not finite is the whole strip."""
        if math.isnan(value) or math.isinf(value):
            return HEIGHT
        if value <= 0:
            return 0
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(HEIGHT * min(max(share, 0.02), 1), 1)

    def lines(self) -> list[float]:
        """Where powers of ten lie, from below."""
        step = -(-(self.high - self.low) // _MOST_LINES)
        return [
            round(HEIGHT * (1 - (power - self.low) / (self.high - self.low)), 1)
            for power in range(self.low + step, self.high, step)
        ]


def charts(found: Magnitudes, link: Callable[[Link], Markup]) -> Markup:
    """The strips, what stands out in words, and all numbers as a folded table."""
    levels = found.levels
    strips = [
        _strip("Parameters", levels, [(one.parameters,) * 2 for one in levels], _whole),
        _strip("Multiply-adds", levels, [(one.multiply_adds,) * 2 for one in levels], _whole),
        _strip(
            f"Outputs, {_RMS}",
            levels,
            [one.output for one in levels],
            size,
            zero=[one.dead for one in levels],
        ),
        _strip(
            f"Gradients at the outputs, {_RMS}",
            levels,
            [one.gradient for one in levels],
            size,
            zero=[one.cut for one in levels],
        ),
    ]
    said = "".join(f"<li>{one}</li>" for one in _standing(found, link))
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<p class="lb-quiet">{_how(found)}</p>'
        f'<div class="lb-strips" data-search-exclude>{"".join(strips)}</div>'
        f'<ul class="lb-standing">{said}</ul>{_table(levels, link)}'
    )


def _how(found: Magnitudes) -> str:
    size = -(-found.steps // len(found.levels))
    if size == 1:
        bars = "Each bar is a step, in the order of the run."
    else:
        bars = (
            f"Each bar stands for {size} steps that follow each other: their sum, or from the "
            "smallest of them, dark, to the largest, pale."
        )
    counted = "A parameter counts at the first step that reads it."
    marks = "A red foot marks what is zero throughout, a red column what is NaN or infinite."
    axes = "The loss is not among them. The axes are logarithmic; a line is a power of ten."
    return f"{bars} {axes} {counted} {marks}"


def _standing(found: Magnitudes, link: Callable[[Link], Markup]) -> Iterator[str]:
    """Sentences on the steps that stand out."""
    totals = {"parameters": found.parameters, "multiply-adds": found.multiply_adds}
    for one in found.standing:
        links = [str(link(step)) for step in one.steps]
        more = [f"{count(one.more)} more"] if one.more else []
        who = series([*links, *more])
        if one.by in totals:
            each = " each" if len(one.steps) > 1 else ""
            total = count(totals[one.by])
            yield f"Most {one.by}: {who}, {_whole(one.value)}{each} of the model's {total}"
        elif one.by in _WORDS:
            yield f"<strong>{_WORDS[one.by]}:</strong> {who}"
        else:
            which = one.by.replace("output", "outputs").replace("gradient", "gradients")
            yield f"{which.capitalize()}: {who}, {_RMS} {size(one.value)}"
    if not any(one.by in _WORDS for one in found.standing):
        yield (
            "No output that gradients pass through and no gradient is zero throughout, and none "
            "has a NaN or an infinite value"
        )


def _table(levels: Sequence[Level], link: Callable[[Link], Markup]) -> str:
    heads = (*("parameters", "multiply-adds", "outputs"), "of them zero", "gradients")
    head = "".join(f'<th scope="col" class="num">{name}</th>' for name in heads)
    rows = "".join(_row(one, link) for one in levels)
    return (
        f'<details class="lb-long" data-search-exclude><summary>The numbers of these bars</summary>'
        '<div class="lb-scroll" tabindex="0" role="region" aria-label="The numbers of these bars">'
        f'<table class="lb-layers"><thead><tr><th scope="col">step</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _row(one: Level, link: Callable[[Link], Markup]) -> str:
    name = str(link(one.first)) + _behind(one)
    cells = (
        *(_whole(one.parameters), _whole(one.multiply_adds), _between(one.output, size)),
        *("–" if one.zeros is None else share(one.zeros), _between(one.gradient, size)),
    )
    numbers = "".join(f'<td class="num">{cell}</td>' for cell in cells)
    return f'<tr><th scope="row">{name}</th>{numbers}</tr>'


def _whole(number: float) -> str:
    return count(int(number))


def _strip(
    title: str,
    levels: Sequence[Level],
    bars: Sequence[Ends],
    number: Callable[[float], str],
    *,
    zero: Sequence[bool] | None = None,
) -> str:
    """One strip; a level of several steps has a pale bar up to its largest number."""
    axis = _Axis.of([value for ends in bars if ends for value in ends])
    head = f"<figcaption>{title}"
    if axis is None:
        return f'<figure class="lb-strip">{head}: none</figcaption></figure>'
    pale = [0.0 if e is None or e[0] == e[1] else axis.height(e[1]) for e in bars]
    full = [0.0 if e is None else axis.height(e[0]) for e in bars]
    width = len(levels)
    lines = "".join(f"M0 {y:g}H{width}" for y in axis.lines())
    dead = [k for k, held in enumerate(zero or ()) if held]
    broken = [k for k, one in enumerate(levels) if zero is not None and one.broken]
    hovered = "".join(
        f'<rect x="{k}" width="1" height="{HEIGHT}"><title>{text(_called(one))}: '
        f"{_between(ends, number)}</title></rect>"
        for k, (one, ends) in enumerate(zip(levels, bars, strict=True))
    )
    known = [value for ends in bars if ends for value in ends if 0 < value < math.inf]
    spoken = f"{title}: {width} bars, from {number(min(known))} to {number(max(known))}"
    return (
        f'<figure class="lb-strip">{head}</figcaption>'
        f'<svg viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{spoken}"><path class="l" d="{lines}M0 {HEIGHT}H{width}"/>'
        f"{_bars('w', pale)}{_bars('b', full)}{_whole_columns('x', broken)}{_feet(dead)}"
        f"{hovered}</svg>"
        f'<div class="lb-ends"><span>{_power(axis.high)}</span>'
        f"<span>{_power(axis.low)}</span></div></figure>"
    )


def _bars(kind: str, heights: Sequence[float]) -> str:
    drawn = "".join(
        f"M{k + 0.1:g} {HEIGHT}v-{height:g}h.8v{height:g}z"
        for k, height in enumerate(heights)
        if height
    )
    return f'<path class="{kind}" d="{drawn}"/>' if drawn else ""


def _whole_columns(kind: str, places: Sequence[int]) -> str:
    drawn = "".join(f"M{k + 0.1:g} 0v{HEIGHT}h.8V0z" for k in places)
    return f'<path class="{kind}" d="{drawn}"/>' if drawn else ""


def _feet(places: Sequence[int]) -> str:
    """A red foot under a step that is dead."""
    drawn = "".join(f"M{k} {HEIGHT - 5}h1v5h-1z" for k in places)
    return f'<path class="x" d="{drawn}"/>' if drawn else ""


def _power(exponent: int) -> str:
    return "1" if exponent == 0 else f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def _between(ends: Ends, number: Callable[[float], str]) -> str:
    if ends is None:
        return "–"
    low, high = number(ends[0]), number(ends[1])
    return low if low == high else f"{low} to {high}"


def _called(level: Level) -> str:
    return level.first.title + _behind(level)


def _behind(level: Level) -> str:
    return f" and {level.more} more" if level.more else ""
