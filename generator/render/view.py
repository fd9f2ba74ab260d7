"""What a template asks of one page: numbers with its decimals, links as seen from it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from generator.explanation import (
    Diagram,
    Grid,
    Link,
    LongSum,
    ModelPages,
    OperandFact,
    OutputFact,
    Picture,
    StepPage,
    Worked,
)
from generator.formula.numerals import numeral
from generator.formula.text import plain_number
from generator.render import facts, words
from generator.render.answer import answers
from generator.render.chart import charts
from generator.render.diagram import diagram
from generator.render.escape import address, clean, latex, text
from generator.render.heatmap import heatmap
from generator.render.histogram import histograms
from generator.render.long_sums import long_sum
from generator.render.media import media
from generator.render.tables import grid

GUIDE = {"notation": "guide/notation.md", "the-error-budget": "guide/verdicts.md"}
"""Where the guide explains what a page links to: the anchor, and its page."""


FEW = 6
"""Links that a sentence has; of more it has the first."""


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

    def link(self, link: Link, above: str = "") -> Markup:
        """A link that shows the other page's title, as it is within the container `above`."""
        return self.linked(link.title.removeprefix(f"{above}.") if above else link.title, link)

    def linked(self, shown: str, link: Link | None) -> Markup:
        """Text that leads to another page, where there is one."""
        if link is None:
            return text(shown)
        address = text(self.href(link.page))
        return Markup('<a href="{}">{}</a>').format(address, text(shown))

    def links(self, links: Sequence[Link], place: str = "") -> Markup:
        """Links as an enumeration; of many the first, and how many more stand at the place."""
        return _few([self.link(link) for link in links], place)

    def every(self, links: Sequence[Link], place: str, what: str) -> Markup:
        """All of many links, folded; '' for as few as an enumeration has."""
        if len(links) <= FEW:
            return Markup()
        return Markup(
            '<details class="lb-long" data-search-exclude><summary>All {} {}</summary>'
            '<p id="{}">{}</p></details>'
        ).format(words.count(len(links)), what, place, series([self.link(k) for k in links]))

    def origins(self, operands: Sequence[OperandFact]) -> Markup:
        """Where tensors come from, as an enumeration."""
        return _few(list(dict.fromkeys(self.linked(o.origin, o.link) for o in operands)))

    def flow(self, step: StepPage, tag: str = "") -> Markup:
        """What comes in from where, and what goes out to where, as one sentence."""
        own = step.kind == "module"
        given = facts.inputs(step) if own else [*facts.inputs(step), *facts.parameters(step)]
        taken = self.origins(given or step.operands)
        before = Markup("It takes {}").format(taken) if taken else Markup("It takes nothing in")
        if step.kind == "loss" and not step.consumers:
            return before + ", and its output is the loss."
        if not step.consumers:
            which = "an" if len(step.outputs) > 1 else "its"
            return before + f", and no other step reads {which} output."
        readers = self.links(step.consumers, f"readers{tag}")
        return Markup("{}, and {} to {}.").format(before, _going(step.outputs), readers)

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

    def result(self, value: float, dtype: str = "") -> str:
        """A calculated or actual value; one of an integer type is printed whole."""
        if words.whole(dtype) and float(value).is_integer():
            return plain_number(int(value))
        # an exact zero may be an int, and looks like any other result all the same
        return plain_number(float(value), self.decimals)

    def entry(self, value: float, whole: bool) -> str:
        """A number of a tensor; `whole` says that the tensor's type has no decimals."""
        shown = int(value) if whole and math.isfinite(value) else value
        return plain_number(shown, self.operand_decimals)

    def latex(self, value: float) -> Markup:
        """A calculated value within a formula."""
        return latex(numeral(value, self.decimals))

    def operand(self, value: float, worked: Worked | None = None) -> str:
        """A value that a working reads; an integer is printed whole."""
        return plain_number(value, self._decimals(worked))

    def grid(self, shown: Grid, worked: Worked) -> Markup:
        """A grid's tables."""
        return grid(shown, self._decimals(worked))

    def long_sum(self, shown: LongSum, worked: Worked) -> Markup:
        """A long sum, folded."""
        files = [self.href(table.path) for table in shown.tables]
        return long_sum(shown, max(self.decimals, worked.decimals), files)

    def _decimals(self, worked: Worked | None) -> int:
        """Those that the working asks for, or the model's."""
        return worked.decimals if worked and worked.decimals else self.operand_decimals

    def comparison(self, worked: Worked, dtype: str) -> Markup:
        """How far calculated and actual value are apart, with what a budget is a link away."""
        before, budget, after = words.comparison(worked, dtype).partition(words.BUDGET)
        if not budget:
            return text(before)
        return text(before) + self.guide("the-error-budget", budget) + text(after)

    def guide(self, anchor: str, shown: str) -> Markup:
        """A link to a part of the guide."""
        address = text(f"{self.href(GUIDE[anchor])}#{anchor}")
        return Markup('<a href="{}">{}</a>').format(address, shown)

    def diagram(self, shown: Diagram | None) -> Markup:
        """A diagram, where there is one."""
        return Markup() if shown is None else diagram(shown, self.href)

    def heatmap(self, picture: Picture) -> Markup:
        """A picture."""
        return heatmap(picture, 0 if picture.whole else self.operand_decimals)

    def media(self, model: ModelPages) -> Markup:
        """Inputs as images, audio or tokens."""
        return media(model.media)

    def answers(self, model: ModelPages) -> Markup:
        """What the model gave."""
        return answers(model.answers, len(model.outputs), self._number, self.link)

    def _number(self, value: float) -> str:
        return plain_number(value, self.operand_decimals)

    def charts(self, model: ModelPages) -> Markup:
        """What is large and small across the model."""
        assert model.magnitudes is not None
        return charts(model.magnitudes, self.link)

    def histograms(self, step: StepPage) -> Markup:
        """How the step's values are spread."""
        return histograms(step.distributions, step.not_drawn)


def _going(outputs: Sequence[OutputFact]) -> str:
    """What goes to others: the output, all outputs, or which of them."""
    on = [output.name for output in outputs if output.readers]
    if len(outputs) < 2:
        return "its output goes"
    if not on or len(on) == len(outputs):
        return "its outputs go"
    which = words.series(on) if len(on) <= FEW else words.count(len(on))
    goes = "goes" if len(on) == 1 else "go"
    return f"of its {words.count(len(outputs))} outputs {which} {goes}"


def _few(items: Sequence[Markup], place: str = "") -> Markup:
    """An enumeration; of many the first, and how many more there are at the place."""
    if len(items) <= FEW:
        return series(items)
    more = f"{words.count(len(items) - FEW + 1)} more"
    link = Markup('<a href="#{}">{}</a>').format(place, more) if place else text(more)
    return series([*items[: FEW - 1], link])


def series(items: Sequence[Markup]) -> Markup:
    """An enumeration of pieces of HTML."""
    # as plain text: a string and a Markup joined would escape the string
    return Markup(words.series([str(item) for item in items]))  # noqa: S704 - escaped pieces
