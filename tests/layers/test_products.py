"""Products of tensors on the inputs that torch's own tests give them, and their wording."""

import sys
import types
import unittest
import warnings

import harness
import pytest
import torch

from generator.layers.registry import Example, Refused

# torch's own samples import a tool of torch's own tests, of which they need nothing but a name
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402

NAMES = {
    "__rmatmul__",
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "linalg.cross",
    "linalg.matrix_power",
    "linalg.multi_dot",
    "linalg.vecdot",
    "matmul",
    "mm",
    "mv",
    "nn.functional.bilinear",
    "nn.functional.linear",
    "outer",
    "tensordot",
    "trace",
    "vdot",
}
OPS = {op.name: op for op in op_db if op.name in NAMES and not op.variant_test_name}
DTYPES = (torch.float32, torch.int64, torch.complex64)
MOST = 12
REFUSED = {
    ("addmm", torch.complex64),  # its samples have complex factors
    *((name, torch.complex64) for name in ("cross", "kron", "linalg.cross")),
    ("linalg.matrix_power", torch.complex64),
}
"""Of these all are refused."""


def samples(op, dtype):
    wanted = dtype.is_floating_point or dtype.is_complex
    for sample in list(op.sample_inputs("cpu", dtype, requires_grad=wanted))[:MOST]:
        function, args = op.op, (sample.input, *sample.args)
        if op.name == "einsum":
            function, args = torch.einsum, (sample.args[0], list(sample.input))
        given = function, args, dict(sample.kwargs)
        yield Example("", lambda given=given: given)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", sorted(OPS))
def test_torchs_own_samples_are_explained_or_refused(name, dtype):
    op = OPS[name]
    if not op.supports_dtype(dtype, "cpu"):
        pytest.skip(f"{name} is not for {dtype}")
    done, refused = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for example in samples(op, dtype):
            try:
                ran = harness.run(example)
            except Refused as refusal:
                refused.append(str(refusal))
                continue
            harness.check_values(ran)
            done += 1
    if (name, dtype) not in REFUSED:
        assert done > 0, refused
