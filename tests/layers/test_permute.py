import pytest
import torch
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

X = torch.randn(2, 3, 4, 5)

SPELLINGS = [
    lambda: X.permute(0, 2, 3, 1),
    lambda: X.permute((0, 2, -1, 1)),
    lambda: X.permute(dims=[3, 2, 1, 0]),
    lambda: torch.permute(X, (1, 0, 2, 3)),
    lambda: X.transpose(1, 2),
    lambda: torch.transpose(X, dim0=-1, dim1=0),
    lambda: X.clone().transpose_(0, 1),
    lambda: X.swapaxes(0, 1),
    lambda: torch.swapaxes(X, axis0=0, axis1=1),
    lambda: X.swapdims(0, 1),
    lambda: X.movedim(0, 2),
    lambda: torch.moveaxis(X, (0, 1), (-1, 0)),
    lambda: X.mT,
    lambda: X.mH,
    X.adjoint,
    lambda: X[0, 0].T,
    lambda: X[0, 0].H,
    X[0, 0].t,
    lambda: torch.t(X[0, 0]),
    lambda: X[0, 0].clone().t_(),
    lambda: X[0].T,
]


@pytest.mark.parametrize("run", SPELLINGS, ids=range(len(SPELLINGS)))
@pytest.mark.filterwarnings("ignore:The use of")
def test_every_spelling_is_explained_exactly(run):
    formula, operands, result = explained(run)
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    assert torch.equal(found.values, result.double().flatten())
    assert float(found.budget.max()) == 0.0
    g = torch.randn_like(result)
    gradient = configure(formula.gradients["input"], formula.settings)
    back = evaluate(gradient, {**operands, "grad_output": g}).values
    x = operands["input"]
    undone = torch.arange(x.numel()).view(x.shape)
    order = evaluate(
        configure(formula.forward, formula.settings), {"input": undone.float()}
    ).values.long()
    assert torch.equal(back[order], g.double().flatten())


def test_indices_move_with_their_axes():
    formula, _, _ = explained(lambda: X.permute(0, 2, 3, 1))
    assert equation_latex(formula.forward) == "y_{n,h,w,c} = x_{n,c,h,w}"


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X.to(torch.complex64).mH, "complex"),
    ],
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)
