"""The tensors that every gradient has: the one that comes from above, and the one that results."""

from __future__ import annotations

from generator.formula.tree import Tensor


def upstream(output: Tensor) -> Tensor:
    """∂L/∂output, as it arrived from the steps that read the output; named `grad_output`.

    That of a further output `output_1` is named `grad_output_1`.
    """
    return Tensor(
        f"grad_{output.name}",
        rf"\frac{{\partial L}}{{\partial {_element(output)}}}",
        output.sizes,
        "upstream gradient: the derivative of the loss L with respect to the "
        f"{output.meaning or 'output'}",
        "upstream",
        label="Upstream Gradient",
    )


def gradient_of(operand: Tensor) -> Tensor:
    """∂L/∂operand, the result of a gradient equation; named `grad_<operand>`."""
    return Tensor(
        f"grad_{operand.name}",
        rf"\frac{{\partial L}}{{\partial {_element(operand)}}}",
        operand.sizes,
        f"derivative of the loss L with respect to the {operand.meaning}",
        "result",
        label=f"Gradient of the {operand.label or operand.meaning}",
    )


def _element(tensor: Tensor) -> str:
    plain = "#" in tensor.latex or not tensor.sizes
    return tensor.latex if plain else f"{tensor.latex}_{{#}}"
