"""y[t, n] = d[β_t + n] where t < ℓ_n, otherwise the padding: packed sequences side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch.nn.utils.rnn import pack_sequence

from generator.formula.build import bracket, cases, total
from generator.formula.text import constant
from generator.formula.tree import Equation, Stage, Sym, Tensor, Var
from generator.layers.axes import at, lengths, names, settings
from generator.layers.broadcasting import number
from generator.layers.dtypes import held
from generator.layers.movement import refuse_change, refuse_tensors
from generator.layers.packing import (
    LONGEST,
    ROW,
    SAMPLE,
    STEP,
    features,
    first_rows,
    padded,
    steps_of_rows,
)
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains
from generator.layers.tensors import gradient_of, upstream

_PADDING = Sym("padding_value", "f", "value of the padding", integer=False)
_COUNTED = Note(
    "Padding is data from here on",
    "A mean or a sum over the time steps of the result counts the padding too, unless the lengths "
    "are used to leave it out.",
)
_SIZES = Tensor(
    "batch_sizes",
    "B",
    (LONGEST,),
    "samples that have the step (batch_sizes)",
    integer=True,
    label="Batch Sizes",
)
_LENGTHS = Tensor(
    "length", r"\ell", (SAMPLE.length,), "length of each sequence", "stage", integer=True
)
_STEP = Var("v")
_PAD = torch._pad_packed_sequence  # noqa: SLF001 - what the public function calls


@explains(
    "torch._pad_packed_sequence",
    arguments="input, batch_sizes, batch_first, padding_value, total_length",
    title="Padding packed sequences",
    search=("pad_packed_sequence", "PackedSequence", "variable lengths"),
)
def pad_packed_sequence(call: Call) -> Formula:
    """Each sequence filled up to one length, and the lengths that they had."""
    refuse_tensors(call, "input", "batch_sizes")
    refuse_change(call, others=("input", "batch_sizes"))
    after = padded(call, len(call.outputs[0].shape))
    before = (ROW, *features(len(after) - 2))
    argument, output = call.tensors["input"], call.outputs[0]
    x = Tensor("input", "d", lengths(before), "packed data", integer=argument.integer, label="Data")
    y = Tensor("output", "y", lengths(after), "output", "result", integer=output.integer)
    g = upstream(y)
    t, n, p = STEP.at, SAMPLE.at, ROW.at
    long = total(_STEP.over(LONGEST), bracket(_SIZES[_STEP] > n))
    length = Stage(_LENGTHS, (n,), long)
    starts = first_rows(_SIZES, t)
    steps = steps_of_rows(_SIZES, starts, p, ROW.length)
    step = steps.tensor[p]
    place = {STEP: step, SAMPLE: p - starts.tensor[step]}
    read = x[(starts.tensor[t] + n, *at(before[1:]))]
    sent = g[tuple(place.get(a, a.at) for a in after)]
    filler = held(number(call, "padding_value"), output.dtype)
    body = cases((t < _LENGTHS[n], read), otherwise=_PADDING)
    counted = replace(_LENGTHS, name="output_1", role="result")
    shape = dict(zip(after, output.shape, strict=True))
    return Formula(
        summary=f"{shape[SAMPLE]} packed sequences side by side, each filled up to "
        f"{shape[STEP]} steps with {constant(filler)}.",
        forward=Equation(y, at(after), body, (x, _SIZES), (length, starts)),
        gradients={}
        if argument.integer
        else {"input": Equation(gradient_of(x), at(before), sent, (g, _SIZES), (starts, steps))},
        settings={
            **settings(after, output.shape),
            "R": call.shape()[0],
            "S": call.shape("batch_sizes")[0],
            "padding_value": filler,
        },
        axes={"input": names(before), "batch_sizes": (STEP.name,), "output": names(after)},
        others=(Output("lengths", Equation(counted, (n,), long, (_SIZES,)), (SAMPLE.name,)),),
        notes=(_COUNTED,),
        indices={"t": "time step", "v": "time step"},
    )


def _pad(
    *sizes: int,
    more: tuple[int, ...] = (2,),
    batch_first: bool = False,
    value: float = 0.0,
    length: int = 0,
    dtype: torch.dtype = torch.float32,
) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        given = pack_sequence([(9 * torch.randn(k, *more)).to(dtype) for k in sizes])
        longest = length or sizes[0]
        return (
            _PAD,
            (
                given.data,
                given.batch_sizes,
                batch_first,
                value,
                longest,
            ),
            {},
        )

    options = f"{more}, {batch_first}, {value}, {length}, {dtype}"
    return Example(f"pad lengths {sizes}, {options}", run)


examples(
    _pad(4, 2, 1),
    _pad(4, 4, 1, batch_first=True),
    _pad(4, 2, value=0.1),
    _pad(3, 2, batch_first=True, value=-torch.inf),
    _pad(3, 1, length=7),
    _pad(1),
    _pad(3, 2, more=()),
    _pad(3, 2, more=(2, 3), length=4),
    _pad(33, 20, 20, 20, 7, 3, 2, 1, 1),
    _pad(3, 2, dtype=torch.int64, value=-100),
    _pad(3, 2, dtype=torch.bfloat16, value=0.1),
)
