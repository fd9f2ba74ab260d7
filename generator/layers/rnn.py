r"""Elman's network: h_t = tanh(W x_t + b + U h_{t-1} + d), or with max(0, ·) in place of tanh.

J. L. Elman, Finding structure in time, Cognitive Science 14(2), 1990.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from generator.formula.build import apply, cases, larger
from generator.formula.tree import Stage, Tensor
from generator.layers.recurrence import Run
from generator.layers.recurrent_examples import layer, packed
from generator.layers.recurrent_layers import explained
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.through_time import Backward

_VANISHING = Note(
    "Vanishing gradients",
    "Each step back multiplies by the state's weights and by the slope of tanh, which is at most "
    "1: over many steps the gradient fades, or, where the weights are large, explodes.",
)


@dataclass(frozen=True)
class Elman:
    """One step, with tanh or with the rectifier."""

    rectified: bool
    gates: int = 1
    states: tuple[str, ...] = ("h",)

    def forward(self, run: Run) -> tuple[Stage, ...]:
        """The hidden state."""
        inner = run.preactivation(0)
        value = larger(0, inner) if self.rectified else apply("tanh", inner)
        return (run.stage(run.state("h"), run.kept(value, "h")),)

    def backward(self, back: Backward) -> tuple[Stage, ...]:
        """δ of the hidden state and of what the function is applied to."""
        run = back.run
        h, dh = run.here(run.state("h")), run.here(back.state("h"))
        value = cases((h <= 0, 0), otherwise=dh) if self.rectified else dh * (1 - h**2)
        rows = back.stage(back.rows(), value)
        return (back.hidden(), rows, back.passed("h", back.through_weights(back.rows())))

    def state_rows(self, back: Backward) -> Tensor:
        """Both weights meet the same δ."""
        return back.rows()


@explains(
    "torch.nn.RNN",
    arguments="input, hx=None, input_size=0, hidden_size=0, num_layers=1, nonlinearity='tanh', "
    "bias=True, batch_first=False, dropout=0.0, bidirectional=False, training=True, **parameters",
    title="Recurrent neural network (Elman)",
    search=("recurrent network", "simple recurrent network", "vanilla RNN", "nn.RNN", "RNN"),
)
def rnn(call: Call) -> Formula:
    """All layers and directions of a plain recurrent network."""
    rectified = call.options["nonlinearity"] == "relu"
    notes = () if rectified else (_VANISHING,)
    return explained(call, Elman(rectified), "A recurrent network", added=0, notes=notes)


examples(
    layer(nn.RNN, "RNN", 5, 2),
    layer(nn.RNN, "one step", 1, 2),
    layer(nn.RNN, "from a given state", 3, 2, states=True),
    layer(nn.RNN, "rectified", 4, 2, nonlinearity="relu"),
    layer(nn.RNN, "batch first", 2, 5, batch_first=True, states=True),
    layer(nn.RNN, "without a bias", 3, 2, bias=False),
    layer(nn.RNN, "one sequence without a batch", 4),
    layer(nn.RNN, "one sequence from a given state", 4, states=True),
    layer(nn.RNN, "both directions", 4, 2, bidirectional=True, states=True),
    layer(nn.RNN, "three layers", 3, 2, num_layers=3),
    layer(nn.RNN, "two layers, both directions", 3, 2, num_layers=2, bidirectional=True),
    packed(nn.RNN, "packed", 4, 2, 1),
    packed(nn.RNN, "packed and sorted", 2, 4, 1, states=True),
    packed(nn.RNN, "packed, both directions", 1, 4, 2, states=True, bidirectional=True),
    packed(nn.RNN, "packed, two layers, both directions", 3, 1, num_layers=2, bidirectional=True),
)
