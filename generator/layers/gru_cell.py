"""One step of a GRU: h' = (1 - z) n + z h, with a reset gate r within the candidate n."""

from __future__ import annotations

import torch
from torch import nn

from generator.layers import recurrent_cells
from generator.layers.gru import ORDER, RESET, Gru
from generator.layers.recurrent_examples import cell, cell_function
from generator.layers.recurrent_words import SIGMA
from generator.layers.registry import Call, Formula, examples, explains

_SEARCH = ("recurrent network", "gated", "GRUCell", "nn.GRUCell")


@explains(
    "torch.nn.GRUCell",
    arguments="input, hx=None, **parameters",
    title="GRU cell",
    search=_SEARCH,
)
@explains(
    "torch.gru_cell",
    arguments="input, hx, w_ih, w_hh, b_ih=None, b_hh=None",
    title="GRU cell",
    search=_SEARCH,
)
def gru_cell(call: Call) -> Formula:
    """One step from state h to the next one."""
    notes = (RESET, SIGMA, ORDER)
    return recurrent_cells.explained(call, Gru(), "a GRU", added=3, notes=notes)


examples(
    cell(nn.GRUCell, "GRUCell", 2),
    cell(nn.GRUCell, "from a given state", 2, states=True),
    cell(nn.GRUCell, "one sample", states=True),
    cell(nn.GRUCell, "without a bias", 2, bias=False),
    cell_function(torch.gru_cell, "gru_cell", 3),
)
