"""What stands above on a page is not said again, and nothing is left out that does not."""

from dataclasses import replace

from generator.explanation import Grid, Plane, StageFormula
from generator.render import render_model
from generator.render.repeats import MOST_TABLES, Repeats

GATE = StageFormula("gate: how much stays", (2,), "i_j = W_j", "i_j = V_j", "i")


def page(build, *steps):
    return render_model(build.model(steps=steps))["models/tiny/conv1.md"]


def tables(count):
    return tuple(
        Grid(f"row {k}", f"w_{k}", (1,), "", "k", (Plane("", ("0",), ("0",), ((),)),), 0, None)
        for k in range(count)
    )


def test_a_quantity_is_defined_where_it_stands_first(build):
    forward = replace(build.section(), stages=(GATE,))
    gradient = replace(build.section("grad x"), stages=(GATE,))
    text = page(build, build.step(forward=forward, gradients=(gradient,)))
    assert text.count("i_j = V_j") == 1
    assert "<p>With the intermediate quantity:</p>" in text
    assert (
        r'The intermediate quantity <span class="arithmatex">\(i\)</span> in the formula is' in text
    )


def test_a_further_call_has_the_formula_of_the_first_once(build):
    known = {"general": "y = C", "configured": "y = 3"}
    first = build.step(gradients=(), forward=build.section(**known))
    second = build.step(gradients=(), call=1, forward=build.section(**known))
    text = page(build, first, second)
    assert text.count("y = C") == 1
    assert text.count("y = 3") == 2
    assert text.count("The formula is that of the first call:") == 1
    assert text.count("### Symbols") == 1
    assert text.count("## Forward Pass") == 2


def test_a_further_call_with_another_formula_has_it(build):
    second = build.section(general="y = 7", configured="y = 7")
    text = page(build, build.step(gradients=()), build.step(call=1, gradients=(), forward=second))
    assert "y = 7" in text
    assert "The formula is that of the first call:" not in text


def test_a_picture_of_an_earlier_call_is_not_drawn_again(build):
    first, second = build.step(), build.step(call=1, pictures=(build.picture(),))
    repeats = Repeats.of((first, second))
    assert repeats.pictures(first) == first.pictures
    assert repeats.pictures(second) == ()


def test_many_tables_from_above_are_named_and_a_few_are_shown_again(build):
    def said(count):
        shown = build.section().worked[0]
        forward = build.section(worked=(replace(shown, grids=tables(count)),))
        again = build.section("grad x", worked=(replace(shown, grids=tables(count + 1)),))
        repeats = Repeats.of((build.step(forward=forward, gradients=(again,)),))
        assert not repeats.tables(forward.worked[0]).known
        return repeats.tables(again.worked[0])

    few = said(MOST_TABLES)
    assert len(few.fresh) == MOST_TABLES + 1
    assert not few.known
    many = said(MOST_TABLES + 1)
    assert [grid.title for grid in many.fresh] == [f"row {MOST_TABLES + 1}"]
    assert len(many.known) == MOST_TABLES + 1


def test_calls_with_intermediate_quantities_are_fewer(build):
    def calls(**changes):
        forward = replace(build.section(), **changes)
        return [build.step(call=k, name=f"conv1 ({k})", forward=forward) for k in range(4)]

    assert "## Call 3" in page(build, *calls())
    text = page(build, *calls(stages=(GATE,)))
    assert "## Call 2" in text
    assert "## Call 3" not in text
    assert '<tr id="call-3">' in text
    assert '<tr id="call-4">' in text
