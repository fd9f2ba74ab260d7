"""The templates, compiled once; every value in them is escaped unless it is HTML already."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from generator.render import view, words
from generator.render.escape import code, display, latex, markdown, math, quoted, text, titled


@cache
def environment() -> Environment:
    """The one environment of the process."""
    made = Environment(
        loader=PackageLoader("generator.render"),
        autoescape=True,
        finalize=text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        markdown=markdown,
        quoted=quoted,
        titled=titled,
        code=code,
        latex=latex,
        trusted=Markup,
        math=math,
        display=display,
    )
    made.globals.update(
        at=words.at,
        badge=view.badge,
        brackets=words.shape,
        checked=words.checked,
        derived=words.derived,
        comparison=words.comparison,
        count=words.count,
        counted=words.counted,
        counts=view.counts,
        disagrees=view.disagrees,
        explained=view.explained,
        extent=words.extent,
        inputs=view.inputs,
        mismatches=view.mismatches,
        others=view.others,
        parameters=view.parameters,
        quantity=words.quantity,
        shape=view.shape,
        symbol_value=view.symbol_value,
    )
    return made
