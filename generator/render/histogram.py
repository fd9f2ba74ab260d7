"""Distributions of values as small histograms: inline SVG, a few hundred bytes each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median

from markupsafe import Markup

from generator.explanation import Distribution
from generator.render.escape import text
from generator.render.words import count, counted, sentence, series, share, size

FEW = 6
"""Names of what is not drawn that are listed."""
WIDTH, HEIGHT = 160, 48
STEEP = 30
"""Times the median of the bins that are not empty which the largest may have on a linear axis."""


def histograms(shown: Sequence[Distribution], left_out: Sequence[str] = ()) -> Markup:
    """All of them in one group, and the names of what has none; '' for none."""
    if not shown:
        return Markup()
    figures = "".join(_figure(one) for one in shown)
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<div class="lb-hists" data-search-exclude>{figures}</div>{_without(left_out)}'
    )


def _without(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = [f"{count(len(names) - FEW)} more"] if len(names) > FEW else []
    said = text(series([*names[:FEW], *more]))
    return f'<p class="lb-quiet" data-search-exclude>Nothing is drawn here of {said}.</p>'


def _figure(shown: Distribution) -> str:
    title = text(sentence(shown.title))
    return (
        f'<figure class="lb-hist"><figcaption>{title}</figcaption>{_bars(shown)}'
        f"<p>{'. '.join(_words(shown))}.</p></figure>"
    )


def _bars(shown: Distribution) -> str:
    if len(shown.counts) < 2:
        return ""
    heights, _ = _heights(shown.counts)
    bins = len(heights)
    width = WIDTH / bins
    # the difference of the two may be beyond the largest number
    edges = [shown.low * ((bins - k) / bins) + shown.high * (k / bins) for k in range(bins + 1)]
    kinds = [_kind(a, b, zeros=bool(shown.zeros)) for a, b in pairwise(edges)]
    paths, start = "", 0
    for kind, group in groupby(zip(kinds, heights, strict=True), key=lambda pair: pair[0]):
        tops = [height for _, height in group]
        line = "".join(f"V{HEIGHT - top}h{width:g}" for top in tops)
        paths += f'<path class="{kind}" d="M{start * width:g} {HEIGHT}{line}V{HEIGHT}z"/>'
        start += len(tops)
    zero = ""
    if shown.low < 0 < shown.high:
        place = 1 / (1 - shown.high / shown.low)
        zero = f'<path class="a" d="M{place * WIDTH:.1f} 0V{HEIGHT}"/>'
    spoken = text(_spoken(shown, edges))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{spoken}">'
        f'{paths}<path class="l" d="M0 {HEIGHT}h{WIDTH}"/>{zero}</svg>'
        f'<div class="lb-ends"><span>{size(shown.low)}</span><span>{size(shown.high)}</span></div>'
    )


def _kind(start: float, stop: float, *, zeros: bool) -> str:
    """The class of a bin: below zero, above it, or with zero in it."""
    if stop < 0 or (stop == 0 and not zeros):
        return "m"
    return "p" if start > 0 or (start == 0 and not zeros) else "c"


def _heights(counts: Sequence[int]) -> tuple[list[int], bool]:
    """The bars' heights, at least 1 where something is counted; whether they are logarithms."""
    most = max(counts)
    steep = most > STEEP * median([n for n in counts if n])
    parts = (math.log1p(n) / math.log1p(most) if steep else n / most for n in counts)
    return [math.ceil(HEIGHT * part) for part in parts], steep


def _spoken(shown: Distribution, edges: Sequence[float]) -> str:
    """The text alternative: the bins, and where most values are."""
    most = max(shown.counts)
    place = shown.counts.index(most)
    return (
        f"Histogram of the {shown.title}, {len(shown.counts)} bins from {size(shown.low)} to "
        f"{size(shown.high)}; most values, {count(most)}, lie from {size(edges[place])} to "
        f"{size(edges[place + 1])}"
    )


def _words(shown: Distribution) -> list[str]:
    """What the picture does not say: zeros, what is not finite, the axis of the counts."""
    words = [f"{counted(shown.elements, 'element')}, {_zeros(shown)}"]
    others = [f"{count(shown.nan)} NaN"] if shown.nan else []
    others += [f"{count(shown.infinite)} infinite"] if shown.infinite else []
    if others:
        words.append(f"Not finite: {' and '.join(others)}")
    if shown.masked:
        words.append(
            f"{count(shown.masked)} of the type's largest magnitude, as in a mask, left out"
        )
    if shown.zeros == shown.elements:
        return words
    if len(shown.counts) == 1:
        rest = others or shown.masked
        words.append(f"All {'others' if rest else 'of them'} are {size(shown.low)}")
    else:
        words.append(f"Root mean square {size(shown.rms)}")
    if len(shown.counts) > 1:
        steep = _heights(shown.counts)[1]
        axis = "logarithmic axis" if steep else "linear axis"
        words.append(f"Bars: counts on a {axis} up to {count(max(shown.counts))}")
    if shown.sampled > 1:
        words.append(f"One element in {shown.sampled} is counted in the bars")
    return words


def _zeros(shown: Distribution) -> str:
    if not shown.zeros:
        return "none exactly zero"
    if shown.zeros == shown.elements:
        return "all exactly zero"
    return f"{count(shown.zeros)} exactly zero ({share(shown.zeros / shown.elements)})"
