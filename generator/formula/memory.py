"""The tensors of one call, and what its equations have found of the stages that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor

from generator.formula.known import Known
from generator.formula.tree import Equation, Stage
from generator.formula.tree import Tensor as Declared


class Operands(Mapping[str, Tensor]):
    """Tensors by name, which do not change, with the stages evaluated over them.

    The equations of one call read the same stages: each gradient of a recurrent layer needs all of
    its gates at all steps. Where they are given these operands, each stage is evaluated once.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = dict(tensors)
        self._defined: dict[str, Declared | Stage] = {}
        self._known: dict[float | None, dict[str, Known]] = {}

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def tracked(self, equation: Equation) -> Mapping[str, Known]:
        """What is known of the equation's stages with their errors."""
        self.known(equation, None)
        units = [unit for unit in self._known if unit is not None]
        return self.known(equation, units[0]) if units else {}

    def known(self, equation: Equation, unit: float | None) -> dict[str, Known]:
        """What is known of the equation's stages in arithmetic of this roundoff; None: of values.

        Nothing where the equation means something else by a name than an earlier one did.
        """
        means: dict[str, Declared | Stage] = {t.name: t for t in equation.tensors}
        means |= {s.tensor.name: s for s in equation.stages}
        if any(self._defined.get(name, meant) != meant for name, meant in means.items()):
            return {}
        self._defined |= means
        return self._known.setdefault(unit, {})


def known(
    operands: Mapping[str, Tensor], equation: Equation, unit: float | None
) -> dict[str, Known]:
    """What the operands remember of the equation's stages; a plain mapping has no memory."""
    return operands.known(equation, unit) if isinstance(operands, Operands) else {}


def behind(operands: Mapping[str, Tensor], equation: Equation) -> Mapping[str, Known]:
    """The stages that are known with their errors, from which values can be read as well."""
    return operands.tracked(equation) if isinstance(operands, Operands) else {}
