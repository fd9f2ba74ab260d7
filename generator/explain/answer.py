"""What a model answers: scores of classes with the target of the loss, images, extreme values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import prod

import torch
from torch import Tensor

from generator.capture.records import Recording, Value, values
from generator.explain.context import Context
from generator.explain.elements import position
from generator.explain.media import images
from generator.explain.taken import Taken, made_by_softmax, taken_by
from generator.explanation import Answer, Ranking, Score, Scores, Seen
from generator.settings import nearest
from generator.shown import Shown, ShownError

OUTPUTS = 4
"""Outputs that are shown beside those that the settings name."""
PLACES = 3
"""Places of an output whose scores are shown."""
FIRST, FEW = 5, 3
"""Scores of one place, of each of several."""
ELEMENTS = 6
"""Of an output that has no more, all are shown; otherwise half as many from each end."""
_SMALLEST_IMAGE = 8
"""Rows and columns from which on an output is drawn where the input is an image."""


@dataclass(frozen=True)
class Wanted:
    """As what the model's settings, or its input tensors, say that tensors are shown."""

    inputs: Mapping[str, Shown]
    outputs: Mapping[str, Shown]

    def vocabulary(self) -> tuple[Mapping[int, str], str]:
        """That of the first input that has one, and the input's name."""
        found = ((s.vocabulary, n) for n, s in self.inputs.items() if s.vocabulary)
        return next(found, ({}, ""))

    def read(self, shape: tuple[int, ...], recording: Recording) -> bool:
        """Whether an input of that shape is tokens."""
        return any(
            said.kind == "tokens" and recording.inputs[name].shape == shape
            for name, said in self.inputs.items()
        )


def answers(context: Context, wanted: Wanted) -> tuple[Answer, ...]:
    """The first outputs, and those that the settings name.

    Raises ShownError for a name that is no output, or a tensor that cannot be what is said.
    """
    recording = context.recording
    names = recording.output_names
    for name in wanted.outputs:
        if name not in names:
            raise ShownError(f"outputs names {name!r}, {nearest(name, [*names])}")
    found: list[Answer] = []
    for number, (name, value) in enumerate(zip(names, recording.outputs, strict=True)):
        if number < OUTPUTS or name in wanted.outputs:
            try:
                found.append(_answer(name, value, context, wanted))
            except ShownError as error:
                raise ShownError(f"outputs: {name} {error}") from error
    return tuple(found)


def _answer(name: str, value: Value, context: Context, wanted: Wanted) -> Answer:
    said = wanted.outputs.get(name)
    data = value.data.detach()
    scores = (
        None if said is not None and said.kind == "image" else _scores(value, said, context, wanted)
    )
    plain = data.layout is torch.strided and not (data.is_quantized or data.is_complex())
    ends = _ends(data) if plain and scores is None else ((), ())
    image = said if said is not None and said.kind == "image" else _drawn(value, wanted)
    return Answer(
        name=name,
        shape=value.shape,
        whole=not data.is_floating_point(),
        made=None if value.step is None else context.step_link(context.recording.steps[value.step]),
        largest=ends[0],
        smallest=ends[1],
        scores=scores,
        media=() if image is None else tuple(_images(name, data.cpu(), image)),
    )


def _images(name: str, data: Tensor, said: Shown) -> Iterator[Seen]:
    for one in islice(images(name, data, said), 1):
        yield replace(one, output=True)


def _drawn(value: Value, wanted: Wanted) -> Shown | None:
    """How an output is drawn that has the form of an image, of a model that is given one."""
    given = any(said.kind == "image" for said in wanted.inputs.values())
    shape = value.shape
    fits = len(shape) == 4 and shape[1] in (1, 3) and min(shape[2:]) >= _SMALLEST_IMAGE
    return Shown("image") if given and fits and value.data.is_floating_point() else None


# --- scores of classes ----------------------------------------------------------------------------


def _scores(value: Value, said: Shown | None, context: Context, wanted: Wanted) -> Scores | None:
    """The output as scores: where the settings, the loss or a softmax say that it is."""
    data = value.data.detach()
    if not data.dim() or not data.numel() or not data.is_floating_point():
        if said is not None:
            raise ShownError(f"has shape {list(data.shape)}, expected a score for each class")
        return None
    taken = taken_by(value, context) or made_by_softmax(value, context)
    if taken is None and said is None:
        return None
    axis = taken.axis if taken is not None else data.dim() - 1
    rows = data.movedim(axis, -1)
    around, classes = tuple(rows.shape[:-1]), rows.shape[-1]
    labels, named = _labels(said, classes, wanted)
    tokens = (said is not None and said.kind == "tokens") or wanted.read(around, context.recording)
    places = _places(around, last=tokens)
    most = FIRST if len(places) == 1 else FEW
    flat = rows.reshape(-1, classes)
    rankings = [
        _ranking(place, flat[number].double().cpu(), taken, labels, most)
        for number, place in places
    ]
    right, targets = taken.right() if taken is not None else (0, 0)
    return Scores(
        classes=classes,
        rankings=tuple(rankings),
        places=flat.shape[0],
        takes="scores" if taken is None else taken.takes,
        known=None if taken is None else taken.known,
        right=right,
        targets=targets,
        next=said is not None and said.kind == "tokens",
        last=tokens,
        named=named,
        place="sample" if _axes(value, context, axis) == ("batch",) else "position",
    )


def _axes(value: Value, context: Context, without: int) -> tuple[str, ...]:
    """What the axes of an output are called but for one; () where that is not known."""
    if value.step is None or next(values(context.recording.steps[value.step].outputs)) is not value:
        return ()
    names = context.axes.get(value.step, {}).get("output", ())
    return (*names[:without], *names[without + 1 :]) if len(names) == value.data.dim() else ()


def _labels(said: Shown | None, classes: int, wanted: Wanted) -> tuple[Mapping[int, str], str]:
    """What the classes are called, and the input whose vocabulary that is, if it has as many."""
    vocabulary, name = wanted.vocabulary()
    if said is None:
        return (vocabulary, name) if len(vocabulary) == classes else ({}, "")
    if said.kind == "classes" and len(said.vocabulary) > classes:
        raise ShownError(f"has {classes} classes, expected no more labels than these")
    if said.kind == "tokens" and not said.vocabulary:
        return vocabulary, name
    return said.vocabulary, ""


def _places(around: tuple[int, ...], *, last: bool) -> list[tuple[int, tuple[int, ...]]]:
    """Numbers and positions of the rows that are shown: the first, or the last of a sequence."""
    end = around[-1] if last and around else min(PLACES, prod(around))
    return [(number, position(number, around)) for number in range(max(0, end - PLACES), end)]


def _ranking(
    place: tuple[int, ...],
    row: Tensor,
    taken: Taken | None,
    labels: Mapping[int, str],
    most: int,
) -> Ranking:
    shares = None if taken is None else taken.probabilities(row)

    def score(index: int) -> Score:
        share = None if shares is None else float(shares[index])
        return Score((index,), labels.get(index, ""), float(row[index]), share)

    target = None if taken is None else taken.target(row)
    return Ranking(
        place=place,
        first=tuple(score(index) for index in _largest(row, most)),
        target=None if target is None else score(target),
        rank=0 if target is None else int((row > row[target]).sum()),
    )


# --- other outputs --------------------------------------------------------------------------------


def _ends(data: Tensor) -> tuple[tuple[Score, ...], tuple[Score, ...]]:
    """The largest elements and the smallest; all of few."""
    flat = data.reshape(-1)
    if flat.dtype == torch.bool:
        flat = flat.to(torch.uint8)
    flat = flat.double()

    def elements(places: Sequence[int]) -> Iterator[Score]:
        for number in places:
            yield Score(position(number, data.shape), "", float(flat[number]))

    if flat.numel() <= ELEMENTS:
        return tuple(elements(_largest(flat, ELEMENTS))), ()
    half = ELEMENTS // 2
    return tuple(elements(_largest(flat, half))), tuple(elements(_largest(-flat, half)))


def _largest(flat: Tensor, most: int) -> list[int]:
    """Where the largest numbers are, from the largest on, the first of equal ones first."""
    known = (~flat.isnan()).nonzero().reshape(-1)
    if not known.numel():
        return []
    values = flat[known]
    least = values.topk(min(most, known.numel())).values[-1]
    found = known[values >= least].cpu()[: 64 * most]
    order = sorted(found.tolist(), key=lambda n: (-float(flat[n]), n))
    return order[:most]
