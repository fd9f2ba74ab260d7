r"""LSTM: c_t = f_t c_{t-1} + i_t g_t and h_t = o_t tanh(c_t), with gates i, f, o between 0 and 1.

S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997; forget
gate by F. A. Gers et al., 2000. The gradients are those of K. Greff et al., LSTM: a search space
odyssey, 2015, without peepholes; the projection is that of H. Sak et al., 2014.
"""

from __future__ import annotations

from torch import nn

from generator.formula.build import apply, total
from generator.formula.tree import Expr, Stage, Tensor
from generator.layers.recurrence import BEFORE, OUTPUT, UNIT, H, P, Run
from generator.layers.recurrent_examples import layer, packed
from generator.layers.recurrent_layers import explained
from generator.layers.recurrent_words import SIGMA
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.through_time import Backward

ORDER = Note(
    "The order of the gates",
    "The rows of the weights are the gates' one below the other: input i, forget f, candidate g, "
    "output o. Other libraries have other orders.",
)
_GATES = {
    "i": "input gate: how much of the candidate is written",
    "f": "forget gate: how much of the cell state stays",
    "g": "candidate for the cell state",
    "o": "output gate: how much of the cell state is shown",
}


class Lstm:
    """One step of an LSTM."""

    gates = 4
    states: tuple[str, ...] = ("h", "c")

    def gate(self, run: Run, letter: str) -> Tensor:
        """The gate's tensor."""
        return run.quantity(letter, letter, H, _GATES[letter])

    def values(self, run: Run) -> dict[str, Expr]:
        """Each gate at this step."""
        return {letter: run.here(self.gate(run, letter)) for letter in _GATES}

    def forward(self, run: Run) -> tuple[Stage, ...]:
        """Gates, cell state and hidden state."""
        gates = [
            run.stage(
                self.gate(run, letter),
                apply("tanh" if letter == "g" else "sigmoid", run.preactivation(place)),
            )
            for place, letter in enumerate(_GATES)
        ]
        v = self.values(run)
        c = run.before("c", UNIT)
        cell = v["i"] * v["g"] if c is None else v["f"] * c + v["i"] * v["g"]
        state = run.stage(run.state("c"), run.kept(cell, "c"))
        shown = v["o"] * apply("tanh", run.here(run.state("c")))
        if not run.projected:
            return (*gates, state, run.stage(run.state("h"), run.kept(shown, "h")))
        V = run.weight("weight_hr")
        wide = run.stage(run.unprojected, shown)
        narrow = total(BEFORE.over(H), V[UNIT, BEFORE] * run.here(run.unprojected, BEFORE))
        return (*gates, state, wide, run.stage(run.state("h"), run.kept(narrow, "h")))

    def backward(self, back: Backward) -> tuple[Stage, ...]:
        """δ of hidden state, cell state and gates, as far as each needs the others."""
        run, v, at = back.run, self.values(back.run), back.run.here
        tanh = apply("tanh", at(run.state("c")))
        shown: Expr = at(back.state("h"))
        stages = [back.hidden()]
        if run.projected:
            what = "the hidden state before the projection"
            meaning = f"derivative of the loss with respect to {what}"
            wide = back.quantity("unprojected", r"\tilde{h}", H, meaning)
            V = run.weight("weight_hr")
            body = total(OUTPUT.over(P), at(back.state("h"), OUTPUT) * V[OUTPUT, UNIT])
            stages.append(back.stage(wide, body))
            shown = at(wide)
        cell = back.cell(shown * v["o"] * (1 - tanh**2))
        dc, c = at(back.state("c")), run.before("c", UNIT)
        bodies = {
            "i": dc * v["g"] * v["i"] * (1 - v["i"]),
            "f": 0 if c is None else dc * c * v["f"] * (1 - v["f"]),
            "g": dc * v["i"] * (1 - v["g"] ** 2),
            "o": shown * tanh * v["o"] * (1 - v["o"]),
        }
        gates = [back.stage(back.gate(letter), body) for letter, body in bodies.items()]
        rows = back.stacked([back.gate(letter) for letter in _GATES], back.rows())
        earlier = back.passed("h", back.through_weights(back.rows()))
        return (*stages, cell, *gates, rows, earlier, back.passed("c", dc * v["f"]))

    def state_rows(self, back: Backward) -> Tensor:
        """Both weights meet the same δ."""
        return back.rows()


@explains(
    "torch.nn.LSTM",
    arguments="input, hx=None, input_size=0, hidden_size=0, num_layers=1, bias=True, "
    "batch_first=False, dropout=0.0, bidirectional=False, proj_size=0, training=True, **parameters",
    title="Long short-term memory (LSTM)",
    search=("recurrent network", "gated", "nn.LSTM", "LSTM", "long short term memory"),
)
def lstm(call: Call) -> Formula:
    """All layers and directions of an LSTM."""
    return explained(call, Lstm(), "An LSTM", added=2, notes=(SIGMA, ORDER))


examples(
    layer(nn.LSTM, "LSTM", 5, 2),
    layer(nn.LSTM, "one step", 1, 2),
    layer(nn.LSTM, "one step from given states", 1, 2, states=True),
    layer(nn.LSTM, "from given states", 3, 2, states=True),
    layer(nn.LSTM, "batch first", 2, 5, batch_first=True, states=True),
    layer(nn.LSTM, "without a bias", 3, 2, bias=False),
    layer(nn.LSTM, "one sequence without a batch", 4),
    layer(nn.LSTM, "one sequence from given states", 4, states=True, bidirectional=True),
    layer(nn.LSTM, "both directions", 4, 2, bidirectional=True, states=True),
    layer(nn.LSTM, "two layers", 3, 2, num_layers=2),
    layer(
        nn.LSTM, "two layers, both directions", 3, 2, num_layers=2, bidirectional=True, states=True
    ),
    layer(nn.LSTM, "projected", 3, 2, proj_size=2),
    layer(
        nn.LSTM,
        "projected, two layers, both ways",
        3,
        2,
        proj_size=2,
        num_layers=2,
        bidirectional=True,
    ),
    packed(nn.LSTM, "packed", 4, 2, 1),
    packed(nn.LSTM, "packed and sorted", 2, 4, 1, states=True),
    packed(nn.LSTM, "packed, both directions", 1, 4, 2, states=True, bidirectional=True),
    packed(nn.LSTM, "packed, two layers, both directions", 3, 1, num_layers=2, bidirectional=True),
)
