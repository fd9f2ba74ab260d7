"""y[v] = Σ [x[k] = v]: how often each whole number occurs, or the sum of its weights."""

from __future__ import annotations

import torch

from generator.formula.build import equal, total
from generator.formula.tree import Equation, Expr, Num, Sym, Tensor, Var
from generator.layers.axes import Axis
from generator.layers.dtypes import rounds, spelled
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains

_NUMBER = Axis("number", Var("v"), Sym("V", "V", "how many numbers are counted"))
_PLACE = Axis("position", Var("k"), Sym("K", "K", "length of the input"))


@explains(
    "torch.bincount",
    "torch.Tensor.bincount",
    arguments="input, weights=None, minlength=0",
    title="Count of each number",
    search=("histogram", "frequencies", "torch.bincount"),
)
def bincount(call: Call) -> Formula:
    """How often each of 0, 1, … occurs in a list."""
    weighted, shape = "weights" in call.tensors, call.shape()
    if not call.tensors["input"].integer or len(shape) != 1:
        raise Refused(f"{spelled(call)}: expected a list of whole numbers")
    if weighted and rounds(call.tensors["weights"].dtype, call.output.dtype):
        message = f"{spelled(call)}: weights in {call.tensors['weights'].dtype}"
        raise Refused(f"{message} are not explained")
    x = Tensor("input", "x", (_PLACE.length,), "input", integer=True, label="Input")
    whole = call.output.integer
    y = Tensor("output", "y", (_NUMBER.length,), "output", "result", integer=whole, label="Output")
    term: Expr = Num(1)
    tensors: tuple[Tensor, ...] = (x,)
    if weighted:
        integer = call.tensors["weights"].integer
        sizes = (_PLACE.length,)
        w = Tensor("weights", "w", sizes, "weight of each", integer=integer, label="Weights")
        term, tensors = w[_PLACE.at], (x, w)
    body = total(_PLACE.span, term, equal(x[_PLACE.at], _NUMBER.at))
    what = "The sum of the weights of" if weighted else "How often"
    which = "each number from 0 on in the list" if weighted else "each number from 0 on occurs"
    return Formula(
        summary=f"{what} {which}, up to {call.output.shape[0] - 1}.",
        forward=Equation(y, (_NUMBER.at,), body, tensors),
        gradients={},
        settings={"K": shape[0], "V": call.output.shape[0]},
        axes={"input": ("position",), "weights": ("position",), "output": ("number",)},
        indices={"v": "number that is counted"},
    )


examples(
    Example("bincount", lambda: (torch.bincount, (torch.randint(5, (40,)),), {})),
    Example("longer", lambda: (torch.bincount, (torch.randint(5, (9,)),), {"minlength": 8})),
    Example("nothing", lambda: (torch.bincount, (torch.zeros(0).long(),), {"minlength": 3})),
    Example(
        "weighted by whole numbers",
        lambda: (torch.Tensor.bincount, (torch.randint(3, (9,)), torch.randint(9, (9,))), {}),
    ),
)
