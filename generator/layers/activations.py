"""What activations share: they may write over their input, and all are tried on the same inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from generator.formula.build import apply
from generator.formula.tree import Expr
from generator.layers.dtypes import held
from generator.layers.pairs import number
from generator.layers.registry import Call, Example, Note

_IN_PLACE = Note(
    "In place",
    "The output is written over the input; the input shown here is what was there before.",
)
_SHAPES = ((), (5,), (3, 4), (2, 3, 4), (1, 2, 3, 3), (1, 2, 2, 2, 2), (20, 30), (0, 3))


def overwritten(call: Call) -> tuple[Note, ...]:
    """That the output has replaced the input, where it has."""
    asked = call.options.get("inplace") is True or call.type.endswith("_")
    return (_IN_PLACE,) if asked else ()


def numbers(call: Call, *names: str) -> dict[str, float]:
    """The options that are real numbers, by name; Refused for anything else."""
    return {name: number(call, name) for name in names}


def limits(call: Call, *names: str) -> dict[str, float]:
    """The options as a kernel compares with them: half types are computed with in float32."""
    kind = "float32" if call.output.dtype in {"float16", "bfloat16"} else call.output.dtype
    return {name: held(value, kind) for name, value in numbers(call, *names).items()}


def stored(call: Call, body: Expr, settings: Mapping[str, float]) -> Expr | None:
    """The body rounded to the output's type, where one of the numbers in it has to be."""
    dtype = call.output.dtype
    alike = all(held(value, dtype) == value for value in settings.values())
    return None if alike else apply(dtype, body)


def tried(
    name: str, make: Callable[[], Callable[..., object]], *points: float, double: bool = True
) -> tuple[Example, ...]:
    """Inputs of every rank, of many sizes and at the points where the formula changes.

    `make` gives the module or the function; `double` is whether it is explained in float64.
    """
    at = [*points, 0.0, -0.0, 1e-6, -1e-6, 1e-3, -1e-3, *torch.linspace(-30, 30, 121).tolist()]
    return (
        *(_of_shape(name, make, shape) for shape in _SHAPES),
        Example(f"{name}, special points", lambda: (make(), (torch.tensor(at),), {})),
        Example(
            f"{name}, far out",
            lambda: (make(), (torch.tensor([-300.0, -200.0, -90.0, 90.0, 200.0, 300.0]),), {}),
        ),
        *([Example(f"{name}, float64", lambda: (make(), (_double(at),), {}))] if double else ()),
        *(_half(name, make, dtype) for dtype in (torch.float16, torch.bfloat16)),
    )


def _of_shape(
    name: str, make: Callable[[], Callable[..., object]], shape: tuple[int, ...]
) -> Example:
    return Example(f"{name} of {shape}", lambda: (make(), (torch.randn(shape),), {}))


def _double(points: list[float]) -> torch.Tensor:
    return torch.tensor(points, dtype=torch.float64)


def _half(name: str, make: Callable[[], Callable[..., object]], dtype: torch.dtype) -> Example:
    return Example(f"{name} in {dtype}", lambda: (make(), ((3 * torch.randn(40)).to(dtype),), {}))
