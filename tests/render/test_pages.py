"""Each page has its parts, in order and in the words that were agreed."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from generator.explanation import (
    FailedModel,
    Link,
    ModelSummary,
    NotRun,
    OutputFact,
    Upstream,
)
from generator.render import render_failed, render_index, render_model

ROOT = Path(__file__).resolve().parents[2]


def summary(**changes):
    known = ModelSummary(
        name="tiny",
        title="Tiny",
        summary="Two steps.",
        page="models/tiny/index.md",
        type="tiny.Tiny",
        error=None,
        layers=2,
        parameters=1234,
        multiply_adds=1152,
        counts=(("verified", 4), ("mismatch", 1)),
        order=None,
        pages=(),
    )
    return replace(known, **changes)


@pytest.fixture
def rendered(build):
    """The page of a step: `rendered(forward=…)`."""

    def render(**changes):
        model = build.model(steps=(build.step(**changes),))
        return render_model(model)["models/tiny/conv1.md"]

    return render


def said(page):
    """The page's text without tags."""
    return re.sub(r"<[^>]*>", "", page)


def test_a_model_has_a_page_for_itself_each_container_and_each_step(build):
    assert list(render_model(build.model())) == [
        "models/tiny/index.md",
        "models/tiny/block.md",
        "models/tiny/conv1.md",
        "models/tiny/relu.md",
    ]


def test_a_step_has_its_parts_in_order(rendered):
    parts = [
        "# conv1 ",
        "Input Shape",
        "Output Shape",
        "## Forward Pass",
        "### General Formula",
        "As configured here",
        "### Symbols",
        "### How the output's shape follows",
        "### Computing output at position: (batch=0, channel=0, height=1, width=1)",
        "Input Receptive Field (Shape: (1, 2, 2))",
        "<svg",
        "### Value Substitution",
        "### Computation Result",
        "Calculated value:",
        "Actual output value:",
        "## Backward Pass",
        "### Gradient of the input",
        "General Formula",
        "Value Substitution",
        "Autograd&#39;s value:",
        "## Notes",
    ]
    page = rendered()
    places = []
    for part in parts:
        start = places[-1] + 1 if places else 0
        assert part in page[start:], part
        places.append(page.index(part, start))


def test_a_step_says_what_comes_in_and_where_it_goes(rendered):
    page = rendered()
    assert (
        'It takes <a href="index.html">the model&#39;s input x</a>, '
        'and its output goes to <a href="relu.html">relu</a>.'
    ) in page
    assert "Also called: conv, nn.Conv2d." in page


def test_the_loss_says_that_it_is_the_end(rendered):
    page = rendered(kind="loss", consumers=(), upstream=(Upstream("L", ()),))
    assert "and its output is the loss." in page
    assert "is 1: this step's output is the loss itself." in said(page)


def test_facts(rendered):
    facts = said(rendered())
    for fact in (
        "[1, 1, 8, 8] batch × channel × height × width",
        "20: weight [2, 1, 3, 3]",
        "1,152",
        "torch.nn.Conv2d",
        "stride=(1, 1), padding_mode=zeros",
        "evaluation",
        "float32",
        "tiny.py, line 23: x = self.pool1(F.relu(self.conv1(x)))",
    ):
        assert fact in facts


def test_results_have_the_models_decimals_and_operands_two_fewer(build, rendered):
    assert "Calculated value: 0.580000" in said(rendered())
    assert "Actual output value: 0.580000" in said(rendered())
    assert ">−0.0286<" in rendered()
    coarse = build.model(steps=(build.step(),), decimals=2)
    page = render_model(coarse)["models/tiny/conv1.md"]
    assert "Calculated value: 0.58\n" in said(page)
    assert ">1.9<" in page


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("max value", "Calculated max value: 0.5"),
        ("average value", "Calculated average value: 0.5"),
    ],
)
def test_what_is_computed_has_its_name(build, rendered, result, words):
    assert words in said(rendered(forward=build.section(result=result)))


def test_the_verdict_comes_with_its_evidence(rendered):
    assert 'the <a href="../../guide/verdicts.html#the-error-budget">error budget</a>' in rendered()
    page = said(rendered())
    assert "They differ by 1.2 × 10⁻⁸; the error budget for float32 arithmetic is 2.4 × 10" in page
    assert "All 128 elements of the output were checked" in page


def test_a_maximum_has_its_position_and_its_ties(build, rendered):
    found = build.worked(maximum=build.maximum((1, 1), 1.86429, 1))
    page = said(rendered(forward=build.section(worked=(found,))))
    assert "Maximum value position in receptive field: (1, 1) with value 1.8643" in page
    assert "with value 1.8643, which is row 0, column 0 of the input." in page
    tied = replace(found, maximum=build.maximum((0, 1), 0.0, 3))
    page = said(rendered(forward=build.section(worked=(tied,))))
    assert "3 cells hold this value; the first of them counts, row by row." in page


def test_padded_cells_are_counted_in_words(rendered):
    assert "1 hatched cell lies outside of the tensor: padding put it there." in rendered()


def test_stages_are_defined_and_worked_out_before_the_element(build, rendered):
    defined = build.stage("mean of the channel", (2,), r"\mu_c = 1", r"\mu_c = 2")
    done = build.stage_worked(r"\mu_{0}", r"\frac{1}{4}", 0.25, ())
    page = rendered(
        forward=build.section(stages=(defined,), worked=(build.worked(stages=(done,)),))
    )
    assert "mean of the channel <code>[2]</code>" in page
    assert page.index(r"\[\mu_{0} = \frac{1}{4} = 0.250000\]") < page.index(r"\[y_{0,0,1,1} =")


def test_long_sums_follow_the_formula_that_names_them(build, rendered):
    found = build.worked(substitution="S_{1} + 0.1", sums=(build.long_sum(),))
    page = rendered(forward=build.section(worked=(found,)))
    assert page.index(r"= S_{1} + 0.1\]") < page.index("the sum over c, i, 72 terms = 247.912000")
    assert page.index("72 terms") < page.index("### Computation Result")


def test_further_elements_are_folded(build, rendered):
    other = build.worked(element=(0, 0, 0, 0), why="padding shows", left="y_{0,0,0,0}")
    page = rendered(forward=build.section(worked=(build.worked(), other)))
    start = page.index("<summary>Another element")
    folded = page[start : page.index("## Backward Pass")]
    assert "Another element, at (batch=0, channel=0, height=0, width=0): padding shows" in folded
    assert r"\[y_{0,0,0,0} = " in folded
    assert "Calculated value: <b>0.580000</b>" in folded


def test_a_gradient_says_where_it_came_from_and_where_it_goes(rendered):
    page = rendered()
    assert 'came back from <a href="relu.html">relu</a>.' in page
    assert 'it goes back to <a href="index.html">Tiny</a>.' in page


def test_a_gradient_may_have_a_picture(build, rendered):
    shown = build.picture(title="gradient of the input", marked=())
    page = rendered(gradients=(build.section("grad x", pictures=(shown,)),), pictures=())
    assert page.index('aria-label="gradient of the input: 2 × 3') > page.index("## Backward Pass")


def test_formulas_are_escaped_for_html_and_marked_for_typesetting(rendered):
    page = rendered()
    assert r'<div class="arithmatex">\[y_{n,o} = \sum_{0 \le c &lt; C}' in page
    assert r'<span class="arithmatex">\(1\)</span>' in page


def test_a_formula_that_configuration_leaves_alone_is_not_shown_twice(build, rendered):
    same = build.section(general="y = x", configured="y = x")
    page = rendered(forward=same, gradients=())
    assert page.count(r"\[y = x\]") == 1
    assert "As configured here, the formula is the same." in page


def test_a_mismatch_is_red_and_has_its_numbers(build, rendered):
    wrong = build.verdict(status="mismatch", max_error=0.3, share=4e5)
    page = rendered(
        forward=build.section(worked=(build.worked(error=0.3, actual=0.88),), verdict=wrong),
        verdicts=(wrong,),
    )
    alarm = re.search(r'<p class="lb-alarm".*', page)[0]
    assert "The output does not agree with the formula." in alarm
    assert "400,000 times its budget of 2.4 × 10⁻⁷" in alarm
    assert '<div class="lb-result mismatch"' in page
    assert '<p class="lb-checked mismatch">' in page
    assert "the error budget for float32 arithmetic is 2.4 × 10⁻⁷ here." in said(page)


def test_what_agrees_is_not_red(rendered):
    page = rendered()
    assert "lb-alarm" not in page
    assert "mismatch" not in page


def test_an_unexplained_step_says_why_and_what_is_known(build, rendered):
    reason = "MaxPool2d(return_indices=True): this configuration is not explained"
    verdict = build.verdict(status="unexplained", max_error=None, reason=reason)
    page = rendered(
        refused=reason,
        forward=None,
        gradients=(),
        notes=(),
        statistics=(build.statistics("output", (1, 2), -0.5, 2.0, 0.25, 3, 128),),
        verdicts=(verdict,),
    )
    assert f"This step is not explained: {reason}" in said(page)
    assert '<span class="lb-verdict unexplained">unexplained</span>' in page
    assert "3 of 128" in page
    assert "the model&#39;s input x" in page
    assert "<svg" in page
    assert "## Forward Pass" not in page


def test_a_given_quantity_has_its_reason(build, rendered):
    given = build.verdict("grad weight", status="given", max_error=None, reason="no gradient here")
    page = rendered(verdicts=(build.verdict(), build.verdict("grad x"), given))
    assert "The gradient of the weight: given No gradient here." in said(page)


def test_a_container_has_its_parts(build):
    page = render_model(build.model())["models/tiny/block.md"]
    assert "<p>A block.</p>" in page
    assert "<p>With two paragraphs.</p>" in page
    assert '<a href="conv1.html">conv1</a>' in page
    assert '<span class="lb-verdict verified">4 verified</span>' in page


def test_a_model_has_its_layers_its_run_and_what_never_ran(build):
    page = render_model(build.model())["models/tiny/index.md"]
    assert '<span class="lb-depth" style="--depth:1"><a href="conv1.html">' in page
    assert "[1, 1, 8, 8]" in page
    assert '<a href="../../guide/reading.html">How to read a page</a>' in page
    assert "<dt>Loss</dt><dd>0.500000</dd>" in page
    assert "TF32 is off." in page
    assert "<code>spare</code>" in page
    many = NotRun("h.*.drop", "torch.nn.Dropout", ("h.0.drop", "h.1.drop"))
    page = render_model(build.model(not_run=(many,)))["models/tiny/index.md"]
    assert "2 × <code>h.*.drop</code>" in page
    assert "<code>h.1.drop</code></p></details>" in page
    assert "<svg" in page


def test_a_part_of_many_inputs_names_a_few_shapes(build):
    model = build.model()
    many = replace(model.parts[0], input_shapes=((1, 32),) * 24)
    page = render_model(replace(model, parts=(many,)))["models/tiny/index.md"]
    assert "<td>[1, 32], [1, 32], [1, 32], [1, 32] … 24 in all\n</td>" in page


def test_the_list_of_models_has_a_row_each_with_failures_in_words():
    failed = summary(
        title="Broken", page="models/broken/index.md", error="broken.py: no model()\nx"
    )
    page = render_index([summary(), failed])["models/index.md"]
    assert '<a href="tiny/index.html">Tiny</a>' in page
    assert '<td class="num">1,234</td>' in page
    assert "4 verified" in page
    assert '<span class="lb-verdict mismatch">failed</span> broken.py: no model()<' in page


def test_the_list_of_no_models_says_how_to_add_one():
    assert '<a href="../guide/your-model.html">' in render_index([])["models/index.md"]


def test_a_failed_model_says_what_happened():
    error = "broken.py: model() raised ValueError\n  line 3"
    model = FailedModel("broken", "Broken", "", "models/broken/index.md", "broken.py", error)
    page = render_failed(model)["models/broken/index.md"]
    assert "# Broken" in page
    assert "broken.py: model() raised ValueError&#10;  line 3" in page


def test_links_lead_to_pages_of_the_model(build):
    pages = render_model(build.model())
    known = {page.rpartition("/")[2].replace(".md", ".html") for page in pages}
    links = {
        link for page in pages.values() for link in re.findall(r'href="([^./"]+\.html)"', page)
    }
    assert links
    assert links <= known


def indexed(page):
    """What the search of the theme keeps of a page: title and text of each section."""
    import markdown
    from material.plugins.search.plugin import Parser
    from mkdocs.config import load_config

    configuration = load_config(str(ROOT / "mkdocs.yml"))
    html = markdown.markdown(
        page.split("---\n", 2)[2],
        extensions=configuration["markdown_extensions"],
        extension_configs=configuration["mdx_configs"],
    )
    parser = Parser()
    parser.feed(html)
    parser.close()
    return [("".join(s.title), "".join(s.text)) for s in parser.data if not s.is_excluded()]


def test_numbers_are_not_searched(build, rendered):
    worked = build.worked(sums=(build.long_sum(),))
    sections = indexed(rendered(forward=build.section(worked=(worked,))))
    assert len(sections) == 2  # the page and its one note
    text = sections[0][1]
    assert "Slides 2 filters" in text
    assert "Also called: conv" in text
    assert not re.search(r"\d\.\d", "".join(text for _, text in sections))


def test_notes_options_and_functions_of_formulas_are_searched(build, rendered):
    stage = build.stage("place of the maximum", (2,), r"m = \operatorname{argmax} x", "m = 0")
    (_, text), (title, note) = indexed(rendered(forward=build.section(stages=(stage,))))
    for word in ("stride", "padding mode", "input receptive field", "argmax"):
        assert word in text
    assert title.startswith("The kernel is not flipped")
    assert "cross-correlation" in note


def test_two_origins_are_two_links(build, rendered):
    x = build.step().operands[0]
    page = rendered(operands=(x, replace(x, origin="a constant of the model", link=None)))
    assert (
        'It takes <a href="index.html">the model&#39;s input x</a> and a constant of the model,'
    ) in page


def test_no_page_shows_tags_of_ours(build):
    several = build.step(
        operands=(build.step().operands[0], replace(build.step().operands[0], origin="a constant")),
        consumers=(build.step().consumers[0], build.step().up),
    )
    for page in render_model(build.model(steps=(several,))).values():
        assert not re.search(r"&lt;/?(a|span|code|b|p|div)\b", page)


def test_options_that_were_not_set_are_not_shown(rendered):
    page = rendered(configuration=(("stride", "2"), ("size_average", "None")))
    assert "stride=2" in page
    assert "size_average" not in page
    assert "<dt>Configuration</dt>" not in rendered(configuration=(("reduce", "None"),))


def test_a_working_may_ask_for_more_decimals(build, rendered):
    shown = rendered(forward=build.section(worked=(build.worked(decimals=7),)), gradients=())
    assert ">0.3428600<" in shown
    assert "<b>0.1000000</b>" in shown


def test_zeros_of_padding_and_of_the_tensor_are_told_apart(build, rendered):
    said_so = "A plain 0 is padding, 0.0000 a number of the tensor."
    assert said_so not in rendered()
    grid = build.grid()
    plane = grid.planes[0]
    cells = (plane.cells[0], tuple(replace(c, value=0.0) for c in plane.cells[1]))
    both = replace(grid, planes=(replace(plane, cells=cells),))
    worked = build.worked(grids=(both,))
    assert said_so in rendered(forward=build.section(worked=(worked,)))


def test_exact_zeros_of_calculated_and_actual_value_look_alike(build, rendered):
    worked = build.worked(calculated=0, actual=0.0, error=0.0)
    page = said(rendered(forward=build.section(worked=(worked,))))
    assert "Calculated value: 0.000000" in page
    assert "Actual output value: 0.000000" in page


def test_a_shape_among_the_symbols_is_a_shape(build, rendered):
    symbol = replace(build.step().symbols[0], value="[1, 1, 8, 8]")
    assert "<td><code>[1, 1, 8, 8]</code></td>" in rendered(symbols=(symbol,))


def test_the_mode_of_the_run_is_said_where_it_matters(build):
    assert "gradients were both" not in render_model(build.model())["models/tiny/index.md"]
    layers = (build.step(type="torch.nn.BatchNorm2d"), build.step(type="torch.nn.Dropout"))
    page = render_model(build.model(steps=layers))["models/tiny/index.md"]
    assert (
        "Output and gradients were both computed in evaluation mode: batch normalisation uses the "
        "running statistics and dropout lets everything through."
    ) in page


def test_the_same_records_give_the_same_bytes(build):
    assert render_model(build.model()) == render_model(build.model())


def test_pages_do_not_depend_on_the_hash_seed():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import conftest, hashlib; "
        "from generator.render import render_model; "
        "print(hashlib.sha256(repr(render_model(conftest.model())).encode()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_every_output_is_among_the_facts_with_its_shape_and_its_readers(build, rendered):
    relu = build.step().next
    first = OutputFact("part 0", (1, 2), ("batch", "unit"), "positions 0 to 1", (relu,))
    second = OutputFact("part 1", (1, 3), (), "", ())
    page = said(rendered(outputs=(first, second)))
    facts = page.partition("Output Shape")[2].partition("Parameters")[0].split("\n")
    assert [line for line in facts if line] == [
        "part 0 [1, 2], positions 0 to 1; goes to relu",
        "part 1 [1, 3]; no other step reads it",
    ]
    assert "and of its 2 outputs part 0 goes to relu." in page
    both = said(rendered(outputs=(first, replace(second, readers=(relu,)))))
    assert "and its outputs go to relu." in both


def test_of_many_readers_a_sentence_names_some_and_a_list_all(build, rendered):
    readers = tuple(Link(f"block.{k}", "Block", f"models/tiny/b{k}.md") for k in range(48))
    page = rendered(consumers=readers)
    sentence, listed = page.split("<details", 1)
    assert said(sentence).strip().endswith("block.3, block.4 and 43 more.")
    assert '<a href="#readers">43 more</a>' in sentence
    assert all(f'href="b{k}.html"' in listed for k in range(48))


def test_a_quantity_has_the_name_that_its_step_gives_it(build, rendered):
    page = said(rendered(called=(("output", "part 0"),)))
    assert "All 128 elements of part 0 were checked" in page


def test_the_upstream_gradient_of_each_output_says_whence_it_came(build, rendered):
    link = build.step().next
    found = said(rendered(upstream=(Upstream("y", (link,)), Upstream("c'", (link,)))))
    assert r"The upstream gradient \(\frac{\partial L}{\partial y}\) came back from relu." in found
    assert r"The upstream gradient \(\frac{\partial L}{\partial c'}\) came back from relu." in found


def test_results_of_an_integer_type_are_printed_whole(build, rendered):
    worked = replace(build.section().worked[0], calculated=5.0, actual=5.0, error=0.0)
    section = replace(build.section(), worked=(worked,), dtype="int64")
    assert "Actual output value: 5\n" in said(rendered(forward=section))
    assert "Actual output value: 5.000000\n" in said(rendered(forward=replace(section, dtype="")))
