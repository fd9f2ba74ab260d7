import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from generator.binding import bind
from generator.layers.registry import REQUIRED, VARIADIC, Refused, Rule


def rule(*signature, renames=()):
    return Rule("torch.f", signature, lambda call: None, "f.py", dict(renames), "F", ())


def options(rule, *args, **kwargs):
    data = lambda v: v if torch.is_tensor(v) else None
    return bind(rule, args, kwargs, [], data=data).call.options


VIEW = rule(("input", REQUIRED), ("shape", VARIADIC), ("copy", False))
MEAN = rule(("input", REQUIRED), ("dim", None), ("keepdim", False))
X = torch.zeros(2, 3)


@pytest.mark.parametrize("given", [(6, 1), ((6, 1),), ([6, 1],), (torch.Size([6, 1]),)])
def test_a_variadic_argument_takes_integers_or_one_sequence(given):
    assert options(VIEW, X, *given) == {"shape": (6, 1), "copy": False}


def test_a_single_integer_is_a_sequence_of_one():
    assert options(VIEW, X, -1)["shape"] == (-1,)
    assert options(VIEW, X, shape=-1)["shape"] == (-1,)


def test_a_variadic_argument_may_come_by_keyword_or_not_at_all():
    assert options(VIEW, X, shape=[6], copy=True) == {"shape": (6,), "copy": True}
    assert options(VIEW, X)["shape"] == ()


def test_variadic_tensors_are_named_by_position():
    bound = bind(
        rule(("equation", REQUIRED), ("operands", VARIADIC)),
        ("ij,jk", X, X.T),
        {},
        [],
        data=lambda v: v if torch.is_tensor(v) else None,
    )
    assert [t.shape for t in bound.call.tensors.values()] == [(2, 3), (3, 2)]
    assert list(bound.call.tensors) == ["operands[0]", "operands[1]"]


def test_numpys_names_of_keywords_are_torchs():
    assert options(MEAN, X, axis=1, keepdims=True) == {"dim": 1, "keepdim": True}
    assert bind(
        MEAN, (), {"a": X}, [], data=lambda v: v if torch.is_tensor(v) else None
    ).call.shape() == (2, 3)


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((X, 1, True, None), {}, "4 arguments, 3 are explained"),
        ((X,), {"dtype": torch.float64}, r"torch.f\(dtype=…\)"),
        ((), {}, "without input"),
    ],
)
def test_what_has_no_place_in_the_signature_is_refused(args, kwargs, said):
    with pytest.raises(Refused, match=said):
        options(MEAN, *args, **kwargs)


def test_another_signature_holds_where_all_of_its_arguments_are_tensors():
    pair = (("input", REQUIRED), ("other", REQUIRED))
    most = replace(MEAN, overloads=(pair,))
    bound = lambda *args, **kwargs: (
        bind(most, args, kwargs, [], data=lambda v: v if torch.is_tensor(v) else None).call
    )
    assert list(bound(X, X).tensors) == ["input", "other"]
    assert bound(X, X).options == {}
    assert list(bound(X, other=X).tensors) == ["input", "other"]
    for call in (bound(X, 1), bound(X, dim=1)):
        assert list(call.tensors) == ["input"]
        assert call.options == {"dim": 1, "keepdim": False}
    assert list(bound(X, dim=X).tensors) == ["input", "dim"]
    assert bound(X).options == {"dim": None, "keepdim": False}


def test_loading_the_layers_leaves_the_random_state_as_it_was():
    code = (
        "import torch; before = torch.random.get_rng_state()\n"
        "from generator.layers.registry import load_all; load_all()\n"
        "assert torch.equal(before, torch.random.get_rng_state())"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
