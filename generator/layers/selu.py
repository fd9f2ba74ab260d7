"""y = λ x where x > 0, otherwise λ α (e^x - 1): activations keep mean 0 and variance 1.

The constants are those of Klambauer et al., Self-Normalizing Neural Networks, 2017.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Sym
from generator.layers.activations import overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_ALPHA = Sym("alpha", r"\alpha", "constant of the paper", integer=False)
_SCALE = Sym("scale", r"\lambda", "constant of the paper", integer=False)
_SETTINGS = {"alpha": 1.6732632423543772848170429916717, "scale": 1.0507009873554804934193349852946}
_NORMALISED = Note(
    "Why these constants",
    "With independent inputs of mean 0 and variance 1, and weights of mean 0 and variance 1 over "
    "the number of inputs, the outputs have mean 0 and variance 1 as well. Initialise linear "
    "layers so, and use alpha dropout instead of dropout.",
)
_AT_ZERO = Note(
    "The slope at zero",
    r"From below it is \(\lambda\alpha\), from above \(\lambda\); torch takes \(\lambda\alpha\) at "
    r"\(x = 0\).",
)


@explains(
    "torch.nn.SELU",
    "torch.nn.functional.selu",
    "torch.nn.functional.selu_",
    "torch.selu",
    "torch.selu_",
    arguments="input, inplace=False",
    title="SELU",
    search=("scaled exponential linear unit", "self-normalizing", "nn.SELU", "F.selu"),
)
def selu(call: Call) -> Formula:
    """The scaled exponential linear unit, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    both = _SCALE * _ALPHA
    return element.formula(
        "Each positive input is multiplied by about 1.0507; negative ones level off towards "
        "about −1.7581.",
        element.forward(cases((x <= 0, both * apply("expm1", x)), otherwise=_SCALE * x)),
        element.gradient(cases((x <= 0, both * apply("exp", x) * g), otherwise=_SCALE * g)),
        notes=(_NORMALISED, _AT_ZERO, *overwritten(call)),
        settings=_SETTINGS,
    )


examples(
    *tried("SELU", nn.SELU),
    Example("F.selu", lambda: (F.selu, (torch.randn(2, 3),), {})),
    Example("torch.selu", lambda: (torch.selu, (torch.randn(2, 3),), {})),
)
