"""y = ⌊x / 2^s⌋: the bits of whole numbers moved to the right."""

from __future__ import annotations

import torch

from generator.formula.tree import FloorDiv, Sym
from generator.layers.dtypes import spelled
from generator.layers.pairs import number, pair
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains

_POWER = Sym("p", "p", "two to the power of the places moved by")
_PLACES = {"uint8": 8, "int8": 7, "int16": 15, "int32": 31, "int64": 62}


@explains(
    "torch.bitwise_right_shift",
    "torch.Tensor.bitwise_right_shift",
    "torch.Tensor.bitwise_right_shift_",
    "torch.Tensor.__rshift__",
    "torch.Tensor.__irshift__",
    arguments="input, other",
    title="Shift to the right",
    search=(">>", "bits", "torch.bitwise_right_shift"),
)
def bitwise_right_shift(call: Call) -> Formula:
    """Each whole number divided by a power of two; by a number of places alone."""
    dtype = call.output.dtype
    if set(call.tensors) != {"input"} or dtype not in _PLACES:
        raise Refused(f"{spelled(call)}: only whole numbers moved by one number are explained")
    places = number(call, "other")
    if not isinstance(places, int) or not 0 <= places < _PLACES[dtype]:
        raise Refused(f"{spelled(call)}: {places} places in {dtype} are not explained")
    both = pair(call)

    return Formula(
        summary=f"Each element is {both.says('input')} divided by 2 to the power of "
        f"{places}, rounded down.",
        forward=both.forward(FloorDiv(both.x, _POWER)),
        gradients={},
        settings={**both.settings, "p": 2**places},
        axes=both.named,
        notes=both.notes(),
    )


examples(
    Example(">>", lambda: (torch.Tensor.__rshift__, (torch.arange(-5, 5), 2), {})),
    Example("bytes", lambda: (torch.bitwise_right_shift, (torch.arange(50, 80).byte(), 3), {})),
    Example("int8", lambda: (torch.bitwise_right_shift, (torch.arange(-128, 128).char(), 1), {})),
    Example("nothing", lambda: (torch.bitwise_right_shift, (torch.arange(0), 1), {})),
)
