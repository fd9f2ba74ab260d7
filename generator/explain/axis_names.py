"""What the axes of a run's tensors are called: one name for what one index counts, all along.

A name comes from a layer that is defined on it: a convolution has channels, a linear layer
features, attention heads. It goes to other steps where their formulas read a tensor at the index
of the output, y[n, i] = f(x[n, i]), so that it counts the same in both; where values are counted
off anew, it goes to the axes that are merged from whole ones, or split off them. Nothing is
guessed: an axis of which no layer says what it is has a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.capture.records import Recording, Value
from generator.explain import axis_kinds
from generator.explain.axis_kinds import Axes, Axis
from generator.explain.axis_links import further_axes, letters, links, own_axes, together
from generator.explain.bound import BoundStep, Prepared, bound, output_names
from generator.layers.registry import Formula

_KNOWN = {
    **{name: name for name in ("batch", "channel", "depth", "height", "width", "length")},
    **{name: name for name in ("feature", "head", "class", "time step")},
    "value feature": "feature",
    "query": "position",
    "key": "position",
    "layer and direction": "layer and direction",
}
"""Names that say of an axis what it is, and what other steps call it."""
_MATRIX = ("row", "column", "inner")
"""Names for the axes of a product of any matrices; a step that is not one has none of them."""
_WEIGHT = ("output feature", "input feature")
"""Names for the axes of a weight that is multiplied, unless the tensors beside it have others."""

Names = Mapping[str, tuple[str, ...]]


def axis_names(recording: Recording, formulas: dict[str, Prepared]) -> dict[int, Names]:
    """For each step that is explained, the names of the axes of its formula's tensors.

    By the step's index and the tensor's name. `formulas` gets the formulas of the calls.
    """
    run = _Run()
    ready: dict[int, BoundStep] = {}
    for step in recording.steps:
        try:
            ready[step.index] = bound(step, formulas)
        except Exception:  # noqa: BLE001, S112 - its page says why it is not explained
            continue
        run.through(ready[step.index])
    return {index: run.names(step) for index, step in ready.items()}


class _Run:
    """The axes of all values so far."""

    def __init__(self) -> None:
        self._axes: dict[int, Axes] = {}

    def through(self, ready: BoundStep) -> None:
        """Take what a step says of the axes of its operands and its outputs."""
        formula = ready.formula
        given = dict(self._given(ready))
        if ready.rule.file == "reshape.py":
            (output,) = ready.outputs
            merges = "squeeze" not in ready.rule.type
            found = axis_kinds.regrouped(given["input"], output.shape, merges=merges)
            self._axes[output.id] = found
        else:
            for place, output in enumerate(ready.outputs):
                self._output(formula, place, output, given)
        self._join(formula, given)
        tensors = {**given, **dict(self._results(ready))}
        weighed = self._weighed(ready)
        for name, axes in tensors.items():
            for k, (axis, own) in enumerate(zip(axes, own_axes(formula, name), strict=False)):
                kinds = axis_kinds.core(axis)
                if len(kinds) == 1:
                    feature = own in _MATRIX and letters(formula).get((name, k)) in weighed
                    kinds[0][0].call(axis_kinds.GENERAL if feature else _KNOWN.get(own, ""))

    def names(self, ready: BoundStep) -> Names:
        """The names of the axes of all tensors of a step's formula.

        A weight has those of the tensors that stand at the same index.
        """
        formula = ready.formula
        found: dict[str, tuple[str, ...]] = {}
        for name, axes in (*self._given(ready), *self._results(ready)):
            own = own_axes(formula, name)
            if len(axes) <= len(own):  # a complex number is a pair, along an axis more
                called = (_shown(axis, own[k], k) for k, axis in enumerate(axes))
                found[name] = (*called, *own[len(axes) :])
        at = letters(formula)
        counted: dict[str, str] = {}
        for (name, axis), letter in at.items():
            shown = found.get(name, ())
            if axis < len(shown) and not shown[axis].startswith("axis "):
                counted.setdefault(letter, shown[axis])
        for name, own in (*formula.axes.items(), *further_axes(formula).items()):
            if name not in found:
                found[name] = tuple(
                    _beside(axis, counted.get(at.get((name, k), ""), ""), k)
                    for k, axis in enumerate(own)
                )
        return found

    def _join(self, formula: Formula, given: Mapping[str, Axes]) -> None:
        """Axes of operands that are read at one index count the same."""
        for places in together(formula):
            alike = [given[name][k] for name, k in places if k < len(given.get(name, ()))]
            for axis in alike[1:]:
                axis_kinds.join(alike[0], axis, [*given.values()])

    def _weighed(self, ready: BoundStep) -> set[str]:
        """The indices of the weights among the operands of a product."""
        weights = {n for n, o in ready.operands.items() if o.value.origin == "parameter"}
        return {letter for (name, _), letter in letters(ready.formula).items() if name in weights}

    def _of(self, value: Value) -> Axes:
        if value.id not in self._axes:
            self._axes[value.id] = axis_kinds.new(value.shape)
        return self._axes[value.id]

    def _given(self, ready: BoundStep) -> Iterator[tuple[str, Axes]]:
        """The axes of what flows through a step: of its operands, but for the weights."""
        for name, operand in ready.operands.items():
            tensors = ready.formula.forward.tensors
            role = next((t.role for t in tensors if t.name == name), "input")
            if role not in {"parameter", "statistic"}:
                yield name, self._of(operand.value)

    def _results(self, ready: BoundStep) -> Iterator[tuple[str, Axes]]:
        names = output_names(len(ready.outputs))
        return ((n, self._of(o)) for n, o in zip(names, ready.outputs, strict=True))

    def _output(
        self, formula: Formula, place: int, output: Value, given: Mapping[str, Axes]
    ) -> None:
        """The axes of one output, of which some are those of operands."""
        read: dict[int, list[Axis]] = {}
        for link in links(formula):
            axes = given.get(link.operand, ())
            if link.output == place and link.axis < len(axes) and link.place < len(output.shape):
                read.setdefault(link.place, []).append(axes[link.axis])
        found = [*axis_kinds.new(output.shape)]
        for k, length in enumerate(output.shape):
            whole = axis_kinds.length
            cores = [a if whole(a) == length else axis_kinds.core(a) for a in read.get(k, ())]
            alike = [a for a in cores if len(a) == 1 or whole(a) == length]
            if alike:
                first = next(filter(axis_kinds.name, alike), alike[0])
                found[k] = ((first[0][0], length),) if len(first) == 1 else first
        self._axes[output.id] = tuple(found)
        tensors = (*given.values(), tuple(found))
        for k, alike in read.items():
            for axis in alike:
                axis_kinds.join(found[k], axis, tensors)


def _beside(own: str, counted: str, place: int) -> str:
    """The name of a weight's axis; `counted` is that of the tensors beside it at its index."""
    if own in _WEIGHT and counted == axis_kinds.GENERAL:
        return own
    if own in _KNOWN or own in _WEIGHT or _open(own):
        return counted or _own_or_number(own, place)
    return own


def _open(own: str) -> bool:
    """Whether the formula knows no name that holds in other steps too."""
    return own in _MATRIX or own.startswith("axis ")


def _own_or_number(own: str, place: int) -> str:
    return f"axis {place}" if _open(own) else own


def _shown(axis: Axis, own: str, place: int) -> str:
    """The name on the step's page, where an axis may have a part of its own: `query`."""
    name = axis_kinds.name(axis)
    if name and _KNOWN.get(own) != name:
        return name
    return _own_or_number(own, place)
