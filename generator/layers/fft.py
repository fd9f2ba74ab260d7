"""y[k] = Σ_t x[t] e^(-2πi k t / N): the discrete Fourier transform, its inverse, their halves."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.fourier import Fourier
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.windows import counted

_SEARCH = ("FFT", "Fourier", "spectrum", "frequency", "DFT")
_FAST = Note(
    "Computed fast, defined slowly",
    "torch computes a fast Fourier transform; the formula is the sum that it is equal to, and a "
    "value is checked against that sum.",
)
_HALF = Note(
    "Half of the spectrum",
    "For real numbers the other frequencies are the conjugates of these, in reverse order.",
)
_MIRROR = Note(
    "The other half is implied",
    "The numbers that are their own mirror images, the first and for an even length the last, "
    "count once and with their real parts alone; all others count twice.",
)
_PADDED = Note(
    "The length is changed first",
    "The input is cut off, or continued with zeros, to the length of the transform.",
)


def _one(name: str, title: str) -> Callable[[Callable[[Call], Formula]], Callable[[Call], Formula]]:
    return explains(
        f"torch.fft.{name}",
        arguments="input, n=None, dim=-1, norm=None",
        title=title,
        search=(name, *_SEARCH),
        complex_=True,
    )


def _two(name: str, title: str) -> Callable[[Callable[[Call], Formula]], Callable[[Call], Formula]]:
    return explains(
        f"torch.fft.{name}",
        arguments="input, s=None, dim=(-2, -1), norm=None",
        title=title,
        search=(name, *_SEARCH),
        complex_=True,
    )


def _many(
    name: str, title: str
) -> Callable[[Callable[[Call], Formula]], Callable[[Call], Formula]]:
    return explains(
        f"torch.fft.{name}",
        arguments="input, s=None, dim=None, norm=None",
        title=title,
        search=(name, *_SEARCH),
        complex_=True,
    )


@_one("fft", "Fourier transform")
@_two("fft2", "Fourier transform, 2d")
@_many("fftn", "Fourier transform, nd")
def fft(call: Call) -> Formula:
    """The whole spectrum of real or complex numbers."""
    return _formula(Fourier(call, "whole", forward=True, inverse=False))


@_one("ifft", "Inverse Fourier transform")
@_two("ifft2", "Inverse Fourier transform, 2d")
@_many("ifftn", "Inverse Fourier transform, nd")
def ifft(call: Call) -> Formula:
    """The numbers that have this spectrum."""
    return _formula(Fourier(call, "whole", forward=False, inverse=True))


@_one("rfft", "Fourier transform of real numbers")
@_two("rfft2", "Fourier transform of real numbers, 2d")
@_many("rfftn", "Fourier transform of real numbers, nd")
def rfft(call: Call) -> Formula:
    """Half of the spectrum of real numbers."""
    return _formula(Fourier(call, "to half", forward=True, inverse=False), _HALF)


@_one("irfft", "Inverse Fourier transform to real numbers")
@_two("irfft2", "Inverse Fourier transform to real numbers, 2d")
@_many("irfftn", "Inverse Fourier transform to real numbers, nd")
def irfft(call: Call) -> Formula:
    """The real numbers that have this half of a spectrum."""
    return _formula(Fourier(call, "from half", forward=False, inverse=True), _MIRROR)


@_one("hfft", "Fourier transform of a Hermitian signal")
@_two("hfft2", "Fourier transform of a Hermitian signal, 2d")
@_many("hfftn", "Fourier transform of a Hermitian signal, nd")
def hfft(call: Call) -> Formula:
    """The real spectrum of numbers whose other half are the conjugates."""
    return _formula(Fourier(call, "from half", forward=True, inverse=False), _MIRROR)


@_one("ihfft", "Inverse Fourier transform to a Hermitian signal")
@_two("ihfft2", "Inverse Fourier transform to a Hermitian signal, 2d")
@_many("ihfftn", "Inverse Fourier transform to a Hermitian signal, nd")
def ihfft(call: Call) -> Formula:
    """Half of the numbers that have this real spectrum."""
    return _formula(Fourier(call, "to half", forward=False, inverse=True), _HALF)


def _formula(transform: Fourier, *notes: Note) -> Formula:
    changed = any(a.length != a.taken for a in transform.along)
    return Formula(
        summary=_summary(transform),
        forward=transform.forward(),
        gradients={"input": transform.gradient()},
        settings=transform.settings,
        axes=transform.named,
        notes=(_FAST, *notes, *((_PADDED,) if changed else ())),
        indices=transform.counts,
    )


def _summary(transform: Fourier) -> str:
    lengths = " × ".join(str(a.count) for a in transform.along)
    waves = "frequencies" if transform.inverse else "waves"
    over = counted(len(transform.along), "axis").replace("axiss", "axes")
    what = "puts a signal together from its" if transform.inverse else "takes a signal apart into"
    return f"A Fourier transform of length {lengths} over {over} {what} {waves}."


def _of(
    function: Callable[..., object],
    *shape: int,
    dtype: torch.dtype = torch.float32,
    **options: object,
) -> Example:
    return Example(
        f"{function.__name__} {shape} {dtype} {options}",
        lambda: (function, (torch.randn(shape, dtype=dtype),), {**options}),
    )


_C = torch.complex64
examples(
    _of(torch.fft.fft, 8),
    _of(torch.fft.fft, 8, dtype=_C),
    _of(torch.fft.fft, 3, 7, dtype=_C, norm="ortho"),
    _of(torch.fft.fft, 3, 7, 2, dtype=_C, dim=1, norm="forward"),
    _of(torch.fft.fft, 5, n=8),
    _of(torch.fft.fft, 2, 8, n=5, dtype=_C),
    _of(torch.fft.fft, 1),
    _of(torch.fft.fft, 2, 128),
    _of(torch.fft.fft, 6, dtype=torch.float64),
    _of(torch.fft.fft, 6, dtype=torch.complex128),
    _of(torch.fft.ifft, 8, dtype=_C),
    _of(torch.fft.ifft, 2, 6, norm="forward"),
    _of(torch.fft.ifft, 2, 6, n=4, dtype=_C, norm="ortho"),
    _of(torch.fft.rfft, 8),
    _of(torch.fft.rfft, 2, 7, norm="ortho"),
    _of(torch.fft.rfft, 2, 7, n=4),
    _of(torch.fft.rfft, 7, 2, n=10, dim=0),
    _of(torch.fft.irfft, 5, dtype=_C),
    _of(torch.fft.irfft, 2, 5, n=9, dtype=_C),
    _of(torch.fft.irfft, 2, 5, n=4, dtype=_C, norm="forward"),
    _of(torch.fft.irfft, 2, 3, n=10, dtype=_C),
    _of(torch.fft.irfft, 4),
    _of(torch.fft.hfft, 5, dtype=_C),
    _of(torch.fft.hfft, 5, n=7, dtype=_C, norm="ortho"),
    _of(torch.fft.ihfft, 8),
    _of(torch.fft.ihfft, 7, norm="forward"),
    _of(torch.fft.fft2, 2, 4, 6, dtype=_C),
    _of(torch.fft.fft2, 4, 5, s=(3, 6), norm="ortho"),
    _of(torch.fft.ifft2, 4, 3, dtype=_C),
    _of(torch.fft.rfft2, 4, 6),
    _of(torch.fft.irfft2, 4, 4, dtype=_C),
    _of(torch.fft.irfft2, 4, 4, s=(4, 7), dtype=_C),
    _of(torch.fft.hfft2, 3, 4, dtype=_C),
    _of(torch.fft.ihfft2, 3, 4),
    _of(torch.fft.fftn, 2, 3, 4, dtype=_C),
    _of(torch.fft.fftn, 2, 3, 4, dim=(0, 2)),
    _of(torch.fft.fftn, 2, 3, 4, s=(2, 5)),
    _of(torch.fft.ifftn, 2, 3, 4, dtype=_C, dim=(1,)),
    _of(torch.fft.rfftn, 2, 3, 5),
    _of(torch.fft.irfftn, 2, 3, 4, dtype=_C),
    _of(torch.fft.hfftn, 2, 3, 4, dtype=_C),
    _of(torch.fft.ihfftn, 2, 3, 4),
)
