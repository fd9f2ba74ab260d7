"""y = a (m x - α (1 - m)) + a α p: dropped values become SELU's lower limit -α, then rescaled.

Mean 0 and variance 1 stay what they are (Klambauer et al., Self-Normalizing Neural Networks, 2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Equation, Num, Sym, Tensor, mul
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.broadcasting import number
from generator.layers.dims import dims, input_of, output_of
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

ALPHA = 1.7580993408473766
"""λα of SELU."""

_P = Sym("p", "p", "probability of being dropped", integer=False)
_ALPHA = Sym("alpha", r"\alpha", "minus the lower limit of SELU", integer=False)
_SCALE = Sym("scale", "a", "factor that keeps the variance at 1", integer=False)
_ARGUMENTS = "input, p=0.5, training=False, inplace=False"
_SEARCH = ("dropout", "SELU", "self-normalizing")
_DRAWN = Note(
    "The mask is drawn, not calculated",
    "It is what torch drew in this run. Another run draws another one, and the backward pass uses "
    "the same mask as the forward pass.",
)
_FACTOR = Note(
    "The factor",
    r"\(a = 1 / \sqrt{(1 - p)(1 + \alpha^2 p)}\); with the shift \(a \alpha p\) it keeps a mean of "
    "0 and a variance of 1.",
)


def _draws(options: Mapping[str, object]) -> bool:
    training = options["training"] if "training" in options else options["train"]
    return bool(training) and options.get("p") not in (None, 0, 1)


def _factor(p: float) -> float:
    return 1.0 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))


def _drawn(
    features: bool,
    tensors: Mapping[str, torch.Tensor],
    options: Mapping[str, object],
    output: torch.Tensor,
) -> Mapping[str, torch.Tensor]:
    """The mask of the call that has just run, as 0 and 1."""
    del tensors
    p = options.get("p")
    if not _draws(options) or not isinstance(p, int | float):
        return {}
    shape = output.shape[:2] if features else output.shape
    node: Any = output.grad_fn
    product = None if node is None else node.next_functions[0][0]
    noise = getattr(product, "_saved_other", None)
    if not isinstance(noise, torch.Tensor) or noise.numel() != math.prod(shape):
        # a value that is kept and equal to a dropped one is the same with either mask
        scale = _factor(p)
        dropped = output.new_zeros(()).add(-1).mul(ALPHA * scale).add(ALPHA * scale * p)
        kept = output.detach() != dropped
        noise = kept.reshape(*shape, -1).any(-1) if features else kept
    return {"mask": (noise.detach() != 0).to(output.dtype).reshape(shape)}


@explains(
    "torch.nn.AlphaDropout",
    "torch.nn.functional.alpha_dropout",
    arguments=_ARGUMENTS,
    title="Alpha dropout",
    search=_SEARCH,
    draw=partial(_drawn, False),
)
@explains(
    "torch.alpha_dropout",
    "torch.alpha_dropout_",
    arguments="input, p, train",
    title="Alpha dropout",
    search=_SEARCH,
    draw=partial(_drawn, False),
)
def alpha_dropout(call: Call) -> Formula:
    """With a mask for single values in training, and the identity in evaluation."""
    return _formula(call, len(call.shape()), "value")


@explains(
    "torch.nn.FeatureAlphaDropout",
    "torch.nn.functional.feature_alpha_dropout",
    arguments=_ARGUMENTS,
    title="Alpha dropout of channels",
    search=_SEARCH,
    draw=partial(_drawn, True),
)
@explains(
    "torch.feature_alpha_dropout",
    "torch.feature_alpha_dropout_",
    arguments="input, p, train",
    title="Alpha dropout of channels",
    search=_SEARCH,
    draw=partial(_drawn, True),
)
def feature_alpha_dropout(call: Call) -> Formula:
    """With a mask for whole channels in training, and the identity in evaluation."""
    if len(call.shape()) < 2 and _draws(call.options):
        raise Refused(f"{spelled(call)}: an input of shape {list(call.shape())} has no channels")
    return _formula(call, 2, "channel")


def _formula(call: Call, masked: int, what: str) -> Formula:
    real(call, "input")
    refuse_types(call)
    p, drawn = number(call, "p"), _draws(call.options)
    if p == 1 and not drawn and (call.options.get("training") or call.options.get("train")):
        raise Refused(f"{spelled(call)}(p=1) is not explained")
    axes = dims(len(call.shape()))
    covered = axes[:masked]
    return Formula(
        summary=_summary(p, what) if drawn else "Nothing is dropped: the output is the input.",
        forward=_forward(axes, covered if drawn else None),
        gradients={"input": _gradient(axes, covered if drawn else None)},
        settings={
            **settings(axes, call.shape()),
            "p": p,
            "alpha": ALPHA,
            "scale": _factor(p) if drawn else 1,
        },
        axes={
            **dict.fromkeys(("input", "output"), names(axes)),
            **({"mask": names(covered)} if drawn else {}),
        },
        notes=(_DRAWN, _FACTOR) if drawn else (),
    )


def _mask(covered: tuple[Axis, ...]) -> Tensor:
    meaning = "mask: 1 where kept, 0 where dropped; drawn at random in this run"
    return Tensor("mask", "m", lengths(covered), meaning, "drawn", label="Drawn Mask")


def _forward(axes: tuple[Axis, ...], covered: tuple[Axis, ...] | None) -> Equation:
    x, i = input_of(axes), at(axes)
    if covered is None:
        return Equation(output_of(axes), i, x[i], (x,))
    mask = _mask(covered)
    m = mask[at(covered)]
    shift = mul(_SCALE, _ALPHA, _P)
    body = _SCALE * (m * x[i] - _ALPHA * (1 - m)) + shift
    # torch adds up what does not depend on the input first
    order = x[i] * (_SCALE * m) + ((m - Num(1)) * (_SCALE * _ALPHA) + shift)
    return Equation(output_of(axes), i, body, (x, mask), arithmetic=order)


def _gradient(axes: tuple[Axis, ...], covered: tuple[Axis, ...] | None) -> Equation:
    x, g, i = input_of(axes), upstream(output_of(axes)), at(axes)
    if covered is None:
        return Equation(gradient_of(x), i, g[i], (g,))
    mask = _mask(covered)
    return Equation(gradient_of(x), i, mul(_SCALE, mask[at(covered)], g[i]), (g, mask))


def _summary(p: float, what: str) -> str:
    return (
        f"Each {what} is set to about −1.7581 with probability {p:g}; then everything is scaled "
        "and shifted, so that mean 0 and variance 1 are kept."
    )


def _example(function: Callable[..., object], *shape: int, **options: object) -> Example:
    name = f"{torch.overrides.resolve_name(function)}, {shape}, {options}"
    return Example(name, lambda: (function, (torch.randn(shape),), options))


def _module(
    kind: type[nn.Module],
    *shape: int,
    p: float = 0.5,
    evaluation: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return kind(p=p).train(not evaluation), (torch.randn(shape).to(dtype),), {}

    return Example(f"{kind.__name__}, {shape}, p {p:g}, evaluation {evaluation}, {dtype}", run)


examples(
    _module(nn.AlphaDropout, 3, 5),
    _module(nn.AlphaDropout, 3, 5, p=0.1),
    _module(nn.AlphaDropout, 2, 3, 4, 4, p=0.9),
    _module(nn.AlphaDropout, 3, 5, evaluation=True),
    _module(nn.AlphaDropout, 3, 5, p=0.0),
    _module(nn.AlphaDropout, 40, 50, dtype=torch.float64),
    _module(nn.AlphaDropout, 40, 50, dtype=torch.float16),
    _module(nn.AlphaDropout, 40, 50, dtype=torch.bfloat16),
    _module(nn.FeatureAlphaDropout, 3, 6, 5),
    _module(nn.FeatureAlphaDropout, 3, 6, 2, 2, p=0.2),
    _example(F.alpha_dropout, 3, 5, training=True),
    _example(F.feature_alpha_dropout, 3, 5, 2, training=True),
    _example(torch.alpha_dropout, 3, 5, p=0.2, train=True),
)
