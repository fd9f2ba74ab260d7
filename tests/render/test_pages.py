"""Each page has its parts, in order and in the words that were agreed."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from generator.explanation import FailedModel, ModelSummary
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
    page = rendered(kind="loss", consumers=())
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
    page = said(rendered())
    assert "They differ by 1.2 × 10⁻⁸; float32 arithmetic may be off by up to 2.4 × 10⁻⁷" in page
    assert "All 128 elements of the output were checked" in page


def test_a_maximum_has_its_position_and_its_ties(build, rendered):
    found = build.worked(maximum=build.maximum((1, 1), 1.86429, 1))
    page = said(rendered(forward=build.section(worked=(found,))))
    assert "Maximum value position in receptive field: (1, 1) with value 1.8643." in page
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
    folded = page[page.index("<details") : page.index("</details>")]
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
    assert "They differ by 0.30, but float32 arithmetic is off by 2.4 × 10⁻⁷ here at most." in page


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
    assert "The gradient of weight: given No gradient here." in said(page)


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
    assert "<svg" in page


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
    for page in pages.values():
        assert set(re.findall(r'href="([^./"]+\.html)"', page)) <= known


def test_numbers_are_not_searched(build, rendered):
    from material.plugins.search.plugin import Parser
    from mkdocs.config import load_config

    configuration = load_config(str(ROOT / "mkdocs.yml"))
    import markdown

    html = markdown.markdown(
        rendered(forward=build.section(worked=(build.worked(sums=(build.long_sum(),)),))).split(
            "---\n", 2
        )[2],
        extensions=configuration["markdown_extensions"],
        extension_configs=configuration["mdx_configs"],
    )
    parser = Parser()
    parser.feed(html)
    parser.close()
    indexed = [s for s in parser.data if not s.is_excluded()]
    assert len(indexed) == 1
    text = "".join(indexed[0].text)
    assert "Slides 2 filters" in text
    assert "Also called: conv" in text
    assert not re.search(r"\d\.\d", text)


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
