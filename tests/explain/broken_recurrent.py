"""Recurrent layers and cells, broken at each gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from breaking import (
    Broken,
    in_further_output,
    in_gradient,
    in_output,
    nodes,
    reading,
    shortened,
    stage,
)
from torch import nn

from generator.formula.tree import Apply, Mul, Num


def _layer(kind: Callable[..., nn.Module]) -> Any:
    return lambda: (kind(3, 4), (torch.randn(5, 2, 3),))


def _cell(kind: Callable[..., nn.Module], states: int) -> Any:
    def model() -> Any:
        given = tuple(torch.randn(2, 4) for _ in range(states))
        return kind(3, 4), (torch.randn(2, 3), given if states > 1 else given[0])

    return model


def _other_squashing(node: Apply) -> Apply:
    found = {"sigmoid": "tanh", "tanh": "sigmoid"}
    return Apply(found.get(node.function, node.function), node.operand)


def _without_slope(node: Mul) -> Mul:
    return Mul(node.factors[:-1])


def _gates(type_: str, model: Any, letters: str, suffix: str) -> list[Broken]:
    """Each gate squashed by the other function, and its slope left out on the way back."""
    weight = f"weight_ih{suffix}"
    return [
        case
        for letter in letters
        for case in (
            Broken(
                f"{letter} squashed otherwise",
                type_,
                model,
                "output",
                in_output(stage(f"{letter}{suffix}", nodes(Apply, _other_squashing))),
            ),
            Broken(
                f"slope of {letter} left out",
                type_,
                model,
                f"grad {weight}",
                in_gradient(weight, stage(f"delta_{letter}{suffix}", nodes(Mul, _without_slope))),
            ),
        )
    ]


_LSTM, _GRU, _RNN = (f"torch.nn.{n}" for n in ("LSTM", "GRU", "RNN"))
_lstm, _gru, _rnn = (_layer(kind) for kind in (nn.LSTM, nn.GRU, nn.RNN))

LAYERS = [
    *_gates(_LSTM, _lstm, "ifgo", "_l0"),
    Broken(
        "forget gate ignored",
        _LSTM,
        _lstm,
        "output c_n",
        in_further_output(2, stage("c_l0", reading("f_l0", lambda _: 1))),
    ),
    Broken(
        "one step alone",
        _LSTM,
        _lstm,
        "grad weight_hh_l0",
        in_gradient("weight_hh_l0", shortened("t")),
    ),
    Broken(
        "nothing through the cell state",
        _LSTM,
        _lstm,
        "grad x",
        in_gradient("input", reading("delta_c_before_l0", lambda _: 0)),
    ),
    Broken(
        "nothing through the hidden state",
        _LSTM,
        _lstm,
        "grad x",
        in_gradient("input", reading("delta_h_before_l0", lambda _: 0)),
    ),
    *_gates(_GRU, _gru, "rzn", "_l0"),
    Broken(
        "state not reset",
        _GRU,
        _gru,
        "output",
        in_output(stage("n_l0", reading("r_l0", lambda _: 1))),
    ),
    Broken(
        "state not reset on the way back",
        _GRU,
        _gru,
        "grad weight_hh_l0",
        in_gradient("weight_hh_l0", stage("delta_a_l0", reading("r_l0", lambda _: 1))),
    ),
    Broken(
        "one sample alone",
        _GRU,
        _gru,
        "grad bias_hh_l0",
        in_gradient("bias_hh_l0", shortened("s")),
    ),
    Broken("not squashed", _RNN, _rnn, "output", in_output(nodes(Apply, lambda n: n.operand))),
    Broken(
        "nothing through time",
        _RNN,
        _rnn,
        "grad x",
        in_gradient("input", reading("delta_h_before_l0", lambda _: 0)),
    ),
]

_LSTM_CELL, _GRU_CELL, _RNN_CELL = (f"{name}Cell" for name in (_LSTM, _GRU, _RNN))
_lstm_cell, _gru_cell = _cell(nn.LSTMCell, 2), _cell(nn.GRUCell, 1)
_rnn_cell = _cell(nn.RNNCell, 1)

CELLS = [
    *_gates(_LSTM_CELL, _lstm_cell, "ifgo", ""),
    Broken(
        "forget gate ignored",
        _LSTM_CELL,
        _lstm_cell,
        "output c'",
        in_further_output(1, reading("f", lambda _: 1)),
    ),
    Broken(
        "forget gate ignored",
        _LSTM_CELL,
        _lstm_cell,
        "grad hx[1]",
        in_gradient("hx[1]", reading("f", lambda _: 1)),
    ),
    *_gates(_GRU_CELL, _gru_cell, "rzn", ""),
    Broken(
        "state not kept",
        _GRU_CELL,
        _gru_cell,
        "output",
        in_output(reading("hx", lambda _: 0)),
    ),
    Broken(
        "state weights forgotten",
        _GRU_CELL,
        _gru_cell,
        "grad hx",
        in_gradient("hx", reading("weight_hh", lambda _: 0)),
    ),
    Broken(
        "second bias dropped",
        _RNN_CELL,
        _rnn_cell,
        "output",
        in_output(reading("bias_hh", lambda _: 0)),
    ),
    Broken(
        "slope left out",
        _RNN_CELL,
        _rnn_cell,
        "grad hx",
        in_gradient("hx", stage("delta_rows", nodes(Mul, _without_slope))),
    ),
    Broken(
        "2 for 1 in the slope",
        _RNN_CELL,
        _rnn_cell,
        "grad weight_hh",
        in_gradient(
            "weight_hh",
            stage("delta_rows", nodes(Num, lambda n: Num(2) if n.value == 1 else n)),
        ),
    ),
]

CASES = [*LAYERS, *CELLS]
