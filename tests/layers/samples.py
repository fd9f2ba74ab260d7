"""Torch's own sample inputs, and any other call: explained and right, or refused in words."""

import functools
import sys
import types
import unittest

import harness
import torch
from torch.overrides import TorchFunctionMode

from generator.binding import bind
from generator.capture.functions import describe
from generator.capture.trees import tensors
from generator.layers.registry import Refused, lookup


@functools.cache
def operators():
    """Torch's descriptions of its operators, with their sample inputs."""
    # torch's test classes, which nothing here uses, have this package's as their base
    module = types.ModuleType("expecttest")
    module.TestCase = unittest.TestCase
    sys.modules.setdefault("expecttest", module)
    from torch.testing._internal.common_methods_invocations import op_db

    # that forbids torch's switches to be set, which a recording in the same process does
    torch.backends.__allow_nonbracketed_mutation_flag = True
    return op_db


def samples(name, dtype=torch.float32, variant=""):
    """Pairs of a callable and a label, one for each of torch's samples of the operator."""
    torch.manual_seed(0)
    for op in operators():
        if op.name == name and op.variant_test_name == variant:
            wanted = dtype.is_floating_point
            for k, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=wanted)):
                yield lambda op=op, s=sample: op.op(s.input, *s.args, **s.kwargs), f"{name} {k}"


class _Last(TorchFunctionMode):
    """The last call that is made, with its own arguments: gradients by them can be asked for."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        options = {} if kwargs is None else kwargs
        self.call = (describe(func).type, args, options, func(*args, **options))
        return self.call[-1]


def check(run):
    """Whether the one call that `run` makes is explained; an error where it is explained wrong."""
    with _Last() as recorder:
        run()
    name, args, kwargs, result = recorder.call
    rule = lookup(name)
    assert rule is not None, f"{name} is not known"
    outputs = list(tensors(result))
    reached = [o.requires_grad for o in outputs]
    data = lambda v: v if torch.is_tensor(v) else None
    try:
        bound = bind(
            rule,
            args,
            kwargs,
            outputs,
            data=data,
            reached=reached if any(reached) else [o.is_floating_point() for o in outputs],
        )
        formula = rule.explain(bound.call)
    except Refused:
        return False
    ran = harness.Ran(bound, formula, _operands(rule, bound, outputs), outputs, {})
    wanted = {n: t for n, t in bound.tensors.items() if t.requires_grad}
    if wanted and any(reached):
        found = torch.autograd.grad(
            [o for o in outputs if o.requires_grad],
            list(wanted.values()),
            [ran.operands[f"grad_{n}"] for n, o in _named(outputs) if o.requires_grad],
            allow_unused=True,
        )
        # an operand without an equation is unexplained, and a page says so
        pairs = zip(wanted, found, strict=True)
        ran.gradients = {n: g for n, g in pairs if n in formula.gradients}
    ran.outputs = [o.detach() for o in outputs]
    harness.check_values(ran)
    return True


def _named(outputs):
    return [("output" if k == 0 else f"output_{k}", o) for k, o in enumerate(outputs)]


def _operands(rule, bound, outputs):
    found = {n: t.detach() for n, t in bound.tensors.items()}
    if rule.draw is not None:
        found |= dict(rule.draw(bound.tensors, bound.call.options, outputs[0]))
    for name, output in _named(outputs):
        found[name] = output.detach()
        if output.requires_grad:
            found[f"grad_{name}"] = torch.randn_like(output)
    return found
