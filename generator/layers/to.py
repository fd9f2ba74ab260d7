"""y = x: the same values on another device, or in another type that holds or rounds them."""

from __future__ import annotations

from dataclasses import replace

import torch

from generator.formula.build import apply, bracket, unequal
from generator.formula.configure import Setting
from generator.formula.tree import Expr
from generator.layers.dtypes import finer, refuse_unreal, rounds, whole
from generator.layers.elementwise import Elementwise, axes
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.whole_numbers import holds, wrapped

_NUMBERS = Note(
    "Numbers to calculate with",
    "Truth values become 0 and 1, whole numbers stay what they are. No gradient goes back to them.",
)
_CUT = Note(
    "Cut off, not rounded",
    "What stands behind the point is cut off: 2.9 becomes 2 and -2.9 becomes -2. No gradient goes "
    "through whole numbers. What becomes of NaN, an infinity or a number beyond the type's range "
    "is left to the machine.",
)
_TRUTH = Note(
    "Everything but zero is true", "Small numbers and NaN too. No gradient goes through truth."
)


@explains(
    "torch.Tensor.to",
    arguments="input, *options, dtype=None, device=None, non_blocking=False, copy=False, "
    "memory_format=None",
    title="Conversion",
    search=("device", "dtype", "type", "cast"),
)
@explains(
    "torch.Tensor.type",
    arguments="input, dtype=None, non_blocking=False",
    title="Conversion",
    search=("dtype", "cast"),
)
@explains(
    "torch.Tensor.type_as",
    arguments="input, other",
    title="Conversion",
    search=("dtype", "cast"),
)
@explains(
    "torch.Tensor.cuda",
    arguments="input, device=None, non_blocking=False, memory_format=None",
    title="Conversion",
    search=("device", "GPU"),
)
@explains(
    "torch.Tensor.float",
    "torch.Tensor.double",
    "torch.Tensor.half",
    "torch.Tensor.bfloat16",
    "torch.Tensor.bool",
    "torch.Tensor.byte",
    "torch.Tensor.char",
    "torch.Tensor.short",
    "torch.Tensor.int",
    "torch.Tensor.long",
    "torch.Tensor.cpu",
    arguments="input, memory_format=None",
    title="Conversion",
    search=("device", "dtype", "type", "cast"),
)
def to(call: Call) -> Formula:
    """The identity, as far as the type of the result can hold it."""
    refuse_unreal(call)
    element = Elementwise.of(call)
    before, after = call.tensors["input"].dtype, call.output.dtype
    models = {name: axes(a.shape).names for name, a in call.tensors.items()}
    settings: dict[str, Setting] = {}
    said = _note(before, after)
    notes = () if said is None else (said,)
    body: Expr = element.value
    if after == "bool" and before != "bool":
        body = bracket(unequal(body, 0))
    elif whole(after) and not whole(before):
        body = apply("trunc", body)
    elif whole(after) and not holds(after, before):
        fitting = wrapped(call, body)
        body, settings, notes = fitting.body, dict(fitting.settings), (*notes, *fitting.notes)
    formula = element.formula(
        _summary(before, after),
        element.forward(body),
        element.gradient(element.from_above),
        notes=notes,
        settings=settings,
    )
    return replace(formula, axes={**models, **formula.axes})


def _summary(before: str, after: str) -> str:
    if after == "bool" and before != "bool":
        return "Zero becomes false, every other number true."
    if whole(after) and not whole(before):
        return f"Each value becomes a whole number of type {after}: its decimals are cut off."
    if rounds(before, after):
        return f"Every value passes, rounded to the nearest number that {after} has."
    return "Every value passes as it is."


def _note(before: str, after: str) -> Note | None:
    if after == "bool" and before != "bool":
        return _TRUTH
    if whole(after):
        return None if whole(before) else _CUT
    if whole(before):
        return _NUMBERS
    if finer(before, after):
        return Note("Digits are lost", f"{after} holds fewer digits than {before}.")
    return None


def _cast(before: torch.dtype, name: str) -> Example:
    def run() -> tuple[object, tuple[object, ...], dict[str, object]]:
        return getattr(torch.Tensor, name), ((20 * torch.randn(2, 5)).to(before),), {}

    return Example(f"{name} of {before}", run)  # type: ignore[arg-type]


def _named(before: torch.dtype) -> tuple[Example, ...]:
    return tuple(
        _cast(before, name)
        for name in ("float", "double", "half", "bfloat16", "bool", "char", "int", "long")
    )


examples(
    Example("the same type", lambda: (torch.Tensor.to, (torch.randn(2, 3), torch.float32), {})),
    Example("by keyword", lambda: (torch.Tensor.to, (torch.randn(4),), {"dtype": torch.float32})),
    Example("the same device", lambda: (torch.Tensor.to, (torch.randn(2), "cpu"), {})),
    Example("a copy", lambda: (torch.Tensor.to, (torch.randn(2),), {"copy": True})),
    Example("float of float", lambda: (torch.Tensor.float, (torch.randn(2, 1, 3, 2),), {})),
    Example("cpu", lambda: (torch.Tensor.cpu, (torch.randn(()),), {})),
    Example("double of double", lambda: (torch.Tensor.double, (torch.randn(2).double(),), {})),
    Example("nothing", lambda: (torch.Tensor.to, (torch.randn(0, 2), torch.float32), {})),
    Example("type", lambda: (torch.Tensor.type, (torch.randn(2), torch.float64), {})),
    Example("type_as", lambda: (torch.Tensor.type_as, (torch.randn(2), torch.arange(3)), {})),
    Example("like", lambda: (torch.Tensor.to, (torch.arange(2), torch.randn(3)), {})),
    Example("wrapped", lambda: (torch.Tensor.byte, (torch.tensor([-1, 256, 1000, 7]),), {})),
    *_named(torch.float32),
    *_named(torch.float64),
    *_named(torch.float16),
    *_named(torch.bfloat16),
    *_named(torch.int64),
    *_named(torch.uint8),
    *_named(torch.bool),
)
