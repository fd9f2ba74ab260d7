"""What a call is recorded as, and what its rule says of it."""

import torch
from torch.overrides import TorchFunctionMode

from generator.binding import bind
from generator.capture.functions import describe
from generator.layers.registry import lookup


class _Recorder(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kept = [a.clone() if torch.is_tensor(a) else a for a in args]
        result = func(*args, **(kwargs or {}))
        self.calls.append((describe(func).type, kept, kwargs or {}, result))
        return result


def explained(run):
    """The formula of the one call that `run` makes, its operands and its result.

    An operand is what it was before the call, so that calls in place are explained as well.
    """
    with _Recorder() as recorder:
        run()
    (name, args, kwargs, result) = recorder.calls[-1]
    rule = lookup(name)
    assert rule is not None, f"{name} is not explained"
    data = lambda v: v if torch.is_tensor(v) else None
    with torch.no_grad():
        bound = bind(rule, args, kwargs, [result], data=data)
    return rule.explain(bound.call), dict(bound.tensors), result
