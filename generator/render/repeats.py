"""What a page has said before: formulas of an earlier call, quantities and tables from above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from generator.explanation import Grid, Picture, Section, StageFormula, StepPage, Worked
from generator.render.facts import sections

MOST_TABLES = 4
"""Tables of one working that are shown again; of more, those are named that stand above."""


@dataclass(frozen=True)
class Said:
    """What of one section's formulas stands further up on its page."""

    formula: bool
    """Whether an earlier call has the same formula for this quantity."""
    fresh: tuple[StageFormula, ...]
    """Intermediate quantities that are defined here for the first time."""
    known: tuple[StageFormula, ...]
    """Those that are defined above."""


@dataclass(frozen=True)
class Tables:
    """The tables of one working."""

    fresh: tuple[Grid, ...]
    known: tuple[Grid, ...]
    """Those that the same call shows further up."""


@dataclass(frozen=True)
class Repeats:
    """What stands where on one page, by the identity of what is shown."""

    _sections: Mapping[int, Said] = field(default_factory=dict)
    _tables: Mapping[int, Tables] = field(default_factory=dict)
    _pictures: frozenset[int] = frozenset()
    _calls: frozenset[int] = frozenset()

    @classmethod
    def of(cls, calls: Sequence[StepPage]) -> Repeats:
        """Go through the calls of a page as a reader does."""
        pictures: dict[object, int] = {}
        symbols: dict[object, int] = {}
        for step in calls:
            table = tuple(replace(symbol, link=None) for symbol in step.symbols)
            symbols.setdefault((table, step.sizes), step.call)
            for picture in step.pictures:
                pictures.setdefault((picture.title, picture.planes), id(picture))
        first = {*pictures.values()}
        return cls(
            dict(_said(calls)),
            dict(pair for step in calls for pair in _shown(step)),
            frozenset(id(p) for step in calls for p in step.pictures if id(p) not in first),
            frozenset(step.call for step in calls if step.call not in symbols.values()),
        )

    def said(self, section: Section) -> Said:
        """What of the section's formulas stands further up."""
        return self._sections.get(id(section)) or Said(False, section.stages, ())

    def tables(self, worked: Worked) -> Tables:
        """Which of the working's tables stand further up."""
        return self._tables.get(id(worked)) or Tables(worked.grids, ())

    def pictures(self, step: StepPage) -> tuple[Picture, ...]:
        """The call's pictures without those of an earlier call, as of the weights."""
        return tuple(p for p in step.pictures if id(p) not in self._pictures)

    def symbols(self, step: StepPage) -> bool:
        """Whether an earlier call has the same table of symbols."""
        return step.call in self._calls


def _said(calls: Sequence[StepPage]) -> Iterator[tuple[int, Said]]:
    formulas: set[tuple[str, str, str]] = set()
    stages: set[StageFormula] = set()
    for step in calls:
        own = list(sections(step))
        for section in own:
            fresh = tuple(s for s in section.stages if s not in stages)
            known = tuple(s for s in section.stages if s in stages)
            yield id(section), Said(_key(section) in formulas, fresh, known)
            stages.update(fresh)
        formulas.update(map(_key, own))


def _shown(step: StepPage) -> Iterator[tuple[int, Tables]]:
    above: set[Grid] = set()
    for section in sections(step):
        for worked in section.worked:
            known = tuple(grid for grid in worked.grids if grid in above)
            if len(known) > MOST_TABLES:
                yield id(worked), Tables(tuple(g for g in worked.grids if g not in above), known)
            above.update(worked.grids)


def _key(section: Section) -> tuple[str, str, str]:
    return section.of, section.general, section.configured
