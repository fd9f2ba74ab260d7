"""Inputs as what they are: images, audio, tokens."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from generator.capture.records import Recording
from generator.explanation import Heard, Media, Read, Seen
from generator.shown import Shown, ShownError, shown

IMAGES = 4
"""Images of a batch that are shown."""
SIDE = 192
"""Pixels of an image's longer side; a larger one is averaged down."""
COLUMNS = 320
"""Of a waveform: each has the least and the greatest of its samples."""
TRACKS = 2
TOKENS = 64


def declared(recording: Recording, said: Mapping[str, Shown]) -> dict[str, Shown]:
    """What is `said` of inputs, or what their tensors say themselves.

    Raises ShownError for a name that is no input.
    """
    for name in said:
        if name not in recording.inputs:
            close = difflib.get_close_matches(name, list(recording.inputs), n=1)
            hint = f"did you mean {close[0]!r}?" if close else _expected(recording)
            raise ShownError(f"inputs names {name!r}, {hint}")
    return {**{n: _own(n, own) for n, own in recording.shown.items()}, **said}


def media(recording: Recording, wanted: Mapping[str, Shown]) -> tuple[Media, ...]:
    """The inputs of which something is said.

    Raises ShownError for a tensor that cannot be what is said.
    """
    found: list[Media] = []
    for name, value in recording.inputs.items():
        if name in wanted:
            try:
                found += _KINDS[wanted[name].kind](name, value.data.cpu(), wanted[name])
            except ShownError as error:
                raise ShownError(f"inputs: {name} {error}") from error
    return tuple(found)


def _own(name: str, said: object) -> Shown:
    try:
        return shown(said)
    except ShownError as error:
        raise ShownError(f"shown_as of the input {name} is {error}") from error


def _expected(recording: Recording) -> str:
    return f"expected one of {', '.join(recording.inputs)}"


def images(name: str, data: Tensor, said: Shown) -> Iterator[Seen]:
    """The first images of a tensor; ShownError where it has none."""
    batch = data[None] if data.dim() == 2 else data
    batch = batch[None] if batch.dim() == 3 else batch
    shape = list(data.shape)
    if batch.dim() != 4 or batch.shape[1] not in (1, 3) or not batch.numel():
        raise ShownError(
            f"has shape {shape}, expected an image of 1 or 3 channels by rows, columns"
        )
    if data.is_complex() or len(said.mean) not in (0, 1, batch.shape[1]):
        raise ShownError(f"has shape {shape}, expected mean and std for each of its channels")
    pixels = batch[:IMAGES].double()
    if said.mean:
        std, mean = (torch.tensor(n, dtype=torch.float64) for n in (said.std, said.mean))
        pixels = pixels * std.reshape(-1, 1, 1) + mean.reshape(-1, 1, 1)
    low, high = _range(pixels, data.dtype, said)
    outside = int(((pixels < low) | (pixels > high) | pixels.isnan()).sum())
    height, width = pixels.shape[2:]
    if max(height, width) > SIDE:
        share = SIDE / max(height, width)
        small = (max(1, round(height * share)), max(1, round(width * share)))
        pixels = F.adaptive_avg_pool2d(pixels, small)
    levels = ((pixels - low) / ((high - low) or 1.0) * 255).nan_to_num(0.0).clamp(0, 255).round()
    for number, image in enumerate(levels.to(torch.uint8)):
        yield Seen(
            name=name,
            number=number,
            count=batch.shape[0],
            size=(width, height),
            drawn=(image.shape[2], image.shape[1]),
            channels=image.shape[0],
            pixels=image.permute(1, 2, 0).contiguous().numpy().tobytes(),
            low=low,
            high=high,
            outside=outside,
            restored=bool(said.mean),
        )


def _range(pixels: Tensor, dtype: torch.dtype, said: Shown) -> tuple[float, float]:
    if said.range is not None:
        return said.range
    if said.mean:
        return 0.0, 1.0
    if dtype == torch.uint8:
        return 0.0, 255.0
    finite = pixels[pixels.isfinite()]
    return (float(finite.min()), float(finite.max())) if finite.numel() else (0.0, 1.0)


def _waves(name: str, data: Tensor, said: Shown) -> Iterator[Heard]:
    fits = 1 <= data.dim() <= 3 and data.numel() and data.shape[-1] > 1
    if not fits or data.is_complex():
        raise ShownError(f"has shape {list(data.shape)}, expected audio of channels by samples")
    tracks = data.reshape(-1, data.shape[-1])
    samples = tracks.shape[1]
    columns = min(COLUMNS, samples)
    edges = [samples * k // columns for k in range(columns + 1)]
    for number, track in enumerate(tracks[:TRACKS].double().nan_to_num()):
        pieces = [track[a:b] for a, b in pairwise(edges)]
        yield Heard(
            name=name,
            number=number,
            count=tracks.shape[0],
            samples=samples,
            rate=said.rate,
            low=tuple(float(piece.min()) for piece in pieces),
            high=tuple(float(piece.max()) for piece in pieces),
        )


def _tokens(name: str, data: Tensor, said: Shown) -> Iterator[Read]:
    whole = not (data.is_floating_point() or data.is_complex() or data.dtype == torch.bool)
    if not whole or not data.numel() or not data.dim():
        kind = str(data.dtype).removeprefix("torch.")
        raise ShownError(f"has shape {list(data.shape)} of {kind}, expected the numbers of tokens")
    sequences = data.reshape(-1, data.shape[-1])
    numbers = sequences[0].tolist()
    yield Read(
        name=name,
        tokens=tuple((n, said.vocabulary.get(n)) for n in numbers[:TOKENS]),
        more=len(numbers[TOKENS:]),
        sequences=sequences.shape[0],
        named=bool(said.vocabulary),
    )


_KINDS: dict[str, Callable[[str, Tensor, Shown], Iterator[Media]]] = {
    "image": images,
    "audio": _waves,
    "tokens": _tokens,
}
