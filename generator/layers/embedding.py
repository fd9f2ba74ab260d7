"""y[…, j] = w[x[…], j]: the row of a table for each index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases, equal, total
from generator.formula.tree import Equation, Expr, Num, Stage, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_PADDING = Sym("padding", "p", "index whose row gets no gradient")
_V, _D = Sym("V", "V", "number of rows"), Sym("D", "D", "length of a row")
_PAIR = (("axis 0", "n", "length of axis 0"), ("axis 1", "t", "length of axis 1"))
_ROW = Axis("row", Var("v"), _V)
_PART = Axis("feature", Var("j"), _D)
_SEARCH = ("lookup table", "token embedding", "word vectors", "nn.Embedding", "F.embedding")
_ONE_HOT = Note(
    "A matrix product in disguise",
    r"It is the product of one-hot vectors with the table, \(y = \operatorname{onehot}(x)\,w\); "
    "the rows are copied instead, which takes no arithmetic at all.",
)
_BY_FREQUENCY = Note(
    "Frequent rows are slowed down",
    r"`scale_grad_by_freq` divides a row's gradient by how often this call has read it. That is no "
    r"longer the derivative of the output: \(\operatorname{sg}\) marks what counts as a constant.",
)
_PAD = Note(
    "The padding index is read like any other",
    "Its row is not set to zero by the call: it is what the table holds there, zero from the start "
    r"if `nn.Embedding` made the table. But it gets no gradient: \(\operatorname{sg}\) marks what "
    "counts as a constant in the backward pass.",
)


@explains(
    "torch.nn.Embedding",
    "torch.nn.functional.embedding",
    arguments="input, weight, padding_idx=None, max_norm=None, norm_type=2.0, "
    "scale_grad_by_freq=False, sparse=False",
    title="Embedding",
    search=_SEARCH,
)
def embedding(call: Call) -> Formula:
    """The rows of a table, for indices of any shape."""
    if call.options["max_norm"] is not None:
        message = f"{spelled(call)}(max_norm={call.options['max_norm']}): the call rescales rows of"
        raise Refused(f"{message} the table in place before it reads them, which is not explained")
    return _formula(_Table(call, "input"), _padding(call))


@explains(
    "torch.embedding",
    arguments="weight, indices, padding_idx=-1, scale_grad_by_freq=False, sparse=False",
    title="Embedding",
    search=_SEARCH,
)
def embedding_of_weight(call: Call) -> Formula:
    """The same with the table first; here a negative padding index stands for none."""
    padding = call.options["padding_idx"]
    known = padding if isinstance(padding, int) and padding >= 0 else None
    return _formula(_Table(call, "indices"), known)


@dataclass(frozen=True)
class _Table:
    """The declarations of a call; Refused where its operands are not what is explained."""

    call: Call
    index: str
    """What the call names the indices."""

    def __post_init__(self) -> None:
        call = self.call
        if set(call.tensors) != {self.index, "weight"} or not call.tensors[self.index].integer:
            raise Refused(f"{spelled(call)}: expected a tensor of whole numbers and a table")
        if len(call.shape("weight")) != 2:
            shape = list(call.shape("weight"))
            raise Refused(f"{spelled(call)} with a table of shape {shape}: expected two axes")
        if call.options["sparse"]:
            raise Refused(f"{spelled(call)}(sparse=True): sparse gradients are not explained")

    @property
    def places(self) -> tuple[Axis, ...]:
        """The axes of the indices."""
        rank = len(self.call.shape(self.index))
        known = {1: (("axis 0", "n", "number of indices"),), 2: _PAIR}.get(rank)
        if known is not None:
            return tuple(_axis(*axis) for axis in known)
        numbers = range(1, rank + 1)
        return tuple(_axis(f"axis {k - 1}", f"n_{k}", f"length of axis {k - 1}") for k in numbers)

    @property
    def x(self) -> Tensor:
        """The indices."""
        sizes = lengths(self.places)
        return Tensor(self.index, "x", sizes, "which row is read", integer=True, label="Indices")

    @property
    def w(self) -> Tensor:
        """The table."""
        integer, sizes = self.call.tensors["weight"].integer, (_V, _D)
        return Tensor("weight", "w", sizes, "table", "parameter", integer=integer, label="Table")

    @property
    def y(self) -> Tensor:
        """The output."""
        integer, sizes = self.call.output.integer, (*lengths(self.places), _D)
        return Tensor("output", "y", sizes, "output", "result", integer=integer, label="Output")

    @property
    def here(self) -> Expr:
        """The index at this place."""
        return self.x[at(self.places)]

    @property
    def by_frequency(self) -> bool:
        """Whether a row's gradient is divided by how often it is read."""
        return bool(self.call.options["scale_grad_by_freq"])

    @property
    def share(self) -> Tensor:
        """By what a row's gradient is multiplied."""
        meaning = "1 over how many of the indices are this row"
        return Tensor("share", "r", (_V,), meaning, "stage")

    def shares(self, padding: int | None) -> Stage:
        """r[v] = 1 / Σ [x = v]; 0 at the padding index."""
        body: Expr = 1 / self.over(Num(1))
        if padding is not None:
            body = cases((equal(_ROW.at, _PADDING), 0), otherwise=body)
        return Stage(self.share, (_ROW.at,), body)

    def over(self, body: Expr) -> Expr:
        """The sum over all places whose index is row v; of a single place, its value there or 0."""
        spans = tuple(a.span for a in self.places)
        hit = equal(self.here, _ROW.at)
        return total(spans, body, hit) if spans else cases((hit, body), otherwise=0)


def _axis(name: str, letter: str, meaning: str) -> Axis:
    return Axis(name, Var(letter), Sym(letter.upper(), letter.upper(), meaning))


def _padding(call: Call) -> int | None:
    """The padding index counted from the start; None where there is none."""
    given = call.options["padding_idx"]
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int):
        raise Refused(f"{spelled(call)}(padding_idx={given!r}): expected a whole number")
    return given % call.shape("weight")[0] if given < 0 else given


def _formula(table: _Table, padding: int | None) -> Formula:
    call, axes = table.call, (*table.places, _PART)
    rows, width = call.shape("weight")
    numbers = {**settings(table.places, call.shape(table.index)), "V": rows, "D": width}
    if padding is not None:
        numbers["padding"] = padding
    return Formula(
        summary=f"Each index picks its row of {width} from a table of "
        f"{'one row' if rows == 1 else f'{rows} rows'}.",
        forward=_forward(table, padding),
        gradients={} if call.output.integer else {"weight": _gradient(table, padding)},
        settings=numbers,
        axes={
            table.index: names(table.places),
            "weight": ("row", "feature"),
            "output": names(axes),
        },
        notes=tuple(_notes(call, padding)),
        indices={"v": "row of the table"},
    )


def _forward(table: _Table, padding: int | None) -> Equation:
    """The rows; where torch's gradient is not the derivative, `sg` says of which reads."""
    row = table.w[table.here, _PART.at]
    indices, tensors = (*at(table.places), _PART.at), (table.x, table.w)
    fixed = apply("sg", row)
    if table.call.output.integer or (padding is None and not table.by_frequency):
        return Equation(table.y, indices, row, tensors)
    if table.by_frequency:
        scaled = fixed + table.share[table.here] * (row - fixed)
        return Equation(table.y, indices, scaled, tensors, (table.shares(padding),), row)
    body = cases((equal(table.here, _PADDING), fixed), otherwise=row)
    return Equation(table.y, indices, body, tensors)


def _gradient(table: _Table, padding: int | None) -> Equation:
    """A row gets the upstream gradients of all places that read it."""
    g, indices = upstream(table.y), (_ROW.at, _PART.at)
    here = g[(*at(table.places), _PART.at)]
    if table.by_frequency:
        # a row that is never read has no share
        body, stages = table.over(table.share[_ROW.at] * here), (table.shares(padding),)
        return Equation(gradient_of(table.w), indices, body, (g, table.x), stages)
    body = table.over(here)
    if padding is not None:
        body = cases((equal(_ROW.at, _PADDING), 0), otherwise=body)
    return Equation(gradient_of(table.w), indices, body, (g, table.x))


def _notes(call: Call, padding: int | None) -> Iterator[Note]:
    if padding is not None:
        yield _PAD
    if call.options["scale_grad_by_freq"]:
        yield _BY_FREQUENCY
    yield _ONE_HOT


def _tokens(rows: int, *shape: int) -> torch.Tensor:
    return torch.randint(rows, shape)


def _module(rows: int, width: int, *shape: int, **options: object) -> Example:
    def run() -> tuple[nn.Module, tuple[object, ...], dict[str, object]]:
        layer = nn.Embedding(rows, width, **options)  # type: ignore[arg-type]
        return layer, (_tokens(rows, *shape),), {}

    return Example(f"Embedding({rows}, {width}, {options}) of {shape}", run)


def _function(rows: int, width: int, *shape: int, **options: object) -> Example:
    return Example(
        f"F.embedding({rows}, {width}, {options}) of {shape}",
        lambda: (F.embedding, (_tokens(rows, *shape), torch.randn(rows, width)), options),
    )


examples(
    _module(7, 3, 2, 5),
    _module(7, 3, 4),
    _module(7, 3, 2, 1, 3),
    _module(7, 3, 2, 5, padding_idx=1),
    _module(4, 2, 2, 5, padding_idx=-1),
    _module(1, 1, 1),
    _module(5, 2),
    _module(5, 2, padding_idx=0),
    _module(5, 2, 0),
    _module(5, 2, 3, 0),
    _module(3, 2, 4, 30),
    _function(5, 2, 3, 4),
    _function(5, 2, 3, 4, padding_idx=-2),
    _function(2, 2, 200),
    _function(5, 2, 3, 4, scale_grad_by_freq=True),
    _function(3, 2, 3, 4, scale_grad_by_freq=True, padding_idx=1),
    _function(3, 2, scale_grad_by_freq=True),
    _function(2, 2, 200, scale_grad_by_freq=True),
    Example(
        "indices of 32 bits",
        lambda: (F.embedding, (_tokens(4, 5).int(), torch.randn(4, 2)), {}),
    ),
    Example(
        "a table in bfloat16",
        lambda: (F.embedding, (_tokens(4, 9), torch.randn(4, 2, dtype=torch.bfloat16)), {}),
    ),
    Example(
        "a table in float64",
        lambda: (F.embedding, (_tokens(4, 9), torch.randn(4, 2, dtype=torch.float64)), {}),
    ),
    Example(
        "torch.embedding", lambda: (torch.embedding, (torch.randn(4, 2), _tokens(4, 2, 3)), {})
    ),
    Example(
        "torch.embedding with padding",
        lambda: (torch.embedding, (torch.randn(4, 2), _tokens(4, 2, 3), 2), {}),
    ),
)
