"""Which types of numbers formulas explain: real floating-point results of real operands."""

from __future__ import annotations

from generator.layers.registry import Call, Refused

_BITS = {"float8_e4m3fn": 8, "float8_e5m2": 8, "bfloat16": 16, "float16": 16, "float32": 32}


def spelled(call: Call) -> str:
    """The type as a reader writes it: `Tensor.add`, `Linear`, `relu`."""
    owner, _, last = call.type.rpartition(".")
    return f"Tensor.{last}" if owner.endswith("Tensor") else last


def refuse_types(call: Call) -> None:
    """Refused for complex numbers, for integer results, and for operands finer than the result.

    A finer operand is rounded before it is used, which the error budget does not know of.
    """
    for name, argument in (*call.tensors.items(), ("the output", call.output)):
        if argument.dtype.startswith("complex"):
            message = (
                f"{spelled(call)}: {name} is {argument.dtype}, complex numbers are not explained"
            )
            raise Refused(message)
    if call.output.integer:
        message = f"{spelled(call)}: results of type {call.output.dtype} are not explained"
        raise Refused(message)
    for name, argument in call.tensors.items():
        if not argument.integer and _bits(argument.dtype) > _bits(call.output.dtype):
            message = (
                f"{spelled(call)}: {name} is {argument.dtype} and the result "
                f"{call.output.dtype}; this conversion is not explained"
            )
            raise Refused(message)


def refuse_unless(default: object, call: Call, option: str) -> None:
    """Refused where the option is anything but its default."""
    given = call.options.get(option, default)
    if given is not default and given != default:
        message = f"{spelled(call)}({option}={given!r}): this configuration is not explained"
        raise Refused(message)


def _bits(dtype: str) -> int:
    return _BITS.get(dtype, 64)
