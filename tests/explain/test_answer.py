"""What a model answered, against torch's own softmax, argmax and extremes."""

import pytest
import torch
from pages import recorded
from torch import nn
from torch.nn import functional as F

from generator.explain import explain_model
from generator.shown import Shown, ShownError


class Gives(nn.Module):
    """What it is given, and what a function makes of it."""

    def __init__(self, make=lambda x: x * 1.0):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x)


def answered(x, make=lambda x: x * 1.0, *, loss=None, outputs=None, shown=None):
    recording = recorded(Gives(make), x, loss=loss)
    pages = explain_model(
        recording,
        name="model",
        title="Model",
        summary="",
        source="",
        elements={},
        decimals=6,
        shown=shown,
        outputs=outputs,
    )
    return pages.answers


def only(x, make=lambda x: x * 1.0, **known):
    (one,) = answered(x, make, **known)
    return one


def test_a_cross_entropy_makes_the_output_logits_and_brings_the_target():
    x = torch.randn(1, 10)
    shares = x.double().softmax(1)[0]
    order = x[0].argsort(descending=True).tolist()
    for target in (order[0], order[7]):
        scores = only(x, loss=lambda y, t=target: F.cross_entropy(y, torch.tensor([t]))).scores
        (ranking,) = scores.rankings
        assert scores.takes == "logits"
        assert scores.known.title == "loss"
        assert [s.place[0] for s in ranking.first] == order[:5]
        assert [s.probability for s in ranking.first] == pytest.approx(shares[order[:5]].tolist())
        assert (ranking.target.place, ranking.rank) == ((target,), order.index(target))
        assert (scores.right, scores.targets) == (int(target == order[0]), 1)


def test_targets_are_found_behind_a_slice_and_a_reshape_and_ignored_ones_are_none():
    logits = torch.randn(2, 6, 9)
    wanted = torch.tensor([[3, 1, 4, 1, 5], [2, 6, -100, 5, 3]])

    def loss(y):
        return F.cross_entropy(y[:, :-1].reshape(-1, 9), wanted.flatten())

    scores = only(logits, loss=loss, outputs={"output": Shown("tokens")}).scores
    assert [r.place for r in scores.rankings] == [(0, 3), (0, 4), (0, 5)]
    assert [r.target and r.target.place[0] for r in scores.rankings] == [1, 5, None]
    kept = wanted != -100
    assert scores.targets == int(kept.sum()) == 9
    assert scores.right == int((logits[:, :-1].argmax(-1) == wanted)[kept].sum())


def test_what_has_scores_is_a_sample_or_a_position():
    linear = nn.Linear(4, 3)

    def loss(y):
        return F.cross_entropy(y, torch.zeros(len(y), dtype=torch.long))

    assert only(torch.randn(2, 4), linear, loss=loss).scores.place == "sample"
    rows = only(torch.randn(2, 3, 4), lambda x: linear(x).reshape(-1, 3), loss=loss).scores
    assert rows.place == "position"


def test_classes_lie_along_the_axis_that_the_loss_reads():
    x = torch.randn(1, 3, 4, 4)
    target = torch.randint(0, 3, (1, 4, 4))
    scores = only(x, loss=lambda y: F.cross_entropy(y, target)).scores
    assert (scores.classes, scores.places, scores.targets) == (3, 16, 16)
    assert scores.right == int((x.argmax(1) == target).sum())
    second = scores.rankings[1]
    assert second.place == (0, 0, 1)
    assert second.first[0].value == pytest.approx(float(x[0, :, 0, 1].max()))
    assert second.target.place[0] == int(target[0, 0, 1])


def test_without_a_loss_or_a_softmax_nothing_is_called_a_probability():
    x = torch.randn(1, 10)
    plain = only(x)
    assert plain.scores is None
    assert plain.largest[0].value == float(x.max())
    assert plain.largest[0].place == (0, int(x.argmax()))
    assert plain.smallest[0].value == float(x.min())
    named = only(x, outputs={"output": Shown("classes", vocabulary={0: "zero"})}).scores
    assert named.takes == "scores"
    assert all(s.probability is None for s in named.rankings[0].first)
    told = only(x, loss=lambda y: F.mse_loss(y, torch.zeros(1, 10)))
    assert told.scores is None


def test_a_softmax_makes_probabilities_and_a_log_softmax_their_logarithms():
    x = torch.randn(1, 4)
    made = only(x, lambda x: x.softmax(-1)).scores
    assert made.takes == "probabilities"
    assert made.rankings[0].first[0].probability == pytest.approx(float(x.softmax(1).max()))
    logs = only(
        x, lambda x: F.log_softmax(x, 1), loss=lambda y: F.nll_loss(y, torch.tensor([2]))
    ).scores
    assert logs.takes == "log-probabilities"
    assert logs.rankings[0].target.probability == pytest.approx(float(x.softmax(1)[0, 2]))
    raw = only(x, loss=lambda y: F.nll_loss(y, torch.tensor([2]))).scores
    assert all(s.probability is None for s in raw.rankings[0].first)


def test_a_loss_of_other_numbers_says_nothing_of_the_output():
    x = torch.randn(1, 4)
    target = torch.tensor([1])
    assert only(x, loss=lambda y: F.cross_entropy(y * 2, target)).scores is None


def test_the_tokens_of_an_input_name_as_many_classes():
    ids = torch.tensor([[1, 0, 2]])
    words = {0: "a", 1: "b", 2: "c"}
    table = torch.randn(3, 3, requires_grad=True)
    scores = only(
        ids,
        lambda x: table[x],
        loss=lambda y: F.cross_entropy(y[0], torch.tensor([0, 2, 1])),
        shown={"x": Shown("tokens", vocabulary=words)},
    ).scores
    assert scores.named == "x"
    assert [r.place for r in scores.rankings] == [(0, 0), (0, 1), (0, 2)]
    assert all(s.label == words[s.place[0]] for r in scores.rankings for s in r.first)


def test_outputs_have_the_names_that_the_model_gives_them():
    found = answered(torch.randn(2), lambda x: {"logits": x * 2, "more": (x + 1, x.sum())})
    assert [one.name for one in found] == ["logits", "more[0]", "more[1]"]
    assert [one.made.title for one in found] == ["mul", "add", "sum"]


def test_nan_is_no_largest_number_and_an_empty_output_has_none():
    nan = only(torch.tensor([1.0, float("nan"), 3.0]))
    assert [s.value for s in nan.largest] == [3.0, 1.0]
    one, none = answered(torch.ones(2), lambda x: (x * 1, x[:0] * 2))
    assert [s.place for s in one.largest] == [(0,), (1,)]
    assert none.largest == none.smallest == ()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"outpt": Shown("classes")}, "outputs names 'outpt', did you mean 'output'?"),
        (
            {"output": Shown("classes", vocabulary={9: "x"} | dict.fromkeys(range(9), "y"))},
            "has 4 cl",
        ),
        ({"output": Shown("image", mean=(0.0,) * 2, std=(1.0,) * 2)}, "mean and std"),
    ],
)
def test_what_an_output_cannot_be_is_an_error(said, message):
    with pytest.raises(ShownError) as raised:
        answered(torch.randn(1, 4), outputs=said)
    assert message in str(raised.value)


def test_an_image_is_drawn_once_where_the_input_is_one():
    x = torch.rand(3, 1, 8, 9)
    assert only(x).media == ()
    (drawn,) = only(x, shown={"x": Shown("image")}).media
    assert (drawn.size, drawn.count, drawn.output) == ((9, 8), 3, True)
