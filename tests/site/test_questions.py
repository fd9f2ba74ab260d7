"""The guide's ways to an answer lead from the home page to it, in three clicks at most."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
TEXT = (Path(__file__).parents[2] / "docs" / "guide" / "questions.md").read_text(encoding="utf-8")
SECTIONS = [section.strip().partition("\n\n") for section in TEXT.split("\n## ")[1:]]
WAYS = {question: answer.partition("\n\n")[0] for question, _, answer in SECTIONS}
LINK = re.compile(r"\*\*(.+?)\*\* → ")
SAID = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)|`([^`]+)`|\b(\d[\d,]*)\b")
"""What a page must have: names of its parts in italics, names in code, numbers."""


def test_there_are_ten_questions_and_none_is_further_than_three_clicks():
    assert len(WAYS) == 10
    for question, way in WAYS.items():
        assert question.endswith("?")
        assert 1 <= len(LINK.findall(way)) <= 3, question


@pytest.mark.parametrize("question", WAYS)
def test_the_way_leads_to_the_answer(built_site, visit, question):
    seen = visit(built_site.address + "index.html")
    links = LINK.findall(WAYS[question])
    for link in links:
        heading = seen.page.locator("article h1").text_content()
        # exactly this text: in a diagram and in a table the same link may stand twice
        seen.page.locator(f'article a:text-is("{link}")').first.click()
        # the address changes before what is shown
        seen.page.wait_for_function(
            "heading => document.querySelector('article h1').textContent !== heading", arg=heading
        )
        seen.settle()
    answer = LINK.sub("", re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", WAYS[question]))
    wanted = ["".join(found) for found in SAID.findall(answer)]
    page = " ".join(seen.page.locator("article").text_content().split()).lower()
    assert wanted
    assert [words for words in wanted if words.lower() not in page] == []
    seen.assert_clean()
