"""What a run may change and must not: the model, the random states, torch's global switches."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

NOTES = (
    "TF32 off: float32 is computed in float32",
    "cuDNN deterministic, without benchmarking",
    "fused attention off: plain matrix products instead",
    "fast path of the Transformer layers off: every layer runs by itself",
)


class ModelState:
    """The model as it was before the run."""

    def __init__(self, model: nn.Module) -> None:
        self._modules = [
            (m, m.training, dict(m._parameters), dict(m._buffers))  # noqa: SLF001
            for m in model.modules()
        ]
        self._parameters = [(p, p.detach(), p.grad, p.requires_grad) for p in model.parameters()]
        self._buffers = [(b, b.detach().clone()) for b in model.buffers()]
        # A gradient is no part of the run; without it nothing can be added to it.
        for parameter in model.parameters():
            parameter.grad = None

    def restore(self, overwritten: dict[int, torch.Tensor]) -> None:
        """Put everything back; `overwritten` has the old values of changed parameters, by id."""
        for module, training, parameters, buffers in self._modules:
            module.training = training
            for table, before in _tables(module, parameters, buffers):
                table.clear()
                table.update(before)
        with torch.no_grad():
            for parameter, data, grad, requires_grad in self._parameters:
                if id(parameter) in overwritten:
                    data.copy_(overwritten[id(parameter)])
                if parameter.data_ptr() != data.data_ptr() or parameter.device != data.device:
                    parameter.data = data
                parameter.requires_grad_(requires_grad)
                parameter.grad = grad
            for buffer, data in self._buffers:
                if not torch.equal(buffer, data):
                    buffer.copy_(data)


def _tables(module: nn.Module, *before: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    yield from zip((module._parameters, module._buffers), before, strict=True)  # noqa: SLF001


def place(model: nn.Module, device: torch.device) -> None:
    """Move the model to the device; its ModelState brings it back."""
    held = [*model.parameters(), *model.buffers()]
    if any(not is_on(tensor, device) for tensor in held):
        model.to(device)


def is_on(tensor: torch.Tensor, device: torch.device) -> bool:
    """Whether the tensor lies on the device; `cuda` is any GPU."""
    same_index = device.index is None or tensor.device.index == device.index
    return tensor.device.type == device.type and same_index


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """All random generators that a model may draw from, seeded; afterwards as they were."""
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = list(range(torch.cuda.device_count())) if cuda else []
    python = random.getstate()
    numpy = sys.modules.get("numpy")
    numpy_state = None if numpy is None else numpy.random.get_state()
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        random.seed(seed)
        if numpy is not None:
            numpy.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(python)
            if numpy is not None:
                numpy.random.set_state(numpy_state)


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Every layer runs by itself and in its own precision; what NOTES says."""
    with ExitStack() as stack:
        fastpath = torch.backends.mha.get_fastpath_enabled()
        stack.callback(torch.backends.mha.set_fastpath_enabled, fastpath)
        torch.backends.mha.set_fastpath_enabled(False)
        _without_tf32(stack)
        for name, wanted in (("benchmark", False), ("deterministic", True)):
            _switch(stack, torch.backends.cudnn, name, wanted)
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        yield


def _without_tf32(stack: ExitStack) -> None:
    # Both interfaces of torch are set: with only one of them set, torch refuses to multiply.
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    newer: list[Any] = [matmul, getattr(cudnn, "conv", None), getattr(cudnn, "rnn", None)]
    for place in newer:
        if hasattr(place, "fp32_precision"):
            stack.callback(setattr, place, "fp32_precision", place.fp32_precision)
    for place in (matmul, cudnn):
        _switch(stack, place, "allow_tf32", False)
    for place in newer:
        if hasattr(place, "fp32_precision"):
            place.fp32_precision = "ieee"


def _switch(stack: ExitStack, place: Any, name: str, wanted: bool) -> None:
    try:
        before = getattr(place, name)
    except RuntimeError:  # set through torch's newer interface only
        return
    restore: Callable[..., None] = setattr
    stack.callback(restore, place, name, before)
    setattr(place, name, wanted)
