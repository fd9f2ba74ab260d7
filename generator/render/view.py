"""What a template asks of one page: numbers with its decimals, links as seen from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from generator.explanation import (
    Grid,
    Link,
    LongSum,
    ModelPages,
    OperandFact,
    Picture,
    Status,
    StepPage,
    Symbol,
    Verdict,
    Worked,
)
from generator.formula.numerals import numeral
from generator.formula.text import plain_number
from generator.render import words
from generator.render.escape import address, clean, code, latex, math, text
from generator.render.heatmap import heatmap
from generator.render.tables import grid, long_sum


@dataclass(frozen=True)
class View:
    """One page: its path under docs/, and how many decimals its model's numbers have."""

    page: str
    decimals: int = 6

    @classmethod
    def of(cls, model: ModelPages, page: str) -> View:
        """The view of one of the model's pages."""
        return cls(page, model.decimals)

    @property
    def operand_decimals(self) -> int:
        """Decimals of operands: two fewer than those of results, at least one."""
        return max(1, self.decimals - 2)

    def href(self, page: str) -> str:
        """The relative address of another page."""
        return address(page, self.page)

    def link(self, link: Link) -> Markup:
        """A link that shows the other page's title."""
        return self.linked(link.title, link)

    def linked(self, shown: str, link: Link | None) -> Markup:
        """Text that leads to another page, where there is one."""
        if link is None:
            return text(shown)
        address = text(self.href(link.page))
        return Markup('<a href="{}">{}</a>').format(address, text(shown))

    def links(self, links: Iterable[Link]) -> Markup:
        """Links as an enumeration."""
        return series([self.link(link) for link in links])

    def origins(self, operands: Sequence[OperandFact]) -> Markup:
        """Where tensors come from, as an enumeration."""
        return series(list(dict.fromkeys(self.linked(o.origin, o.link) for o in operands)))

    def flow(self, step: StepPage) -> Markup:
        """What comes in from where, and what goes out to where, as one sentence."""
        taken = self.origins(inputs(step) or step.operands)
        before = Markup("It takes {}").format(taken) if taken else Markup("It takes nothing in")
        if step.kind == "loss":
            return before + ", and its output is the loss."
        if not step.consumers:
            return before + ", and no other step reads its output."
        return Markup("{}, and its output goes to {}.").format(before, self.links(step.consumers))

    def position(self, worked: Worked) -> str:
        """Which element is worked out, for a heading."""
        if not worked.element:
            return "the only position"
        return f"position: {words.at(worked.axes, worked.element)}"

    def paragraphs(self, doc: str) -> list[str]:
        """The paragraphs of a docstring."""
        return [p for p in re.split(r"\n\s*\n", clean(doc).strip()) if p]

    def first_line(self, message: str) -> str:
        """The first line of an error."""
        return message.strip().partition("\n")[0]

    def result(self, value: float) -> str:
        """A calculated or actual value."""
        return plain_number(value, self.decimals)

    def latex(self, value: float) -> Markup:
        """A calculated value within a formula."""
        return latex(numeral(value, self.decimals))

    def operand(self, value: float) -> str:
        """A value that a working reads."""
        return plain_number(value, self.operand_decimals)

    def grid(self, shown: Grid) -> Markup:
        """A grid's tables."""
        return grid(shown, self.operand_decimals)

    def long_sum(self, shown: LongSum) -> Markup:
        """A long sum, folded."""
        return long_sum(shown, self.decimals)

    def heatmap(self, picture: Picture) -> Markup:
        """A picture."""
        return heatmap(picture, self.operand_decimals)


def series(items: Sequence[Markup]) -> Markup:
    """An enumeration of pieces of HTML."""
    return Markup(words.series(items))  # noqa: S704 - the pieces are escaped


def badge(status: Status, shown: str = "") -> Markup:
    """A verdict as a small label; its word is there for those who see no colour."""
    return Markup('<span class="lb-verdict {}">{}</span>').format(status, shown or status)


def counts(found: Iterable[tuple[Status, int]]) -> Markup:
    """A label for each verdict, with how many values have it."""
    labels = [badge(status, f"{words.count(n)} {status}") for status, n in found]
    return Markup(" ").join(labels)


def shape(lengths: Sequence[int], axes: Sequence[str] = ()) -> Markup:
    """A shape with the names of its axes."""
    shown = code(words.shape(lengths))
    if not lengths:
        return shown + " a single number"
    if len(axes) != len(lengths):
        return shown
    return Markup("{} {}").format(shown, text(words.axes(axes)))


def symbol_value(symbol: Symbol) -> Markup:
    """What a symbol stands for here: a formula where it is written as one."""
    value = symbol.value
    if value.startswith(r"\(") and value.endswith(r"\)"):
        return math(value[2:-2])
    return text(value)


def inputs(step: StepPage) -> tuple[OperandFact, ...]:
    """What comes in from other steps or from the model's inputs."""
    return tuple(o for o in step.operands if o.role == "input")


def parameters(step: StepPage) -> tuple[OperandFact, ...]:
    """The step's own parameters."""
    return tuple(o for o in step.operands if o.role == "parameter")


def others(step: StepPage) -> tuple[OperandFact, ...]:
    """Statistics, drawn numbers and whatever else the formula reads."""
    return tuple(o for o in step.operands if o.role not in {"input", "parameter"})


def mismatches(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The quantities where calculated and actual value do not agree."""
    return tuple(v for v in verdicts if v.status == "mismatch")


def disagrees(worked: Worked) -> bool:
    """Whether this very element is beyond its budget."""
    return not words.agrees(worked)


def explained(step: StepPage) -> frozenset[str]:
    """The quantities that have a section."""
    sections = [step.forward] if step.forward else []
    return frozenset(section.of for section in (*sections, *step.gradients))
