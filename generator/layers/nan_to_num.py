"""y = x, with numbers in the places of NaN and of both infinities."""

from __future__ import annotations

import math

import torch

from generator.formula.build import bracket, cases, equal, unequal
from generator.formula.tree import Sym
from generator.layers.dtypes import held
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place, number
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.samples import each

_NAN = Sym("s", "s", "what stands for NaN", integer=False)
_UP = Sym("u", "u", "what stands for infinity", integer=False)
_DOWN = Sym("l", "l", "what stands for minus infinity", integer=False)
_STOPPED = Note(
    "Replaced elements send no gradient back", "NaN is what differs from itself; the rest passes."
)


@explains(
    "torch.nan_to_num",
    "torch.nan_to_num_",
    "torch.Tensor.nan_to_num",
    "torch.Tensor.nan_to_num_",
    arguments="input, nan=None, posinf=None, neginf=None",
    title="Numbers for NaN and infinity",
    search=("replace NaN", "replace infinity", "torch.nan_to_num"),
)
def nan_to_num(call: Call) -> Formula:
    """The input where it is finite, otherwise the number given or the type's own limit."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    if call.output.integer:
        return element.formula(
            "Whole numbers stay what they are.", element.forward(x), None, notes=in_place(call)
        )
    limits = torch.finfo(getattr(torch, call.output.dtype))
    numbers = {
        "s": _number(call, "nan", 0),
        "u": _number(call, "posinf", limits.max),
        "l": _number(call, "neginf", limits.min),
    }
    replaced = cases(
        (unequal(x, x), _NAN), (equal(x, math.inf), _UP), (equal(x, -math.inf), _DOWN), otherwise=x
    )
    return element.formula(
        f"NaN becomes {numbers['s']}, infinity {numbers['u']}, minus infinity {numbers['l']}.",
        element.forward(replaced),
        element.gradient(bracket(abs(x) < math.inf) * g),
        notes=(_STOPPED, *in_place(call)),
        settings=numbers,
    )


def _number(call: Call, option: str, default: float) -> float:
    given = default if call.options[option] is None else number(call, option)
    return held(given, call.output.dtype)


def _all() -> torch.Tensor:
    return torch.tensor([torch.nan, torch.inf, -torch.inf, 1.0, -0.5])


examples(
    *each(torch.nan_to_num),
    Example("every kind", lambda: (torch.nan_to_num, (_all(),), {})),
    Example("with numbers", lambda: (torch.Tensor.nan_to_num, (_all(), 0.1, 7, -0.3), {})),
    Example("halves", lambda: (torch.nan_to_num, (_all().half(),), {"nan": 0.1})),
    Example("bfloat16", lambda: (torch.nan_to_num, (_all().bfloat16(),), {"posinf": 0.1})),
)
