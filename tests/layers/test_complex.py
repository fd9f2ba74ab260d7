"""Complex tensors: edges of single formulas, what moves both parts alike, torch's own samples."""

import itertools
import sys
import types
import unittest
import warnings

import harness
import pytest
import torch

from generator.layers.complex_calls import of_complex
from generator.layers.registry import Example, Refused

# torch's own samples import a tool of torch's own tests, of which they need nothing but a name
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402

OPS = {op.name: op for op in op_db if not op.variant_test_name}
MOST = 10
ANGLES = [1 + 0j, -1 + 0j, 0j, 2j, -2j, complex(-1, -0.0), -3 + 1j, -3 - 1j]


def number(*shape):
    return torch.randn(shape, dtype=torch.complex64)


def run(function, *args, **kwargs):
    return harness.run(Example("", lambda: (function, args, kwargs)))


@pytest.mark.parametrize("function", [torch.abs, torch.sgn, torch.angle])
def test_singular_points_are_torchs(function):
    harness.check_values(run(function, torch.tensor(ANGLES)))


def test_the_angle_of_no_number_is_none():
    harness.check_values(run(torch.angle, torch.tensor([-1.0, 0.0, torch.nan])))


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (torch.Tensor.view, (number(2, 6), 3, 4)),
        (torch.reshape, (number(2, 6), (-1,))),
        (torch.unsqueeze, (number(2, 6), 1)),
        (torch.permute, (number(2, 3, 2), (2, 0, 1))),
        (torch.sum, (number(2, 3, 20), 2)),
        (torch.mean, (number(2, 3, 20), (0, 1))),
        (torch.cat, ([number(2, 3), number(2, 4)], 1)),
        (torch.stack, ([number(2, 3), number(2, 3)], 1)),
        (torch.Tensor.__getitem__, (number(5, 3), (None, torch.tensor([1, 1, 2]), ...))),
        (torch.split, (number(5, 3), 2)),
        (torch.Tensor.expand, (number(1, 2), 3, 2)),
        (torch.roll, (number(3, 2), 1, 0)),
        (torch.gather, (number(3, 2), 0, torch.tensor([[0, 1], [2, 2]]))),
        (torch.tril, (number(3, 3),)),
        (torch.cumsum, (number(3, 3), 1)),
        (torch.clone, (number(3, 3),)),
    ],
)
def test_both_parts_move_alike(function, args):
    ran = run(function, *args)
    harness.check_values(ran)
    harness.check_derivatives(ran)
    assert ran.formula.axes["output"][-1] == "part"


def test_a_type_has_one_formula_for_complex_calls():
    with pytest.raises(ValueError, match=r"torch\.mul are explained twice"):
        of_complex("torch.mul")(lambda call: None)


def test_other_types_are_refused():
    with pytest.raises(Refused, match="on complex numbers is not explained"):
        run(torch.tanh, number(3))


@pytest.mark.parametrize("dtype", [torch.complex64, torch.float32], ids=str)
@pytest.mark.parametrize(
    "name",
    [
        "abs",
        "add",
        "angle",
        "complex",
        "conj",
        "conj_physical",
        "fft.fft",
        "fft.fft2",
        "fft.fftn",
        "fft.fftshift",
        "fft.hfft",
        "fft.hfft2",
        "fft.hfftn",
        "fft.ifft",
        "fft.ifft2",
        "fft.ifftn",
        "fft.ifftshift",
        "fft.ihfft",
        "fft.ihfft2",
        "fft.ihfftn",
        "fft.irfft",
        "fft.irfft2",
        "fft.irfftn",
        "fft.rfft",
        "fft.rfft2",
        "fft.rfftn",
        "imag",
        "mul",
        "polar",
        "real",
        "reshape",
        "resolve_conj",
        "rsub",
        "sgn",
        "sub",
        "view_as_complex",
        "view_as_real",
    ],
)
def test_torchs_own_samples_are_explained_or_refused(name, dtype):
    op = OPS[name]
    if not op.supports_dtype(dtype, "cpu"):
        pytest.skip(f"{name} is not for {dtype}")
    done = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        samples = op.sample_inputs("cpu", dtype, requires_grad=True)
        for sample in itertools.islice(samples, MOST):
            try:
                ran = run(op.op, sample.input, *sample.args, **sample.kwargs)
            except Refused:
                continue
            harness.check_values(ran)
            done += 1
    assert done > 0
