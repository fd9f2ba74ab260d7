"""The strips across a model draw each step on a logarithmic axis; words say what stands out."""

import re

from markupsafe import Markup

from generator.explanation import Level, Link, Magnitudes, Standing
from generator.render.chart import HEIGHT, charts


def level(name, **known):
    defaults = {
        "more": 0,
        "parameters": 10,
        "multiply_adds": 100,
        "output": (1.0, 1.0),
        "gradient": (0.1, 0.1),
        "zeros": 0.0,
    }
    return Level(Link(name, "", f"{name}.md"), **{**defaults, **known})


def drawn(*levels, standing=(), steps=None):
    found = Magnitudes(levels, steps or len(levels), standing, parameters=25, multiply_adds=207)
    return charts(found, lambda link: Markup('<a href="{}">{}</a>').format(link.page, link.title))


def strip(page, title):
    return next(s for s in re.findall(r"<figure.*?</figure>", page) if f"<figcaption>{title}" in s)


def heights(page, kind="b"):
    path = re.search(rf'class="{kind}" d="([^"]*)"', page)
    return [float(h) for h in re.findall(r"v-([\d.]+)", path[1])] if path else []


def test_bars_are_logarithms_of_what_they_count():
    page = drawn(*(level(f"s{k}", parameters=10**k) for k in (1, 2, 4)))
    assert heights(strip(page, "Parameters")) == [HEIGHT / 4, HEIGHT / 2, HEIGHT]
    assert "<span>10⁴</span><span>1</span>" in strip(page, "Parameters")


def test_a_step_without_parameters_has_no_bar():
    page = drawn(level("a"), level("b", parameters=0))
    assert len(heights(strip(page, "Parameters"))) == 1
    assert "<svg" not in strip(drawn(level("a", parameters=0)), "Parameters")


def test_several_steps_reach_from_the_smallest_to_the_largest():
    page = drawn(level("a", more=2, output=(0.1, 10.0)), level("d"), steps=4)
    outputs = strip(page, "Outputs")
    assert heights(outputs, "w")[0] > heights(outputs)[0]
    assert "2 steps that follow each other" in page
    assert "<title>a and 2 more: 0.10 to 10</title>" in outputs


def test_dead_and_broken_steps_are_marked_where_they_are():
    page = drawn(level("a", dead=True, output=(0.0, 0.0)), level("b", cut=True), level("c"))
    feet = [re.findall(r'class="x" d="([^"]*)"', strip(page, t)) for t in ("Outputs", "Gradients")]
    assert feet == [["M0 35h1v5h-1z"], ["M1 35h1v5h-1z"]]
    assert 'class="x"' not in strip(page, "Parameters")
    whole = strip(drawn(level("a"), level("b", broken=True)), "Outputs")
    assert 'class="x" d="M1.1 0v40h.8V0z"' in whole
    assert 'class="x"' not in drawn(level("a"), level("b"))


def test_what_stands_out_is_said_with_links():
    links = (Link("conv<1>", "", "conv1.md"), Link("b", "", "b.md"))
    page = drawn(
        level("a"),
        level("b"),
        standing=(
            Standing("parameters", links[:1], value=10),
            Standing("largest gradient", links[1:], value=3.25e-6),
            Standing("dead output", links, 4),
        ),
    )
    assert '<a href="conv1.md">conv&lt;1&gt;</a>, 10 of the model' in page
    assert "10 of the model's 25" in page
    assert "Largest gradients: " in page
    assert "3.2 × 10⁻⁶" in page or "3.3 × 10⁻⁶" in page
    assert "zero throughout:</strong>" in page
    assert "and 4 more" in page
    assert "No output" not in page
    assert "No output" in drawn(level("a"), level("b"))


def test_what_a_step_has_is_compared_with_all_that_the_model_has():
    most = Standing("multiply-adds", (Link("b", "", "b.md"),), value=100)
    assert "100 of the model's 207" in drawn(level("a"), level("b"), standing=(most,))


def test_names_are_text():
    page = drawn(level("<img src=x>"), level("b"))
    assert "<img" not in page


def test_the_table_has_every_number():
    page = drawn(level("a", zeros=0.5), level("b", zeros=None, gradient=None))
    rows = re.findall(r"<tr><th.*?</tr>", page)[1:]
    assert "50\N{NO-BREAK SPACE}%" in rows[0]
    assert rows[1].count("–") == 2
