"""What the boxes of a diagram say: names, types, shapes, where they lead, what is shared."""

from __future__ import annotations

from collections.abc import Sequence

from generator.capture.records import Step, Value, parameters, values
from generator.explain.context import Context, display, type_title
from generator.explain.folding import Run, learned, sort
from generator.explain.frames import Opened
from generator.explain.nesting import Call
from generator.explanation import Box, Frame, Link

_LISTED = 12
"""Names of what is folded that are listed."""


class Boxes:
    """Makes the boxes of one recording's diagrams."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._notes = _shared(context)
        self._results = {value.id for value in context.recording.outputs}

    def note(self, name: str) -> str:
        """What a step shares with others, `weight shared with wte`; '' for nothing."""
        return self._notes.get(name, "")

    def run(self, run: Run, scope: str) -> Box:
        """The box of a run as seen from a container."""
        if len(run.calls) == 1:
            return self._single(run.calls[0], scope)
        period, links = run.period, tuple(self._link(call, scope) for call in run.calls[:_LISTED])
        first, last = short(run.calls[0].name, scope), short(run.calls[-1].name, scope)
        types = [what(call) for call in period]
        alike = run.times > 1 and len(set(types)) == 1
        shapes = {self._shapes(call) for call in run.calls}
        own, *further = self._shapes(run.calls[-1]) or (None,)
        if alike:
            title = f"{len(run.calls)} × {types[0]}"
        elif run.times > 1:
            kinds = ", ".join(types) if len(types) <= 3 else f"{len(types)} steps"
            title = f"{run.times} × {kinds}"
        else:
            kinds = "steps" if all(call.step for call in run.calls) else "parts"
            title = f"{len(run.calls)} {kinds}"
        return Box(
            title=title,
            type=_span(first, last) if first != last else f"{first}, {run.times} calls",
            shape=None if alike and len(shapes) > 1 else own,
            page=links[0].page,
            kind="repeat" if run.times > 1 else "group",
            name=run.calls[0].name,
            note="shared" if first == last else "",
            folded=links,
            count=len(run.calls),
            further=() if alike and len(shapes) > 1 else tuple(further),
        )

    def frame(self, opened: Opened, scope: str, shift: int) -> Frame:
        """A frame as seen from what is around it, its boxes behind `shift` others."""
        call = opened.call
        return Frame(
            title=short(call.name, scope),
            type=_type(call.type),
            page=self._context.paths.container(call.name),
            boxes=tuple(shift + n for n in opened.runs),
            inside=opened.inside,
        )

    def _single(self, call: Call, scope: str) -> Box:
        note = f"call {call.call + 1} of {call.calls}" if call.calls > 1 else ""
        kind = sort(call)
        shape, *further = self._shapes(call) or (None,)
        return Box(
            title=short(call.name, scope),
            type=what(call),
            shape=shape,
            page=self._link(call, scope).page,
            kind="container" if kind == "container" else "layer" if kind == "layer" else "function",
            name=call.name,
            note=note or self.note(call.name),
            further=tuple(further),
        )

    def _link(self, call: Call, scope: str) -> Link:
        paths = self._context.paths
        page = paths.container(call.name) if call.step is None else paths.place(call.step)
        name = short(call.name, scope)
        return Link(f"{name} (call {call.call + 1})" if call.call else name, call.type, page)

    def source(self, value: Value, scope: str | None) -> Box:
        """Where a value comes from, as seen from a container; None for outside of what is drawn."""
        if value.step is None:
            page = f"{self._context.paths.index}#in-and-out"
            return Box(value.name, "input", value.shape, page, "outside", value.name)
        step = self._context.recording.steps[value.step]
        return self._neighbour(step, scope, value.shape)

    def reader(self, step: Step, scope: str | None) -> Box:
        """A step that reads something, as seen from a container; None for outside."""
        shapes = self.shapes([*values(step.outputs)])
        return self._neighbour(step, scope, shapes[0] if shapes else None)

    def _shapes(self, call: Call) -> tuple[tuple[int, ...], ...]:
        """The shapes of what a call gives."""
        if call.step is not None:
            return self.shapes([*values(call.step.outputs)])
        return self.shapes(call.container.outputs if call.container else ())

    def shapes(self, outputs: Sequence[Value]) -> tuple[tuple[int, ...], ...]:
        """The shapes of the outputs that go on, each once; where none does, the first's."""
        on = [v for v in outputs if v.id in self._context.uses or v.id in self._results]
        return tuple(dict.fromkeys(value.shape for value in on or outputs[:1]))

    def _neighbour(self, step: Step, scope: str | None, shape: tuple[int, ...] | None) -> Box:
        inside = scope is not None and (not scope or step.name.startswith(f"{scope}."))
        return Box(
            title=short(display(step), scope or ""),
            type=in_words(step),
            shape=shape,
            page=self._context.paths.place(step),
            kind=("layer" if learned(step) else "function") if inside else "outside",
            name=step.name,
        )

    def result(self, outputs: Sequence[Value]) -> Box:
        """Outputs of the model."""
        page = f"{self._context.paths.index}#in-and-out"
        if len(outputs) == 1:
            return Box("output", "of the model", outputs[0].shape, page, "outside", "output")
        return Box(f"{len(outputs)} outputs", "of the model", None, page, "outside", "outputs")


def _shared(context: Context) -> dict[str, str]:
    """For each step that reads a parameter of another, which: `weight shared with wte`."""
    users: dict[int, tuple[Value, dict[str, None]]] = {}
    for step in context.recording.steps:
        for key, value in parameters(step).items():
            users.setdefault(key, (value, {}))[1][step.name] = None
    found: dict[str, str] = {}
    for value, names in users.values():
        for name in names if len(names) > 1 else ():
            others = [other for other in names if other != name]
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            local = value.name.rpartition(".")[2]
            found.setdefault(name, f"{local} shared with {others[0]}{more}")
    return found


def folded(boxes: Sequence[Box], title: str) -> Box:
    """One box for all of these."""
    links = tuple(Link(box.title, box.type, box.page) for box in boxes[:_LISTED])
    first, last = boxes[0].title, boxes[-1].title
    return Box(
        title=title,
        type=f"{first} … {last}",
        shape=None,
        page=boxes[0].page,
        kind="outside",
        name=boxes[0].name,
        folded=links,
        count=len(boxes),
    )


def short(name: str, scope: str) -> str:
    """A name as seen from a container."""
    return name.removeprefix(f"{scope}.") if scope else name


def _span(first: str, last: str) -> str:
    """The names from one to another, `h.0 … h.11`, without what both begin with."""
    one, other = first.split("."), last.split(".")
    same = next((k for k, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1), 0)
    if same and one[same].isdigit():  # a number alone says nothing
        same -= 1
    return f"{'.'.join(one[same:])} … {'.'.join(other[same:])}"


def what(call: Call) -> str:
    """What a call is: a class, and in words what a function does."""
    return _type(call.type) if call.step is None else in_words(call.step)


def in_words(step: Step) -> str:
    """What a step is: a module's class, and in words what a function does."""
    return _type(step.type) if step.kind == "module" else type_title(step.type)


def _type(name: str) -> str:
    """A type without the path to it."""
    return name.rpartition(".")[2]
