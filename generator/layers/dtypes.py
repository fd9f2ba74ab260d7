"""Which types of numbers formulas explain, and where one type is rounded to another.

Torch converts the operands of a call to one common type before it computes. A floating-point type
holds what needs no more bits than its significand has; anything else is rounded on the way there,
which the error budget learns from `converted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import cast

import torch

from generator.formula.tree import Apply, Expr, Read
from generator.layers.registry import Argument, Call, Refused

_HOLDS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
"""Whole numbers up to 2 to this power are held exactly."""
_NEEDS = {"bool": 1, "uint8": 8, "int8": 7, "int16": 15, "int32": 31, "int64": 63}
_BITS = {"float8_e4m3fn": 8, "float8_e5m2": 8, "bfloat16": 16, "float16": 16, "float32": 32}


def spelled(call: Call) -> str:
    """The type as a reader writes it: `Tensor.add`, `Linear`, `relu`."""
    owner, _, last = call.type.rpartition(".")
    return f"Tensor.{last}" if owner.endswith("Tensor") else last


def refuse_types(call: Call) -> None:
    """Refused for what `refuse_unreal` refuses, and for operands finer than a floating result.

    A finer operand is rounded before it is used, which the error budget does not know of unless a
    formula says so.
    """
    refuse_unreal(call)
    for output in call.outputs:
        for name, argument in () if output.integer else call.tensors.items():
            if finer(argument.dtype, output.dtype):
                message = (
                    f"{spelled(call)}: {name} is {argument.dtype} and the result "
                    f"{output.dtype}; this conversion is not explained"
                )
                raise Refused(message)


def refuse_unreal(call: Call) -> None:
    """Refused for complex numbers, and for types in which torch computes next to nothing."""
    every = [*call.tensors.items(), *(("the output", o) for o in call.outputs)]
    for name, argument in every:
        if argument.dtype.startswith("complex"):
            message = (
                f"{spelled(call)}: {name} is {argument.dtype}, complex numbers are not explained"
            )
            raise Refused(message)
        if argument.dtype not in _HOLDS and argument.dtype not in _NEEDS:
            message = f"{spelled(call)}: {name} is {argument.dtype}, this type is not explained"
            raise Refused(message)


def refuse_unless(default: object, call: Call, option: str) -> None:
    """Refused where the option is anything but its default."""
    given = call.options.get(option, default)
    if given is not default and given != default:
        message = f"{spelled(call)}({option}={given!r}): this configuration is not explained"
        raise Refused(message)


def whole(dtype: str) -> bool:
    """Whether the type holds whole numbers or truth values."""
    return dtype in _NEEDS


def finer(first: str, second: str) -> bool:
    """Whether the first is a floating-point type of more bits than the second."""
    return first not in _NEEDS and _bits(first) > _bits(second)


def rounds(before: str, after: str) -> bool:
    """Whether a conversion to a floating-point type may round, for some value.

    Where float64 does, the evaluation of a formula does the same.
    """
    if after not in _HOLDS or after in {before, "float64"}:
        return False
    if before in _NEEDS:
        return _NEEDS[before] > _HOLDS[after]
    # float16 has a smaller range than bfloat16, which has fewer digits
    return _bits(before) >= _bits(after)


def conversions(arguments: Mapping[str, Argument], after: str) -> dict[str, str]:
    """The operands that may be rounded on their way to the type, each with its function's name."""
    return {name: after for name, argument in arguments.items() if rounds(argument.dtype, after)}


def converted(node: Expr, functions: Mapping[str, str]) -> Expr:
    """The expression with each read of a named tensor rounded to the type: float32(x)."""
    return cast("Expr", _rewritten(node, functions)) if functions else node


def held(value: float, dtype: str) -> int | float:
    """A number as a tensor of the type holds it: 0.1 in float32 is 0.10000000149011612.

    A whole number that does not fit wraps around, as torch lets it in comparisons.
    """
    if whole(dtype):
        return int(torch.tensor(int(value)).to(getattr(torch, dtype)))
    found = float(torch.tensor(value, dtype=torch.float64).to(getattr(torch, dtype)))
    return value if found == value else found


def promoted(first: Argument | float, second: Argument | float) -> str:
    """The type to which torch converts two operands, tensors or numbers, before it computes."""
    found = torch.result_type(_like(first), _like(second))
    return str(found).removeprefix("torch.")


def _like(operand: Argument | float) -> torch.Tensor | float:
    if not isinstance(operand, Argument):
        return operand
    # a tensor without axes counts only where it is of a higher category: integer, floating
    return torch.empty((1,) if operand.shape else (), dtype=getattr(torch, operand.dtype))


def _rewritten(node: object, functions: Mapping[str, str]) -> object:
    if isinstance(node, Read):
        return Apply(functions[node.tensor], node) if node.tensor in functions else node
    if isinstance(node, tuple):
        return tuple(_rewritten(part, functions) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(
            node, **{f.name: _rewritten(getattr(node, f.name), functions) for f in fields(node)}
        )
    return node


def _bits(dtype: str) -> int:
    return _BITS.get(dtype, 64)
