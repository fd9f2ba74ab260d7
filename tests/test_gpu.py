"""On a GPU, capture and evaluation run there, and the pages agree with the CPU's."""

from pathlib import Path

import pytest
import torch

from generator.capture import record
from generator.discover import discover, load
from generator.explain import explain_model
from generator.recognition import draws, is_step

ROOT = Path(__file__).resolve().parents[1]
SPECS = discover(ROOT / "models")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


def explained(spec, device):
    loaded = load(spec)
    recording = record(
        loaded.module,
        loaded.args,
        loaded.kwargs,
        loss=loaded.loss,
        is_step=is_step,
        draws=draws(),
        device=torch.device(device),
        seed=spec.seed,
        root=spec.path.parent,
    )
    pages = explain_model(
        recording,
        name=spec.name,
        title=spec.title,
        summary=spec.summary,
        source=spec.label,
        # the same elements on both, whichever is the largest by a rounding
        elements={s.name: (0,) * s.outputs.data.dim() for s in recording.steps},
        decimals=spec.decimals,
    )
    return recording, pages


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.name)
def test_the_pages_agree_with_the_cpus(spec):
    recording, on_gpu = explained(spec, "cuda")
    _, on_cpu = explained(spec, "cpu")
    assert all(s.outputs.data.is_cuda for s in recording.steps)
    assert [s.name for s in on_gpu.steps] == [s.name for s in on_cpu.steps]
    for ours, theirs in zip(on_gpu.steps, on_cpu.steps, strict=True):
        assert {v.status for v in ours.verdicts} == {"verified"}, ours.name
        a, b = ours.forward.worked[0], theirs.forward.worked[0]
        # the inputs of a later layer differ by what the earlier ones rounded
        allowed = a.budget + b.budget + 1e-5 * max(1.0, abs(b.actual))
        assert abs(a.actual - b.actual) <= allowed, ours.name
        assert ours.forward.configured == theirs.forward.configured
