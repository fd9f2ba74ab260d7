"""One forward and one backward run of a model, recorded without disturbing it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from generator.capture.custom import CustomFunctions
from generator.capture.errors import CaptureError, one_line
from generator.capture.freezing import Freezer
from generator.capture.function_mode import FunctionMode
from generator.capture.gradients import run_backward
from generator.capture.inputs import Inputs, half_squared_sum, prepared, refuse_unusable
from generator.capture.ledger import Draft, Ledger
from generator.capture.modules import ModuleHooks
from generator.capture.names import type_name
from generator.capture.records import Recording
from generator.capture.sources import Sources
from generator.capture.state import NOTES, ModelState, exact_arithmetic, place, seeded
from generator.capture.tracer import Draw, Tracer, quiet
from generator.capture.trees import tensors

Loss = Callable[[Any], torch.Tensor]
DEFAULT_LOSS = "layerbook.half_squared_sum"


def record(
    module: nn.Module,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    *,
    loss: Loss | None = None,
    is_step: Callable[[str], bool],
    device: torch.device,
    seed: int = 0,
    root: Path | None = None,
    draws: Mapping[str, Draw] | None = None,
) -> Recording:
    """Run the model once forward and once backward and record every step.

    `loss` maps the model's output to a scalar; without it L = ½ Σ y². `is_step` says of a module
    type's public name whether it is one step. `draws` has, by type, what finds the random draws of
    such a step. File names are shown relative to `root`. The model
    and all of torch's state are afterwards as they were. Raises CaptureError for a model that
    cannot be run, or whose loss cannot be differentiated.
    """
    started = time.perf_counter()
    refuse_unusable(module, args, kwargs)
    run = _Run(module, loss, is_step, device, root, draws or {})
    with ExitStack() as stack:
        state = ModelState(module)
        stack.callback(run.release)
        stack.callback(lambda: state.restore(run.overwritten()))
        stack.enter_context(exact_arithmetic())
        with run.explained(f"moving the model to {device}"):
            place(module, device)
        stack.enter_context(seeded(seed, device))
        loss_draft = run.go(prepared(module, args, kwargs, device))
        return run.recording(loss_draft, seed, started)


class _Run:
    """The parts of one run and the order in which they are used."""

    def __init__(
        self,
        module: nn.Module,
        loss: Loss | None,
        is_step: Callable[[str], bool],
        device: torch.device,
        root: Path | None,
        draws: Mapping[str, Draw],
    ) -> None:
        self._module = module
        self._loss = loss
        self._device = device
        self._ledger = Ledger(_attribute_names(module))
        self._tracer = Tracer(self._ledger, Sources(root, record.__code__), draws)
        self._hooks = ModuleHooks(self._tracer, module, is_step)
        self._inputs: dict[str, Draft] = {}
        self._shown: Mapping[str, object] = {}
        self._parameters: dict[str, Draft] = {}
        self._outputs: tuple[Draft, ...] = ()
        self._output_names: tuple[str, ...] = ()
        self._training = module.training

    def go(self, inputs: Inputs) -> Draft:
        """Forward, loss and backward; gives the loss."""
        try:
            self._take_in(inputs)
            with self._hooks, CustomFunctions(self._tracer), FunctionMode(self._tracer):
                output = self._forward(inputs)
                loss = self._run_loss(output)
            self._refuse_unnoticed()
            with self.explained("the backward pass"):
                run_backward(loss.tensor, self._ledger)
        finally:
            self._tracer.gradients.remove()
        return loss

    def release(self) -> None:
        """Let go of what only the run needed."""
        self._ledger.release()
        self._tracer.steps.clear()

    def overwritten(self) -> dict[int, torch.Tensor]:
        """The old values of the parameters that the run has changed, by identity."""
        drafts = self._parameters.values()
        return {id(d.tensor): d.data for d in drafts if d.overwritten is not None}

    @contextmanager
    def explained(self, what: str) -> Iterator[None]:
        """Say of an error in other people's code where it happened, in one line."""
        try:
            yield
        except CaptureError:
            raise
        except Exception as error:
            place = self._tracer.sources.raised(error.__traceback__)
            layer = f", in layer '{self._hooks.failed_in}'" if self._hooks.failed_in else ""
            line = f" ({place.file}:{place.line})" if place is not None else ""
            raise CaptureError(f"{what} raised {one_line(error)}{layer}{line}") from error

    def recording(self, loss: Draft, seed: int, started: float) -> Recording:
        """The records of the run that `go` made."""
        freezer = Freezer(self._tracer, self._hooks.names)
        missing = self._hooks.not_run()
        return Recording(
            steps=freezer.steps(),
            containers=freezer.containers(),
            inputs={path: freezer.value(draft) for path, draft in self._inputs.items()},
            parameters={name: freezer.value(draft) for name, draft in self._parameters.items()},
            outputs=tuple(freezer.value(draft) for draft in self._outputs),
            loss=freezer.value(loss),
            not_run=tuple(plan.name for plan in missing),
            not_run_types=tuple(plan.type for plan in missing),
            training=self._training,
            device=_device_name(self._device),
            notes=self._notes(seed),
            seconds=time.perf_counter() - started,
            shown=self._shown,
            output_names=self._output_names,
        )

    def _take_in(self, inputs: Inputs) -> None:
        self._shown = inputs.shown
        for path, tensor in inputs.named:
            if path not in self._inputs:
                self._inputs[path] = self._input(path, tensor)
        for name, parameter in self._module.named_parameters():
            self._parameters[name] = self._ledger.add(parameter, "parameter", name, None)
        for name, buffer in self._module.named_buffers():
            self._ledger.add(buffer, "buffer", name, None)

    def _input(self, path: str, tensor: torch.Tensor) -> Draft:
        known = (draft for draft in self._inputs.values() if draft.tensor is tensor)
        found = next(known, None)
        return found if found is not None else self._ledger.add(tensor, "input", path, None)

    def _forward(self, inputs: Inputs) -> object:
        tracer = self._tracer
        with quiet():
            tracer.enter(self._hooks.root(), (inputs.args, inputs.kwargs))
        with self.explained(f"the forward pass of {type_name(type(self._module))}"):
            output = self._module(*inputs.args, **inputs.kwargs)
        with quiet():
            tracer.give(tracer.scope, output)
            self._outputs = tracer.scope.outputs
            self._output_names = tracer.scope.output_names
        return output

    def _run_loss(self, output: object) -> Draft:
        self._tracer.in_loss = True
        if self._loss is None:
            with quiet():
                return self._default_loss(output)
        with self.explained("loss(output)"):
            result = self._loss(output)
        with quiet():
            _refuse_loss(result)
            draft = self._ledger.find(result)
            if draft.step is not None:
                step = self._tracer.steps[draft.step]
                if step.kind == "loss" and step.is_function:
                    step.name = "loss"
        return draft

    def _default_loss(self, output: object) -> Draft:
        step = self._tracer.function_step("loss", DEFAULT_LOSS)
        step.source = None  # no line of the user's asked for it
        floating = [y for y in tensors(output) if y.is_floating_point()]
        result = half_squared_sum(floating, self._module)
        _refuse_loss(result)
        self._tracer.take(step, tuple(floating), {})
        self._tracer.finish(step, result)
        return self._ledger.find(result)

    def _refuse_unnoticed(self) -> None:
        changed = self._ledger.unnoticed()
        if changed is not None:
            name = changed.name or "a tensor"
            raise CaptureError(
                f"'{name}' was changed in place by an operation that could not be seen, so what "
                "the steps before read is lost; expected torch's own functions for such changes"
            )

    def _notes(self, seed: int) -> tuple[str, ...]:
        notes = [*NOTES, f"random generators seeded with {seed}"]
        if self._ledger.unfollowed:
            notes.append(
                f"{self._ledger.unfollowed} tensors came from operations that cannot be followed; "
                "they are shown as constants"
            )
        return tuple(notes)


def _refuse_loss(loss: object) -> None:
    if not isinstance(loss, torch.Tensor):
        raise CaptureError(
            f"loss(output) returned {type(loss).__name__}, expected a tensor with one element"
        )
    if loss.numel() != 1 or not loss.is_floating_point():
        shape = tuple(loss.shape)
        raise CaptureError(
            f"loss(output) returned a tensor of shape {shape} and type {loss.dtype}, "
            "expected a floating-point tensor with one element"
        )
    if not loss.requires_grad:
        raise CaptureError(
            "the loss does not depend on any input or parameter in a differentiable way; "
            "expected a scalar that autograd can follow"
        )


def _attribute_names(model: nn.Module) -> dict[int, str]:
    return {
        id(value): f"{name}.{key}" if name else key
        for name, module in model.named_modules()
        for key, value in vars(module).items()
        if isinstance(value, torch.Tensor)
    }


def _device_name(device: torch.device) -> str:
    if device.type != "cuda":
        return device.type
    return f"cuda ({torch.cuda.get_device_name(device)})"
