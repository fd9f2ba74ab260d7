"""A plane of many cells as a bitmap within the page, a few bytes a cell."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

LEVELS = 32
"""Steps of colour between zero and the largest magnitude, for each sign."""
FAINTEST = 0.14
"""Opacity of the least number that is not zero, so that it does not look like zero."""
_ABOVE, _BELOW, _NAN = (206, 101, 70), (70, 140, 204), (128, 128, 128)
"""Colours that can be told apart on a light ground and on a dark one, and by those who do not tell
red from green; the style sheet has the same."""


def opacity(level: int) -> float:
    """How strongly a level from 1 on is coloured."""
    return FAINTEST + (1 - FAINTEST) * (level - 1) / (LEVELS - 1)


_PALETTE = bytes(sum(((0, 0, 0), *[_ABOVE] * LEVELS, *[_BELOW] * LEVELS, _NAN), start=()))
_STRONGER = [round(255 * opacity(level)) for level in range(1, LEVELS + 1)]
_ALPHA = bytes([0, *_STRONGER, *_STRONGER, 255])


def bitmap(rows: Sequence[Sequence[float]], largest: float) -> str:
    """The plane as the address of a PNG, one pixel a cell; zero is transparent.

    The last line may be shorter than the others.
    """
    width = len(rows[0])
    values = np.zeros((len(rows), width))
    for number, row in enumerate(rows):
        values[number, : len(row)] = row
    with np.errstate(all="ignore"):  # NaN and infinities have colours of their own
        share = np.abs(values) / largest if largest else np.where(values == 0, 0.0, np.inf)
        level = np.minimum(np.ceil(np.nan_to_num(share, nan=0.0) * LEVELS), LEVELS)
    number = np.where(values < 0, level + LEVELS, level) * (level > 0)
    index = np.where(np.isnan(values), 2 * LEVELS + 1, number).astype(np.uint8)
    picture = Image.fromarray(index, mode="P")
    picture.putpalette(_PALETTE)
    written = io.BytesIO()
    picture.save(written, format="PNG", transparency=_ALPHA, optimize=False)
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"
