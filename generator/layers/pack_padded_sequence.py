"""d[β_t + n] = x[t, n] where t < ℓ_n: sequences without their padding, step after step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from generator.formula.build import bracket, cases, total
from generator.formula.tree import Equation, Stage, Tensor
from generator.layers.axes import at, lengths, names, settings
from generator.layers.movement import refuse_change
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

_SORTED = Note(
    "Longest first",
    "The samples come sorted by length, the longest first, so that the ones that have a step are "
    "always the first ones. `enforce_sorted=False` sorts them before this call.",
)
_LENGTHS = Tensor(
    "lengths", r"\ell", (SAMPLE.length,), "length of each sequence", integer=True, label="Lengths"
)
_SIZES = Tensor(
    "sizes", "B", (LONGEST,), "samples that have the step (batch_sizes)", "stage", integer=True
)
_PACK = torch._pack_padded_sequence  # noqa: SLF001 - what the public function calls


@explains(
    "torch._pack_padded_sequence",
    arguments="input, lengths, batch_first",
    title="Packing padded sequences",
    search=("pack_padded_sequence", "PackedSequence", "variable lengths", "batch_sizes"),
)
def pack_padded_sequence(call: Call) -> Formula:
    """The steps that the sequences have, and how many have each step."""
    refuse_change(call, others=("input", "lengths"))
    before = padded(call, len(call.shape()))
    after = (ROW, *features(len(before) - 2))
    integer = call.tensors["input"].integer
    x = Tensor("input", "x", lengths(before), "padded input", integer=integer, label="Padded Input")
    y = Tensor("output", "d", lengths(after), "data", "result", integer=integer, label="Data")
    g = upstream(y)
    t, n, p = STEP.at, SAMPLE.at, ROW.at
    having = total(SAMPLE.span, bracket(_LENGTHS[n] > t))
    sizes = Stage(_SIZES, (t,), having)
    starts = first_rows(_SIZES, t)
    steps = steps_of_rows(_SIZES, starts, p, ROW.length)
    step = steps.tensor[p]
    place = {STEP: step, SAMPLE: p - starts.tensor[step]}
    read = x[tuple(place.get(a, a.at) for a in before)]
    sent = g[(starts.tensor[t] + n, *at(after[1:]))]
    back = cases((t < _LENGTHS[n], sent), otherwise=0)
    counted = replace(_SIZES, name="output_1", role="result")
    rows, samples = call.outputs[0].shape[0], call.shape("lengths")[0]
    return Formula(
        summary=f"The {rows} steps that {samples} sequences have, without the padding: step 0 of "
        "all of them, then step 1 of those that have it, and so on.",
        forward=Equation(y, at(after), read, (x, _LENGTHS), (sizes, starts, steps)),
        gradients={}
        if integer
        else {"input": Equation(gradient_of(x), at(before), back, (g, _LENGTHS), (sizes, starts))},
        settings={
            **settings(before, call.shape()),
            "R": rows,
            "S": call.outputs[1].shape[0],
        },
        axes={"input": names(before), "lengths": (SAMPLE.name,), "output": names(after)},
        others=(Output("batch_sizes", Equation(counted, (t,), having, (_LENGTHS,)), (STEP.name,)),),
        notes=(_SORTED,),
        indices={"t": "time step", "v": "time step"},
    )


def _pack(shape: tuple[int, ...], *sizes: int, batch_first: bool = False) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return (
            _PACK,
            (
                torch.randn(shape),
                torch.tensor(sizes),
                batch_first,
            ),
            {},
        )

    return Example(f"pack {shape}, lengths {sizes}, {batch_first}", run)


examples(
    _pack((4, 3, 2), 4, 2, 1),
    _pack((3, 4, 2), 4, 4, 1, batch_first=True),
    _pack((6, 2, 3), 4, 2),
    _pack((1, 1, 1), 1),
    _pack((3, 2), 3, 1),
    _pack((2, 3), 3, 2, batch_first=True),
    _pack((3, 2, 2, 3), 3, 2),
    _pack((40, 9, 2), 33, 20, 20, 20, 7, 3, 2, 1, 1),
    Example(
        "of labels",
        lambda: (
            _PACK,
            (torch.arange(8).reshape(2, 4), torch.tensor([3, 1]), True),
            {},
        ),
    ),
    Example(
        "of float16",
        lambda: (
            _PACK,
            (torch.randn(2, 4, 2).half(), torch.tensor([3, 1]), True),
            {},
        ),
    ),
)
