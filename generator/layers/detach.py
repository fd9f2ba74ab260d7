"""y = x, without a way back: the values pass, their gradient does not."""

from __future__ import annotations

import torch

from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_STOPPED = Note(
    "The gradient ends here",
    "The output counts as a constant: nothing of the loss's gradient goes back to the input "
    "through this step.",
)


@explains(
    "torch.detach",
    "torch.detach_copy",
    "torch.Tensor.detach",
    "torch.Tensor.data",
    arguments="input",
    title="Detach",
    search=("stop gradient", "stop_gradient", "constant"),
)
def detach(call: Call) -> Formula:
    """Every value as it is; the input has no gradient by definition."""
    element = Elementwise.of(call)
    return element.formula(
        "Every value passes as it is; no gradient goes back.",
        element.forward(element.value),
        None,
        notes=() if call.output.integer else (_STOPPED,),
    )


examples(
    Example("detach", lambda: (torch.detach, (torch.randn(2, 3),), {})),
    Example("Tensor.detach", lambda: (torch.Tensor.detach, (torch.randn(()),), {})),
    Example("whole numbers", lambda: (torch.detach, (torch.arange(3),), {})),
    Example("float16", lambda: (torch.detach, (torch.randn(0, 3).half(),), {})),
    Example(
        "Tensor.data",
        lambda: (vars(torch.Tensor.__bases__[0])["data"].__get__, (torch.randn(2, 2),), {}),
    ),
)
