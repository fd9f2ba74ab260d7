"""y = x[p], with fewer than k values below it and at least k up to it: the k-th smallest."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, cases, equal, every, total
from generator.formula.tree import Cond, Equation, Expr, Num, Read, Sym, Tensor
from generator.layers.dims import axis_at, dims, primed, whole
from generator.layers.dtypes import refuse_unreal
from generator.layers.over_axes import Reduced
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains
from generator.layers.tensors import gradient_of, upstream

_K = Sym("k", "k", "which of the values in ascending order, counted from 1")
_TIES = Note(
    "One of several equal values",
    "Where several values are equal to this one, torch does not say whose index it gives. The "
    "formula takes the one that came back, and checks its rank; otherwise -1 would stand here.",
)


@explains(
    "torch.kthvalue",
    "torch.Tensor.kthvalue",
    arguments="input, k, dim=-1, keepdim=False",
    title="k-th smallest value",
    search=("order statistic", "quantile", "selection", "torch.kthvalue"),
)
def kthvalue(call: Call) -> Formula:
    """The value of one rank along one axis, and where it stands."""
    refuse_unreal(call)
    axes, k = dims(len(call.shape())), whole(call, "k")
    gone = (axis_at(call, "dim"),) if axes else ()
    over = Reduced(call, axes, gone, bool(call.options["keepdim"]))
    where = f" along axis {gone[0]}" if gone else ""
    return Formula(
        summary=f"The value of rank {k} in ascending order, counted from 1{where}; the index says "
        "where it stood.",
        forward=Equation(over.y, over.at, _here(over), (over.x, _p(over))),
        gradients={} if over.x.integer else {"input": _gradient(over)},
        settings={**over.settings, "k": k},
        axes=over.named,
        sizes=over.sizes,
        notes=(_TIES,),
        others=(Output("indices", _index(over), over.named["output"]),),
    )


def _p(over: Reduced) -> Tensor:
    """The indices, as a result and as what came back."""
    return over.result(1, "p", "index of the value along the axis", "Indices")


def _at(over: Reduced, index: Expr) -> Read:
    """The input at an index along the axis."""
    own = [index if k in over.gone else a.at for k, a in enumerate(over.axes)]
    return over.x[tuple(own)]


def _here(over: Reduced) -> Read:
    """The value that was found."""
    return _at(over, _p(over)[over.at])


def _index(over: Reduced) -> Equation:
    """The index that came back, where fewer than k values are smaller and k are not larger."""
    p = _p(over)
    if not over.gone:
        return Equation(p, (), Num(0), ())
    axis = over.axes[over.gone[0]]
    # the output's own index along a kept axis is primed already
    other = primed(axis) if not over.keepdim else axis.at
    value = _at(over, other)

    def counted(condition: Cond) -> Expr:
        return total(other.over(axis.length), bracket(condition))

    below, up_to = counted(value < _here(over)), counted(value <= _here(over))
    right = every(below < _K, up_to >= _K)
    body = cases((right, p[over.at]), otherwise=-1)
    return Equation(p, over.at, body, (over.x, p))


def _gradient(over: Reduced) -> Equation:
    """Everything goes to the value that was found."""
    body: Expr = over.g
    p = _p(over)
    if over.gone:
        own = tuple(
            Num(0) if k in over.gone else a.at
            for k, a in enumerate(over.axes)
            if over.keepdim or k not in over.gone
        )
        hit = equal(p[own], over.axes[over.gone[0]].at)
        body = cases((hit, over.g), otherwise=0)
    result = gradient_of(over.x)
    return Equation(result, over.inside, body, (upstream(over.y), p))


def _kth(shape: tuple[int, ...], *args: object, ties: bool = False, **options: object) -> Example:
    return Example(
        f"kthvalue {shape}, {args}, {options}, ties: {ties}",
        lambda: (
            torch.kthvalue,
            (torch.randint(4, shape).float() if ties else torch.randn(shape), *args),
            options,
        ),
    )


examples(
    _kth((5,), 2),
    _kth((2, 6), 1),
    _kth((2, 6), 6, 1, True),
    _kth((2, 6), 2, 0, keepdim=True),
    _kth((2, 6, 3), 4, 1),
    _kth((2, 20), 7, ties=True),
    _kth((), 1),
    Example("whole numbers", lambda: (torch.Tensor.kthvalue, (torch.randint(9, (3, 8)), 4), {})),
    Example("bfloat16", lambda: (torch.kthvalue, (torch.randn(3, 8).bfloat16(), 4), {})),
)
