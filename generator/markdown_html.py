"""A Python-Markdown extension: HTML between two comments is taken as it is, and not parsed.

Its name in mkdocs.yml is `generator.markdown_html`; generator/html_blocks.py writes the comments.
"""

from __future__ import annotations

from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from generator.html_blocks import CLOSING, OPENING


class HtmlBlocks(Preprocessor):
    """Puts each block away before others look at the page; Markdown brings it back at the end."""

    def run(self, lines: list[str]) -> list[str]:
        """The lines with a placeholder for each block; one without an end stays as it is."""
        kept: list[str] = []
        block: list[str] | None = None
        for line in lines:
            if line == OPENING and block is None:
                block = []
            elif line == CLOSING and block is not None:
                kept += ["", self.md.htmlStash.store("\n".join(block)), ""]
                block = None
            elif block is None:
                kept.append(line)
            else:
                block.append(line)
        return kept if block is None else [*kept, OPENING, *block]


class MarkdownHtml(Extension):
    """The extension, without options."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's own name
        """Come after the line ends are made one, and before whatever reads code or HTML."""
        md.preprocessors.register(HtmlBlocks(md), "layerbook_html", 29)


def makeExtension(**options: Any) -> MarkdownHtml:  # noqa: N802 - Markdown's own name
    """The extension, for Markdown, which asks for it by this name."""
    return MarkdownHtml(**options)
