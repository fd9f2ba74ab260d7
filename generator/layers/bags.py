"""Bags of indices: the rows of a matrix, or stretches of one list that begin at given offsets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.formula.build import argmax, cases, equal, every, largest, total, unequal
from generator.formula.configure import Setting
from generator.formula.tree import Cond, Expr, Num, Range, Read, Stage, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths
from generator.layers.dtypes import refuse_unreal, spelled
from generator.layers.registry import Call, Refused

BAG = Axis("bag", Var("b"), Sym("B", "B", "number of bags"))
PLACE = Axis("position", Var("t"), Sym("T", "T", "number of positions"))
ROW = Axis("row", Var("v"), Sym("V", "V", "number of rows"))
PART = Axis("feature", Var("j"), Sym("D", "D", "length of a row"))
_PADDING = Sym("padding", "p", "index that is left out")


@dataclass(frozen=True)
class Bags:
    """The declarations of a call; Refused where its operands are not what is explained."""

    call: Call

    def __post_init__(self) -> None:
        call = self.call
        refuse_unreal(call)
        for name in ("input", "weight"):
            if name not in call.tensors:
                raise Refused(f"{spelled(call)}: expected a tensor as {name}")
        shape, table = call.shape(), call.shape("weight")
        if not call.tensors["input"].integer or len(shape) != (1 if self.listed else 2):
            raise Refused(f"{spelled(call)}: indices of shape {list(shape)} are not explained")
        if len(table) != 2:
            raise Refused(f"{spelled(call)} with a table of shape {list(table)}: expected two axes")
        if "per_sample_weights" in call.tensors and call.shape("per_sample_weights") != shape:
            raise Refused(f"{spelled(call)}: expected a weight for each index")

    @property
    def listed(self) -> bool:
        """Whether the bags are stretches of one list."""
        return "offsets" in self.call.tensors

    @property
    def padding(self) -> int | None:
        """The index that is left out, counted from the start."""
        given = self.call.options["padding_idx"]
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int):
            raise Refused(f"{spelled(self.call)}(padding_idx={given!r}): expected a whole number")
        return given % self.call.shape("weight")[0] if given < 0 else given

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the indices."""
        return (PLACE,) if self.listed else (BAG, PLACE)

    @property
    def x(self) -> Tensor:
        """The indices."""
        sizes = lengths(self.axes)
        return Tensor("input", "x", sizes, "which row is read", integer=True, label="Indices")

    @property
    def w(self) -> Tensor:
        """The table."""
        return Tensor("weight", "w", (ROW.length, PART.length), "table", "parameter", label="Table")

    @property
    def y(self) -> Tensor:
        """The output."""
        return Tensor("output", "y", lengths((BAG, PART)), "output", "result", label="Output")

    @property
    def s(self) -> Tensor | None:
        """A factor for each index, if there are any."""
        if "per_sample_weights" not in self.call.tensors:
            return None
        sizes, meaning = lengths(self.axes), "factor of each index"
        return Tensor("per_sample_weights", "s", sizes, meaning, label="Factors")

    @property
    def o(self) -> Tensor:
        """Where each bag begins in the list."""
        last = bool(self.call.options["include_last_offset"])
        sizes = (BAG.length + 1 if last else BAG.length,)
        return Tensor("offsets", "o", sizes, "where each bag begins", integer=True, label="Offsets")

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What the indices of a bag are read from."""
        return (self.x, self.o) if self.listed else (self.x,)

    @property
    def ends(self) -> tuple[Stage, ...]:
        """Where each bag ends in the list, where the offsets do not say it of the last one."""
        if not self.listed or self.call.options["include_last_offset"]:
            return ()
        end = Tensor("end", "e", (BAG.length,), "where each bag ends", "stage", integer=True)
        body = cases((BAG.at + 1 < BAG.length, self.o[BAG.at + 1]), otherwise=PLACE.length)
        return (Stage(end, (BAG.at,), body),)

    @property
    def span(self) -> Range:
        """The positions of a bag."""
        if not self.listed:
            return PLACE.span
        stop: Expr = self.ends[0].tensor[BAG.at] if self.ends else self.o[BAG.at + 1]
        return Range(PLACE.at, self.o[BAG.at], stop)

    @property
    def here(self) -> Read:
        """The index at this position."""
        return self.x[at(self.axes)]

    def index(self, place: Expr) -> Read:
        """The index at a position of the bag, counted from its start."""
        return self.x[self.o[BAG.at] + place] if self.listed else self.x[BAG.at, place]

    def over(self, body: Expr, *conditions: Cond) -> Expr:
        """The sum over the positions of a bag that count."""
        return total(self.span, body, self._where(conditions))

    def largest(self, body: Expr) -> Expr:
        """The maximum over the positions of a bag that count."""
        return largest(self.span, body, self._where(()))

    def first_largest(self, body: Expr) -> Expr:
        """At which position of the bag the first maximum is."""
        return argmax(self.span, body, self._where(()))

    def _where(self, conditions: Iterable[Cond]) -> Cond | None:
        every_one = [*conditions]
        if self.padding is not None:
            every_one.insert(0, unequal(self.here, _PADDING))
        if not every_one:
            return None
        return every(*every_one) if len(every_one) > 1 else every_one[0]

    @property
    def count(self) -> Stage:
        """How many indices of a bag count."""
        tensor = Tensor("count", "m", (BAG.length,), "how many indices of the bag count", "stage")
        return Stage(tensor, (BAG.at,), self.over(Num(1)))

    @property
    def some(self) -> Cond:
        """Whether any index of the bag counts."""
        return self.count.tensor[BAG.at] > 0

    @property
    def not_padding(self) -> Cond | None:
        """Whether the index here counts."""
        return self._where(())

    def read_by(self, row: Expr) -> Cond:
        """Whether the index here is this row."""
        return equal(self.here, row)

    @property
    def settings(self) -> dict[str, Setting]:
        """The numbers of the lengths, and the padding index."""
        rows, width = self.call.shape("weight")
        found: dict[str, Setting] = {"V": rows, "D": width, "T": self.call.shape()[-1]}
        found["B"] = self.call.output.shape[0]
        if self.padding is not None:
            found["padding"] = self.padding
        return found
