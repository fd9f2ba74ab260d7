"""The words under which the search finds a page, and which pages come first."""

import html
import re

import pytest

from generator.render import render_model
from generator.render.searched import weight

SEPARATOR = re.compile(r'[\s\-,:;!?=\[\]()"`/]+')


def words(page):
    """What the search indexes of a page's hidden words and heading, as the search splits it."""
    heading = re.search(r"^# (.*)$", page, re.MULTILINE)[1]
    hidden = " ".join(re.findall(r"<p hidden>(.*?)</p>", page))
    text = html.unescape(re.sub(r"<[^>]*>", " ", f"{heading} {hidden}"))
    return {word.lower() for word in SEPARATOR.split(text)}


@pytest.mark.parametrize(
    "word",
    [
        "features.3.conv_out",
        "conv_out",
        "out",
        "conv2d",
        "nn.conv2d",
        "torch.nn.conv2d",
        "convolution",
        "2d",
        "tiny",
        "stride",
        "padding_mode",
        "padding",
    ],
)
def test_a_step_is_found_by_its_names_its_type_in_any_spelling_and_its_model(build, word):
    step = build.step(name="features.3.conv_out", step="features.3.conv_out")
    pages = render_model(build.model(steps=(step,)))
    assert word in words(pages[step.page])


@pytest.mark.parametrize("word", ["relu", "f.relu", "functional.relu", "torch.nn.functional.relu"])
def test_a_function_is_found_however_it_is_called(build, word):
    step = build.step(kind="function", type="torch.nn.functional.relu", title="Rectifier")
    pages = render_model(build.model(steps=(step,)))
    assert word in words(pages[step.page])


@pytest.mark.parametrize("word", ["block", "tiny.block", "tiny"])
def test_a_container_is_found_by_its_name_and_its_type(build, word):
    model = build.model()
    assert word in words(render_model(model)[model.containers[0].page])


def test_numbers_alone_are_no_words(build):
    step = build.step(name="h.3", step="h.3", search=())
    page = render_model(build.model(steps=(step,)))[step.page]
    hidden = re.search(r"<p hidden>(.*?)[,<]", page)[1]
    assert "h.3" in hidden.split()
    assert "3" not in hidden.split()


def test_an_exact_name_counts_more_than_one_that_only_begins_with_it(build):
    def of(name, kind="module"):
        return weight(build.step(name=name, step=name, kind=kind))

    assert of("conv1") > of("conv10")
    assert of("h.3") > of("h.31")
    assert of("encoder.layers.3.attn") > of("encoder.layers.3.attn.q")
    assert of("act") > of("act", kind="function")
    assert of("x" * 500) > 1
