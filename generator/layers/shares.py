"""Shares along one axis, e^x over the sum of all e^x: what softmax and the losses on it have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.formula.build import apply, largest, total
from generator.formula.tree import Expr, Read, Role, Stage, Sym, Tensor, Var
from generator.layers.dtypes import rounds
from generator.layers.elementwise import real
from generator.layers.registry import Call, Note, Refused

_LETTERS = ("n", "a", "b", "d", "e", "f", "h")
_LENGTHS = {"batch": "batch size", "class": "number of classes"}
_IMPLICIT = Note(
    "The axis was not given",
    "Without `dim` torch takes axis 0 of one or three axes and axis 1 otherwise, and warns.",
)


@dataclass(frozen=True)
class Shares:
    """A tensor with one axis whose elements are shared out; all other axes are independent."""

    indices: tuple[Var, ...]
    sizes: tuple[Sym, ...]
    names: tuple[str, ...]
    settings: Mapping[str, int]
    place: int
    """Which of the axes it is."""

    @classmethod
    def along(cls, shape: tuple[int, ...], place: int, letter: str, name: str) -> Shares:
        """The axis `place` of a shape, with the letter of its index and its name."""
        letters = list(_LETTERS[: len(shape) - 1])
        if len(letters) < len(shape) - 1:
            message = f"an input of {len(shape)} axes is not explained here"
            raise Refused(message)
        names = [f"axis {k}" for k in range(len(shape))]
        letters.insert(place, letter)
        names[place] = name
        if name == "class" and place:  # what the losses on classes are documented for
            names[0] = "batch"
        sizes = tuple(
            Sym(v.upper(), v.upper(), _LENGTHS.get(n, f"length of {n}"))
            for v, n in zip(letters, names, strict=True)
        )
        settings = dict(zip((s.name for s in sizes), shape, strict=True))
        return cls(tuple(Var(v) for v in letters), sizes, tuple(names), settings, place)

    @property
    def lead(self) -> tuple[Var, ...]:
        """The indices of the other axes."""
        return (*self.indices[: self.place], *self.indices[self.place + 1 :])

    @property
    def lead_sizes(self) -> tuple[Sym, ...]:
        """The lengths of the other axes."""
        return (*self.sizes[: self.place], *self.sizes[self.place + 1 :])

    @property
    def length(self) -> Sym:
        """The length of the axis."""
        return self.sizes[self.place]

    def at(self, position: Expr) -> tuple[Expr, ...]:
        """The indices with this position along the axis."""
        return (*self.indices[: self.place], position, *self.indices[self.place + 1 :])

    def tensor(self, name: str, latex: str, meaning: str, role: Role, label: str = "") -> Tensor:
        """A tensor or stage of the whole shape."""
        return Tensor(name, latex, self.sizes, meaning, role, label=label)

    @property
    def x(self) -> Tensor:
        """The input."""
        return self.tensor("input", "x", "input of the layer", "input", "Input")

    def output(self) -> Tensor:
        """An output of the whole shape."""
        return self.tensor("output", "y", "output of the layer", "result")

    @property
    def shifted(self) -> Expr:
        """x - m, at most 0."""
        return self.x[self.indices] - self._maximum[self.lead]

    @property
    def normaliser(self) -> Read:
        """Z, the sum of all e^(x - m)."""
        return self._normaliser[self.lead]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The maximum m and the normaliser Z."""
        k = Var("j")
        x = self.x[self.at(k)]
        powers = total(k.over(self.length), apply("exp", x - self._maximum[self.lead]))
        return (
            Stage(self._maximum, self.lead, largest(k.over(self.length), x)),
            Stage(self._normaliser, self.lead, powers),
        )

    @property
    def log_shares(self) -> tuple[Tensor, Stage]:
        """The logarithms of the shares, x - m - log Z, as a stage."""
        tensor = self.tensor(
            "log_share", r"\ell", "logarithm of the probability that softmax gives", "stage"
        )
        return tensor, Stage(tensor, self.indices, self.log_share)

    @property
    def log_share(self) -> Expr:
        """The logarithm of the share at this position: x - m - log Z."""
        return self.shifted - apply("log", self.normaliser)

    @property
    def _maximum(self) -> Tensor:
        return Tensor("maximum", "m", self.lead_sizes, "largest input along the axis", "stage")

    @property
    def _normaliser(self) -> Tensor:
        return Tensor("normaliser", "Z", self.lead_sizes, "sum of the exponentials", "stage")


def shares_of(call: Call) -> Shares:
    """The shares of a call with arguments `input`, `dim` and `dtype`, as softmax has.

    A finer type is computed in, and the gradient rounded once on its way back; Refused for a
    coarser one.
    """
    real(call, "input")
    shape = call.shape()
    if rounds(call.tensors["input"].dtype, call.output.dtype):
        asked = call.options["dtype"]
        message = f"{call.type}(dtype={asked}): a change of type on the way is not explained"
        raise Refused(message)
    if not shape:
        message = f"{call.type} of a scalar: it has no axis to share out"
        raise Refused(message)
    place = _place(call.options["dim"], len(shape))
    return Shares.along(shape, place, "k", f"axis {place}")


def implicit(call: Call) -> tuple[Note, ...]:
    """Which axis it is, where the call does not say."""
    return (_IMPLICIT,) if call.options["dim"] is None else ()


def _place(dim: object, rank: int) -> int:
    """The axis as torch counts it; without `dim`, torch's old implicit choice."""
    if dim is None:
        return 0 if rank in {1, 3} else 1
    if not isinstance(dim, int):
        message = f"softmax(dim={dim!r}): only an axis by its number is explained"
        raise Refused(message)
    return dim % rank
