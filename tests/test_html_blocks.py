"""HTML between two comments: with the extension, pages read as they do without it."""

import re
from pathlib import Path

import pytest
import torch
from markdown import Markdown
from mkdocs.config import load_config
from torch import nn

from generator import document
from generator.html_blocks import CLOSING, OPENING, enclosed

ROOT = Path(__file__).resolve().parents[1]
OURS = "generator.markdown_html"


@pytest.fixture(scope="module")
def configuration():
    return load_config(str(ROOT / "mkdocs.yml"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    docs = tmp_path_factory.mktemp("docs")
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3)
    )
    document(net, (torch.randn(1, 1, 6, 6),), docs=docs)
    return {path.name: path.read_text() for path in docs.rglob("*.md")}


def converted(page, configuration, *, without=()):
    body = page.split("---\n", 2)[2]
    extensions = [name for name in configuration["markdown_extensions"] if name not in without]
    shown = Markdown(extensions=extensions, extension_configs=configuration["mdx_configs"])
    return re.sub(r"<!-- /?html -->|\s*(?=<)|(?<=>)\s*", "", shown.convert(body))


def test_the_sites_configuration_has_the_extension(configuration):
    assert OURS in configuration["markdown_extensions"]


def test_pages_read_as_they_do_without_the_extension(pages, configuration):
    assert len(pages) > 6
    for page in pages.values():
        assert OPENING in page
        assert converted(page, configuration) == converted(page, configuration, without=[OURS])


def test_no_html_of_a_page_is_left_to_markdown(pages):
    for page in pages.values():
        rest = re.sub(rf"^{OPENING}$.*?^{CLOSING}$", "", page, flags=re.MULTILINE | re.DOTALL)
        assert not re.search(r"^<", rest, flags=re.MULTILINE)


def test_front_matter_headings_and_notes_stay_markdown():
    page = "---\ntitle: x\n---\n\n# x\n\n<p>a</p>\n\n<p>b</p>\n\n## y\n\nSee `z`.\n"
    assert enclosed(page) == (
        "---\ntitle: x\n---\n# x\n\n<!-- html -->\n<p>a</p>\n\n<p>b</p>\n<!-- /html -->\n\n"
        "## y\n\nSee `z`.\n"
    )


@pytest.mark.parametrize("text", [f"{OPENING}\n\n*a*", f"*a*\n\n{CLOSING}", f"*a* {OPENING}"])
def test_a_comment_without_its_pair_is_a_comment(text, configuration):
    page = f"---\n---\n{text}\n"
    assert "<em>a</em>" in converted(page, configuration)
