"""A run leaves the model and all of torch's state as they were, also when it fails."""

import gc
import random
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from generator.capture import CaptureError


class Everything(nn.Module):
    """Changes all that a forward can change, and fails if it is told to."""

    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(3)
        self.embedding = nn.Embedding(4, 3, max_norm=0.1)
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("count", torch.zeros(1))
        self.fail = False

    def forward(self, x):
        random.random()
        np.random.rand()  # noqa: NPY002 - the global generator is what is tested
        torch.rand(1)
        self.count += 1
        self.register_buffer("late", torch.ones(1))
        with torch.no_grad():
            self.weight.mul_(2)
            self.weight.data[0] = 9
        self.embedding(torch.tensor([1]))
        self.eval()
        y = self.train().bn(x)
        self.weight.requires_grad_(False)
        if self.fail:
            raise ValueError("told to fail\nwith a second line")
        return y * self.embedding(torch.tensor([2])).sum()


def snapshot(module):
    state = {key: value.clone() for key, value in module.state_dict().items()}
    tensors = {id(t) for t in [*module.parameters(), *module.buffers()]}
    flags = [m.training for m in module.modules()]
    grads = [
        (p.grad if p.grad is None else p.grad.clone(), p.requires_grad) for p in module.parameters()
    ]
    hooks = [
        len(table)
        for m in module.modules()
        for table in (m._forward_hooks, m._forward_pre_hooks, m._backward_hooks)
    ]
    return state, tensors, flags, grads, hooks


def same(before, after):
    states = before[0].keys() == after[0].keys() and all(
        torch.equal(before[0][key], after[0][key]) for key in before[0]
    )
    grads = all(
        (a is b or torch.equal(a, b)) and p == q
        for (a, p), (b, q) in zip(before[3], after[3], strict=True)
    )
    return states and grads and before[1:3] == after[1:3] and before[4] == after[4]


def numpy_state():
    return np.random.get_state()[1].tolist()  # noqa: NPY002 - the global generator is tested


def switches():
    return (
        torch.backends.mha.get_fastpath_enabled(),
        torch.backends.cuda.matmul.allow_tf32,
        torch.backends.cudnn.allow_tf32,
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.deterministic,
        torch.backends.cuda.flash_sdp_enabled(),
        torch.backends.cuda.mem_efficient_sdp_enabled(),
        torch.get_float32_matmul_precision(),
        torch.is_grad_enabled(),
    )


@pytest.mark.parametrize("fail", [False, True])
@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_as_it_was(fail, training, record):
    module = Everything().train(training)
    module.fail = fail
    module.bn.weight.grad = torch.full((3,), 5.0)
    grad = module.bn.weight.grad
    before = snapshot(module)
    x = torch.randn(2, 3, 2, 2)
    if fail:
        with pytest.raises(CaptureError, match="told to fail"):
            record(module, x)
    else:
        record(module, x)
    assert same(before, snapshot(module))
    assert module.bn.weight.grad is grad


@pytest.mark.parametrize("fail", [False, True])
def test_random_states_and_switches_are_as_they_were(fail, record):
    module = Everything()
    module.fail = fail
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        states = torch.get_rng_state(), random.getstate(), numpy_state()
        before = switches()
        try:
            record(module, torch.randn(2, 3, 2, 2, generator=torch.Generator()))
        except CaptureError:
            assert fail
        assert torch.equal(torch.get_rng_state(), states[0])
        assert random.getstate() == states[1]
        assert numpy_state() == states[2]
        assert switches() == before
        assert before[1]
    finally:
        torch.backends.cuda.matmul.allow_tf32 = False


def test_the_switches_are_off_during_the_run(record):
    seen = []

    class Looks(nn.Module):
        def forward(self, x):
            seen.extend(switches())
            return x * 2

    with torch.no_grad():
        notes = record(Looks(), torch.ones(2)).notes
    assert seen == [False, False, False, False, True, False, False, "highest", True]
    assert any("TF32 off" in note for note in notes)


def test_the_callers_input_is_neither_changed_nor_marked(record):
    x = torch.tensor([-1.0, 2.0])
    indices = torch.tensor([1, 2])

    class Changes(nn.Module):
        def forward(self, x, indices):
            indices.add_(1)
            return nn.functional.relu(x, inplace=True) * indices

    recording = record(Changes(), x, indices)
    assert x.tolist() == [-1.0, 2.0]
    assert indices.tolist() == [1, 2]
    assert not x.requires_grad
    assert recording.inputs["x"].data.tolist() == [-1.0, 2.0]
    assert recording.inputs["indices"].data.tolist() == [1, 2]


def test_no_hook_is_left_on_what_the_model_keeps(record):
    class Keeps(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 2)
            self.kept = []

        def forward(self, x):
            self.kept.append(self.linear(x))
            return self.kept[-1].tanh()

    module = Keeps()
    recording = record(module, torch.ones(1, 2))
    assert module.kept[0]._backward_hooks is None
    assert not module.linear._forward_hooks
    # A hook on a node of the kept graph would hold what was recorded.
    recorded = weakref.ref(recording.parameters["linear.weight"].data)
    del recording
    gc.collect()
    assert recorded() is None
