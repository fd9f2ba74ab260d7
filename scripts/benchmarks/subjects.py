"""The models that are measured, with the inputs of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from generator.discover import discover, load
from generator.load import LoadedModel

ROOT = Path(__file__).resolve().parents[2]
TOKENS = 64
BLOCKS = (12, 24, 48, 96)
GROWING = (6, 11, 23, 46)
"""Blocks of books of some 250, 500, 1,000 and 2,000 steps."""

_EAGER: dict[str, Any] = {"attn_implementation": "eager"}
# the usual ones are beyond a small vocabulary
_NO_ENDS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}

Make = Callable[[], LoadedModel]


@dataclass(frozen=True)
class Subject:
    """A model to measure; `make` is called in the process that measures."""

    name: str
    make: Make


def of_project(name: str) -> LoadedModel:
    """Load a model of models/."""
    return load(next(s for s in discover(ROOT / "models") if s.name == name))


def wide() -> LoadedModel:
    """Make eight convolutions of 64 channels with batch norm and ReLU on four 64×64 pictures."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1)]
    for _ in range(7):
        layers += [nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1)]
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return LoadedModel(net, (torch.randn(4, 3, 64, 64),), {}, None)


def resnet50() -> LoadedModel:
    """Make ResNet-50 with random weights and a picture of 224×224."""
    import transformers

    torch.manual_seed(0)
    net = transformers.ResNetForImageClassification(transformers.ResNetConfig())
    return _with(net, pixel_values=torch.randn(1, 3, 224, 224))


def vit_b() -> LoadedModel:
    """Make ViT-B with random weights and a picture of 224×224."""
    import transformers

    torch.manual_seed(0)
    net = transformers.ViTForImageClassification(transformers.ViTConfig(**_EAGER))
    return _with(net, pixel_values=torch.randn(1, 3, 224, 224))


def gpt2() -> LoadedModel:
    """Make GPT-2 of 124 million random weights and a text of 64 tokens."""
    return _gpt2(TOKENS)


def blocks(count: int) -> LoadedModel:
    """Make `count` blocks of GPT-2, 48 wide with four heads, and a text of 16 tokens."""
    return _gpt2(16, n_layer=count, n_embd=48, n_head=4, vocab_size=50, **_NO_ENDS)


def _gpt2(tokens: int, **options: Any) -> LoadedModel:
    import transformers

    torch.manual_seed(0)
    config = transformers.GPT2Config(use_cache=False, **_EAGER, **options)
    net = transformers.GPT2LMHeadModel(config)
    return _with(net, input_ids=torch.randint(0, config.vocab_size, (1, tokens)))


def _with(net: nn.Module, **inputs: torch.Tensor) -> LoadedModel:
    return LoadedModel(net.eval(), (), inputs, None)


SMALL = (
    Subject("TinyCNN", partial(of_project, "tinycnn")),
    Subject("digits", partial(of_project, "digits")),
    Subject("8 convolutions, 64 channels", wide),
)
ARCHITECTURES = (
    Subject("ResNet-50, 224×224", resnet50),
    Subject("ViT-B, 224×224", vit_b),
    Subject(f"GPT-2, {TOKENS} tokens", gpt2),
)
