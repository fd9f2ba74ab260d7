"""The templates, compiled once; every value in them is escaped unless it is HTML already."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from generator.render import facts, searched, words
from generator.render.escape import code, display, latex, markdown, math, quoted, text, titled
from generator.render.outline import difference, outline


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
        sentence=words.sentence,
    )
    made.globals.update(
        alike=facts.alike,
        at=words.at,
        badge=facts.badge,
        belongs=facts.belongs,
        brackets=words.shape,
        called=facts.called,
        checked=words.checked,
        derived=words.derived,
        difference=difference,
        count=words.count,
        counted=words.counted,
        counts=facts.counts,
        disagrees=facts.disagrees,
        explained=facts.explained,
        extent=words.extent,
        full_calls=facts.full_calls,
        inputs=facts.inputs,
        mismatches=facts.mismatches,
        multiply_adds=words.multiply_adds,
        options=facts.options,
        outline=outline,
        outputs=facts.outputs,
        operand_sums=facts.operand_sums,
        others=facts.others,
        parameters=facts.parameters,
        share=words.share,
        place=facts.place,
        receptive=facts.receptive,
        run_mode=facts.run_mode,
        shape=facts.shape,
        short=words.short,
        model_weight=searched.MODEL,
        searched_names=searched.names,
        search_weight=searched.weight,
        sought=facts.sought,
        symbol_value=facts.symbol_value,
        tally=facts.tally,
        times=words.times,
        upstream_sums=facts.upstream_sums,
        windowed=facts.windowed,
        zeros=facts.zeros,
    )
    return made
