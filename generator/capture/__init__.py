"""One forward and one backward run of a model, recorded step by step; knows nothing of formulas."""

from generator.capture.errors import CaptureError
from generator.capture.recorder import record
from generator.capture.records import (
    Container,
    Operand,
    Recording,
    Source,
    Step,
    Value,
    operands,
    values,
)

__all__ = [
    "CaptureError",
    "Container",
    "Operand",
    "Recording",
    "Source",
    "Step",
    "Value",
    "operands",
    "record",
    "values",
]
