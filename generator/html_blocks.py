"""HTML in a page that is to be taken as it is: it stands between two comments.

Markdown, and MkDocs once more, parse every tag in a page's HTML and then leave it as it was. What
stands between the comments `generator.markdown_html` takes whole. Where that extension is not
loaded, the comments are nothing but comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

OPENING = "<!-- html -->"
CLOSING = "<!-- /html -->"

_FRONT = re.compile(r"---\n.*?\n---\n", re.DOTALL)


def enclosed(page: str) -> str:
    """A page with its HTML between the comments, and its Markdown as it was.

    What begins with a tag is HTML, up to the next paragraph that does not.
    """
    front = _FRONT.match(page)
    start = 0 if front is None else front.end()
    return page[:start] + "\n\n".join(_enclosed(page[start:].strip("\n").split("\n\n"))) + "\n"


def _enclosed(paragraphs: list[str]) -> Iterator[str]:
    for is_html, found in groupby(paragraphs, lambda paragraph: paragraph.startswith("<")):
        text = "\n\n".join(found)
        yield f"{OPENING}\n{text}\n{CLOSING}" if is_html else text
