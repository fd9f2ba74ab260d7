"""y = v where the mask is true, otherwise x: elements overwritten by one value."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, cases, equal, unequal
from generator.layers.broadcasting import Words, broadcast
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_WORDS = {
    "input": Words("x", "Input", "input", said="the input"),
    "mask": Words("m", "Mask", "mask"),
    "value": Words("v", "Value", "value", "v", "the value"),
}
_SCORES = Note(
    "Minus infinity hides",
    r"Before a softmax, \(-\infty\) gives the weight 0: what is masked is not attended to. A row "
    "that is masked throughout becomes NaN there.",
)


@explains(
    "torch.masked_fill",
    "torch.Tensor.masked_fill",
    "torch.Tensor.masked_fill_",
    arguments="input, mask, value",
    title="Masked fill",
    search=("attention mask", "causal mask", "overwrite", "torch.masked_fill"),
)
def masked_fill(call: Call) -> Formula:
    """The value where the mask is true, the input elsewhere."""
    every = broadcast(call, _WORDS, dtype=call.output.dtype)
    x, m, v, g = every["input"], every["mask"], every["value"], every.g
    infinite = call.options.get("value") == -torch.inf
    return Formula(
        summary=f"Each element is {every.says('value')} where the mask is true, otherwise "
        "what it was.",
        forward=every.forward(cases((unequal(m, 0), v), otherwise=x)),
        gradients=every.gradients(
            {"input": bracket(equal(m, 0)) * g, "value": bracket(unequal(m, 0)) * g}
        ),
        settings=every.settings,
        axes=every.named,
        notes=(*((_SCORES,) if infinite else ()), *every.notes()),
    )


def _fill(x: tuple[int, ...], m: tuple[int, ...], value: float) -> Example:
    return Example(
        f"{value} in {x}, {m}",
        lambda: (torch.Tensor.masked_fill, (torch.randn(x), torch.rand(m) > 0.5, value), {}),
    )


def _causal() -> torch.Tensor:
    return torch.ones(4, 4, dtype=torch.bool).triu(1)


_LEAST = torch.finfo(torch.float32).min

examples(
    _fill((2, 3), (2, 3), 0.1),
    _fill((2, 3, 4), (3, 1), -torch.inf),
    _fill((2, 3, 4), (), 7),
    _fill((), (), 7),
    _fill((0, 2), (2,), 7),
    _fill((2, 2, 4, 4), (4, 4), _LEAST),
    _fill((3,), (2, 1), 1.0),
    Example("causal", lambda: (torch.masked_fill, (torch.randn(4, 4), _causal(), -torch.inf), {})),
    Example(
        "a tensor", lambda: (torch.masked_fill, (torch.randn(4), _causal(), torch.tensor(0.3)), {})
    ),
    Example("whole numbers", lambda: (torch.masked_fill, (torch.arange(4), _causal(), -100), {})),
    Example("truth", lambda: (torch.masked_fill, (_causal(), _causal(), False), {})),
    Example("halves", lambda: (torch.masked_fill, (torch.randn(4).half(), _causal(), 0.1), {})),
)
