"""Breaking a formula makes the page red: every change is caught, at the value that it falsifies."""

import re
from dataclasses import replace

import broken_activations
import broken_attention
import broken_elementwise
import broken_indexing
import broken_losses
import broken_movement
import broken_norms
import broken_products
import broken_recurrent
import broken_reductions
import broken_shapes
import broken_windows
import pytest
import torch

from generator import document
from generator.layers import complex_calls, registry

CASES = [
    pytest.param(case, id=f"{case.type}: {case.name}")
    for module in (
        broken_windows,
        broken_elementwise,
        broken_norms,
        broken_shapes,
        broken_losses,
        broken_movement,
        broken_indexing,
        broken_reductions,
        broken_products,
        broken_attention,
        broken_recurrent,
        broken_activations,
    )
    for case in module.CASES
]


def run(case, docs):
    torch.manual_seed(0)
    module, args = case.model()
    return document(module, args, docs=docs, device="cpu")


def statuses(report, type_name):
    steps = [s for s in report.models[0].steps if s.type == type_name]
    assert len(steps) == 1
    return {v.of: v.status for v in steps[0].verdicts}, steps[0].page


@pytest.mark.parametrize("case", CASES)
def test_it_is_caught(case, monkeypatch, tmp_path):
    sound = run(case, tmp_path / "sound")
    found, page = statuses(sound, case.type)
    assert found[case.of] == "verified"
    assert set(sound.models[0].counts()) <= {"verified", "given"}
    assert sound.exit_status(strict=True) == 0
    assert not red(tmp_path / "sound" / page)

    rule = registry.rules()[case.type]
    broken_rule = replace(rule, explain=case.change(rule.explain))
    monkeypatch.setitem(registry._RULES, case.type, broken_rule)
    of_complex = complex_calls._HANDLED.get(case.type)
    if of_complex is not None:
        monkeypatch.setitem(complex_calls._HANDLED, case.type, case.change(of_complex))
    broken = run(case, tmp_path / "broken")
    found, page = statuses(broken, case.type)
    assert found[case.of] == "mismatch"
    assert broken.exit_status() == 1
    assert red(tmp_path / "broken" / page)


def red(page):
    return re.search(r'class="[^"]*\bmismatch\b', page.read_text())


def test_every_layer_type_is_broken():
    files = {registry.rules()[case.values[0].type].file for case in CASES}
    assert files >= {
        "adaptive_avg_pool.py",
        "add.py",
        "avg_pool.py",
        "batch_norm.py",
        "cat.py",
        "clamp.py",
        "conv.py",
        "conv_transpose.py",
        "cross_entropy.py",
        "cumsum.py",
        "diff.py",
        "dropout.py",
        "einsum.py",
        "embedding.py",
        "fft.py",
        "gather.py",
        "gelu.py",
        "getitem.py",
        "group_norm.py",
        "gru.py",
        "gru_cell.py",
        "half_squared_sum.py",
        "interpolate.py",
        "layer_norm.py",
        "linear.py",
        "log_softmax.py",
        "logsumexp.py",
        "lstm.py",
        "lstm_cell.py",
        "matmul.py",
        "max.py",
        "max_pool.py",
        "mean.py",
        "mse_loss.py",
        "mul.py",
        "multi_head_attention.py",
        "nll_loss.py",
        "norm.py",
        "pack_padded_sequence.py",
        "pad.py",
        "pad_packed_sequence.py",
        "permute.py",
        "pow.py",
        "prelu.py",
        "relu.py",
        "reshape.py",
        "rms_norm.py",
        "rnn.py",
        "rnn_cell.py",
        "scaled_dot_product_attention.py",
        "scatter_add.py",
        "sigmoid.py",
        "silu.py",
        "sin.py",
        "softmax.py",
        "softplus.py",
        "split.py",
        "sum.py",
        "tanh.py",
        "topk.py",
        "var.py",
        "where.py",
    }
