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
    harness.check_values(harness.run(example))


def attention(dtype, **options):
    def run():
        q, k, v = (torch.randn(2, 3, n, 8).to(dtype) for n in (5, 7, 7))
        return F.scaled_dot_product_attention, (q, k, v), options

    return Example(f"{dtype}", run)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize(
    "options", [{}, {"is_causal": True}, {"scale": 0.7}, {"dropout_p": 0.3, "is_causal": True}]
)
def test_other_types(dtype, options):
    for seed in range(3):
        harness.check_values(harness.run(attention(dtype, **options), seed))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_heads_of_other_types(dtype, weights, dropout):
    def run():
        module = nn.MultiheadAttention(8, 2, dropout=dropout, batch_first=True, dtype=dtype)
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
    with pytest.raises(Refused, match=r"dropout_p=1\.0"):
        refused(F.scaled_dot_product_attention, x, x, x, dropout_p=1.0)
    with pytest.raises(Refused, match="without keys"):
        refused(F.scaled_dot_product_attention, x, x[:, :0], x[:, :0])


def test_dropout_in_evaluation_is_none():
    x = torch.randn(2, 3, 4)
    harness.check_values(refused(nn.MultiheadAttention(4, 2, dropout=0.1).eval(), x, x, x))


X, MEMORY = torch.randn(2, 4, 8), torch.randn(2, 5, 8)
CAUSAL = nn.Transformer.generate_square_subsequent_mask(4)
OPTIONS = {"batch_first": True, "dropout": 0.1}
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


MASKS = {
    "none": {},
    "causal": {"attn_mask": CAUSAL < 0, "is_causal": True},
    "boolean": {"attn_mask": torch.arange(4) > torch.tensor([[1], [2], [0], [3]])},
    "padding": {"key_padding_mask": torch.arange(4) >= torch.tensor([[4], [2]])},
    "both": {
        "attn_mask": torch.linspace(-1, 1, 64).reshape(4, 4, 4),
        "key_padding_mask": torch.linspace(-1, 1, 8).reshape(2, 4),
    },
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    "weights", [{}, {"average_attn_weights": False}, {"need_weights": False}], ids=str
)
def test_weights_that_are_dropped(mask, batch_first, weights):
    def run():
        module = nn.MultiheadAttention(8, 2, dropout=0.4, batch_first=batch_first)
        x = torch.randn(2, 4, 8) if batch_first else torch.randn(4, 2, 8)
        return module, (x, x, x), {**MASKS[mask], **weights}

    ran = harness.run(Example(mask, run))
    assert set(ran.operands["kept"].unique().tolist()) == {0.0, 1.0}
    harness.check_values(ran)
    harness.check_derivatives(ran)


class Values(nn.Module):
    """Scores that need no gradient: autograd keeps nothing of what was dropped from them."""

    def forward(self, x, value):
        return F.scaled_dot_product_attention(x, x, value, dropout_p=0.5)


class Folded(nn.Module):
    """Values with an axis that the weights lack: torch has them as the product's first operand."""

    def forward(self, x, value):
        return F.scaled_dot_product_attention(x[0], x[0], value, dropout_p=0.5)


class Weights(nn.Module):
    """Values that are weights with dropout themselves."""

    def forward(self, x, value):
        dropped = F.dropout(torch.softmax(value @ value.mT, -1), 0.5)
        return F.scaled_dot_product_attention(x.detach(), x.detach(), dropped, dropout_p=0.5)


@pytest.mark.parametrize("later", [Values(), Folded(), Weights()])
def test_a_mask_that_is_not_kept_is_not_guessed(later):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.earlier = nn.MultiheadAttention(8, 2, dropout=0.5, batch_first=True)
            self.later = later

        def forward(self, x):
            return self.later(torch.ones(2, 4, 8), self.earlier(x, x, x)[0])

    (report,) = document(Both(), (X,), docs=None).models
    found = {step.type.rpartition(".")[2]: step.verdicts for step in report.steps}
    assert {v.status for v in found["MultiheadAttention"]} == {"verified"}
    for verdict in found["scaled_dot_product_attention"]:
        assert verdict.status == "unexplained"
        assert "drew at random" in verdict.reason
    assert "mismatch" not in {v.status for step in report.steps for v in step.verdicts}


def test_dropping_leaves_the_run_as_it_is():
    """Fused attention or not: the numbers and the generator are those of the plain run."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, **OPTIONS)
    torch.manual_seed(3)
    with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]):
        plain, after = layer(X), torch.get_rng_state()
    torch.manual_seed(3)
    traced = layer(X)
    assert torch.equal(plain, traced)
    assert torch.equal(after, torch.get_rng_state())
