"""Other people's text as text: in HTML, in Markdown, in front matter and in links."""

from __future__ import annotations

import html
import json
import posixpath
import re
from urllib.parse import quote

from markupsafe import Markup

# Control characters and lone surrogates are in no valid page; Python-Markdown marks its own
# places with some of them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
# Fences are found before raw HTML is, so that ``` and ~~~ must not appear in either.
_HTML = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&#34;",
        "'": "&#39;",
        "`": "&#96;",
        "~": "&#126;",
        "\n": "&#10;",
        "\t": "&#9;",
    }
)
_MARKDOWN = str.maketrans({mark: f"&#{ord(mark)};" for mark in r"\*_{}[]$|#^!"})

_PLACE = re.compile(r"(.*?)((?<=\.md)#[\w-]+)?", re.DOTALL)


def clean(value: str) -> str:
    """The text with line ends as they are on Unix and without what no page may hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value.replace("\r\n", "\n"))


def text(value: object) -> Markup:
    """A value for HTML, also within an attribute; what is HTML already stays."""
    if isinstance(value, Markup):
        return value
    return Markup(clean(str(value)).translate(_HTML))  # noqa: S704 - escaped here


def markdown(value: object) -> Markup:
    """Text for a line of Markdown, such as a heading: no character of it is markup."""
    shown = " ".join(clean(str(value)).split())
    # the entities that `text` writes stay whole: the marks of Markdown are replaced before
    return Markup(  # noqa: S704 - escaped here
        "".join(_one(character) for character in shown)
    )


def _one(character: str) -> str:
    return character.translate(_MARKDOWN) if ord(character) in _MARKDOWN else str(text(character))


def quoted(value: str) -> Markup:
    """Front matter's text for an attribute, as a YAML string: MkDocs prints it unescaped."""
    shown = html.escape(" ".join(clean(value).split()))
    return Markup(json.dumps(shown, ensure_ascii=False))  # noqa: S704 - escaped here


def titled(value: str) -> Markup:
    """Front matter's title: brackets become others that look alike.

    The theme takes tags out of titles and then decodes what is left, so that an escaped `<` would
    come back.
    """
    return quoted(value.replace("<", "‹").replace(">", "›"))


def code(value: str) -> Markup:
    """Text as a line of code."""
    return Markup("<code>{}</code>").format(text(value))


def latex(formula: str) -> Markup:
    """LaTeX of our own printer, for HTML."""
    return Markup(html.escape(formula, quote=False).replace("\n", " "))  # noqa: S704


def math(formula: str) -> Markup:
    """A formula within a line."""
    return Markup('<span class="arithmatex">\\({}\\)</span>').format(latex(formula))


def display(formula: str) -> Markup:
    """A formula on its own line."""
    return Markup('<div class="arithmatex">\\[{}\\]</div>').format(latex(formula))


def address(page: str, origin: str) -> str:
    """The link from one page to another, both as paths of Markdown files under docs/.

    The page linked to may have a place on it, `page.md#call-2`.
    """
    path, place = _PLACE.fullmatch(page).groups(default="")  # type: ignore[union-attr]
    target = posixpath.relpath(path, posixpath.dirname(origin) or ".")
    return quote(re.sub(r"\.md$", ".html", target), safe="/~") + place
