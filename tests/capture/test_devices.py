"""A model is brought to the device of the run and back, to the very memory it had."""

import pytest
import torch
from torch import nn

from generator.capture.state import ModelState


def held(module):
    return [(id(t), t.data_ptr()) for t in [*module.parameters(), *module.buffers()]]


def test_a_converted_model_gets_its_own_memory_back():
    module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    before, numbers = held(module), [t.clone() for t in module.state_dict().values()]
    state = ModelState(module)
    module.double()
    assert held(module) != before
    state.restore({})
    assert held(module) == before
    assert all(map(torch.equal, module.state_dict().values(), numbers))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_run_on_the_gpu_agrees_and_leaves_the_model_on_the_cpu(record):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
    before, x = held(module), torch.randn(2, 3, 6, 6)
    random_state = torch.cuda.get_rng_state()
    there = record(module, x, device=torch.device("cuda"))
    assert torch.equal(torch.cuda.get_rng_state(), random_state)
    assert held(module) == before
    here = record(module, x)
    assert there.device.startswith("cuda (")
    for near, far in zip(here.steps, there.steps, strict=True):
        if near.kind != "loss":
            assert far.outputs.data.is_cuda
            torch.testing.assert_close(near.outputs.data, far.outputs.data.cpu())
            torch.testing.assert_close(near.outputs.grad, far.outputs.grad.cpu())
    for near, far in zip(here.parameters.values(), there.parameters.values(), strict=True):
        torch.testing.assert_close(near.grad, far.grad.cpu(), rtol=1e-4, atol=1e-4)
