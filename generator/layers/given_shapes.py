"""How the output's shape follows where only the shape changes, as a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from generator.layers.registry import Call


def given_shape(call: Call, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """What the call says of the output's lengths: `−1 stands for 768`."""
    name = call.type.rpartition(".")[2].lower().rstrip("_")
    if name == "unflatten":
        dim = int(str(call.options["dim"])) % len(before)
        lengths = after[dim : dim + len(after) - len(before) + 1]
        return _lengths([*_whole(call.options["sizes"])], (before[dim],), lengths)
    if name in {"view", "reshape"}:
        return _lengths(
            [*_whole(call.options.get("size", call.options.get("shape")))], before, after
        )
    if name in {"view_as", "reshape_as"}:
        return f"The shape is that of the other tensor{_same(before, after)}."
    if name == "squeeze":
        return _squeezed(len(before) - len(after))
    if name == "unsqueeze":
        place = int(str(call.options["dim"])) % len(after)
        return f"A new axis of length 1 stands at position {place}; all others keep their lengths."
    if name in {"flatten", "ravel"} and len(before) - len(after) > 0:
        start = int(str(call.options.get("start_dim", 0))) % len(before)
        last = start + len(before) - len(after)
        joined = "and" if last == start + 1 else "to"
        return f"Axes {start} {joined} {last} become one, whose length is the product of theirs."
    return ""


def _lengths(given: Sequence[int], before: tuple[int, ...], after: tuple[int, ...]) -> str:
    if len(given) != len(after):
        return ""
    if -1 not in given:
        return f"The call gives every length{_same(before, after)}."
    left = after[given.index(-1)]
    others = [n for n in given if n != -1]
    if not others:
        return (
            f"In the call, −1 stands for the number of elements: {_times(before)}{_value(before)}."
        )
    over = f"({_times(others)})" if len(others) > 1 else _times(others)
    return (
        f"In the call, −1 stands for {left} = {_times(before)} / {over}: the number of elements "
        "over the product of the other lengths."
    )


def _same(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    if len(before) < 2 and len(after) < 2:
        return ""
    both = [_times(shape) for shape in (before, after)]
    value = f" = {prod(after)}" if all(len(shape) > 1 for shape in (before, after)) else ""
    return f"; the number of elements stays the same: {' = '.join(both)}{value}"


def _value(lengths: Sequence[int]) -> str:
    return f" = {prod(lengths)}" if len(lengths) > 1 else ""


def _times(lengths: Sequence[int]) -> str:
    return " · ".join(map(str, lengths)) if lengths else "1"


def _squeezed(gone: int) -> str:
    if not gone:
        return "No axis of length 1 goes away here, so that the shape stays as it is."
    many = {2: "Two", 3: "Three", 4: "Four"}.get(gone, str(gone))
    what = "One axis of length 1 goes" if gone == 1 else f"{many} axes of length 1 go"
    return f"{what} away; all others keep their lengths."


def _whole(found: object) -> Iterator[int]:
    """The whole numbers of an option that may be a number, a tuple, or a tuple in a tuple."""
    if isinstance(found, int) and not isinstance(found, bool):
        yield found
    elif isinstance(found, list | tuple):
        for part in found:
            yield from _whole(part)
