"""Inputs and outputs as a reader knows them: images as PNG, waveforms, lists of tokens."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from markupsafe import Markup
from PIL import Image

from generator.explanation import Heard, Media, Read, Seen
from generator.render.escape import text
from generator.render.words import count, counted, size

BYTES = 15_000
"""Of all images of one input; as text in the page that is a third more."""
BYTES_OF_OUTPUT = 4_000
HEIGHT = 64
_WIDEST = 192
"""Pixels of the longer side of a small image on the page."""
_SHOWN = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥"})


def media(found: Sequence[Media]) -> Markup:
    """All tensors that are shown so; '' for none."""
    pieces: list[str] = []
    for one in found:
        match one:
            case Seen():
                pieces.append(
                    _image(one, _most(one) // min(one.count, sum(_same(one, o) for o in found)))
                )
            case Heard():
                pieces.append(_wave(one))
            case Read():
                pieces.append(_tokens(one))
    if not pieces:
        return Markup()
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<div class="lb-media" data-search-exclude>{"".join(pieces)}</div>'
    )


def visible(token: str) -> str:
    """A text in which white space is seen."""
    return token.translate(_SHOWN)


def _most(one: Seen) -> int:
    return BYTES_OF_OUTPUT if one.output else BYTES


def _same(one: Seen, other: Media) -> bool:
    return isinstance(other, Seen) and other.name == one.name


def _image(shown: Seen, most: int) -> str:
    data, drawn = _png(shown, most)
    width, height = shown.size
    share = _WIDEST / max(width, height)
    side = "Output" if shown.output else "Input"
    title = _title(shown.name, "an image", shown.number, shown.count, "image", side)
    what = f"{title}, {width} × {height} pixels"
    notes = [_scale(shown)]
    if drawn != shown.size:
        notes.append(f"Drawn at {drawn[0]} × {drawn[1]} pixels, each the mean of those it covers.")
    # instant navigation rewrites `href` and `src`, which an image of SVG does not let it
    return (
        f'<figure class="lb-seen"><svg viewBox="0 0 {width} {height}" width="{width * share:.0f}"'
        f' height="{height * share:.0f}" role="img" aria-label="{text(what)}">'
        f'<image width="{width}" height="{height}" preserveAspectRatio="none"'
        f' xlink:href="data:image/png;base64,{data}"/></svg>'
        f"<figcaption>{text(what)}. {' '.join(notes)}</figcaption></figure>"
    )


def _scale(shown: Seen) -> str:
    ends = f"{size(shown.low)} is black, {size(shown.high)} is white"
    if shown.channels == 3:
        ends = f"red, green and blue from {size(shown.low)}, dark, to {size(shown.high)}, bright"
    before = "With its normalisation undone: " if shown.restored else ""
    after = f"; {counted(shown.outside, 'value')} beyond cut off" if shown.outside else ""
    said = f"{before}{ends}{after}."
    return said[:1].upper() + said[1:]


def _png(shown: Seen, most: int) -> tuple[str, tuple[int, int]]:
    """The image as base64, smaller where it has more bytes, and its size."""
    mode = "L" if shown.channels == 1 else "RGB"
    whole = image = Image.frombytes(mode, shown.drawn, shown.pixels)
    while True:
        written = io.BytesIO()
        image.save(written, format="PNG")
        if written.tell() <= most or max(image.size) <= 16:
            return base64.b64encode(written.getvalue()).decode(), image.size
        smaller = [max(1, round(0.85 * n)) for n in image.size]
        image = whole.resize((smaller[0], smaller[1]), Image.Resampling.BOX)


def _wave(shown: Heard) -> str:
    title = _title(shown.name, "audio", shown.number, shown.count, "track")
    low, high = min(shown.low), max(shown.high)
    reach = max(abs(low), abs(high)) or 1.0
    half = HEIGHT / 2
    line = "".join(
        f"M{k}.5 {half - top / reach * half:.1f}V{half - bottom / reach * half:.1f}"
        for k, (bottom, top) in enumerate(zip(shown.low, shown.high, strict=True))
    )
    width = len(shown.low)
    said = [counted(shown.samples, "sample")]
    if shown.rate:
        said.append(f"{size(shown.samples / shown.rate)} s at {count(round(shown.rate))} a second")
    said.append(f"from {size(low)} to {size(high)}")
    what = f"{title}: {', '.join(said)}"
    each = shown.samples / width
    notes = f"Zero is the middle line; the edges are ±{size(reach)}."
    if each > 1:
        notes += f" A stroke reaches from the least to the greatest of about {round(each)} samples."
    return (
        f'<figure class="lb-heard"><svg viewBox="0 0 {width} {HEIGHT}" role="img"'
        f' preserveAspectRatio="none" aria-label="{text(what)}"><path class="l"'
        f' d="M0 {half:g}H{width}"/><path class="w" d="{line}"/></svg>'
        f"<figcaption>{text(what)}. {notes}</figcaption></figure>"
    )


def _tokens(shown: Read) -> str:
    items = "".join(_token(k, *pair, shown) for k, pair in enumerate(shown.tokens))
    title = _title(shown.name, "tokens", 0, shown.sequences, "sequence")
    rest = f", {count(shown.more)} more not shown" if shown.more else ""
    total = counted(len(shown.tokens) + shown.more, "token")
    what = "its position before it" + (" and its number in the vocabulary" if shown.named else "")
    return (
        f'<figure class="lb-read"><figcaption>{text(title)}: {total}{rest}. Each '
        f"{'has' if shown.named else 'number has'} {what}{' behind it' if shown.named else ''}."
        f"</figcaption><ol>{items}</ol></figure>"
    )


def _token(position: int, number: int, token: str | None, shown: Read) -> str:
    before = f"<span>{position}</span>"
    if not shown.named:
        return f"<li>{before} <b>{number}</b></li>"
    word = "<i>unknown</i>" if token is None else f"<b>{text(visible(token))}</b>"
    return f"<li>{before} {word} <span>{number}</span></li>"


def _title(name: str, kind: str, number: int, total: int, one: str, side: str = "Input") -> str:
    which = f", {one} {number + 1} of {count(total)}" if total > 1 else ""
    what = side if side == "Output" and name == "output" else f"{side} {name}"
    return f"{what} as {kind}{which}"
