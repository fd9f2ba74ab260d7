"""Class labels as a loss reads them: one index for each position, some to be ignored."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

from generator.formula.build import cases, equal, total, unequal
from generator.formula.tree import Cond, Equation, Expr, Num, Read, Stage, Sym, Tensor, Var, mul
from generator.layers.elementwise import real
from generator.layers.reductions import Reduction, reduction
from generator.layers.registry import Call, Refused
from generator.layers.shares import Shares
from generator.layers.tensors import gradient_of, upstream


def same_type(call: Call, name: str) -> None:
    """Refuse an operand of another type than the input's."""
    real(call, name)
    found, wanted = call.tensors[name].dtype, call.tensors["input"].dtype
    if found != wanted:
        message = f"{call.type} of {wanted} with a {name} in {found}: mixed types"
        raise Refused(f"{message} are not explained")


@dataclass(frozen=True)
class Loss:
    """What losses over classes share: the shape of the scores, class weights and the reduction."""

    scores: Shares
    """The input, with the classes along its axis."""
    reduction: Reduction
    weighted: bool
    j = Var("j")

    @classmethod
    def of(cls, call: Call) -> Loss:
        """The loss of a call; Refused where input and weight are not what is explained."""
        real(call, "input")
        shape = call.shape()
        if not shape:
            message = f"{call.type} of a scalar: it has no axis of classes"
            raise Refused(message)
        weighted = "weight" in call.tensors
        place = min(1, len(shape) - 1)
        if weighted:
            same_type(call, "weight")
            if call.shape("weight") != (shape[place],):
                message = f"{call.type}: expected a weight for each of the {shape[place]} classes"
                raise Refused(message)
        return cls(Shares.along(shape, place, "c", "class"), reduction(call), weighted)

    @property
    def w(self) -> Tensor:
        """The class weights."""
        sizes = (self.scores.length,)
        return Tensor("weight", "w", sizes, "weight of each class", "parameter", label="Weights")

    @property
    def y(self) -> Tensor:
        """The loss, a scalar or one number for each position."""
        sizes = self.scores.lead_sizes if self.reduction == "none" else ()
        return Tensor("output", "y", sizes, "value of this loss", "result")

    @property
    def y_indices(self) -> tuple[Var, ...]:
        """The indices of the loss."""
        return self.scores.lead if self.reduction == "none" else ()

    @property
    def g(self) -> Tensor:
        """The upstream gradient."""
        return upstream(self.y)

    @property
    def arriving(self) -> Read:
        """The upstream gradient of the loss that a position is part of."""
        return self.g[self.y_indices]

    def weigh(self, position: Expr, value: Expr) -> Expr:
        """The value times the weight of the class at `position`, if classes have weights."""
        return self.w[position] * value if self.weighted else value

    def over_classes(self, body: Expr) -> Expr:
        """The sum over all classes j."""
        return total(self.j.over(self.scores.length), body)

    def over_positions(self, body: Expr, where: Cond | None = None) -> Expr:
        """The sum over all positions."""
        lead = zip(self.scores.lead, self.scores.lead_sizes, strict=True)
        return total([v.over(n) for v, n in lead], body, where)

    def operands(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """The tensors, and the class weights if there are any."""
        return (*tensors, self.w) if self.weighted else tensors

    def gradient(
        self, operand: Tensor, body: Expr, operands: tuple[Tensor, ...], *stages: Stage
    ) -> Equation:
        """∂L/∂operand = body, for an operand of the scores' shape."""
        result = gradient_of(operand)
        return Equation(result, self.scores.indices, body, (self.g, *operands), stages)

    @property
    def each(self) -> str:
        """What there is one loss for: each example, or each position of the examples."""
        return "position" if len(self.lead_names) > 1 else "example"

    @property
    def weighing(self) -> str:
        """Class weights in a sentence."""
        return "times the weight of the class, " if self.weighted else ""

    def weighted_terms(self, call: Call, *, smooth: bool = False) -> int:
        """Terms that are a product with a class weight, of the sums over labels and classes."""
        if not self.weighted:
            return 0
        true = prod(call.shape("target")) if smooth or self.reduction != "none" else 0
        return true + (prod(call.shape()) if smooth else 0)

    @property
    def lead_names(self) -> tuple[str, ...]:
        """The names of the axes of a target that has one class for each position."""
        names = self.scores.names
        return (*names[: self.scores.place], *names[self.scores.place + 1 :])

    def axes(self, target: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """The axes' names of every operand, with those of the target."""
        found = {"input": self.scores.names, "target": target}
        found["output"] = self.lead_names if self.reduction == "none" else ()
        return {**found, "weight": ("class",)} if self.weighted else found


@dataclass(frozen=True)
class Labels:
    """Targets that are class indices: t[n] is read only where it is not the ignored one."""

    loss: Loss
    t: Tensor
    ignored = Sym("ignored", "I", "class index that is ignored")

    @classmethod
    def of(cls, call: Call, loss: Loss) -> Labels:
        """The target of a call as class indices."""
        sizes = loss.scores.lead_sizes
        wanted = tuple(loss.scores.settings[s.name] for s in sizes)
        target = call.tensors["target"]
        if target.shape != wanted or not target.integer:
            message = (
                f"{call.type} with a target of shape {list(target.shape)} in {target.dtype}: "
                f"expected one class index for each position, {list(wanted)}"
            )
            raise Refused(message)
        meaning = "index of the true class"
        return cls(loss, Tensor("target", "t", sizes, meaning, integer=True, label="Target"))

    @staticmethod
    def ignore_index(call: Call) -> int:
        """The class index that the call ignores."""
        found = call.options["ignore_index"]
        if isinstance(found, bool) or not isinstance(found, int):
            message = f"{call.type}(ignore_index={found!r}): expected an integer"
            raise Refused(message)
        return found

    @property
    def true(self) -> Read:
        """The class at this position."""
        return self.t[self.loss.scores.lead]

    @property
    def _weights(self) -> Tensor:
        counted = "sum of the weights" if self.loss.weighted else "number"
        return Tensor("counted", "M", (), f"{counted} of the positions that count", "stage")

    @property
    def stages(self) -> tuple[Stage, ...]:
        """By what a mean divides: the positions that count, each with its weight."""
        weight = self.loss.w[self.true] if self.loss.weighted else Num(1)
        body = self.loss.over_positions(weight, unequal(self.true, self.ignored))
        return (Stage(self._weights, (), body),)

    def reduced(self, value: Expr) -> Expr:
        """The loss from its value at a position: minus its mean, its sum, or itself."""
        how = self.loss.reduction
        if how == "none":
            return cases((equal(self.true, self.ignored), 0), otherwise=-value)
        everything = self.loss.over_positions(value, unequal(self.true, self.ignored))
        return -(everything / self._weights[()] if how == "mean" else everything)

    def scattered(self, value: Expr, sign: Literal[1, -1] = 1) -> Expr:
        """The gradient from its value at a position that counts, with this sign."""
        g: Expr = self.loss.arriving
        if self.loss.reduction == "mean":
            g = g / self._weights[()]
        found = mul(g, value) if sign == 1 else -mul(g, value)
        return cases((equal(self.true, self.ignored), 0), otherwise=found)
