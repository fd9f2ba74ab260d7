"""Attention on torch's own samples, in every type, with what it refuses, and in torch's modules."""

import harness
import pytest
import torch
from samples import operators
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from generator import document
from generator.layers.registry import Example, Refused

SAMPLES = [
    pytest.param(sample, id=str(k))
    for op in operators()
    if op.name == "nn.functional.scaled_dot_product_attention"
    for k, sample in enumerate(op.sample_inputs("cpu", torch.float32, requires_grad=True))
]


@pytest.fixture(autouse=True)
def plain_products():
    """Layers run without fused attention when they are documented."""
    with sdpa_kernel(SDPBackend.MATH):
        yield


@pytest.mark.parametrize("sample", SAMPLES)
def test_torchs_samples(sample):
    function, args = F.scaled_dot_product_attention, (sample.input, *sample.args)
    example = Example("sample", lambda: (function, args, sample.kwargs))
    if sample.kwargs["dropout_p"]:
        with pytest.raises(Refused):
            harness.run(example)
    else:
        harness.check_values(harness.run(example))


def attention(dtype, **options):
    def run():
        q, k, v = (torch.randn(2, 3, n, 8).to(dtype) for n in (5, 7, 7))
        return F.scaled_dot_product_attention, (q, k, v), options

    return Example(f"{dtype}", run)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"scale": 0.7}])
def test_other_types(dtype, options):
    for seed in range(3):
        harness.check_values(harness.run(attention(dtype, **options), seed))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("weights", [True, False])
def test_heads_of_other_types(dtype, weights):
    def run():
        module = nn.MultiheadAttention(8, 2, batch_first=True, dtype=dtype)
        query, key = torch.randn(2, 3, 8).to(dtype), torch.randn(2, 4, 8).to(dtype)
        return module, (query, key, key), {"need_weights": weights}

    for seed in range(3):
        harness.check_values(harness.run(Example("heads", run), seed))


@pytest.mark.parametrize("masks", ["attention", "padding", "both"])
@pytest.mark.parametrize("weights", [True, False])
def test_a_query_with_every_key_masked(masks, weights):
    """With weights torch gives NaN, without them 0."""

    def run():
        given = {}
        if masks != "padding":
            given["attn_mask"] = torch.tensor([[True] * 4, [False] * 4, [False] * 4])
        if masks != "attention":
            given["key_padding_mask"] = torch.tensor([[False] * 4, [True] * 4])
        module = nn.MultiheadAttention(6, 2, batch_first=True)
        query, key = torch.randn(2, 3, 6), torch.randn(2, 4, 6)
        return module, (query, key, key), {**given, "need_weights": weights}

    ran = harness.run(Example(masks, run))
    assert bool(ran.output.isnan().any()) is weights
    harness.check_values(ran)


def refused(function, *args, **options):
    return harness.run(Example("refused", lambda: (function, args, options)))


def test_what_is_refused():
    x = torch.randn(2, 3, 4)
    with pytest.raises(Refused, match=r"dropout_p=0\.5"):
        refused(F.scaled_dot_product_attention, x, x, x, dropout_p=0.5)
    with pytest.raises(Refused, match="without keys"):
        refused(F.scaled_dot_product_attention, x, x[:, :0], x[:, :0])
    with pytest.raises(Refused, match=r"dropout=0\.1 in training"):
        refused(nn.MultiheadAttention(4, 2, dropout=0.1), x, x, x)


def test_dropout_in_evaluation_is_none():
    x = torch.randn(2, 3, 4)
    harness.check_values(refused(nn.MultiheadAttention(4, 2, dropout=0.1).eval(), x, x, x))


X, MEMORY = torch.randn(2, 4, 8), torch.randn(2, 5, 8)
CAUSAL = nn.Transformer.generate_square_subsequent_mask(4)
OPTIONS = {"batch_first": True, "dropout": 0.0}
MODULES = {
    "encoder": lambda: (
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, **OPTIONS), 2),
        (X,),
        {},
    ),
    "encoder, norm first, padded": lambda: (
        nn.TransformerEncoderLayer(8, 2, 16, norm_first=True, activation="gelu", **OPTIONS),
        (X,),
        {"src_key_padding_mask": torch.arange(4) >= torch.tensor([[4], [2]])},
    ),
    "decoder, causal": lambda: (
        nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, **OPTIONS), 1),
        (X, MEMORY),
        {"tgt_mask": CAUSAL, "tgt_is_causal": True},
    ),
    "both": lambda: (nn.Transformer(8, 2, 1, 1, 16, **OPTIONS), (MEMORY, X), {"tgt_mask": CAUSAL}),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", MODULES)
def test_every_layer_of_a_transformer(name, training):
    torch.manual_seed(0)
    module, args, options = MODULES[name]()
    (report,) = document(module.train(training), args, options, docs=None).models
    found = {v.status for step in report.steps for v in step.verdicts}
    assert "mismatch" not in found
    attended = [s for s in report.steps if s.type == "torch.nn.MultiheadAttention"]
    assert attended
    assert {v.status for step in attended for v in step.verdicts} <= {"verified", "given"}
