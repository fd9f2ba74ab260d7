"""y[b, j] = Σ w[x[t], j] over the indices of a bag: rows of a table added, averaged or compared."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, equal, every, total, within
from generator.formula.tree import Equation, Expr, Num, Stage, Tensor
from generator.layers.axes import at, names
from generator.layers.bags import BAG, PART, PLACE, ROW, Bags
from generator.layers.dtypes import refuse_unless, spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_WORDS = {"sum": "sum", "mean": "mean", "max": "largest value"}
_EMPTY = Note("Empty bags give 0", "A bag without any index that counts is all zeros.")
_PADDING = Note(
    "The padding index is left out",
    "It is not read at all, and does not count in a mean; `Embedding` reads it like any other.",
)
_FIRST = Note(
    "The first of several counts",
    "Where several rows of a bag are equal to the largest, the first one gets the whole gradient.",
)


@explains(
    "torch.nn.EmbeddingBag",
    "torch.nn.functional.embedding_bag",
    arguments="input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, "
    "mode='mean', sparse=False, per_sample_weights=None, include_last_offset=False, "
    "padding_idx=None",
    title="Embedding bag",
    search=("lookup table", "bag of words", "nn.EmbeddingBag", "F.embedding_bag"),
)
def embedding_bag(call: Call) -> Formula:
    """The sum, mean or maximum of the rows that the indices of each bag pick."""
    refuse_unless(None, call, "max_norm")
    refuse_unless(False, call, "scale_grad_by_freq")
    refuse_unless(False, call, "sparse")
    bags, mode = Bags(call), call.options["mode"]
    if not isinstance(mode, str) or mode not in _WORDS or call.output.integer:
        raise Refused(f"{spelled(call)}(mode={mode!r}): this is not explained")
    forward, gradients = _largest(bags) if mode == "max" else _added(bags, mean=mode == "mean")
    factors = ", each times its factor" if bags.s is not None else ""
    return Formula(
        summary=f"Each output is the {_WORDS[mode]} of the rows that the indices of one bag "
        f"pick{factors}.",
        forward=forward,
        gradients=gradients,
        settings=bags.settings,
        axes={
            "input": names(bags.axes),
            "per_sample_weights": names(bags.axes),
            "offsets": ("bag",),
            "weight": ("row", "feature"),
            "output": ("bag", "feature"),
        },
        multiply_adds=0 if bags.s is None else call.shape()[-1] * call.output.shape[-1],
        notes=_notes(bags, mode),
        indices={"v": "row of the table"},
    )


def _notes(bags: Bags, mode: str) -> tuple[Note, ...]:
    return (
        *((_PADDING,) if bags.padding is not None else ()),
        *((_FIRST,) if mode == "max" else ()),
        *((_EMPTY,) if bags.listed or bags.padding is not None else ()),
    )


def _added(bags: Bags, *, mean: bool) -> tuple[Equation, dict[str, Equation]]:
    """Σ s w, over how many they are for a mean."""
    row: Expr = bags.w[bags.here, PART.at]
    row = row if bags.s is None else bags.s[at(bags.axes)] * row
    body, arithmetic = bags.over(row), None
    stages = bags.ends
    if mean:
        stages = (*stages, bags.count)
        many = bags.count.tensor[BAG.at]
        # torch may multiply by the share instead of dividing
        arithmetic = cases((bags.some, body * (1 / many)), otherwise=0)
        body = cases((bags.some, body / many), otherwise=0)
    tensors = (*bags.tensors, bags.w, *((bags.s,) if bags.s is not None else ()))
    forward = Equation(bags.y, (BAG.at, PART.at), body, tensors, stages, arithmetic)
    found = {"weight": _to_table(bags, stages, mean=mean)}
    if bags.s is not None:
        found["per_sample_weights"] = _to_factors(bags, bags.s)
    return forward, found


def _to_table(bags: Bags, stages: tuple[Stage, ...], *, mean: bool) -> Equation:
    """A row gets what all bags send back that read it, as often as they do."""
    g = upstream(bags.y)
    part: Expr = g[BAG.at, PART.at]
    arithmetic = None
    if mean:
        many = bags.count.tensor[BAG.at]
        share = bags.over(part * (1 / many), bags.read_by(ROW.at))
        part, arithmetic = part / many, total(BAG.span, share)
    if bags.s is not None:
        part = bags.s[at(bags.axes)] * part
    body = total(BAG.span, bags.over(part, bags.read_by(ROW.at)))
    tensors = (g, *bags.tensors, *((bags.s,) if bags.s is not None else ()))
    return Equation(gradient_of(bags.w), (ROW.at, PART.at), body, tensors, stages, arithmetic)


def _to_factors(bags: Bags, s: Tensor) -> Equation:
    """A factor gets the product of its row with the bag's upstream gradient."""
    g = upstream(bags.y)
    body: Expr = total(PART.span, g[BAG.at, PART.at] * bags.w[bags.here, PART.at])
    if bags.listed:
        inside = within(PLACE.at, bags.span.stop, bags.span.start)
        body = total(BAG.span, body, inside)
    if bags.not_padding is not None:
        body = cases((bags.not_padding, body), otherwise=0)
    tensors = (g, *bags.tensors, bags.w)
    return Equation(gradient_of(s), at(bags.axes), body, tensors, bags.ends)


def _largest(bags: Bags) -> tuple[Equation, dict[str, Equation]]:
    """The largest value of the rows; the first row that has it gets the gradient."""
    row, stages = bags.w[bags.here, PART.at], (*bags.ends, bags.count)
    if not bags.call.shape()[-1]:
        nothing = Equation(bags.y, (BAG.at, PART.at), Num(0), ())
        return nothing, {"weight": Equation(gradient_of(bags.w), (ROW.at, PART.at), Num(0), ())}
    body = cases((bags.some, bags.largest(row)), otherwise=0)
    tensors, g = (*bags.tensors, bags.w), upstream(bags.y)
    p = Tensor(
        "position",
        "q",
        (BAG.length, PART.length),
        "position in the bag of the first row that has the largest value",
        "stage",
        integer=True,
    )
    first = Stage(p, (BAG.at, PART.at), bags.first_largest(row))
    chosen = equal(bags.index(p[BAG.at, PART.at]), ROW.at)
    back = total(BAG.span, g[BAG.at, PART.at], every(bags.some, chosen))
    gradient = Equation(
        gradient_of(bags.w), (ROW.at, PART.at), back, (g, *tensors), (*stages, first)
    )
    return Equation(bags.y, (BAG.at, PART.at), body, tensors, stages), {"weight": gradient}


def _bags(*shape: int, mode: str, factors: bool = False, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        more = {"per_sample_weights": torch.randn(shape)} if factors else {}
        given = {"mode": mode, **more, **options}
        return F.embedding_bag, (torch.randint(5, shape), torch.randn(5, 3)), given

    return Example(f"embedding_bag {shape}, {mode}, factors: {factors}, {options}", run)


def _list(offsets: list[int], *, mode: str, factors: bool = False, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        more = {"per_sample_weights": torch.randn(9)} if factors else {}
        given = {"mode": mode, "offsets": torch.tensor(offsets), **more, **options}
        return F.embedding_bag, (torch.randint(5, (9,)), torch.randn(5, 3)), given

    return Example(f"embedding_bag {offsets}, {mode}, factors: {factors}, {options}", run)


_MODES = ("sum", "mean", "max")

examples(
    *(_bags(2, 4, mode=mode) for mode in _MODES),
    *(_bags(2, 4, mode=mode, padding_idx=1) for mode in _MODES),
    *(_bags(1, 1, mode=mode) for mode in _MODES),
    *(_bags(3, 40, mode=mode, padding_idx=-1) for mode in _MODES),
    *(_list([0, 2, 5], mode=mode) for mode in _MODES),
    *(_list([0, 2, 2, 9], mode=mode) for mode in _MODES),
    *(_list([0, 4, 9], mode=mode, include_last_offset=True) for mode in _MODES),
    *(_list([0, 1, 3, 3], mode=mode, padding_idx=2) for mode in _MODES),
    _bags(2, 4, mode="sum", factors=True),
    _bags(2, 4, mode="sum", factors=True, padding_idx=0),
    _list([0, 2, 2], mode="sum", factors=True),
    _list([0, 4, 9], mode="sum", factors=True, include_last_offset=True, padding_idx=3),
    Example(
        "EmbeddingBag",
        lambda: (nn.EmbeddingBag(5, 3), (torch.randint(5, (7,)), torch.tensor([0, 4])), {}),
    ),
    Example(
        "EmbeddingBag with factors",
        lambda: (
            nn.EmbeddingBag(5, 3, mode="sum", padding_idx=0),
            (torch.randint(5, (2, 3)),),
            {"per_sample_weights": torch.randn(2, 3)},
        ),
    ),
    Example(
        "ties",
        lambda: (F.embedding_bag, (torch.randint(3, (4, 5)), torch.zeros(3, 2)), {"mode": "max"}),
    ),
    Example(
        "bfloat16",
        lambda: (
            F.embedding_bag,
            (torch.randint(3, (4, 5)), torch.randn(3, 2, dtype=torch.bfloat16)),
            {"mode": "mean"},
        ),
    ),
)
