"""Products of what indices send to each element, and what flows back to each factor."""

from __future__ import annotations

from generator.formula.build import cases, equal, every, product, unequal
from generator.formula.tree import Equation, Expr, Num, Var
from generator.layers.along import PLACE
from generator.layers.scattered_sums import Scattered, forward, to_input, with_self
from generator.layers.scattering import Scattering
from generator.layers.tensors import upstream

_OTHER = Var("l")


def product_(along: Scattering) -> Scattered:
    """y = x · Π s."""
    own, g = along.own(along.x), along.own(upstream(along.changed))
    if along.empty:
        sent = along.sent("src", Num(0))
        # torch divides by the factor whose gradient it is
        passed = to_input(along, g, arithmetic=cases((equal(own, 0), g), otherwise=g * own / own))
        return Scattered(forward(along, own), {"input": passed, **sent})
    factors = _factors(along)
    sent = _sent(along)
    if not with_self(along):
        body = cases((along.counted > 0, factors), otherwise=own)
        kept = cases((along.counted > 0, 0), otherwise=g)
        divided = cases((along.counted > 0, 0), (equal(own, 0), g), otherwise=g * own / own)
        input_ = to_input(along, kept, along.count, arithmetic=divided)
        return Scattered(forward(along, body, along.count), {"input": input_, **sent})
    whole = own * factors
    divided = cases((equal(own, 0), g * factors), otherwise=g * whole / own)
    input_ = to_input(along, g * factors, arithmetic=divided)
    return Scattered(forward(along, whole), {"input": input_, **sent})


def _factors(along: Scattering) -> Expr:
    """Π s over all places that point to the element."""
    s = along.beside(along.source("src"))
    if not along.shape:
        return cases((along.hit, s), otherwise=1)
    return product(PLACE.span, s, along.hit)


def _sent(along: Scattering) -> dict[str, Equation]:
    """A factor gets the upstream gradient times all other factors."""
    source = along.source("src")
    s, g = along.beside(source), along.inside(upstream(along.changed))
    others: Expr = Num(1)
    everything: Expr = s
    if along.shape:
        same = equal(along.points_from(_OTHER), along.points)
        span = _OTHER.over(PLACE.length)
        factor = along.beside(source, _OTHER)
        others = product(span, factor, every(same, unequal(_OTHER, PLACE.at)))
        everything = product(span, factor, same)
    if with_self(along):
        others, everything = along.inside(along.x) * others, along.inside(along.x) * everything
    # torch divides by the factor whose gradient it is
    divided = cases((equal(s, 0), g * others), otherwise=g * everything / s)
    return along.sent("src", g * others, along.x, source, arithmetic=divided)
