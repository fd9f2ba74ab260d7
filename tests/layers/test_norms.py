"""The other normalisations: torch's own samples, zeros, running statistics, and what is refused."""

import pytest
import samples
import spellings
import torch
from torch.nn import functional as F

from generator.layers.registry import Argument, Call, Refused, lookup


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("nn.functional.rms_norm", 0),
        ("nn.functional.layer_norm", 0),
        ("nn.functional.group_norm", 0),
        ("nn.functional.instance_norm", 0),
        ("nn.functional.batch_norm", 2),  # without channels
        ("nn.functional.local_response_norm", 0),
        ("nn.functional.normalize", 1),  # of a scalar
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_torchs_samples(name, refused, dtype):
    found = [samples.check(run) for run, _ in samples.samples(name, dtype)]
    assert found
    assert found.count(False) == refused


@pytest.mark.parametrize("p", [1, 2, 3])
def test_vectors_of_length_zero(p):
    x = torch.randn(3, 5)
    x[1] = 0
    assert samples.check(lambda: F.normalize(x.requires_grad_(), p))


def test_a_vector_exactly_as_long_as_epsilon():
    x = torch.tensor([[3.0, 4.0], [0.3, 0.4]], requires_grad=True)
    assert samples.check(lambda: F.normalize(x, eps=5.0))


def test_running_statistics_of_an_input_without_a_batch_are_refused():
    own = {"training": False, "track_running_stats": True, "eps": 1e-5, "momentum": 0.1}
    given = Argument((3, 5), "float32", integer=False)
    call = Call("torch.nn.InstanceNorm1d", {"input": given}, own, (given,), module=True)
    with pytest.raises(Refused, match="without a batch"):
        lookup(call.type).explain(call)


def test_groups_that_share_their_statistics_are_told_apart():
    formula, _, _ = spellings.explained(lambda: F.group_norm(torch.randn(2, 6, 3), 2))
    assert "3 channels together" in formula.summary
    formula, _, _ = spellings.explained(lambda: F.group_norm(torch.randn(2, 6, 3), 6))
    assert "each channel by itself" in formula.summary
    formula, _, _ = spellings.explained(lambda: F.group_norm(torch.randn(2, 6, 3), 1))
    assert "all its channels together" in formula.summary
