"""The formula of an example's call, without a backward run."""

from __future__ import annotations

import torch
from torch import nn

from generator.binding import bind
from generator.capture.functions import describe
from generator.capture.names import type_name
from generator.capture.trees import tensors
from generator.layers.complex_calls import explanation
from generator.layers.registry import Example, Formula, lookup


def formula_of(example: Example) -> Formula:
    """The formula, as if a gradient arrived at every floating output."""
    torch.manual_seed(0)
    function, args, kwargs = example.run()
    own = None
    module = isinstance(function, nn.Module)
    if module:
        buffers = {k: b.clone() for k, b in function.named_buffers(recurse=False)}
        own = {
            **{k: v for k, v in vars(function).items() if not k.startswith("_")},
            **dict(function.named_parameters()),
            **buffers,
        }
    with torch.no_grad():
        outputs = list(tensors(function(*args, **kwargs)))
    rule = lookup(type_name(type(function)) if module else describe(function).type)
    assert rule is not None
    bound = bind(
        rule,
        args,
        kwargs,
        outputs,
        own=own,
        data=lambda value: value if torch.is_tensor(value) else None,
        reached=[o.is_floating_point() or o.is_complex() for o in outputs],
    )
    return explanation(rule, bound.call)
