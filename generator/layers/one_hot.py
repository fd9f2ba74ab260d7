"""y[…, c] = [x[…] = c]: 1 at the index's own class, 0 at all others."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from generator.formula.build import bracket, equal
from generator.formula.tree import Equation, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, input_of
from generator.layers.dtypes import spelled
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Refused,
    Size,
    examples,
    explains,
)

_CLASS = Axis("class", Var("k"), Sym("K", "K", "number of classes"))


@explains(
    "torch.nn.functional.one_hot",
    arguments="input, num_classes=-1",
    title="One-hot encoding",
    search=("indicator", "dummy variables", "F.one_hot"),
)
def one_hot(call: Call) -> Formula:
    """A further axis of classes, for indices of any shape."""
    if set(call.tensors) != {"input"} or not call.tensors["input"].integer:
        raise Refused(f"{spelled(call)}: expected a tensor of whole numbers")
    axes = dims(len(call.shape()))
    every = (*axes, _CLASS)
    x = input_of(axes, integer=True)
    meaning = "output"
    y = Tensor("output", "y", lengths(every), meaning, "result", integer=True, label="Output")
    classes = call.output.shape[-1]
    found = " as many as the largest index asks for" if call.options["num_classes"] == -1 else ""
    return Formula(
        summary=f"Each index becomes {classes} numbers, 1 at its own place and 0 elsewhere"
        f"{';' if found else ''}{found}.",
        forward=Equation(y, at(every), bracket(equal(x[at(axes)], _CLASS.at)), (x,)),
        gradients={},
        settings=settings(every, call.output.shape),
        axes={"input": names(axes), "output": names(every)},
        sizes=(Size("class", "K", _CLASS.length),),
    )


def _one_hot(classes: int, *shape: int) -> Example:
    most = max(classes, 3)
    return Example(
        f"one_hot of {shape}, {classes}",
        lambda: (F.one_hot, (torch.randint(most, shape), classes), {}),
    )


examples(
    _one_hot(5, 4),
    _one_hot(5, 2, 3),
    _one_hot(-1, 7),
    _one_hot(3, 2, 1, 2),
    _one_hot(4),
    _one_hot(4, 0),
    _one_hot(1000, 3),
)
