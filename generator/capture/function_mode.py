"""Lists the functions of torch that run between the modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from generator.capture.functions import Function, describe
from generator.capture.tracer import Tracer, quiet

_CONVERSIONS = frozenset(
    ("to", "type", "type_as", "contiguous", "float", "double", "half", "bfloat16", "cpu", "cuda")
)


class FunctionMode(TorchFunctionMode):
    """Sees every call of a torch function outside a module that is one step."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self._tracer = tracer

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the function as it would have run, and record it if it gives a tensor."""
        options = {} if kwargs is None else kwargs
        if self._tracer.inside:
            return func(*args, **options)
        function = describe(func)
        written = function.written(args, options) if function.listed else []
        if written:
            return self._run_writing(func, function, written, args, options)
        result = func(*args, **options)
        if function.base in _CONVERSIONS and args and result is args[0]:
            return result  # it was what it should become, and nothing happened
        if function.listed and _gives_tensor(result):
            with quiet():
                step = self._tracer.function_step(function.base, function.type)
                self._tracer.take(step, args, options)
                self._tracer.finish(step, result)
        return result

    def _run_writing(
        self,
        func: Callable[..., Any],
        function: Function,
        written: list[torch.Tensor],
        args: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> Any:
        # What is read has to be recorded first: afterwards it is overwritten.
        with quiet():
            step = self._tracer.function_step(function.base, function.type)
            self._tracer.take(step, args, options)
            self._tracer.before_write(written)
        result = func(*args, **options)
        with quiet():
            # x[i] = y and x.data = y return nothing: what they give is the tensor they changed.
            self._tracer.finish(step, written[0] if result is None else result)
        return result


def _gives_tensor(result: object) -> bool:
    if isinstance(result, torch.Tensor):
        return True
    return isinstance(result, tuple | list) and any(_gives_tensor(item) for item in result)
