"""y_i = Σ_j p_ij v_j with p_i = softmax_j(q_i · k_j / √E): each query's mean of the values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Tensor
from generator.layers.attention_dropout import Dropped, drawn, dropped
from generator.layers.attention_operands import (
    FEATURE,
    KEY,
    QUERY,
    VALUE,
    Operand,
    leading,
    masking,
    operand,
)
from generator.layers.attention_weights import Scale, Weights
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Attention:
    """The tensors of one call."""

    lead: tuple[Axis, ...]
    q: Operand
    k: Operand
    v: Operand
    mask: Operand | None
    y: Tensor
    weights: Weights
    scale: Scale

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All operands."""
        found = (self.q, self.k, self.v, self.mask)
        return *(o.tensor for o in found if o is not None), *self.weights.drawn


def _drawn(
    tensors: Mapping[str, torch.Tensor], options: Mapping[str, object], output: torch.Tensor
) -> Mapping[str, torch.Tensor]:
    query, key = tensors["query"].shape, tensors["key"].shape
    lead = query[:-2]
    if not options.get("enable_gqa"):  # otherwise key heads are repeated for those of the queries
        lead = torch.broadcast_shapes(lead, key[:-2])  # type: ignore[no-untyped-call]
    if lead != output.shape[:-2]:
        # torch multiplies in another order where values have axes that weights do not have
        return {}
    shape = (*lead, query[-2], key[-2])
    return drawn(output, options.get("dropout_p"), shape, products=1)


@explains(
    "torch.nn.functional.scaled_dot_product_attention",
    "torch._C._nn.scaled_dot_product_attention",
    arguments="query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, "
    "enable_gqa=False",
    draw=_drawn,
    title="Scaled dot-product attention",
    search=("attention", "SDPA", "self-attention", "F.scaled_dot_product_attention", "softmax"),
)
def scaled_dot_product_attention(call: Call) -> Formula:
    """For any leading axes, masks, and key heads that several query heads share."""
    _refuse(call)
    attention, numbers = _attention(call)
    gradients = _gradients(attention)
    count = math.prod(call.output.shape[:-1]) * call.shape("key")[-2]
    return Formula(
        summary=_summary(call, attention.weights.dropped),
        forward=_forward(attention),
        gradients={
            n: g for n, g in gradients.items() if n in call.tensors and not call.tensors[n].integer
        },
        settings=numbers,
        axes=_named(call, attention),
        multiply_adds=count * (call.shape("query")[-1] + call.shape("value")[-1]),
        notes=tuple(_notes(call, attention)),
        indices={"i": "query", "j": "key", "e": "feature", "d": "value feature"},
    )


def _refuse(call: Call) -> None:
    refuse_types(call)
    scale = call.options["scale"]
    if isinstance(scale, bool) or not (scale is None or isinstance(scale, int | float)):
        raise Refused(f"{spelled(call)}(scale={scale!r}): only a number is explained")
    if not isinstance(call.options["is_causal"], bool):
        raise Refused(f"{spelled(call)}: only a plain is_causal is explained")
    if 0 in (call.shape("key")[-2], call.shape("query")[-1]):
        raise Refused(f"{spelled(call)} without keys, or without features, is not explained")


def _attention(call: Call) -> tuple[Attention, dict[str, float]]:
    outer = call.output.shape[:-2]
    lead = leading(len(outer))
    full = {
        **settings(lead, outer),
        "L": call.shape("query")[-2],
        "S": call.shape("key")[-2],
        "E": call.shape("query")[-1],
        "D": call.shape("value")[-1],
    }
    q = operand(call, "query", (*lead, QUERY, FEATURE), full)
    k = operand(call, "key", (*lead, KEY, FEATURE), full)
    v = operand(call, "value", (*lead, KEY, VALUE), full)
    mask = None
    if "attn_mask" in call.tensors:
        mask = operand(call, "attn_mask", (*lead, QUERY, KEY), full)
    given = call.options["scale"]
    assert given is None or isinstance(given, int | float)
    scale = Scale(None if given is None else float(given), FEATURE.length, full["E"])
    score, r = scale.of(total(FEATURE.span, q.read * k.read)), scale.root.read
    rounded = scale.signed(total(FEATURE.span, (q.read * r) * (k.read * r)))
    masked = masking(call, mask)
    weights = Weights(
        lead,
        QUERY,
        KEY,
        score,
        rounded,
        masked,
        emptied=mask is not None,
        dropped=dropped(call, "dropout_p", (*lead, QUERY, KEY)),
    )
    y = Tensor("output", "y", lengths((*lead, QUERY, VALUE)), "output", "result", label="Output")
    numbers = {**full, **q.settings, **k.settings, **v.settings, **scale.settings}
    numbers |= {} if weights.dropped is None else weights.dropped.settings
    return Attention(lead, q, k, v, mask, y, weights, scale), numbers


def _forward(attention: Attention) -> Equation:
    return Equation(
        attention.y,
        (*at(attention.lead), QUERY.at, VALUE.at),
        total(KEY.span, attention.weights.used * attention.v.read),
        attention.tensors,
        (*attention.scale.root.stages, *attention.weights.stages),
    )


def _gradients(attention: Attention) -> dict[str, Equation]:
    g, scale, weights = upstream(attention.y), attention.scale, attention.weights
    from_above = g[(*at(attention.lead), QUERY.at, VALUE.at)]
    back = weights.backward(total(VALUE.span, from_above * attention.v.read))
    stages = (*scale.root.stages, *weights.stages)
    through = (*stages, *back.stages)
    tensors, r = (g, *attention.tensors), scale.root.read

    def scaled(operand: Operand, other: Operand, over: Axis) -> Equation:
        exact = scale.of(operand.all_uses([over], back.s * other.read))
        rounded = scale.signed(operand.all_uses([over], back.s * (other.read * r))) * r
        result = gradient_of(operand.tensor)
        return Equation(result, operand.own, exact, tensors, through, arithmetic=rounded)

    v, mask = attention.v, attention.mask
    by_value = v.all_uses([QUERY], weights.used * from_above)
    found = {
        "query": scaled(attention.q, attention.k, KEY),
        "key": scaled(attention.k, attention.q, QUERY),
        "value": Equation(gradient_of(v.tensor), v.own, by_value, tensors, stages),
    }
    if mask is not None:
        body = mask.all_uses([], back.s)
        result = gradient_of(mask.tensor)
        found["attn_mask"] = Equation(result, mask.own, body, tensors, through)
    return found


def _named(call: Call, attention: Attention) -> dict[str, tuple[str, ...]]:
    every = {
        "query": (*attention.lead, QUERY, FEATURE),
        "key": (*attention.lead, KEY, FEATURE),
        "value": (*attention.lead, KEY, VALUE),
        "attn_mask": (*attention.lead, QUERY, KEY),
        "output": (*attention.lead, QUERY, VALUE),
        "kept": attention.weights.axes,
    }
    ranks = {n: len(t.shape) for n, t in call.tensors.items()} | {"output": len(call.output.shape)}
    ranks |= {"kept": len(every["kept"])} if attention.weights.drawn else {}
    return {n: names(every[n])[len(every[n]) - rank :] for n, rank in ranks.items()}


def _summary(call: Call, lost: Dropped | None) -> str:
    queries, keys = call.shape("query")[-2], call.shape("key")[-2]
    which = f"all {keys} keys"
    if call.options["is_causal"]:
        which = "the keys up to its own position"
    elif "attn_mask" in call.tensors:
        integer = call.tensors["attn_mask"].integer
        which = f"those of the {keys} keys that the mask leaves" if integer else which
    who = f"Each of the {queries} queries" if queries != 1 else "The query"
    after = "" if lost is None else f"; {lost.summary}"
    return f"{who} takes a mean of the values, weighted by how well it fits {which}{after}."


def _notes(call: Call, attention: Attention) -> Iterator[Note]:
    if attention.weights.dropped is not None:
        yield attention.weights.dropped.note
    if call.options["is_causal"] and call.shape("query")[-2] != call.shape("key")[-2]:
        yield Note(
            "The causal mask starts at the first key",
            "Query 0 sees key 0 alone, however many keys there are: the mask is aligned at the "
            "top left. With cached keys it would have to be aligned at the bottom right.",
        )
    if "attn_mask" in call.tensors and call.tensors["attn_mask"].integer:
        yield Note(
            "True means that the key takes part",
            "The masks of `nn.MultiheadAttention` mean the opposite: there True leaves a key out.",
        )
    if "attn_mask" in call.tensors:
        yield Note(
            "A query with every key masked",
            "Its weights and its output are 0 here. Softmax alone would give NaN.",
        )
    if call.options["enable_gqa"] and call.shape("key") != call.shape("query"):
        yield Note(
            "Several query heads share a key head",
            r"Query head \(h\) reads key head \(\lfloor h / G \rfloor\), so that neighbouring "
            "query heads share, and the gradient of a key is the sum over them.",
        )


_Run = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]


def _example(q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...], **options: Any) -> Example:
    def run() -> _Run:
        given = {n: o() if callable(o) else o for n, o in options.items()}
        return F.scaled_dot_product_attention, tuple(map(torch.randn, (q, k, v))), given

    said = {n: "tensor" if callable(o) else o for n, o in options.items()}
    return Example(f"{q}, {k}, {v}, {said}", run)


def _boolean(*shape: int) -> Callable[[], torch.Tensor]:
    """A mask that leaves each query at least one key."""

    def draw() -> torch.Tensor:
        mask = torch.rand(shape) > 0.5
        mask[..., 0] = True
        return mask

    return draw


def _empty_row() -> torch.Tensor:
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[1] = False
    return mask


def _infinite() -> torch.Tensor:
    return torch.zeros(3, 4).masked_fill(~_empty_row(), -torch.inf)


examples(
    _example((3, 4), (5, 4), (5, 4)),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 2)),
    _example((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4)),
    _example((2, 1, 2, 3, 4), (2, 1, 2, 3, 4), (2, 1, 2, 3, 4)),
    _example((1, 1), (1, 1), (1, 1)),
    _example((2, 2, 4, 3), (2, 2, 4, 3), (2, 2, 4, 3), is_causal=True),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 4), is_causal=True),
    _example((2, 5, 4), (2, 3, 4), (2, 3, 4), is_causal=True),
    _example((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), attn_mask=lambda: torch.randn(3, 5)),
    _example((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), attn_mask=_boolean(2, 1, 3, 5)),
    _example((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), attn_mask=lambda: torch.randn(2, 1, 1, 5)),
    _example((3, 4), (4, 4), (4, 4), attn_mask=_empty_row),
    _example((3, 4), (4, 4), (4, 4), attn_mask=_infinite),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 4), scale=0.3),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 4), scale=-2),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 4), scale=0.0),
    _example((2, 6, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), enable_gqa=True),
    _example((2, 4, 3, 4), (2, 2, 3, 4), (2, 1, 3, 4), enable_gqa=True, is_causal=True),
    _example((2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4)),
    _example((2, 2, 3, 4), (1, 2, 5, 4), (2, 1, 5, 4)),
    _example((3, 4), (5, 4), (5, 4), dropout_p=0.5),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 4), dropout_p=0.3, is_causal=True),
    _example((2, 6, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), dropout_p=0.1, enable_gqa=True),
    _example((2, 3, 4), (2, 5, 4), (2, 5, 4), dropout_p=0.4, attn_mask=lambda: torch.randn(3, 5)),
    _example((3, 4), (4, 4), (4, 4), dropout_p=0.4, attn_mask=_empty_row),
    _example((2, 2, 3, 4), (1, 2, 5, 4), (2, 1, 5, 4), dropout_p=0.5),
    _example((2, 3, 4), (5, 4), (5, 4), dropout_p=0.5, scale=-2),
    _example((2, 0, 4), (2, 5, 4), (2, 5, 4), dropout_p=0.5),
    _example((1, 2, 40, 16), (1, 2, 50, 16), (1, 2, 50, 16)),
)
