"""y = W^o [z_1 … z_H] + b^o, where head h attends with its own projections of query, key, value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Tensor
from generator.layers.attention_weights import Rounded, Scale, Weights
from generator.layers.axes import at, lengths, names
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.multi_head_gradients import Heads, gradients, output_of, returned_axes
from generator.layers.multi_head_setup import HEAD, INPUTS, QUERY, ROW, WITHIN, Setup
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Note,
    Output,
    Refused,
    examples,
    explains,
)


@explains(
    "torch.nn.MultiheadAttention",
    arguments="query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, "
    "average_attn_weights=True, is_causal=False, num_heads=1, dropout=0.0, batch_first=False, "
    "add_zero_attn=False, training=False, **parameters",
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
    if training and call.options[dropout] != 0:
        message = f"{dropout}={call.options[dropout]!r} in training: what was dropped is drawn"
        raise Refused(f"{message} at random and not kept")
    setup = _setup(call, packed=packed)
    if 0 in (setup.source, call.shape("query")[-1]):
        raise Refused(f"{spelled(call)} without keys, or without features, is not explained")
    heads = _heads(setup)
    found = gradients(heads)
    weights = _returned(heads)
    return Formula(
        summary=_summary(setup),
        forward=_forward(heads),
        gradients={n: g for n, g in found.items() if n in call.tensors},
        settings=setup.settings,
        axes=_named(setup),
        multiply_adds=_multiply_adds(setup),
        notes=tuple(_notes(setup)),
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


def _heads(setup: Setup) -> Heads:
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
    return Equation(heads.output, indices, body, setup.tensors, heads.stages)


def _returned(heads: Heads) -> Equation | None:
    """The weights, as they are returned."""
    setup, tensor = heads.setup, heads.returned
    if tensor is None:
        return None
    p = heads.weights.p
    body = total(HEAD.span, p) / HEAD.length if setup.averaged else p
    return Equation(tensor, at(returned_axes(setup)), body, setup.tensors, heads.stages)


def _named(setup: Setup) -> dict[str, tuple[str, ...]]:
    found = {n: names(setup.input_axes(n)) for n in INPUTS}
    found["output"] = names(setup.placed(QUERY, ROW))
    if setup.given("attn_mask"):
        found["attn_mask"] = names(setup.mask_axes)
    if setup.given("key_padding_mask"):
        found["key_padding_mask"] = names((*setup.batch, setup.input_axes("key")[0]))
        found["key_padding_mask"] = (*names(setup.batch), "key")
    own = {
        "in_proj_weight": ("projected feature", "input feature"),
        "in_proj_bias": ("projected feature",),
        "bias_k": ("axis 0", "axis 1", "feature"),
        "bias_v": ("axis 0", "axis 1", "feature"),
        "out_proj.bias": ("output feature",),
        "out_proj.weight": ("output feature", "feature of the heads"),
        **{f"{k}_proj_weight": ("projected feature", "input feature") for k in "qkv"},
    }
    return found | {setup.called(n): axes for n, axes in own.items() if setup.given(n)}


def _multiply_adds(setup: Setup) -> int:
    numbers = {k: int(v) for k, v in setup.settings.items()}
    samples, e = numbers.get("N", 1), numbers["E"]
    queries, keys, source = (samples * numbers[k] for k in ("L", "T", "S"))
    projections = queries * e * e + source * e * (numbers["F_k"] + numbers["F_v"])
    return projections + 2 * queries * (keys // samples) * e + queries * e * e


def _summary(setup: Setup) -> str:
    numbers = setup.settings
    heads = f"Each of {setup.heads} heads" if setup.heads != 1 else "One head"
    many = f"each of the {numbers['L']} queries" if numbers["L"] != 1 else "the query"
    return (
        f"{heads} lets {many} take a mean of the values, weighted by how well it fits each of "
        f"the {numbers['T']} keys; what the heads give is joined and projected."
    )


def _notes(setup: Setup) -> Iterator[Note]:
    if setup.batched and not setup.batch_first:
        yield Note(
            "The sequence comes first",
            "Without `batch_first` the axes are sequence, batch, features; the weights that are "
            "returned have the batch first all the same.",
        )
    masks = [n for n in ("attn_mask", "key_padding_mask") if setup.given(n)]
    if any(setup.call.tensors[n].integer for n in masks):
        yield Note(
            "True means that the key is left out",
            "`F.scaled_dot_product_attention` reads its masks the other way round.",
        )
    if masks and setup.needs_weights:
        yield Note(
            "A query with every key masked",
            "Its softmax is over nothing, and all that depends on it is NaN.",
        )
    if setup.causal:
        yield Note(
            "The mask was not read",
            "With `is_causal` and without weights to return, torch takes the causal mask itself "
            "and does not look at the one that was given.",
        )
    if setup.needs_weights and setup.averaged:
        yield Note(
            "The returned weights are a mean",
            "They are averaged over the heads; `average_attn_weights=False` gives those of each.",
        )


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


def _function() -> _Run:
    e, heads = _EMBEDDING, 3
    args = (torch.randn(3, 2, e), torch.randn(4, 2, e), torch.randn(4, 2, e), e, heads)
    biases = (torch.randn(1, 1, e), torch.randn(1, 1, e))
    projections = (torch.randn(3 * e, e), torch.randn(3 * e))
    output = (torch.randn(e, e), torch.randn(e))
    call = (*args, *projections, *biases, True, 0.0, *output)
    return F.multi_head_attention_forward, call, {"need_weights": False}


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
    Example("F.multi_head_attention_forward", _function),
)
