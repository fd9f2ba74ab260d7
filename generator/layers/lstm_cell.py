"""One step of an LSTM: c' = f c + i g and h' = o tanh(c'), with gates i, f, o between 0 and 1."""

from __future__ import annotations

import torch
from torch import nn

from generator.layers import recurrent_cells
from generator.layers.lstm import ORDER, Lstm
from generator.layers.recurrent_examples import cell, cell_function
from generator.layers.recurrent_words import SIGMA
from generator.layers.registry import Call, Formula, examples, explains

_SEARCH = ("recurrent network", "gated", "LSTMCell", "nn.LSTMCell", "long short term memory")


@explains(
    "torch.nn.LSTMCell",
    arguments="input, hx=None, **parameters",
    title="LSTM cell",
    search=_SEARCH,
)
@explains(
    "torch.lstm_cell",
    arguments="input, hx, w_ih, w_hh, b_ih=None, b_hh=None",
    title="LSTM cell",
    search=_SEARCH,
)
def lstm_cell(call: Call) -> Formula:
    """One step from states h and c to the next ones."""
    notes = (SIGMA, ORDER)
    return recurrent_cells.explained(call, Lstm(), "an LSTM", added=2, notes=notes)


examples(
    cell(nn.LSTMCell, "LSTMCell", 2),
    cell(nn.LSTMCell, "from given states", 2, states=True),
    cell(nn.LSTMCell, "one sample", states=True),
    cell(nn.LSTMCell, "without a bias", 2, states=True, bias=False),
    cell_function(torch.lstm_cell, "lstm_cell", 4),
)
