"""Movement of data on torch's own sample inputs, and how its formulas read."""

import pytest
import torch
from samples import check, samples
from spellings import explained
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

MOST = 12
PLAIN = [
    "reshape",
    "view",
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "view_as",
    "reshape_as",
    "ravel",
    "permute",
    "transpose",
    "t",
    "T",
    "mT",
    "H",
    "mH",
    "movedim",
    "cat",
    "stack",
    "hstack",
    "vstack",
    "dstack",
    "column_stack",
    "split",
    "chunk",
    "tensor_split",
    "split_with_sizes",
    "unsafe_split",
    "unsafe_chunk",
    "unbind",
    "hsplit",
    "vsplit",
    "dsplit",
    "expand",
    "expand_as",
    "broadcast_to",
    "broadcast_tensors",
    "meshgrid",
    "repeat",
    "tile",
    "repeat_interleave",
    "roll",
    "flip",
    "fliplr",
    "flipud",
    "rot90",
    "narrow_copy",
    "select",
    "tril",
    "triu",
    "diagonal",
    "diag",
    "diagflat",
    "diag_embed",
    "unfold",
    "constant_pad_nd",
    "nn.functional.pixel_shuffle",
    "nn.functional.pixel_unshuffle",
    "nn.functional.channel_shuffle",
]
ANY_TYPE = (torch.float32, torch.int64, torch.bool, torch.bfloat16)
VARIANTS = [("nn.functional.pad", v) for v in ("constant", "reflect", "replicate")]
VARIANTS += [
    ("nn.functional.interpolate", v)
    for v in ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area")
]


def _all(name, dtype, variant=""):
    return [run for run, _ in samples(name, dtype, variant)]


def _some(runs):
    """Some of many, the first and the last among them."""
    step = max(1, len(runs) // MOST)
    return runs[::step] if len(runs) > MOST else runs


@pytest.mark.parametrize("dtype", ANY_TYPE, ids=str)
@pytest.mark.parametrize("name", PLAIN)
def test_torchs_samples_of_every_type_are_explained(name, dtype):
    runs = [run for v in ("", "list", "list_of_tensors") for run in _all(name, dtype, v)]
    found = [check(run) for run in _some(runs)]
    assert found
    # a scalar's windows are a vector of one
    assert found.count(False) <= (1 if name == "unfold" else 0)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_torchs_samples_of_resampling_are_explained(name, variant):
    found = [check(run) for run in _some(_all(name, torch.float32, variant))]
    assert found
    assert all(found)


@pytest.mark.filterwarnings("ignore:.*is deprecated")
@pytest.mark.parametrize("name", ["upsample_nearest", "upsample_bilinear", "unfold"])
def test_torchs_samples_of_other_spellings_are_explained(name):
    found = [check(run) for run in _some(_all(f"nn.functional.{name}", torch.float32))]
    assert found
    assert all(found)


X = torch.randn(2, 3, 4, 5)
LINE = torch.randn(1, 1, 7)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: F.pad(LINE, (2, -1), mode="circular"), "ring"),
        (lambda: torch.cat([X, X.double()]), "conversion"),
        (lambda: torch.repeat_interleave(torch.tensor([1, 2])), "positions"),
        (lambda: F.interpolate(X, size=(8, 8), mode="bilinear", antialias=True), "antialias"),
        # torch's backward pass takes the shortcut for twice the length, its forward pass does not
        (lambda: F.interpolate(X[..., :2], scale_factor=(1, 2.3)), "twice as many"),
        (lambda: F.interpolate(LINE, scale_factor=1.1), "as it is"),
        (lambda: F.interpolate(LINE, scale_factor=2**0.5), "no simple fraction"),
        (lambda: F.interpolate((X * 9).byte(), (8, 8), mode="bilinear"), "uint8"),
    ],
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)


def test_parts_that_overlap_are_refused():
    assert not check(lambda: torch.tensor_split(LINE, (5, 2), 2))
    assert check(lambda: torch.tensor_split(LINE, (2, 5), 2))


def test_a_position_that_rounding_decides_is_refused():
    refused = []
    for count in range(1, 200):
        for length in (41, 100):
            try:
                explained(lambda n=length, m=count: F.interpolate(torch.zeros(1, 1, n), m))
            except Refused:
                refused.append((length, count))
            else:
                place = torch.arange(count) * length // count
                assert torch.equal(
                    F.interpolate(torch.arange(length).view(1, 1, -1).double(), count)[0, 0].long(),
                    place,
                )
    assert len(refused) < 20


def test_positions_that_float32_holds_have_no_error_in_the_budget():
    """Weights of 1/4 and 3/4 are exact, whatever the length: the budget does not grow with it."""
    from generator.formula.evaluate import evaluate

    budgets = []
    for length in (8, 800):
        x = torch.ones(1, 1, length)
        run = lambda x=x: F.interpolate(x, scale_factor=2, mode="linear")
        formula, operands, _ = explained(run)
        equation = configure(formula.forward, formula.settings)
        budgets.append(float(evaluate(equation, operands, unit=2.0**-24).budget.max()))
    assert budgets[1] < 1.5 * budgets[0]


def test_many_operands_have_no_definition_of_many_cases():
    parts = [torch.randn(2, 1 + k % 3) for k in range(100)]
    formula, _, _ = explained(lambda: torch.cat(parts, 1))
    forward = formula.forward
    bodies = [forward.body, *(s.body for s in forward.stages)]
    assert max(len(b.cases) for b in bodies) < 8
    assert "p^{(" in equation_latex(forward)


def test_two_operands_read_as_in_a_textbook():
    formula, _, _ = explained(lambda: torch.cat([X, X], 1))
    text = equation_latex(configure(formula.forward, formula.settings)).replace(r"\;", "")
    assert r"x^{(0)}_{n,c,h,w} & \text{if } c < 3" in text
    assert r"x^{(1)}_{n, c - 3, h, w} & \text{otherwise}" in text


def test_only_parts_that_a_gradient_reaches_are_read_on_the_way_back():
    from generator.binding import bind
    from generator.layers.registry import lookup

    parts = list(X.split(1, 1))
    data = lambda v: v if torch.is_tensor(v) else None
    rule = lookup("torch.Tensor.split")
    bound = bind(rule, (X, 1, 1), {}, parts, data=data, reached=(True, False, True))
    read = {t.name for t in rule.explain(bound.call).gradients["input"].tensors}
    assert read == {"grad_output", "grad_output_2"}
