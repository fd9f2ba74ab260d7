"""Makes a user's own autograd function one step: its forward is no part of the graph."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from torch.autograd import Function
from torch.nn.modules._functions import BackwardHookFunction

from generator.capture.names import type_name
from generator.capture.tracer import Tracer, quiet
from generator.capture.trees import tensors


class CustomFunctions:
    """While it is entered, each `Function.apply` outside a step is recorded.

    An `apply` that was looked up before is not seen; the functions of torch inside it are.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._apply: Any = Function.__dict__["apply"]

    def __enter__(self) -> None:
        def apply(cls: type[Function], *args: Any, **kwargs: Any) -> Any:
            return self._run(cls, args, kwargs)

        Function.apply = classmethod(apply)  # type: ignore[method-assign, assignment]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Function.apply = self._apply  # type: ignore[method-assign]

    def _run(self, cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        apply = self._apply.__get__(None, cls)
        if self._tracer.inside:
            return apply(*args, **kwargs)
        if cls is BackwardHookFunction:  # torch's identity around a module with such a hook
            return self._hidden(apply, args, kwargs)
        with quiet():
            step = self._tracer.function_step(cls.__name__, type_name(cls))
            self._tracer.take(step, args, kwargs)
            # It may change whatever it was given, and says so only to autograd.
            self._tracer.before_write(tensors((args, kwargs)))
        result = self._hidden(apply, args, kwargs)
        with quiet():
            self._tracer.finish(step, result)
        return result

    def _hidden(self, apply: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._tracer.inside = True
        try:
            return apply(*args, **kwargs)
        finally:
            self._tracer.inside = False
