r"""GRU: h_t = (1 - z_t) n_t + z_t h_{t-1}, with a reset gate r within the candidate n.

K. Cho et al., Learning phrase representations using RNN encoder-decoder, 2014. In torch the reset
gate multiplies what the state's weights give, n = tanh(W x + b + r (U h + d)), so that all three
gates share one product; in the paper it multiplies the state before, U (r h).
"""

from __future__ import annotations

from torch import nn

from generator.formula.build import apply
from generator.formula.tree import Expr, Num, Stage, Tensor, add
from generator.layers.recurrence import UNIT, H, Run
from generator.layers.recurrent_examples import layer, packed
from generator.layers.recurrent_layers import explained
from generator.layers.recurrent_words import SIGMA
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.through_time import Backward

RESET = Note(
    "Where the reset gate stands",
    "torch multiplies by the reset gate what comes out of the product of the state before with "
    "its weights, bias and all; in the original paper the gate multiplies the state, before that "
    "product. The two are different layers, and weights of one do not fit the other.",
)
ORDER = Note(
    "The order of the gates",
    "The rows of the weights are the gates' one below the other: reset r, update z, candidate n. "
    "With z = 1 the state stays as it is.",
)
_GATES = {
    "r": "reset gate: how much of the state before the candidate sees",
    "z": "update gate: how much of the state before stays",
    "n": "candidate for the hidden state",
}


class Gru:
    """One step of a GRU."""

    gates = 3
    states: tuple[str, ...] = ("h",)

    def gate(self, run: Run, letter: str) -> Tensor:
        """The gate's tensor."""
        return run.quantity(letter, letter, H, _GATES[letter])

    def values(self, run: Run) -> dict[str, Expr]:
        """Each gate at this step, and what the state before adds to the candidate, a."""
        found: dict[str, Expr] = {x: run.here(self.gate(run, x)) for x in _GATES}
        return {**found, "a": run.here(self.share(run))}

    def share(self, run: Run) -> Tensor:
        """U h + d of the candidate."""
        return run.quantity("share", "a", H, "what the state before adds to the candidate")

    def forward(self, run: Run) -> tuple[Stage, ...]:
        """Gates, the candidate and the hidden state."""
        v = self.values(run)
        gates = [
            run.stage(self.gate(run, letter), apply("sigmoid", run.preactivation(place)))
            for place, letter in enumerate("rz")
        ]
        parts = run.from_state(2)
        share = run.stage(self.share(run), add(*parts) if parts else Num(0))
        inner = run.from_input(2) + v["r"] * v["a"]
        candidate = run.stage(self.gate(run, "n"), apply("tanh", inner))
        h = run.before("h", UNIT)
        new = (1 - v["z"]) * v["n"]
        state = run.stage(run.state("h"), run.kept(new if h is None else new + v["z"] * h, "h"))
        return (*gates, share, candidate, state)

    def backward(self, back: Backward) -> tuple[Stage, ...]:
        """δ of the hidden state and the gates; δ^a is that of the state's share in n."""
        run, v, at = back.run, self.values(back.run), back.run.here
        dh, h = at(back.state("h")), run.before("h", UNIT)
        difference = -v["n"] if h is None else h - v["n"]
        dn, da = at(back.gate("n")), self._of_share(back)
        bodies = {
            "z": dh * difference * v["z"] * (1 - v["z"]),
            "n": dh * (1 - v["z"]) * (1 - v["n"] ** 2),
            "r": dn * v["a"] * v["r"] * (1 - v["r"]),
        }
        gates = [back.stage(back.gate(letter), body) for letter, body in bodies.items()]
        share = back.stage(da, dn * v["r"])
        r, z, n = (back.gate(letter) for letter in "rzn")
        rows = back.stacked((r, z, n), back.rows())
        state_rows = back.stacked((r, z, da), self.state_rows(back))
        through = dh * v["z"] + back.through_weights(self.state_rows(back))
        return (back.hidden(), *gates, share, rows, state_rows, back.passed("h", through))

    def _of_share(self, back: Backward) -> Tensor:
        what = "what the state before adds to the candidate"
        meaning = f"derivative of the loss with respect to {what}"
        return back.quantity("a", "a", H, meaning)

    def state_rows(self, back: Backward) -> Tensor:
        """The candidate's share of the state meets δ^a, not δ^n."""
        return back.rows("state_rows", "U")


@explains(
    "torch.nn.GRU",
    arguments="input, hx=None, input_size=0, hidden_size=0, num_layers=1, bias=True, "
    "batch_first=False, dropout=0.0, bidirectional=False, training=True, **parameters",
    title="Gated recurrent unit (GRU)",
    search=("recurrent network", "gated", "nn.GRU", "GRU"),
)
def gru(call: Call) -> Formula:
    """All layers and directions of a GRU."""
    return explained(call, Gru(), "A GRU", added=3, notes=(RESET, SIGMA, ORDER))


examples(
    layer(nn.GRU, "GRU", 5, 2),
    layer(nn.GRU, "one step", 1, 2),
    layer(nn.GRU, "from a given state", 3, 2, states=True),
    layer(nn.GRU, "batch first", 2, 5, batch_first=True, states=True),
    layer(nn.GRU, "without a bias", 3, 2, bias=False),
    layer(nn.GRU, "one sequence without a batch", 4),
    layer(nn.GRU, "both directions", 4, 2, bidirectional=True, states=True),
    layer(nn.GRU, "two layers, both directions", 3, 2, num_layers=2, bidirectional=True),
    packed(nn.GRU, "packed", 4, 2, 1),
    packed(nn.GRU, "packed and sorted", 2, 4, 1, states=True),
    packed(nn.GRU, "packed, both directions", 1, 4, 2, states=True, bidirectional=True),
    packed(nn.GRU, "packed, two layers, both directions", 3, 1, num_layers=2, bidirectional=True),
)
