"""c_ij = 1/(N - δ) Σ (x_in - μ_i)(x_jn - μ_j): the covariances of variables, one in each row."""

from __future__ import annotations

import torch

from generator.formula.build import indices, total
from generator.formula.tree import Div, Equation, Expr, Stage, Sym, Tensor, Var
from generator.layers.dtypes import refuse_types
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_V = Sym("V", "V", "number of variables")
_N = Sym("N", "N", "number of observations")
_DELTA = Sym("delta", r"\delta", "correction: how many fewer than N divide")
_I, _J, _OBSERVED = indices("i j n")
_X = Tensor("input", "x", (_V, _N), "input", label="Input")
_Y = Tensor("output", "c", (_V, _V), "covariances", "result", label="Output")
_MEAN = Tensor("mean", r"\mu", (_V,), "mean of a variable", "stage")
_ROWS = Note("Rows are variables", "Each row is one variable, each column one observation of all.")


@explains(
    "torch.cov",
    "torch.Tensor.cov",
    arguments="input, correction=1, fweights=None, aweights=None",
    title="Covariance matrix",
    search=("covariance",),
)
def cov(call: Call) -> Formula:
    """The covariance of each row with each other one."""
    correction = _correction(call)
    count, observed = call.shape()
    mean = Stage(_MEAN, (_I,), total(_OBSERVED.over(_N), _X[_I, _OBSERVED]) / _N)
    products = total(_OBSERVED.over(_N), _centred(_I) * _centred(_J))
    return Formula(
        summary=f"Each output is the covariance of two of {count} rows, over {observed} columns.",
        forward=Equation(_Y, (_I, _J), Div(products, _N - _DELTA), (_X,), (mean,)),
        gradients={} if call.tensors["input"].integer else {"input": _gradient(mean)},
        settings={"V": count, "N": observed, "delta": correction},
        axes={"input": ("variable", "observation"), "output": ("variable", "other variable")},
        multiply_adds=count * count * observed,
        notes=(_ROWS,),
        result="covariance",
    )


def _centred(row: Var) -> Expr:
    return _X[row, _OBSERVED] - _MEAN[row]


def _gradient(mean: Stage) -> Equation:
    """1/(N - δ) Σ_j (g_ij + g_ji)(x_jn - μ_j); torch takes off its mean, which is 0."""
    g = upstream(_Y)
    k = Var("m")
    every = _J.over(_V)
    body = Div(total(every, (g[_I, _J] + g[_J, _I]) * _centred(_J)), _N - _DELTA)
    sent = Tensor("sent", "s", (_V, _N), "what comes back to a deviation", "stage")
    first = total(every, Div(g[_I, _J], _N - _DELTA) * _centred(_J))
    second = total(every, Div(g[_J, _I], _N - _DELTA) * _centred(_J))
    back = Stage(sent, (_I, _OBSERVED), first + second)
    average = total(k.over(_N), sent[_I, k]) / _N
    return Equation(
        gradient_of(_X),
        (_I, _OBSERVED),
        body,
        (g, _X),
        (mean, back),
        sent[_I, _OBSERVED] - average,
    )


def _correction(call: Call) -> int:
    refuse_types(call)
    correction = call.options["correction"]
    if set(call.tensors) != {"input"}:
        raise Refused("cov with weights is not explained")
    shape = call.shape()
    if call.tensors["input"].integer or len(shape) != 2 or shape[0] < 2:
        raise Refused(f"cov of shape {list(shape)}, {call.tensors['input'].dtype} is not explained")
    if not isinstance(correction, int) or shape[1] <= correction:
        raise Refused(f"cov(correction={correction!r}) of {shape[1]} columns is not explained")
    return int(correction)


def _cov(*shape: int, **options: object) -> Example:
    return Example(f"cov {shape}, {options}", lambda: (torch.cov, (torch.randn(shape),), options))


examples(
    _cov(3, 5),
    _cov(4, 50),
    _cov(3, 5, correction=0),
    _cov(2, 5, correction=2),
    Example("far from 0", lambda: (torch.Tensor.cov, (100 + torch.randn(3, 20),), {})),
    Example("of float64", lambda: (torch.cov, (torch.randn(3, 20).double(),), {})),
)
