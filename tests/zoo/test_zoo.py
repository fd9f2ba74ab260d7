"""Every model of the zoo: the run is not disturbed, nothing is left out, and what is said is so."""

import warnings

import pytest
import torch
import zoo

import models

architectures = pytest.importorskip("architectures")

warnings.filterwarnings("ignore")

SMALL = {**models.CASES, **architectures.SMALL}
UNKNOWN = {"models._Straight"}
"""Types that nobody can explain: they are the zoo's own."""


@pytest.fixture(scope="module", params=SMALL, ids=str)
def run(request):
    """A model of the zoo with its plain run, its recording and its pages."""
    model = zoo.built(SMALL[request.param])
    outputs, gradients = zoo.plain(model)
    before = snapshot(model.module)
    recording = zoo.recorded(model)
    return request.param, outputs, gradients, before, snapshot(model.module), recording


def snapshot(module):
    return {
        "state": {k: v.clone() for k, v in module.state_dict().items()},
        "grad": [p.grad for p in module.parameters()],
        "training": [m.training for m in module.modules()],
        "hooks": [
            len(table)
            for m in module.modules()
            for table in (m._forward_hooks, m._forward_pre_hooks, m._backward_hooks)
        ],
        "rng": torch.random.get_rng_state(),
    }


def test_the_run_is_a_plain_runs(run):
    _, outputs, gradients, _, _, recording = run
    assert len(outputs) == len(recording.outputs)
    for plain, found in zip(outputs, recording.outputs, strict=True):
        assert same(plain, found.data)
    for name, plain in gradients.items():
        found = recording.parameters[name].grad
        assert (plain is None and (found is None or not found.any())) or same(plain, found), name


def same(first, second):
    return first.dtype == second.dtype and torch.equal(
        torch.view_as_real(first) if first.is_complex() else first.nan_to_num(),
        torch.view_as_real(second) if second.is_complex() else second.nan_to_num(),
    )


def test_the_model_is_as_it_was(run):
    *_, before, after, _ = run
    assert before["state"].keys() == after["state"].keys()
    assert all(same(v, after["state"][k]) for k, v in before["state"].items())
    assert all(grad is None for grad in after["grad"])
    assert (before["training"], before["hooks"]) == (after["training"], after["hooks"])
    assert torch.equal(before["rng"], after["rng"])


def test_the_chain_has_no_gap(run):
    *_, recording = run
    assert zoo.gaps(recording) == []


def test_what_is_said_is_so(run):
    name, *_, recording = run
    pages = zoo.explained(recording)
    wrong = [f"{s.name} {v.of}: {v.reason}" for s, v in zoo.of_status(pages, "mismatch")]
    assert not wrong, "\n".join(wrong)
    unexplained = zoo.of_status(pages, "unexplained")
    assert all(v.reason for _, v in unexplained)
    left = [f"{s.name} ({s.type}) {v.of}: {v.reason}" for s, v in unexplained]
    surprising = [v for v, (s, _) in zip(left, unexplained, strict=True) if s.type not in UNKNOWN]
    assert not surprising, "\n".join(surprising)
    found = zoo.judged(pages)
    judged = found["verified"] + found["unexplained"]
    assert found["verified"] >= 0.99 * judged, f"{name}: {dict(found)}\n" + "\n".join(left)


@pytest.mark.slow
@pytest.mark.parametrize("name", architectures.FULL)
def test_full_size(name):
    model = zoo.built(architectures.FULL[name])
    outputs, gradients = zoo.plain(model)
    recording = zoo.recorded(model)
    assert all(
        torch.equal(plain, found.data)
        for plain, found in zip(outputs, recording.outputs, strict=True)
    )
    for parameter, plain in gradients.items():
        found = recording.parameters[parameter].grad
        assert plain is found is None or torch.equal(plain, found), parameter
    assert zoo.gaps(recording) == []
    pages = zoo.explained(recording)
    found = zoo.judged(pages)
    assert found["mismatch"] == 0
    assert found["verified"] >= 0.99 * (found["verified"] + found["unexplained"]), dict(found)
