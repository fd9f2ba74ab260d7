"""y = W^o [z_1 … z_H] + b^o, where head h attends with its own projections of query, key, value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Tensor
from generator.layers import multi_head_words as words
from generator.layers.attention_dropout import Dropped, drawn, dropped
from generator.layers.attention_weights import Rounded, Scale, Weights
from generator.layers.axes import at, lengths, names
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.multi_head_gradients import Heads, gradients, output_of, returned_axes
from generator.layers.multi_head_setup import HEAD, INPUTS, QUERY, ROW, WITHIN, Setup
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Output,
    Refused,
    examples,
    explains,
)


def _drawn(
    option: str,
    tensors: Mapping[str, torch.Tensor],
    options: Mapping[str, object],
    output: torch.Tensor,
) -> Mapping[str, torch.Tensor]:
    heads, query = options.get("num_heads"), tensors["query"]
    if not options.get("training") or not isinstance(heads, int):
        return {}
    batched, first = query.dim() == 3, bool(options.get("batch_first", False))
    place = 1 if batched and first else 0
    batch = (query.shape[1 - place],) if batched else ()
    keys = tensors["key"].shape[place] + int("bias_k" in tensors)
    keys += int(bool(options.get("add_zero_attn")))
    shape = (*batch, heads, query.shape[place], keys)
    # the values are weighted, and projected
    return drawn(output, options.get(option), shape, products=2)


@explains(
    "torch.nn.MultiheadAttention",
    arguments="query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, "
    "average_attn_weights=True, is_causal=False, num_heads=1, dropout=0.0, batch_first=False, "
    "add_zero_attn=False, training=False, **parameters",
    draw=partial(_drawn, "dropout"),
    title="Multi-head attention",
    search=("attention", "self-attention", "cross-attention", "MHA", "nn.MultiheadAttention"),
)
def multi_head_attention(call: Call) -> Formula:
    """The module, batched or not."""
    packed = "in_proj_weight" in call.tensors
    return _explained(call, "dropout", packed=packed, training=bool(call.options["training"]))


@explains(
    "torch.nn.functional.multi_head_attention_forward",
    arguments="query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, "
    "bias_k, bias_v, add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=True, "
    "key_padding_mask=None, need_weights=True, attn_mask=None, use_separate_proj_weight=False, "
    "q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None, "
    "average_attn_weights=True, is_causal=False",
    draw=partial(_drawn, "dropout_p"),
    title="Multi-head attention",
    search=("attention", "self-attention", "F.multi_head_attention_forward"),
)
def multi_head_attention_forward(call: Call) -> Formula:
    """The function behind the module, which takes the sequence's axis first."""
    if "static_k" in call.tensors or "static_v" in call.tensors:
        raise Refused(f"{spelled(call)} with static keys or values is not explained")
    packed = not call.options["use_separate_proj_weight"]
    return _explained(call, "dropout_p", packed=packed, training=bool(call.options["training"]))


def _explained(call: Call, dropout: str, *, packed: bool, training: bool) -> Formula:
    refuse_types(call)
    setup = _setup(call, packed=packed)
    if 0 in (setup.source, call.shape("query")[-1]):
        raise Refused(f"{spelled(call)} without keys, or without features, is not explained")
    axes = (*setup.lead, QUERY, setup.key)
    heads = _heads(setup, dropped(call, dropout, axes) if training else None)
    found = gradients(heads)
    weights = _returned(heads)
    return Formula(
        summary=words.summary(setup, heads.dropped),
        forward=_forward(heads),
        gradients={n: g for n, g in found.items() if n in call.tensors},
        settings={**setup.settings, **(heads.dropped.settings if heads.dropped else {})},
        axes={**words.named(setup), **({"kept": names(axes)} if heads.dropped else {})},
        multiply_adds=words.multiply_adds(setup),
        notes=tuple(words.notes(setup, heads.dropped)),
        indices={
            "i": "query",
            "j": "key",
            "h": "head",
            "d": "feature of a head",
            "o": "output feature",
            "f": "input feature",
        },
        others=()
        if weights is None
        else (Output("weights", weights, names(returned_axes(setup))),),
    )


def _setup(call: Call, *, packed: bool) -> Setup:
    options = call.options
    heads, needed = options["num_heads"], bool(options["need_weights"])
    assert isinstance(heads, int)
    masked = "key_padding_mask" in call.tensors
    return Setup(
        call,
        heads,
        batch_first=bool(options.get("batch_first", False)),
        packed=packed,
        zero=bool(options["add_zero_attn"]),
        needs_weights=needed,
        averaged=bool(options["average_attn_weights"]),
        causal=bool(options["is_causal"]) and not masked and not needed,
    )


def _heads(setup: Setup, lost: Dropped | None) -> Heads:
    q, k, v = (setup.projection(n) for n in INPUTS)
    scale = Scale(None, WITHIN.length, int(setup.settings["D"]))
    product = q.tensor[q.indices] * k.tensor[k.indices]
    # with the weights torch scales the queries alone, without them queries and keys by the root
    halved = not setup.needs_weights
    root = scale.root if halved else Rounded(scale.value, "root")
    left, right = q.tensor[q.indices] * root.read, k.tensor[k.indices]
    weights = Weights(
        setup.lead,
        QUERY,
        setup.key,
        scale.of(total(WITHIN.span, product)),
        total(WITHIN.span, left * (right * root.read if halved else right)),
        setup.masked if setup.is_masked else None,
        emptied=setup.is_masked and not setup.needs_weights and not setup.causal,
        dropped=lost,
    )
    returned = None
    if setup.needs_weights:
        sizes = lengths(returned_axes(setup))
        meaning = "attention weights, averaged over the heads" if setup.averaged else "weights"
        returned = Tensor("output_1", r"\overline{p}_{#}", sizes, meaning, "result")
        if not setup.averaged:
            returned = Tensor("output_1", "w", sizes, "attention weights", "result")
    return Heads(setup, q, k, v, weights, scale, root, halved, output_of(setup), returned)


def _forward(heads: Heads) -> Equation:
    setup, z = heads.setup, heads.z
    weight = setup.parameter("out_proj.weight")
    product = z.tensor[z.indices] * weight[ROW.at, HEAD.at * WITHIN.length + WITHIN.at]
    body: Expr = total([HEAD.span, WITHIN.span], product)
    if setup.given("out_proj.bias"):
        body = body + setup.parameter("out_proj.bias")[ROW.at]
    indices = at(setup.placed(QUERY, ROW))
    return Equation(heads.output, indices, body, heads.tensors, heads.stages)


def _returned(heads: Heads) -> Equation | None:
    """The weights, as they are returned."""
    setup, tensor = heads.setup, heads.returned
    if tensor is None:
        return None
    p = heads.weights.used
    body = total(HEAD.span, p) / HEAD.length if setup.averaged else p
    return Equation(tensor, at(returned_axes(setup)), body, heads.tensors, heads.stages)


_Run = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]
_EMBEDDING = 6


def _module(
    shapes: tuple[tuple[int, ...], ...],
    call: dict[str, Any] | None = None,
    heads: int = 2,
    **options: Any,
) -> Example:
    def run() -> _Run:
        given = {n: o() if callable(o) else o for n, o in (call or {}).items()}
        module = nn.MultiheadAttention(_EMBEDDING, heads, **options)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.uniform_(-1, 1)
        every = shapes if len(shapes) == 3 else (shapes[0], shapes[1], shapes[1])
        return module, tuple(map(torch.randn, every)), given

    said = {n: "tensor" if callable(o) else o for n, o in (call or {}).items()}
    return Example(f"{shapes}, {heads} heads, {options}, {said}", run)


def _boolean(*shape: int) -> Callable[[], torch.Tensor]:
    """A mask that leaves each query at least one key."""

    def draw() -> torch.Tensor:
        mask = torch.rand(shape) > 0.5
        mask[..., 0] = False
        return mask

    return draw


def _normal(*shape: int) -> Callable[[], torch.Tensor]:
    return lambda: torch.randn(shape)


def _function(dropout: float, **options: object) -> _Run:
    e, heads = _EMBEDDING, 3
    args = (torch.randn(3, 2, e), torch.randn(4, 2, e), torch.randn(4, 2, e), e, heads)
    biases = (torch.randn(1, 1, e), torch.randn(1, 1, e))
    projections = (torch.randn(3 * e, e), torch.randn(3 * e))
    output = (torch.randn(e, e), torch.randn(e))
    call = (*args, *projections, *biases, True, dropout, *output)
    return F.multi_head_attention_forward, call, options


_SHORT = ((3, 2, 6), (4, 2, 6))
_BATCH_FIRST = ((2, 3, 6), (2, 4, 6))
_NO_WEIGHTS = {"need_weights": False}

examples(
    _module(_SHORT),
    _module(_BATCH_FIRST, batch_first=True),
    _module(((3, 6), (4, 6))),
    _module(((3, 6), (4, 6)), _NO_WEIGHTS, batch_first=True),
    _module(_SHORT, _NO_WEIGHTS, heads=3),
    _module(_SHORT, {"average_attn_weights": False}),
    _module(_SHORT, heads=1, bias=False),
    _module(_SHORT, heads=6),
    _module(((3, 2, 6), (4, 2, 5), (4, 2, 3)), kdim=5, vdim=3),
    _module(((2, 3, 6), (2, 4, 5), (2, 4, 3)), _NO_WEIGHTS, kdim=5, vdim=3, batch_first=True),
    _module(_SHORT, add_bias_kv=True),
    _module(_SHORT, add_zero_attn=True),
    _module(_SHORT, _NO_WEIGHTS, add_bias_kv=True, add_zero_attn=True),
    _module(((3, 6), (4, 6)), add_bias_kv=True, add_zero_attn=True),
    _module(_SHORT, {"attn_mask": _boolean(3, 4)}),
    _module(_SHORT, {"attn_mask": _normal(3, 4), **_NO_WEIGHTS}),
    _module(_SHORT, {"attn_mask": _normal(4, 3, 4)}),
    _module(((3, 6), (4, 6)), {"attn_mask": _normal(2, 3, 4)}),
    _module(_SHORT, {"key_padding_mask": _boolean(2, 4)}),
    _module(_SHORT, {"key_padding_mask": _boolean(2, 4), **_NO_WEIGHTS}),
    _module(((3, 6), (4, 6)), {"key_padding_mask": _normal(4), **_NO_WEIGHTS}),
    _module(_SHORT, {"attn_mask": _boolean(3, 4), "key_padding_mask": _boolean(2, 4)}),
    _module(_SHORT, {"attn_mask": _normal(4, 3, 4), "key_padding_mask": _normal(2, 4)}),
    _module(
        _SHORT,
        {"attn_mask": _boolean(4, 3, 4), "key_padding_mask": _boolean(2, 4), **_NO_WEIGHTS},
        add_bias_kv=True,
        add_zero_attn=True,
    ),
    _module(
        ((2, 4, 6), (2, 4, 6)),
        {"attn_mask": _boolean(4, 4), "is_causal": True, **_NO_WEIGHTS},
        batch_first=True,
    ),
    _module(((1, 1, 6), (1, 1, 6))),
    _module(_SHORT, dropout=0.3),
    _module(_BATCH_FIRST, _NO_WEIGHTS, dropout=0.5, batch_first=True),
    _module(((3, 6), (4, 6)), {"average_attn_weights": False}, dropout=0.3, bias=False),
    _module(_SHORT, {"key_padding_mask": _boolean(2, 4), **_NO_WEIGHTS}, dropout=0.3, bias=False),
    _module(_SHORT, {"attn_mask": _normal(4, 3, 4)}, dropout=0.3),
    _module(
        ((2, 4, 6), (2, 4, 6)),
        {"attn_mask": _boolean(4, 4), "is_causal": True, **_NO_WEIGHTS},
        batch_first=True,
        dropout=0.3,
    ),
    _module(_SHORT, add_bias_kv=True, add_zero_attn=True, dropout=0.2),
    Example("F.multi_head_attention_forward", lambda: _function(0.0, need_weights=False)),
    Example("F.multi_head_attention_forward, dropout", lambda: _function(0.4)),
    Example(
        "F.multi_head_attention_forward, dropout in evaluation",
        lambda: _function(0.4, training=False, need_weights=False),
    ),
)
