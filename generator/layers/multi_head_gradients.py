"""The gradients of a multi-head attention, from the output back through each head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from generator.formula.build import cases, total
from generator.formula.tree import Equation, Expr, Num, Stage, Tensor, Var
from generator.layers.attention_dropout import Dropped
from generator.layers.attention_weights import Backward, Rounded, Scale, Weights
from generator.layers.axes import Axis, at, lengths
from generator.layers.multi_head_setup import (
    EMBEDDING,
    HEAD,
    INPUTS,
    QUERY,
    ROW,
    SOURCE,
    WITHIN,
    Setup,
)
from generator.layers.tensors import gradient_of, upstream

_PLACES = {"query": "q", "key": "k", "value": "v"}


@dataclass(frozen=True)
class Heads:
    """What the forward equation is made of."""

    setup: Setup
    q: Stage
    k: Stage
    v: Stage
    weights: Weights
    scale: Scale
    root: Rounded
    halved: bool
    """Whether both queries and keys are scaled, each by the root."""
    output: Tensor
    returned: Tensor | None
    """The weights as they are returned."""

    @property
    def dropped(self) -> Dropped | None:
        """What drops weights, in training."""
        return self.weights.dropped

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All operands, and the mask that was drawn."""
        return *self.setup.tensors, *self.weights.drawn

    @property
    def z(self) -> Stage:
        """The output of each head."""
        body = total(self.setup.key.span, self.weights.used * self.read(self.v))
        return self.setup.stage("heads", "z", (QUERY, WITHIN), "output of a head", body)

    def read(self, stage: Stage) -> Expr:
        """A stage of this position at its own indices."""
        return stage.tensor[stage.indices]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """From the projections to the heads' outputs."""
        return self.q, self.k, self.v, *self.root.stages, *self.weights.stages, self.z


@dataclass(frozen=True)
class Chain:
    """The stages of the backward pass."""

    heads: Heads
    back: Backward
    by_head: Stage
    q: Stage
    k: Stage
    v: Stage

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All of them, and those of the forward pass."""
        return *self.heads.stages, self.by_head, *self.back.stages, self.q, self.k, self.v


def chain(heads: Heads) -> Chain:
    """From ∂L/∂y to those of the queries, keys and values of each head."""
    setup, r = heads.setup, heads.root.read
    by_head = _stage(setup, "z", (QUERY, WITHIN), _by_head(heads))
    from_above = by_head.tensor[by_head.indices]
    back = heads.weights.backward(
        _by_weight(heads, total(WITHIN.span, from_above * heads.read(heads.v)))
    )

    def through(name: str, over: Axis, other: Stage) -> Stage:
        factor = heads.read(other)
        # torch scales the queries, or queries and keys each by the root
        inner = factor * r if heads.halved or name == "k" else factor
        rounded: Expr = total(over.span, back.s * inner)
        rounded = rounded * r if heads.halved or name == "q" else rounded
        body = heads.scale.of(total(over.span, back.s * factor))
        axes = (QUERY if name == "q" else setup.key, WITHIN)
        return replace(_stage(setup, name, axes, body), arithmetic=rounded)

    by_value = total(QUERY.span, heads.weights.used * from_above)
    return Chain(
        heads,
        back,
        by_head,
        through("q", setup.key, heads.k),
        through("k", QUERY, heads.q),
        _stage(setup, "v", (setup.key, WITHIN), by_value),
    )


def _stage(setup: Setup, of: str, axes: tuple[Axis, ...], body: Expr) -> Stage:
    words = {"q": "query", "k": "key", "v": "value", "z": "output"}
    latex = rf"\frac{{\partial L}}{{\partial {of}_{{#}}}}"
    meaning = f"derivative of the loss with respect to the {words[of]}"
    return setup.stage(f"grad_{of}", latex, axes, meaning, body)


def _by_head(heads: Heads) -> Expr:
    """∂L/∂z."""
    setup = heads.setup
    if not setup.call.reached[0]:
        return Num(0)
    g = upstream(heads.output)[at(setup.placed(QUERY, ROW))]
    weight = setup.parameter("out_proj.weight")
    return total(ROW.span, g * weight[ROW.at, HEAD.at * WITHIN.length + WITHIN.at])


def _by_weight(heads: Heads, through_heads: Expr) -> Expr:
    """∂L/∂p, with what arrives at the weights that were returned."""
    setup, returned = heads.setup, heads.returned
    if returned is None or not setup.call.reached[1]:
        return through_heads
    g, key = upstream(returned), setup.key.at
    if setup.averaged:
        own = g[(*at(setup.batch), QUERY.at, key)] / HEAD.length
    else:
        own = g[(*at(setup.lead), QUERY.at, key)]
    return through_heads + own if setup.call.reached[0] else own


def gradients(heads: Heads) -> dict[str, Equation]:
    """The gradients of all operands, by the names of the call."""
    found = chain(heads)
    read = (*(upstream(t) for t in _reached(heads)), *heads.tensors)
    return {
        tensor.name: Equation(gradient_of(tensor), indices, body, read, found.stages)
        for tensor, indices, body in _bodies(found)
    }


def _reached(heads: Heads) -> Iterator[Tensor]:
    reached = heads.setup.call.reached
    if reached[0]:
        yield heads.output
    if heads.returned is not None and reached[1]:
        yield heads.returned


_Body = tuple[Tensor, tuple[Var, ...], Expr]


def _bodies(found: Chain) -> Iterator[_Body]:
    setup = found.heads.setup
    for name in INPUTS:
        stage = _of(found, name)
        axes = setup.input_axes(name)
        weight = setup.weight_at(name, HEAD.at * WITHIN.length + WITHIN.at)
        spans = [HEAD.span, WITHIN.span]
        yield setup.inputs(name), at(axes), total(spans, stage.tensor[stage.indices] * weight)
    yield from _projections(found)
    for name in ("bias_k", "bias_v"):
        if setup.given(name):
            stage = found.k if name == "bias_k" else found.v
            body = _within(stage, setup, ROW.at, SOURCE.length)
            summed = total([a.span for a in setup.batch], body) if setup.batch else body
            yield setup.parameter(name), (Var("c"), Var("t"), ROW.at), summed
    yield from _output_projection(found)
    yield from _masks(found)


def _of(found: Chain, name: str) -> Stage:
    return {"query": found.q, "key": found.k, "value": found.v}[name]


def _within(stage: Stage, setup: Setup, row: Expr, position: Expr) -> Expr:
    """A stage at a row of a projection, which is a feature of one head."""
    head, feature = row // WITHIN.length, row % WITHIN.length
    return stage.tensor[(*at(setup.batch), head, position, feature)]


def _projections(found: Chain) -> Iterator[_Body]:
    """Each projection's rows: the sums over samples and positions."""
    setup = found.heads.setup
    r = Var("r") if setup.packed else ROW.at

    def summed(name: str, row: Expr, *, weighted: bool) -> Expr:
        axes = setup.input_axes(name)
        position = QUERY if name == "query" else SOURCE
        body = _within(_of(found, name), setup, row, position.at)
        if weighted:
            body = body * setup.inputs(name)[at(axes)]
        return total([a.span for a in (*setup.batch, position)], body)

    def rows(*, weighted: bool) -> Expr:
        r = Var("r")
        parts = [summed(n, r - k * EMBEDDING if k else r, weighted=weighted) for k, n in _order()]
        return cases((r < EMBEDDING, parts[0]), (r < 2 * EMBEDDING, parts[1]), otherwise=parts[2])

    if setup.packed:
        f = setup.input_axes("query")[-1].at
        yield setup.parameter("in_proj_weight"), (r, f), rows(weighted=True)
    else:
        for name in INPUTS:
            f = setup.input_axes(name)[-1].at
            weight = setup.parameter(f"{_PLACES[name]}_proj_weight")
            yield weight, (r, f), summed(name, r, weighted=True)
    if setup.given("in_proj_bias"):
        yield setup.parameter("in_proj_bias"), (Var("r"),), rows(weighted=False)


def _order() -> Iterator[tuple[int, str]]:
    yield from enumerate(INPUTS)


def _output_projection(found: Chain) -> Iterator[_Body]:
    heads = found.heads
    setup, reached = heads.setup, heads.setup.call.reached[0]
    g = upstream(heads.output)[at(setup.placed(QUERY, ROW))]
    c = Var("c")
    z = _within(heads.z, setup, c, QUERY.at)
    spans = [a.span for a in (*setup.batch, QUERY)]
    weight = total(spans, g * z) if reached else Num(0)
    yield setup.parameter("out_proj.weight"), (ROW.at, c), weight
    if setup.given("out_proj.bias"):
        bias = total(spans, g) if reached else Num(0)
        yield setup.parameter("out_proj.bias"), (ROW.at,), bias


def _masks(found: Chain) -> Iterator[_Body]:
    setup = found.heads.setup
    if setup.causal:
        return
    s = found.back.s
    if setup.given("attn_mask") and not setup.mask.integer:
        axes = setup.mask_axes
        body: Expr = total([a.span for a in setup.lead], s)
        if len(axes) == 3:
            m = axes[0].at
            which = (m // HEAD.length, m % HEAD.length) if setup.batched else (m,)
            tensor = found.back.stages[-1].tensor
            body = tensor[(*which, QUERY.at, SOURCE.at)]
        yield setup.mask, at(axes), body
    if setup.given("key_padding_mask") and not setup.padding.integer:
        yield setup.padding, at((*setup.batch, SOURCE)), total([HEAD.span, QUERY.span], s)


def returned_axes(setup: Setup) -> tuple[Axis, ...]:
    """The axes of the weights that are returned."""
    lead = setup.batch if setup.averaged else setup.lead
    return *lead, QUERY, setup.key


def output_of(setup: Setup) -> Tensor:
    """The first output."""
    sizes = lengths(setup.placed(QUERY, ROW))
    return Tensor("output", "y", sizes, "output", "result", label="Output")
