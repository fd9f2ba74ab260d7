"""Hooks on the model's modules: which are steps, which contain others, and which never ran."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import nn

from generator.capture.names import type_name
from generator.capture.tracer import ContainerDraft, StepDraft, Tracer, quiet

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

_HOLDERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
LONGEST_DOC = 600
"""Characters of a docstring's first paragraph, cut between words."""
_PLAIN = (bool, int, float, str, type(None))
_SEQUENCES: tuple[type[list[object]], type[tuple[object, ...]]] = (list, tuple)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is known of a module before the run."""

    name: str
    type: str
    is_step: bool
    parameters: tuple[tuple[str, nn.Module, str], ...]
    """Local name, owner and key of each parameter in it; read anew at each call."""
    buffers: tuple[tuple[str, nn.Module, str], ...]


@dataclass(eq=False)
class Call:
    """A module that is running now."""

    module: nn.Module
    step: StepDraft | None
    container: bool
    error: BaseException | None
    """The error that was being handled when it began: any other is its own."""


class ModuleHooks:
    """Follows the calls of all modules while it is entered; then no hook is left."""

    def __init__(self, tracer: Tracer, model: nn.Module, is_step: Callable[[str], bool]) -> None:
        self._tracer = tracer
        self._model = model
        self._plans = {
            id(module): _plan(name, module, is_step) for name, module in model.named_modules()
        }
        self._calls: list[Call] = []
        self._handles: list[RemovableHandle] = []
        self.ran: set[str] = set()
        self.failed_in: str | None = None

    @property
    def names(self) -> list[str]:
        """The qualified names of all modules."""
        return [plan.name for plan in self._plans.values()]

    def __enter__(self) -> Self:
        for module in self._model.modules():
            if module is self._model and not self._plans[id(module)].is_step:
                continue  # the run itself opens and closes the outermost container
            # Last before the call and first after it: what the user's own hooks compute is
            # listed as steps, not hidden in this one.
            before = module.register_forward_pre_hook(self._before, with_kwargs=True)
            after = module.register_forward_hook(
                self._after, with_kwargs=True, prepend=True, always_call=True
            )
            self._handles += [before, after]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def root(self) -> ContainerDraft:
        """The container that is the model itself."""
        plan = self._plans[id(self._model)]
        source = self._tracer.sources.defined(type(self._model))
        return ContainerDraft("", plan.type, _doc(self._model), source)

    def not_run(self) -> tuple[Plan, ...]:
        """Modules that never ran, nor any of their parts, nor were read; outermost only."""
        read = {part.draft.name for step in self._tracer.steps for part in step.parts}
        alive = {above for name in (*self.ran, *read) for above in _above(name)} | self.ran
        steps = {plan.name for plan in self._plans.values() if plan.is_step} & self.ran
        missing: dict[str, Plan] = {}
        for plan in self._plans.values():
            name = plan.name
            covered = any(above in steps or above in missing for above in _above(name))
            if name and name not in alive and not covered:
                missing[name] = plan
        return tuple(missing.values())

    def _before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call = Call(module, None, container=False, error=sys.exc_info()[1])
        self._calls.append(call)
        if self._tracer.inside:
            return
        with quiet():
            plan = self._plans[id(module)]
            self.ran.add(plan.name)
            if plan.is_step:
                call.step = self._begin_step(plan, module, args, kwargs)
                self._tracer.inside = True
            else:
                container = ContainerDraft(
                    plan.name, plan.type, _doc(module), self._tracer.sources.here()
                )
                self._tracer.enter(container, (args, kwargs))
                call.container = True

    def _after(self, module: nn.Module, _args: Any, _kwargs: Any, result: Any) -> None:
        # An error in another hook may have kept ours from seeing the call begin.
        if not self._calls or self._calls[-1].module is not module:
            return
        call = self._calls.pop()
        error = sys.exc_info()[1]
        failed = error is not None and error is not call.error
        if failed and self.failed_in is None:
            self.failed_in = self._plans[id(module)].name
        with quiet():
            if call.step is not None:
                self._tracer.inside = False
                if not failed:
                    self._tracer.finish(call.step, result)
            elif call.container and failed:
                self._tracer.scopes.pop()
            elif call.container:
                self._tracer.leave(result)

    def _begin_step(
        self, plan: Plan, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> StepDraft:
        tracer = self._tracer
        name = plan.name or type(module).__name__.lower()
        step = tracer.module_step(name, plan.type)
        tracer.take(step, args, kwargs)
        step.attributes = _attributes(module)
        for local, owner, key in plan.parameters:
            self._hold(step, step.parameters, local, owner._parameters.get(key))  # noqa: SLF001
        for local, owner, key in plan.buffers:
            self._hold(step, step.buffers, local, owner._buffers.get(key))  # noqa: SLF001
        for key, held in vars(module).items():
            # A reparametrised weight is a plain attribute, computed by steps before this one.
            if isinstance(held, torch.Tensor):
                place = step.parameters if held.requires_grad else step.buffers
                self._hold(step, place, key, held)
        tracer.before_write(_written(plan, module, args, kwargs))
        return step

    def _hold(
        self, step: StepDraft, place: dict[str, Any], key: str, tensor: torch.Tensor | None
    ) -> None:
        if tensor is not None:
            place[key] = self._tracer.part(step, self._tracer.ledger.find(tensor))


def _plan(name: str, module: nn.Module, is_step: Callable[[str], bool]) -> Plan:
    cls = type(module)
    type_name_ = type_name(cls)
    own = cls.__module__.startswith("torch.nn.") and cls not in _HOLDERS
    leaf = own and not any(True for _ in module.children())
    step = leaf or is_step(type_name_)
    inner = list(module.named_modules()) if step else []
    return Plan(name, type_name_, step, _slots(inner, "_parameters"), _slots(inner, "_buffers"))


def _above(name: str) -> list[str]:
    """The names of all modules around a module or a parameter, the model's own among them."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(len(parts))]


def _slots(
    inner: list[tuple[str, nn.Module]], table: str
) -> tuple[tuple[str, nn.Module, str], ...]:
    return tuple(
        (f"{path}.{key}" if path else key, owner, key)
        for path, owner in inner
        for key in getattr(owner, table)
    )


def _doc(module: nn.Module) -> str:
    doc = type(module).__dict__.get("__doc__")
    paragraphs = re.split(r"\n\s*\n", doc.strip(), maxsplit=1) if isinstance(doc, str) else [""]
    return textwrap.shorten(paragraphs[0], LONGEST_DOC, placeholder=" …")


def _attributes(module: nn.Module) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in vars(module).items():
        if key.startswith("_"):
            continue
        if isinstance(value, torch.dtype):
            found[key] = str(value)
        elif _is_plain(value):
            found[key] = tuple(value) if isinstance(value, _SEQUENCES) else value
    return found


def _is_plain(value: object) -> bool:
    if isinstance(value, _PLAIN):
        return True
    return isinstance(value, _SEQUENCES) and all(map(_is_plain, value))


def _written(
    plan: Plan, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> list[torch.Tensor]:
    """What the module's call changes in place: its input, its statistics, its weight."""
    written: list[torch.Tensor] = []
    if getattr(module, "inplace", False) is True:
        inputs = (*args, *kwargs.values())[:1]
        written += [item for item in inputs if isinstance(item, torch.Tensor)]
    if module.training:
        held = (owner._buffers.get(key) for _, owner, key in plan.buffers)  # noqa: SLF001
        written += [buffer for buffer in held if buffer is not None]
    if getattr(module, "max_norm", None) is not None:
        written += list(module.parameters(recurse=False))
    return written
