"""Diagrams of a model: an overview, the inside of each container, and where a step sits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from generator.capture.records import Container, Step, Value, operands, values
from generator.explain.abreast import narrowed
from generator.explain.boxes import Boxes, folded, in_words, short
from generator.explain.context import Context
from generator.explain.folding import Folding, Run, grouped
from generator.explain.frames import opened
from generator.explain.nesting import Call, first_calls, nested
from generator.explain.ways import arrows
from generator.explanation import Arrow, Box, Diagram, ModelPages

MOST_BOXES = 30
_MOST_OUTSIDE = 3
"""Boxes above, and boxes below, for what lies outside; of more there is one for all."""
_ROOM = MOST_BOXES - 2 * _MOST_OUTSIDE
_ROOMS = (_ROOM, 18, 13, 9, 6)
_MOST_ARROWS = 48
"""Arrows from which on more is folded: where each step reads all before it, few boxes have many."""
_OPENED = {True: _ROOM, False: 14}
"""Boxes up to which containers are opened: in the overview of a model, inside of a container."""
_NEIGHBOURS = 2
"""Boxes above and below a step on its map; of more there is one for the rest."""


def with_diagrams(pages: ModelPages, context: Context) -> ModelPages:
    """The pages with the overview of the model, the insides of containers, the places of steps."""
    diagrams = Diagrams(context)
    containers = {context.paths.container(c.name): c for c in context.recording.containers}
    steps = zip(pages.steps, context.recording.steps, strict=True)
    return replace(
        pages,
        overview=diagrams.model(),
        containers=tuple(
            replace(page, inside=diagrams.container(containers[page.page]))
            for page in pages.containers
        ),
        steps=tuple(
            page if step.call else replace(page, place=diagrams.around(step))
            for page, step in steps
        ),
    )


class Diagrams:
    """Draws one recording."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._recording = context.recording
        self._steps = context.recording.steps
        self._reads = [_reads(step) for step in self._steps]
        self._outputs = {value.id for value in context.recording.outputs}
        self._folding = Folding(self._reads)
        self._model = nested(context.recording)
        self._calls = first_calls(self._model)
        self._boxes = Boxes(context)
        self._called: dict[str, list[Step]] = {}
        for step in self._steps:
            self._called.setdefault(step.name, []).append(step)

    def model(self) -> Diagram | None:
        """The overview of the model."""
        return self._drawn(self._model, f"Overview of {self._context.title}")

    def container(self, container: Container) -> Diagram | None:
        """The inside of a container, as it was first called."""
        call = self._calls.get(container.name)
        return None if call is None else self._drawn(call, f"Inside of {container.name}")

    def around(self, step: Step) -> Diagram:
        """A step between what it reads and what reads it, over all of its calls."""
        calls = self._called[step.name]
        own = {call.index for call in calls}
        read = _distinct(v for c in calls for v in self._reads[c.index] if v.step not in own)
        given = [v for call in calls for v in values(call.outputs)]
        readers = [
            use.step
            for value in given
            for use in self._context.uses.get(value.id, ())
            if use.step.index not in own
        ]
        above = _few([self._boxes.source(value, step.scope) for value in read])
        below = _few([self._boxes.reader(reader, step.scope) for reader in dict.fromkeys(readers)])
        if any(value.id in self._outputs for value in given) and not readers:
            below = [self._boxes.result(given[:1])]
        shape, *further = self._boxes.shapes([*values(step.outputs)]) or (None,)
        here = Box(
            title=short(step.name, step.scope),
            type=in_words(step),
            shape=shape,
            page=self._context.paths.step(step),
            kind="here",
            name=step.name,
            note=f"called {len(calls)} times" if len(calls) > 1 else self._boxes.note(step.name),
            further=tuple(further),
        )
        boxes = (*above, here, *below)
        middle = len(above)
        ways = [Arrow(k, middle) for k in range(middle)]
        ways += [Arrow(middle, k) for k in range(middle + 1, len(boxes))]
        scope = step.scope or self._context.title
        title = f"{step.name} and what is around it in {scope}"
        return Diagram(title, boxes, tuple(ways), of=step.scope)

    def _drawn(self, call: Call, title: str) -> Diagram | None:
        if not call.inside:
            return None
        for room in _ROOMS:
            found = self._with(room, call, title)
            if len(found.arrows) <= _MOST_ARROWS:
                break
        return found

    def _with(self, room: int, call: Call, title: str) -> Diagram:
        """The diagram with at most so many boxes beside those for what lies outside."""
        runs = self._runs(call, room)
        place = _placed(runs)
        frames = opened(runs)
        above, entering = self._entering(call, place)
        below, leaving = self._leaving(call, place)
        scopes = {n: frame.call.name for frame in frames for n in frame.runs}
        inner = (self._boxes.run(run, scopes.get(n, call.name)) for n, run in enumerate(runs))
        boxes = [*above, *inner, *below]
        losses = [all(c.step is not None and c.step.kind == "loss" for c in r.calls) for r in runs]
        shift = len(above)
        last = shift + len(runs)
        found: dict[tuple[int, int], None] = {}
        for box, target in entering:
            found[box, shift + target] = None
        for index in range(call.first, call.end):
            for value in self._reads[index]:
                if value.step is None or value.step not in place:
                    continue
                source = shift + place[value.step]
                if losses[place[index]] and value.id in self._outputs:
                    source = last  # the loss is computed of the model's output
                if source != shift + place[index]:
                    found[source, shift + place[index]] = None
        for source, box in leaving:
            found[shift + source, last + box] = None
        return Diagram(
            title=title,
            boxes=tuple(boxes),
            arrows=tuple(arrows(list(found), len(boxes))),
            of=call.name,
            call=call.calls if call.calls > 1 else 0,
            frames=tuple(
                self._boxes.frame(
                    frame,
                    call.name if frame.inside is None else frames[frame.inside].call.name,
                    shift,
                )
                for frame in frames
            ),
        )

    def _runs(self, call: Call, room: int) -> list[Run]:
        """What is drawn, in the order of the run: containers opened where there is room."""
        runs = self._folding.folded(call.inside)
        most = min(room, _OPENED[not call.name])
        while True:
            opened = [inner for run in runs for inner in self._opened(run)]
            if len(opened) > most or len(opened) == len(runs):
                break
            runs = opened
        if len(runs) > room:
            runs = self._folding.folded(call.inside, steps=True)
        runs = grouped(runs, room)
        return narrowed(runs, self._between(runs))

    def _between(self, runs: Sequence[Run]) -> set[tuple[int, int]]:
        """Which run reads which, by their positions."""
        place = _placed(runs)
        sources = (
            (place[value.step], n)
            for index, n in place.items()
            for value in self._reads[index]
            if value.step in place
        )
        return {(source, target) for source, target in sources if source != target}

    def _opened(self, run: Run) -> list[Run]:
        """What is inside of a single container; anything else as it is."""
        inside = run.calls[0].inside if len(run.calls) == 1 else ()
        if not inside:
            return [run]
        around = (*run.around, run.calls[0])
        return [replace(found, around=around) for found in self._folding.folded(inside)]

    def _entering(
        self, call: Call, place: dict[int, int]
    ) -> tuple[list[Box], list[tuple[int, int]]]:
        """What comes in from outside, and which box it goes to."""
        uses: dict[str, tuple[Box, dict[int, None]]] = {}
        for index in range(call.first, call.end):
            for value in self._reads[index]:
                if value.step is None or value.step not in place:
                    box = self._boxes.source(value, None)
                    uses.setdefault(f"{box.page} {box.title}", (box, {}))[1][place[index]] = None
        boxes = [box for box, _ in uses.values()]
        if len(boxes) > _MOST_OUTSIDE:
            joined: dict[int, None] = {n: None for _, targets in uses.values() for n in targets}
            return [folded(boxes, f"{len(boxes)} tensors")], [(0, n) for n in joined]
        return boxes, [(k, n) for k, (_, targets) in enumerate(uses.values()) for n in targets]

    def _leaving(
        self, call: Call, place: dict[int, int]
    ) -> tuple[list[Box], list[tuple[int, int]]]:
        """What goes outside, and from which box."""
        found: dict[str, tuple[Box, dict[int, None]]] = {}
        for index in range(call.first, call.end):
            for value in values(self._steps[index].outputs):
                given = value.id in self._outputs
                boxes = [
                    self._boxes.result(self._recording.outputs if call is self._model else (value,))
                ]
                boxes = boxes if given else []
                boxes += [
                    self._boxes.reader(use.step, None)
                    for use in self._context.uses.get(value.id, ())
                    if use.step.index not in place and not (given and use.step.kind == "loss")
                ]
                for box in boxes:
                    found.setdefault(box.page, (box, {}))[1][place[index]] = None
        ends = [box for box, _ in found.values()]
        if len(ends) > _MOST_OUTSIDE:
            joined: dict[int, None] = {n: None for _, sources in found.values() for n in sources}
            return [folded(ends, f"{len(ends)} readers")], [(n, 0) for n in joined]
        return ends, [(n, k) for k, (_, sources) in enumerate(found.values()) for n in sources]


def _placed(runs: Sequence[Run]) -> dict[int, int]:
    """In which run each step is, by its position."""
    return {index: n for n, run in enumerate(runs) for index in run.steps()}


def _reads(step: Step) -> list[Value]:
    """What a step reads of other steps and of the model's inputs, each once."""
    used = (*operands(step.args), *operands(step.kwargs), *step.parameters.values())
    return _distinct(o.value for o in used if o.value.origin in {"input", "step"})


def _distinct(found: Iterable[Value]) -> list[Value]:
    return list({value.id: value for value in found}.values())


def _few(boxes: Sequence[Box]) -> list[Box]:
    """The boxes, or the first of them and one for the rest."""
    if len(boxes) <= _NEIGHBOURS:
        return list(boxes)
    rest = boxes[_NEIGHBOURS - 1 :]
    return [*boxes[: _NEIGHBOURS - 1], folded(rest, f"{len(rest)} more")]
