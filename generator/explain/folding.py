"""What runs over and over becomes one box, and a long run of steps becomes a few groups."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from generator.capture.records import Step, Value, parameters, values
from generator.explain.nesting import Call

Reads = Sequence[Sequence[Value]]
"""For each step of the run, what it reads of other steps and of the model's inputs."""

Outer = tuple[tuple[int, bool, int], ...]
"""What a repetition reads from outside: its step that reads; whether the value was there before all
repetitions, and then which it is, or else where the repetition before has the step that made it."""

LONGEST_PERIOD = 12
"""Calls that one repetition of a fold may have."""
_ASIDE = 3
"""Functions in a row without a gradient from which on they are one box."""
_COST = {"function": 1, "layer": 4, "container": 12, "repeat": 24, "loss": 99}


@dataclass(frozen=True)
class Run:
    """Calls that are drawn as one box: `times` repetitions of `period` calls.

    They follow each other, but for those side by side, none of which reads another.
    """

    calls: tuple[Call, ...]
    times: int = 1
    around: tuple[Call, ...] = ()
    """The calls of containers, opened in the diagram, that it lies in, outermost first."""

    @property
    def period(self) -> tuple[Call, ...]:
        """The calls of the first repetition."""
        return self.calls[: len(self.calls) // self.times]

    def steps(self) -> Iterator[int]:
        """The indices of its steps."""
        for call in self.calls:
            yield from range(call.first, call.end)


class Folding:
    """Folds calls of one recording."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._known: dict[Hashable, int] = {}
        self._signatures: dict[int, int] = {}

    def folded(self, calls: Sequence[Call], *, steps: bool = False) -> list[Run]:
        """The calls with repetitions folded, and functions through which no gradient passes."""
        found: list[Run] = []
        for aside, runs in groupby(self.repeats(calls, steps=steps), _aside):
            run = list(runs)
            if aside and len(run) >= _ASIDE:
                found.append(Run(tuple(call for one in run for call in one.calls)))
            else:
                found += run
        return found

    def repeats(self, calls: Sequence[Call], *, steps: bool) -> list[Run]:
        """The calls with three and more equal repetitions in a row folded.

        Repetitions are equal where types, shapes and wiring are, inside and to what lies before
        them. With `steps` they may consist of steps alone.
        """
        signs = [self._signature(call) for call in calls]
        found: list[Run] = []
        at = 0
        while at < len(calls):
            period, times = self._repeated(calls, signs, at, steps=steps)
            found.append(Run(tuple(calls[at : at + period * times]), times))
            at += period * times
        return found

    def _repeated(
        self, calls: Sequence[Call], signs: Sequence[int], at: int, *, steps: bool
    ) -> tuple[int, int]:
        """Period and number of the repetitions that cover the most from here on."""
        best = (1, 1)
        for period in range(1, min(LONGEST_PERIOD, (len(calls) - at) // 3) + 1):
            head = signs[at : at + period]
            if signs[at + period : at + 2 * period] != head:
                continue
            if not steps and all(call.step is not None for call in calls[at : at + period]):
                continue
            times = self._times(calls[at:], signs[at:], period)
            if times >= 3 and period * times > best[0] * best[1]:
                best = (period, times)
        return best

    def _times(self, calls: Sequence[Call], signs: Sequence[int], period: int) -> int:
        inner, first = self._wiring(calls, 0, period)
        second: Outer = ()
        times = 1
        while signs[times * period : (times + 1) * period] == list(signs[:period]):
            own, others = self._wiring(calls, times, period)
            if times == 1:
                second = others
            if own != inner or others != second or not _begins(first, others):
                break
            times += 1
        return times

    def _wiring(self, calls: Sequence[Call], number: int, period: int) -> tuple[Hashable, Outer]:
        """How the steps of a repetition are connected: to each other, and to what is before."""
        here = calls[number * period : (number + 1) * period]
        begin, end = here[0].first, here[-1].end
        start, before = calls[0].first, calls[(number - 1) * period].first if number else begin
        own: list[Hashable] = []
        others: list[tuple[int, bool, int]] = []
        for index in range(begin, end):
            for value in self._reads[index]:
                made = value.step
                if made is None or made < start:
                    others.append((index - begin, True, value.id))
                elif made >= begin:
                    own.append((index - begin, made - begin))
                else:
                    others.append((index - begin, False, made - before))
        return tuple(own), tuple(others)

    def _signature(self, call: Call) -> int:
        """A number that equal calls share: those of the same types, shapes and inner wiring."""
        known = self._signatures.get(id(call))
        if known is None:
            if call.step is not None:
                outputs = tuple(value.shape for value in values(call.step.outputs))
                held = tuple(o.value.shape for o in call.step.parameters.values())
                sign: Hashable = (call.type, outputs, held)
            else:
                parts = tuple(map(self._signature, call.inside))
                sign = (call.type, parts, self._inner(call))
            known = self._known.setdefault(sign, len(self._known))
            self._signatures[id(call)] = known
        return known

    def _inner(self, call: Call) -> Hashable:
        """What each step reads, as a place within the call; -1 for what comes from outside."""
        return tuple(
            tuple(
                value.step - call.first
                if value.step is not None and value.step >= call.first
                else -1
                for value in reads
            )
            for reads in self._reads[call.first : call.end]
        )


def _begins(first: Outer, others: Outer) -> bool:
    """Whether the first repetition reads what all read of what is before them."""
    return len(first) == len(others) and all(
        one == other for one, other in zip(first, others, strict=True) if other[1]
    )


def grouped(runs: Sequence[Run], most: int) -> list[Run]:
    """The runs with neighbours joined until at most `most` are left, functions before layers.

    Runs are joined in the order of the run, so no cycle can come of it.
    """
    if len(runs) <= most:
        return list(runs)
    alive = dict(enumerate(runs))
    weight = {k: _weight(run) for k, run in alive.items()}
    after = {k: k + 1 for k in range(len(runs) - 1)}
    before = {k + 1: k for k in range(len(runs) - 1)}
    queue = [(weight[k] + weight[n], k, n) for k, n in after.items()]
    heapq.heapify(queue)
    while len(alive) > most:
        cost, left, right = heapq.heappop(queue)
        if after.get(left) != right or weight[left] + weight[right] != cost:
            continue
        one, other = alive[left], alive.pop(right)
        alive[left] = Run((*one.calls, *other.calls), around=_common(one.around, other.around))
        weight[left] = cost
        following = after.pop(right, None)
        if following is None:
            del after[left]
        else:
            after[left], before[following] = following, left
            heapq.heappush(queue, (cost + weight[following], left, following))
        if left in before:
            heapq.heappush(queue, (weight[before[left]] + cost, before[left], left))
    return [alive[k] for k in sorted(alive)]


def _common(one: tuple[Call, ...], other: tuple[Call, ...]) -> tuple[Call, ...]:
    """What both begin with."""
    same = takewhile(lambda pair: pair[0] is pair[1], zip(one, other, strict=False))
    return tuple(call for call, _ in same)


def _aside(run: Run) -> bool:
    """Whether the run prepares masks, positions and the like, beside what is learned."""
    return all(
        call.step is not None
        and call.step.kind == "function"
        and not learned(call.step)
        and not any(value.requires_grad for value in values(call.step.outputs))
        for call in run.calls
    )


def _weight(run: Run) -> int:
    if run.times > 1:
        return _COST["repeat"]
    return sum(_COST[sort(call)] for call in run.calls)


def sort(call: Call) -> str:
    """Whether a call is one of a container, a layer with parameters, a function or the loss."""
    if call.step is None:
        return "container"
    if call.step.kind == "loss":
        return "loss"
    return "layer" if learned(call.step) else "function"


def learned(step: Step) -> bool:
    """Whether a step reads a parameter, its own or as an operand."""
    return bool(parameters(step))
