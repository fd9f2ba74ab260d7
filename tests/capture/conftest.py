"""One way to record a model and one to run it plainly, for all tests of the capture."""

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from generator.capture import record as record_run

EXPLAINED = {
    "torch.nn.Conv2d",
    "torch.nn.Linear",
    "torch.nn.BatchNorm2d",
    "torch.nn.MultiheadAttention",
}


@pytest.fixture
def record():
    """Records on the CPU; `is_step` may be overridden."""

    def run(module, *args, kwargs=None, is_step=EXPLAINED.__contains__, **options):
        options.setdefault("device", torch.device("cpu"))
        return record_run(module, args, kwargs or {}, is_step=is_step, **options)

    return run


@pytest.fixture
def plain():
    """The output, and the gradients of floating inputs and of parameters, of an ordinary run."""

    def run(module, *args, kwargs=None, loss=None, seed=0):
        leaves = []

        def leaf(tensor):
            if not (isinstance(tensor, torch.Tensor) and tensor.is_floating_point()):
                return tensor
            leaves.append(tensor.detach().clone().requires_grad_())
            return leaves[-1].clone()

        args = [leaf(value) for value in args]
        kwargs = {key: leaf(value) for key, value in (kwargs or {}).items()}
        torch.manual_seed(seed)
        with sdpa_kernel(SDPBackend.MATH):
            output = module(*args, **kwargs)
            flat = list(floating(output))
            total = sum(0.5 * (y * y).sum() for y in flat) if loss is None else loss(output)
            grads = torch.autograd.grad(total, [*leaves, *module.parameters()], allow_unused=True)
        return flat, grads[: len(leaves)], grads[len(leaves) :]

    return run


def floating(tree):
    if isinstance(tree, torch.Tensor):
        if tree.is_floating_point():
            yield tree
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from floating(item)
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from floating(item)
