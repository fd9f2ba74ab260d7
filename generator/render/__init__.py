"""From explanations to Markdown: pages by their path under docs/, and nothing written."""

from generator.render.pages import render_failed, render_index, render_model

__all__ = ["render_failed", "render_index", "render_model"]
