"""Tables of parts: short, complete together with the folds, in the order of the run."""

from dataclasses import replace

import pytest

from generator.explanation import Link, Part
from generator.render import render_model
from generator.render.outline import difference, outline

STEP = Part(Link("", "Linear", ""), "", "step", (), (2,), 3, 5, (("verified", 2),), 0)


def step(name, depth=0, **changes):
    return replace(STEP, link=Link(name, "Linear", f"{name}.md"), depth=depth, **changes)


def block(name, inside, depth=0):
    whole = replace(STEP, link=Link(name, "Block", f"{name}/index.md"), kind="container")
    return [replace(whole, depth=depth), *(replace(p, depth=p.depth + depth + 1) for p in inside)]


def flat(count):
    return [step(f"layers.{k}") for k in range(count)]


def titles(rows):
    return [r.link.title if r.last is None else (r.link.title, r.last.title) for r in rows]


def test_what_is_short_is_listed_whole():
    parts = [*block("a", [step("a.0"), *block("a.b", [step("a.b.0")])]), step("out")]
    found = outline(parts)
    assert titles(found.rows) == ["a", "a.0", "a.b", "a.b.0", "out"]
    assert [r.part.depth for r in found.rows] == [0, 1, 1, 2, 0]
    assert found.complete
    assert not found.folds


def test_levels_are_left_out_from_the_deepest_on():
    blocks = [p for k in range(12) for p in block(f"h.{k}", [step(f"h.{k}.{n}") for n in range(6)])]
    found = outline([*block("t", blocks), step("out")])
    assert titles(found.rows) == ["t", *(f"h.{k}" for k in range(12)), "out"]
    assert not found.complete


def test_many_blocks_within_a_container_are_lines_of_several():
    blocks = [p for k in range(80) for p in block(f"t.h.{k}", [step(f"t.h.{k}.fc")])]
    found = outline([*block("t", [step("t.wte"), *blocks, step("t.ln")]), step("out")])
    sections = [(f"t.h.{k}", f"t.h.{k + 19}") for k in range(0, 80, 20)]
    assert titles(found.rows) == ["t", "t.wte", *sections, "t.ln", "out"]
    assert found.rows[2].part.link.detail == "20 × Block"
    assert found.rows[2].part.parameters == 20 * 3
    assert dict(found.rows[2].part.counts) == {"verified": 20 * 2}


def test_why_the_parameters_of_the_rows_are_not_the_total():
    tied = [*block("body", [step("body.wte")]), step("head")]  # each has 3, and these are the same
    assert difference(tied, 6, 0) == ""
    said = difference(tied, 3, 0)
    assert said.startswith("The rows count 3 parameters again that an earlier row has")
    assert difference(tied, 8, 2).startswith("2 of the 8 parameters are in no row")
    both = difference(tied, 5, 2)
    assert "2 of the 5 parameters are in no row: no step read them." in both
    assert "count 3 parameters again" in both


@pytest.mark.parametrize("count", [61, 200, 2000])
def test_of_a_long_level_the_folds_have_everything(count):
    parts = flat(count)
    found = outline(parts)
    assert len(found.rows) <= 20
    assert [row.part.link for fold in found.folds for row in fold.rows] == [p.link for p in parts]
    assert [row.fold for row in found.rows] == [fold.id for fold in found.folds]


def test_a_page_links_to_its_folds_and_they_to_every_part(build):
    page = render_model(build.model(parts=tuple(flat(100))))["models/tiny/index.md"]
    assert page.count('<a href="#parts-1">20 × Linear</a>') == 1
    assert page.count('<details class="lb-long" id="parts-1"') == 1
    assert all(f">layers.{k}</a>" in page for k in range(100))
