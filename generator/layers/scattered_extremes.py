"""The largest or smallest of what indices send to each element, and who gets its gradient."""

from __future__ import annotations

from generator.formula.build import bracket, cases, equal, largest, smallest
from generator.formula.tree import Either, Expr, Num, Range, Stage, Tensor, Var
from generator.layers.along import PLACE
from generator.layers.extremes import Kind, ties_share
from generator.layers.scattered_sums import Scattered, forward, to_input, with_self
from generator.layers.scattering import Scattering
from generator.layers.tensors import upstream


def extreme(along: Scattering) -> Scattered:
    """y = max(x, max s): the input's own value is the candidate 0, the source's come after."""
    kind: Kind = "max" if along.call.options["reduce"] == "amax" else "min"
    own = along.own(along.x)
    if along.empty:
        passed = {"input": along.passed(), **along.sent("src", Num(0))}
        return Scattered(forward(along, own), passed)
    body = _extreme(along, kind)
    stages: tuple[Stage, ...] = ()
    if not with_self(along):
        body, stages = cases((along.counted > 0, body), otherwise=own), (along.count,)
    best = Tensor(
        "best", "M", along.x.sizes, "the output, computed once more from the input", "stage"
    )
    found = Stage(best, along.indices(along.x), body)
    ties = _ties(along, best)
    needed = (*stages, found, ties)
    g, here = upstream(along.changed), bracket(equal(own, along.own(best)))
    input_ = to_input(along, along.own(g) * here / along.own(ties.tensor), *needed)
    if not with_self(along):
        input_ = along.kept()
    s = along.beside(along.source("src"))
    there = bracket(equal(s, along.inside(best)))
    sent = along.sent(
        "src",
        along.inside(g) * there / along.inside(ties.tensor),
        along.x,
        along.source("src"),
        stages=needed,
    )
    return Scattered(
        forward(along, body, *stages, shared=True),
        {"input": input_, **sent},
        ties_share(along.call, kind),
    )


def _extreme(along: Scattering, kind: Kind) -> Expr:
    """The extreme of the source's values that point here, and of the input's own if it counts."""
    reduce = largest if kind == "max" else smallest
    source = along.source("src")
    if not with_self(along):
        if not along.shape:
            return along.beside(source)
        return reduce(PLACE.span, along.beside(source), along.hit)
    place: Var = PLACE.at
    value = cases((equal(place, 0), along.own(along.x)), otherwise=along.beside(source, place - 1))
    counts = Either((equal(place, 0), along.hit_from(place - 1)))
    return reduce(Range(place, Num(0), PLACE.length + 1), value, counts)


def _ties(along: Scattering, best: Tensor) -> Stage:
    """How many are equal to the extreme; torch counts the input's own value in any case."""
    tied = bracket(equal(along.beside(along.source("src")), along.own(best)))
    own = bracket(equal(along.own(along.x), along.own(best)))
    meaning = "how many candidates are equal to the output"
    tensor = Tensor("ties", r"\tau", along.x.sizes, meaning, "stage")
    return Stage(tensor, along.indices(along.x), own + along.over(tied))
