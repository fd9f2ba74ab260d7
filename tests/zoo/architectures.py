"""Known architectures, built small from the configurations of `transformers`, random weights."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from models import Case as AnyCase

_TOKENS = 50
Case = partial(AnyCase, args=tuple)
_NONE = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


def _tokens(count: int = 8, batch: int = 1) -> Tensor:
    return torch.randint(0, _TOKENS, (batch, count))


def _image(size: int = 32) -> Tensor:
    return torch.randn(1, 3, size, size)


def _resnet(**options: Any) -> nn.Module:
    return transformers.ResNetForImageClassification(transformers.ResNetConfig(**options))


def _mobilenet() -> nn.Module:
    options = transformers.MobileNetV2Config(depth_multiplier=0.25, image_size=32)
    return transformers.MobileNetV2ForImageClassification(options)


def _vit(**options: Any) -> nn.Module:
    return transformers.ViTForImageClassification(transformers.ViTConfig(**options))


def _convnext() -> nn.Module:
    options = transformers.ConvNextConfig(hidden_sizes=[8, 16, 32, 32], depths=[1, 1, 2, 1])
    return transformers.ConvNextForImageClassification(options)


def _bert(**options: Any) -> nn.Module:
    return transformers.BertModel(transformers.BertConfig(**options))


def _gpt2(**options: Any) -> nn.Module:
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(use_cache=False, **options))


def _llama() -> nn.Module:
    options = transformers.LlamaConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=48,
        vocab_size=_TOKENS,
        max_position_embeddings=32,
        use_cache=False,
        **_NONE,
    )
    return transformers.LlamaForCausalLM(options)


def _mamba() -> nn.Module:
    options = transformers.MambaConfig(
        hidden_size=24,
        num_hidden_layers=2,
        state_size=4,
        vocab_size=_TOKENS,
        use_cache=False,
        **_NONE,
    )
    return transformers.MambaForCausalLM(options)


def _t5() -> nn.Module:
    options = transformers.T5Config(
        d_model=24,
        d_kv=6,
        num_heads=4,
        num_layers=2,
        d_ff=48,
        vocab_size=_TOKENS,
        use_cache=False,
        decoder_start_token_id=0,
        eos_token_id=None,
    )
    return transformers.T5ForConditionalGeneration(options)


def _clip() -> nn.Module:
    shared = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    ends = {"eos_token_id": _TOKENS - 1, "bos_token_id": 0, "pad_token_id": 1}
    text = {**shared, **ends, "intermediate_size": 48, "vocab_size": _TOKENS}
    vision = {**shared, "intermediate_size": 48, "image_size": 32, "patch_size": 8}
    options = transformers.CLIPConfig(
        text_config={**text, "max_position_embeddings": 16},
        vision_config=vision,
        projection_dim=16,
    )
    return transformers.CLIPModel(options)


def _whisper() -> nn.Module:
    options = transformers.WhisperConfig(
        d_model=24,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=48,
        decoder_ffn_dim=48,
        vocab_size=_TOKENS,
        num_mel_bins=8,
        max_source_positions=16,
        max_target_positions=16,
        use_cache=False,
        pad_token_id=0,
        bos_token_id=0,
        eos_token_id=0,
        decoder_start_token_id=0,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    return transformers.WhisperForConditionalGeneration(options)


_SMALL = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}

SMALL = {
    # bottlenecks in four stages, as ResNet-50 has them, each stage once and narrow
    "ResNet-50": Case(
        lambda: _resnet(embedding_size=8, hidden_sizes=[16, 24, 32, 40], depths=[2, 2, 3, 2]),
        kwargs=lambda: {"pixel_values": _image(64)},
        training=False,
    ),
    "ResNet-50 in training": Case(
        lambda: _resnet(embedding_size=8, hidden_sizes=[16, 24], depths=[1, 2]),
        kwargs=lambda: {"pixel_values": torch.randn(2, 3, 32, 32)},
    ),
    "MobileNetV2": Case(_mobilenet, kwargs=lambda: {"pixel_values": _image()}, training=False),
    "ViT": Case(
        lambda: _vit(**_SMALL, intermediate_size=48, image_size=32, patch_size=8),
        kwargs=lambda: {"pixel_values": _image()},
        training=False,
    ),
    "ConvNeXt": Case(_convnext, kwargs=lambda: {"pixel_values": _image(64)}, training=False),
    "BERT": Case(
        lambda: _bert(**_SMALL, intermediate_size=48, vocab_size=_TOKENS),
        kwargs=lambda: {
            "input_ids": _tokens(8, 2),
            "attention_mask": torch.tensor([[1] * 8, [1] * 5 + [0] * 3]),
        },
        training=False,
    ),
    "GPT-2": Case(
        lambda: _gpt2(
            n_embd=24, n_layer=2, n_head=2, vocab_size=_TOKENS, attn_implementation="eager", **_NONE
        ),
        kwargs=lambda: {"input_ids": _tokens()},
        training=False,
    ),
    "GPT-2 in training": Case(
        lambda: _gpt2(
            n_embd=24, n_layer=1, n_head=2, vocab_size=_TOKENS, attn_implementation="eager", **_NONE
        ),
        kwargs=lambda: {"input_ids": _tokens(), "labels": _tokens()},
        loss=lambda out: out.loss,
    ),
    "Llama": Case(_llama, kwargs=lambda: {"input_ids": _tokens()}, training=False),
    "Mamba": Case(_mamba, kwargs=lambda: {"input_ids": _tokens()}, training=False),
    "T5": Case(
        _t5,
        kwargs=lambda: {"input_ids": _tokens(), "decoder_input_ids": _tokens(6)},
        training=False,
    ),
    "CLIP": Case(
        _clip,
        kwargs=lambda: {"input_ids": _tokens(8, 2), "pixel_values": torch.randn(2, 3, 32, 32)},
        training=False,
    ),
    "Whisper": Case(
        _whisper,
        kwargs=lambda: {
            "input_features": torch.randn(1, 8, 32),
            "decoder_input_ids": _tokens(6),
        },
        training=False,
    ),
}

FULL = {
    "ResNet-50": Case(_resnet, kwargs=lambda: {"pixel_values": _image(224)}, training=False),
    "ViT-B": Case(_vit, kwargs=lambda: {"pixel_values": _image(224)}, training=False),
    "GPT-2": Case(
        _gpt2, kwargs=lambda: {"input_ids": torch.randint(0, 50257, (1, 64))}, training=False
    ),
    "BERT-base": Case(
        _bert, kwargs=lambda: {"input_ids": torch.randint(0, 30522, (1, 64))}, training=False
    ),
}
