"""Random equations over small tensors, with every kind of node, for property tests.

What is compared or located (conditions, argmax, signs) is read from tensors and never computed, so
that two evaluations that round differently decide alike.
"""

from dataclasses import dataclass, replace

import torch
from hypothesis import strategies as st

from generator.formula import build
from generator.formula.tree import (
    Add,
    Apply,
    Case,
    Cases,
    Compare,
    Div,
    Either,
    Equation,
    Every,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Not,
    Num,
    Outside,
    Pow,
    Range,
    Reduce,
    Stage,
    Sym,
    Tensor,
    Var,
    When,
)

N, K, M = (Sym(name, name) for name in "NKM")
S, P = Sym("s", "s"), Sym("p", "p")
EPSILON = Sym("epsilon", r"\epsilon", integer=False)
RULES = ["constant", "reflect", "replicate", "circular"]
SMOOTH = ["tanh", "sigmoid", "sin", "cos", "arctan", "erf"]


@dataclass(frozen=True)
class Drawn:
    """An equation, its configuration and its operands."""

    equation: Equation
    settings: dict
    operands: dict


@dataclass(frozen=True)
class Scope:
    """The tensors at hand, and the indices in scope with their lengths."""

    tensors: dict
    indices: dict
    depth: int
    free: tuple = ("i", "j", "k", "a", "b", "c", "d", "e")

    def deeper(self):
        return replace(self, depth=self.depth - 1)

    def bind(self, length):
        """An index that is not in scope yet, and the scope with it."""
        variable = Var(self.free[0])
        inside = {**self.indices, variable: length}
        return variable, replace(self, indices=inside, free=self.free[1:])


@st.composite
def drawn(draw, *, stages=True):
    """An equation y[n, m] with its configuration and operands."""
    settings = {
        **{name: draw(st.integers(2, 4)) for name in "NKM"},
        "s": draw(st.integers(1, 3)),
        "p": draw(st.integers(0, 2)),
        "epsilon": draw(st.sampled_from([0.5, 1e-3, 0.25])),
        "bias": draw(st.booleans()),
    }
    edges = [Outside(rule, 0.5 if rule == "constant" else 0.0) for rule in RULES]
    tensors = (
        Tensor("x", "x", (N, K), "x", outside=draw(st.sampled_from(edges))),
        Tensor("v", r"\frac{\partial L}{\partial v_{#}}", (M, K), "v"),
        Tensor("w", r"w^{(1)}_{#}", (K,), "w", outside=draw(st.sampled_from(edges))),
        Tensor("c", "c", (), "c"),
        Tensor("t", "t", (N,), "t", integer=True),
    )
    named = {t.name: t for t in tensors}
    defined = draw(stage_list(named)) if stages else ()
    for stage in defined:
        named[stage.tensor.name] = stage.tensor
    n, m = Var("n"), Var("m")
    body = draw(value(Scope(named, {n: N, m: M}, 3)))
    equation = Equation(Tensor("y", "y", (N, M), "y", "result"), (n, m), body, tensors, defined)
    return Drawn(equation, settings, draw(operands(settings)))


@st.composite
def operands(draw, settings):
    sizes = {"x": "NK", "v": "MK", "w": "K", "c": ""}
    found = {}
    for name, axes in sizes.items():
        shape = [settings[a] for a in axes]
        count = torch.Size(shape).numel()
        # multiples of 1/8, so that ties happen
        numbers = draw(st.lists(st.integers(-16, 16), min_size=count, max_size=count))
        found[name] = torch.tensor(numbers, dtype=torch.float64).reshape(shape) / 8
    rows = settings["N"]
    classes = st.integers(0, settings["K"] - 1)
    found["t"] = torch.tensor(draw(st.lists(classes, min_size=rows, max_size=rows)))
    return found


@st.composite
def stage_list(draw, tensors):
    """No stage, or an ordinary one, a recurrence over it in either direction, and a statistic."""
    if not draw(st.booleans()):
        return ()
    n, k = Var("n"), Var("r")
    score = Tensor("score", r"\hat{s}", (N, K), "score", "stage")
    state = Tensor("state", r"h^{(2)}_{#}", (N, K), "state", "stage")
    mean = Tensor("mean", r"\mu", (N,), "mean", "stage")
    scope = Scope(tensors, {n: N, k: K}, 2)
    first = Stage(score, (n, k), draw(value(scope)))
    scope = replace(scope, tensors={**tensors, "score": score}, depth=1)
    direction = draw(st.sampled_from([1, -1]))
    start = build.equal(k, 0) if direction == 1 else build.equal(k, K - 1)
    earlier = Apply("tanh", state[n, k - direction] + draw(value(scope)))
    body = Cases((Case(start, draw(value(scope))),), earlier)
    second = Stage(state, (n, k), body, 1, direction)
    i = Var("i")
    third = Stage(mean, (n,), build.total(i.over(K), state[n, i]) / K)
    return first, second, third


KINDS = {
    "reduction": 6,
    "choice": 3,
    "bracket": 2,
    "when": 1,
    "leaf": 1,
    "sum": 2,
    "difference": 2,
    "product": 3,
    "negative": 2,
    "quotient": 2,
    "square": 2,
    "power": 1,
    "function": 3,
    "extreme": 2,
}


@st.composite
def value(draw, scope):
    """A real expression."""
    kind = draw(st.sampled_from([k for k, weight in KINDS.items() for _ in range(weight)]))
    if scope.depth <= 0 or kind == "leaf":
        return draw(leaf(scope))
    deeper = scope.deeper()
    if kind in {"reduction", "choice"}:
        return draw({"reduction": reduction, "choice": choice}[kind](deeper))
    first = draw(value(deeper))
    if kind in {"negative", "square", "function"}:
        return draw(unary(kind, first))
    if kind == "bracket":
        return Mul((build.bracket(draw(condition(deeper))), first))
    second = draw(value(deeper))
    return draw(binary(kind, first, second))


def unary(kind, operand):
    if kind == "negative":
        return st.just(Neg(operand))
    if kind == "square":
        return st.just(Pow(operand, Num(2)))
    applied = [Apply(name, operand) for name in (*SMOOTH, "abs")]
    return st.sampled_from(
        [
            *applied,
            Apply("exp", Apply("tanh", operand)),
            Apply("sqrt", Apply("abs", operand) + 0.25),
            Apply("log", Apply("abs", operand) + EPSILON),
            Apply("log1p", Pow(operand, Num(2))),
        ]
    )


def binary(kind, first, second):
    if kind == "quotient":
        return st.sampled_from(
            [
                Div(first, Apply("exp", Apply("tanh", second))),
                Div(first, Num(3)),
                Div(Neg(first), Num(-0.5)),
                Div(Div(first, K), 1 + Pow(second, Num(2))),
            ]
        )
    built = {
        "sum": [Add((first, second)), Add((first, second, first))],
        "difference": [first - second, first - (second - first), Neg(first + second)],
        "product": [Mul((first, second)), Mul((first, Num(-2), second))],
        "power": [Pow(Apply("abs", first) + 0.5, Apply("tanh", second))],
        "extreme": [Extreme("max", (first, second)), Extreme("min", (first, second, Num(0)))],
        "when": [Add((first, When("bias", second)))],
    }
    return st.sampled_from(built[kind])


@st.composite
def leaf(draw, scope):
    kind = draw(st.sampled_from(["read"] * 6 + ["number", "symbol", "index", "whole", "located"]))
    if kind == "number":
        return Num(draw(st.sampled_from([1, 2, -1, 0.5, -0.25, 0.1, -3])))
    if kind == "symbol":
        return draw(st.sampled_from([EPSILON, K, S]))
    if kind == "index":
        return draw(st.sampled_from(sorted(scope.indices, key=str)))
    if kind == "whole":
        top, bottom = draw(position(scope)), draw(st.sampled_from([Num(2), K, S]))
        return draw(st.sampled_from([FloorDiv, Mod]))(top, bottom)
    if kind == "located":
        i, inside = scope.bind(K)
        sort = draw(st.sampled_from(["argmax", "argmin"]))
        return Reduce(sort, (i.over(K),), draw(read(inside, ("x", "v", "w"))))
    names = [name for name in scope.tensors if name != "t"]
    return draw(read(scope, names))


@st.composite
def read(draw, scope, names):
    """An element of one of the tensors, within it or, where it declares an outside, beyond it."""
    tensor = scope.tensors[draw(st.sampled_from(list(names)))]
    places = []
    for size in tensor.sizes:
        beyond = tensor.outside is not None and draw(st.booleans())
        fitting = [v for v, length in scope.indices.items() if length == size]
        inside = [Num(0), size - 1, *fitting]
        if size == K:
            rows = [v for v, length in scope.indices.items() if length == N]
            inside += [scope.tensors["t"][v] for v in rows]
        place = draw(st.sampled_from(inside))
        if beyond and tensor.outside.rule == "reflect":
            place = place + draw(st.sampled_from([1, -1]))  # once, as torch allows
        elif beyond:
            place = draw(position(scope))
        elif draw(st.booleans()):
            place = Mod(draw(position(scope)), size)
        places.append(place)
    return tensor[tuple(places)]


@st.composite
def position(draw, scope):
    """Index arithmetic of any value."""
    some = st.sampled_from(sorted(scope.indices, key=str))
    first, second = draw(some), draw(some)
    return draw(
        st.sampled_from(
            [
                first,
                first * S - P + second,
                S * first + second - P,
                first - second,
                P - (first + second),
                2 * (first - 1),
                build.smaller(first, second + 1),
                abs(first - second),
                FloorDiv(first + P, S),
                Neg(FloorDiv(Neg(first), S)),
                Mod(first - second, Num(3)) + 1,
            ]
        )
    )


@st.composite
def reduction(draw, scope):
    """A reduction over one or two ranges, under a condition or none."""
    kind = draw(st.sampled_from(["sum", "sum", "sum", "prod", "max", "min"]))
    outer = sorted(scope.indices, key=str)
    first = draw(st.sampled_from(outer))
    length = draw(st.sampled_from([N, K, M]))
    i, _ = scope.bind(length)
    bounds = [i.over(length), Range(i, first, first + 1)]
    if kind in {"sum", "prod"}:
        bounds += [i.over(length, 1), i.over(length, build.smaller(first, 1))]
    ranges = [draw(st.sampled_from(bounds))]
    single = ranges[0].start == first
    i, inside = scope.bind(scope.indices[first] if single else length)
    if draw(st.booleans()):
        j, inside = inside.bind(K)
        ranges.append(draw(st.sampled_from([j.over(K), Range(j, Num(0), build.smaller(i + 1, K))])))
    body = draw(value(inside.deeper()))
    if not draw(st.booleans()):
        return Reduce(kind, tuple(ranges), body)
    if kind in {"max", "min"}:
        # holds at the first index of each range, so that there is something to take it of
        where = Compare("<=", Mul(tuple(r.var for r in ranges)), draw(st.sampled_from(outer)))
        if single:
            where = Compare("<=", ranges[-1].var, ranges[-1].var + draw(read(inside, "t")))
        return Reduce(kind, tuple(ranges), body, where)
    if draw(st.booleans()):
        return Reduce(kind, tuple(ranges), body, draw(condition(inside)))
    return draw(guarded(scope, kind))


@st.composite
def guarded(draw, scope, kind):
    """Reads that a condition keeps inside of a tensor without an outside."""
    i, inside = scope.bind(K)
    place = draw(position(inside))
    m = draw(st.sampled_from([Num(0), *(v for v, n in inside.indices.items() if n == M)]))
    v = scope.tensors["v"]
    if draw(st.booleans()):
        where = Every((build.divides(S, place), build.within(build.quotient(place, S), K)))
        return Reduce(kind, (i.over(K),), v[m, build.quotient(place, S)], where)
    return Reduce(kind, (i.over(K),), v[m, place], build.within(place, K))


@st.composite
def choice(draw, scope):
    """A definition by cases, one of which guards a read."""
    place = draw(position(scope))
    branches = [Case(draw(condition(scope)), draw(value(scope)))]
    if draw(st.booleans()):
        m = scope.tensors["v"][Num(0), place]
        branches.append(Case(build.within(place, K), m))
    return Cases(tuple(branches), draw(value(scope)))


@st.composite
def condition(draw, scope, depth=1):
    kinds = ["compare", "compare", "index", "index", "divides", "within"]
    if depth:
        kinds += ["every", "either", "not"]
    kind = draw(st.sampled_from(kinds))
    sign = draw(st.sampled_from(["<", "<=", "=", "!=", ">=", ">"]))
    if kind == "compare":
        other = draw(st.sampled_from([Num(0), Num(-0.5), scope.tensors["c"][()]]))
        return Compare(sign, draw(read(scope, ("x", "v", "w"))), other)
    if kind == "index":
        return Compare(sign, draw(position(scope)), draw(st.sampled_from([Num(1), Num(-1), P])))
    if kind == "divides":
        return build.divides(S, draw(position(scope)))
    if kind == "within":
        return build.within(draw(position(scope)), draw(st.sampled_from([K, M, Num(2)])))
    inner = condition(scope, depth - 1)
    if kind == "not":
        return Not(draw(inner))
    parts = tuple(draw(st.lists(inner, min_size=2, max_size=3)))
    return Every(parts) if kind == "every" else Either(parts)
