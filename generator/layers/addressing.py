"""From what stands in the brackets of x[…] to the indices of a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from generator.formula.build import ceil_div, divides, equal, quotient, within
from generator.formula.configure import Setting
from generator.formula.tree import Expr, Num, Read, Role, Sym, Tensor, Var
from generator.layers.addresses import Addresses, Kept, Part
from generator.layers.axes import Axis, at, names, settings
from generator.layers.broadcasting import together
from generator.layers.dims import dims, resized
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Refused, Size
from generator.layers.subscripts import Cut, Indices, Item, Mask, New, Whole, items


def addresses(call: Call, option: str, shape: tuple[int, ...] | None) -> Addresses:
    """The brackets of a call; Refused where they are not explained.

    `shape` is the shape of x[…]; without it the number of places at which a mask holds is unknown.
    """
    return _Builder(call, option, shape).built()


@dataclass
class _Builder:
    call: Call
    option: str
    shape: tuple[int, ...] | None
    parts: list[Part] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    places: tuple[Axis, ...] = ()
    tensors: list[Tensor] = field(default_factory=list)
    mask: tuple[Read, Read, tuple[Tensor, Tensor]] | None = None
    front: bool = False
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    sizes: list[Size] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def built(self) -> Addresses:
        given = items(self.call, self.option)
        lengths = self.call.shape()
        axes = dims(len(lengths))
        self.settings.update(settings(axes, lengths))
        pointing = [i for i in given if isinstance(i, Indices | Mask)]
        self._places(given, pointing)
        for item in given:
            if pointing and item is pointing[0]:
                self._keep_places()
            self._add(item, axes, pointing)
        return Addresses(
            axes=axes,
            parts=tuple(self.parts),
            kept=tuple(self.kept),
            places=self.places,
            tensors=tuple(self.tensors),
            mask=self.mask,
            named=self.named,
            settings=self.settings,
            sizes=tuple(self.sizes),
            words=tuple(self.words),
            kinds=frozenset(_kinds(given)),
            front=self.front,
        )

    def _places(self, given: Sequence[Item], pointing: Sequence[Indices | Mask]) -> None:
        """The common axes of the index tensors, and whether they move to the front."""
        if not pointing:
            return
        ranks = [1 if isinstance(i, Mask) else len(i.shape) for i in pointing]
        rank = max(ranks)
        standing = [i for i in given if not isinstance(i, Whole)]
        where = [k for k, i in enumerate(standing) if isinstance(i, Indices | Mask)]
        self.front = where[-1] - where[0] + 1 > len(where)
        first = 0 if self.front else where[0]
        self.places = place_axes(rank)
        if self.shape is not None:
            self.settings.update(settings(self.places, self.shape[first : first + rank]))
        elif all(isinstance(i, Indices) for i in pointing):
            self.settings.update(settings(self.places, together([i.shape for i in pointing])))
        elif len(pointing) > 1:
            raise Refused(f"{spelled(self.call)}: a mask beside index tensors is not explained")

    def _keep_places(self) -> None:
        found = [Kept(axis, None) for axis in self.places]
        self.kept = [*found, *self.kept] if self.front else [*self.kept, *found]

    def _add(self, item: Item, axes: Sequence[Axis], pointing: Sequence[Indices | Mask]) -> None:
        axis = axes[len(self.parts)] if len(self.parts) < len(axes) else None
        if isinstance(item, New):
            self._new()
        elif isinstance(item, Mask):
            covered = axes[len(self.parts) : len(self.parts) + len(item.shape)]
            self._mask(item, covered, pointing)
        elif axis is not None and isinstance(item, Whole):
            self._whole(item, axis)
        elif axis is not None and isinstance(item, Cut):
            self._cut(item, axis)
        elif axis is not None and isinstance(item, Indices):
            self._indices(item, axis, pointing)

    def _new(self) -> None:
        known = sum(k.axis.name == "new axis" for k in self.kept)
        letter = "u" if not known else f"u_{known + 1}"
        self.kept.append(Kept(Axis("new axis", Var(letter), Sym(letter, "1", "")), Num(0)))
        self.settings[letter] = 1
        self.words.append("a new axis of length 1")

    def _whole(self, item: Whole, axis: Axis) -> None:
        place = len(self.parts)
        if item.value is None:
            t = Tensor(item.name, "t", (), f"index along axis {place}", integer=True, label="Index")
            value: Expr = t[()] % axis.length
            self.tensors.append(t)
            self.named[item.name] = ()
            self.words.append(f"the index of axis {place} that a tensor holds")
        else:
            name = f"at_{axis.at.name}"
            value = Sym(name, _starred(axis), f"the one index taken along axis {place}")
            found = item.value % max(self.call.shape()[place], 1)
            self.settings[name] = found
            self.words.append(f"index {found} of axis {place}")
        self.parts.append(Part(axis, value, (equal(axis.at, value),)))

    def _cut(self, item: Cut, axis: Axis) -> None:
        place, length = len(self.parts), self.call.shape()[len(self.parts)]
        start, stop, step = item.given.indices(length)
        count = len(range(start, stop, step))
        if count == length:
            self.parts.append(Part(axis, axis.at))
            self.kept.append(Kept(axis, axis.at))
            return
        own, letter = resized(axis), axis.at.name
        a = Sym(f"start_{letter}", f"a_{{{place}}}", f"first index of axis {place}")
        b = Sym(f"stop_{letter}", f"b_{{{place}}}", f"end of the slice of axis {place}")
        s = Sym(f"step_{letter}", f"s_{{{place}}}", f"step along axis {place}")
        stop = max(start, stop)
        self.settings |= {a.name: start, b.name: stop, s.name: step, own.length.name: count}
        self.sizes.append(Size(axis.name, own.length.latex, ceil_div(b - a, s)))
        bounds = (within(axis.at, a + s * own.length, a), divides(s, axis.at - a))
        self.parts.append(Part(axis, a + s * axis.at, bounds))
        self.kept.append(Kept(own, quotient(axis.at - a, s)))
        self.words.append(_slice(place, start, step, count))

    def _indices(self, item: Indices, axis: Axis, pointing: Sequence[Indices | Mask]) -> None:
        place = len(self.parts)
        own = self.places[len(self.places) - len(item.shape) :]
        whole = [self.settings[a.length.name] == n for a, n in zip(own, item.shape, strict=True)]
        p = Tensor(
            item.name,
            _symbol(item, pointing),
            tuple(a.length if w else Num(1) for a, w in zip(own, whole, strict=True)),
            f"which index along axis {place} is meant",
            "drawn" if item.listed else "input",
            integer=True,
            label="Indices",
        )
        before = len(self.places) - len(own)

        def pick(places: Sequence[Expr]) -> Expr:
            pairs = zip(places[before:], whole, strict=True)
            return p[tuple(k if w else 0 for k, w in pairs)] % axis.length

        self.tensors.append(p)
        self.named[item.name] = names(own)
        self.parts.append(Part(axis, pick(at(self.places)), pick=pick))
        listed = "a list" if item.listed else "a tensor"
        self.words.append(f"the indices of axis {place} that {listed} names")

    def _mask(self, item: Mask, axes: Sequence[Axis], pointing: Sequence[Indices | Mask]) -> None:
        first, rank = len(self.parts), len(item.shape)
        place = self.places[-1]
        sizes = (place.length,) if rank == 1 else (place.length, Num(rank))
        p = Tensor(
            item.positions,
            _symbol(item, pointing),
            sizes,
            "where the mask holds, counted row by row",
            "drawn",
            integer=True,
            label="Positions",
        )
        for k, axis in enumerate(axes):

            def pick(places: Sequence[Expr], k: int = k) -> Expr:
                return p[places[-1]] if rank == 1 else p[places[-1], k]

            self.parts.append(Part(axis, pick(at(self.places)), pick=pick))
        if rank:
            self.tensors.append(p)
        self.named[item.name] = names(axes)
        if len(pointing) == 1:
            own = tuple(a.length for a in axes)
            role: Role = "drawn" if item.listed else "input"
            m = Tensor(item.name, "m", own, "mask", role, integer=True, label="Mask")
            meaning = "at how many earlier positions the mask holds"
            r = Tensor(item.rank, "r", own, meaning, "drawn", integer=True, label="Counted")
            self.mask = (m[at(axes)], r[at(axes)], (m, r))
        which = f"axis {first}" if rank == 1 else f"axes {first} to {first + rank - 1}"
        which = which.replace(" to ", " and ") if rank == 2 else which
        where = f"the indices of {which} where a mask holds"
        self.words.append(where if rank else "an axis for a truth value")


def _kinds(given: Sequence[Item]) -> list[str]:
    found = ["mask" for i in given if isinstance(i, Mask)]
    found += ["list" if i.listed else "tensor" for i in given if isinstance(i, Indices)]
    return [*found, "several"] if len(found) > 1 else found


def place_axes(rank: int, letter: str = "k") -> tuple[Axis, ...]:
    """The axes of an index tensor."""
    letters = tuple(f"{letter}_{j}" for j in range(1, rank + 1))
    if letter == "k":
        letters = {1: ("k",), 2: ("k", "l")}.get(rank, letters)
    return tuple(
        Axis(
            "place" if rank == 1 else f"place {j}",
            Var(letter),
            Sym(letter.upper(), letter.upper(), "number of indices"),
        )
        for j, letter in enumerate(letters)
    )


def _symbol(item: Item, pointing: Sequence[Indices | Mask]) -> str:
    if len(pointing) == 1:
        return "p"
    return rf"p^{{({next(k for k, i in enumerate(pointing, 1) if i is item)})}}"


def _slice(place: int, start: int, step: int, count: int) -> str:
    if count == 0:
        return f"no index of axis {place}"
    last = start + step * (count - 1)
    if count == 1:
        return f"index {start} of axis {place} alone"
    steps = f" in steps of {step}" if step > 1 else ""
    return f"indices {start} to {last}{steps} of axis {place}"


def _starred(axis: Axis) -> str:
    name = axis.at.name
    return rf"{{{name}}}_*" if "_" in name else f"{name}_*"
