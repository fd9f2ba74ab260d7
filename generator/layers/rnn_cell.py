"""One step of Elman's network: h' = tanh(W x + b + U h + d), or with max(0, ·) in place of tanh."""

from __future__ import annotations

import torch
from torch import nn

from generator.layers import recurrent_cells
from generator.layers.recurrent_examples import cell, cell_function
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.rnn import Elman

_SEARCH = ("recurrent network", "Elman", "RNNCell", "nn.RNNCell")


@explains(
    "torch.nn.RNNCell",
    arguments="input, hx=None, nonlinearity='tanh', **parameters",
    title="Recurrent cell (Elman)",
    search=_SEARCH,
)
def rnn_cell(call: Call) -> Formula:
    """One step, with tanh or with the rectifier."""
    return _formula(call, rectified=call.options["nonlinearity"] == "relu")


@explains(
    "torch.rnn_tanh_cell",
    "torch.rnn_relu_cell",
    arguments="input, hx, w_ih, w_hh, b_ih=None, b_hh=None",
    title="Recurrent cell (Elman)",
    search=_SEARCH,
)
def rnn_cell_function(call: Call) -> Formula:
    """The functions behind the module."""
    return _formula(call, rectified=call.type.endswith("relu_cell"))


def _formula(call: Call, *, rectified: bool) -> Formula:
    step = Elman(rectified)
    return recurrent_cells.explained(call, step, "a recurrent network", added=0)


examples(
    cell(nn.RNNCell, "RNNCell", 2),
    cell(nn.RNNCell, "from a given state", 2, states=True),
    cell(nn.RNNCell, "rectified", 2, states=True, nonlinearity="relu"),
    cell(nn.RNNCell, "one sample", states=True),
    cell(nn.RNNCell, "without a bias", 2, bias=False),
    cell_function(torch.rnn_tanh_cell, "rnn_tanh_cell", 1),
    cell_function(torch.rnn_relu_cell, "rnn_relu_cell", 1),
)
