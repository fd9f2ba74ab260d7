"""The largest pages, as a browser gets them: none is so long that it takes its time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import generator

ROOT = Path(__file__).resolve().parents[2]
MOST = 300_000
"""Bytes of a built page."""


class Last(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class Attention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.attention = nn.MultiheadAttention(batch_first=True, **options)

    def forward(self, x):
        return self.attention(x, x, x)[0]


class Again(nn.Module):
    """One layer, called so many times."""

    def __init__(self, layer, times):
        super().__init__()
        self.layer, self.times = layer, times

    def forward(self, x):
        for _ in range(self.times):
            x = torch.tanh(self.layer(x))
        return x


class Stacked(nn.Module):
    def forward(self, x):
        return torch.stack([x] * 300)


def wide(kind, **options):
    layer = kind(256, 512, num_layers=2, bidirectional=True, **options)
    return Last(layer), torch.randn(3, 2, 256)


def chain(count):
    return nn.Sequential(*(nn.Tanh() for _ in range(count))), torch.randn(2, 3)


WORST = {
    "lstm": lambda: wide(nn.LSTM, proj_size=128),
    "gru": lambda: wide(nn.GRU),
    "deep": lambda: (Last(nn.LSTM(32, 48, 3, bidirectional=True)), torch.randn(12, 2, 32)),
    "attention": lambda: (Attention(embed_dim=512, num_heads=8), torch.randn(1, 64, 512)),
    "convolution": lambda: (nn.Conv2d(2048, 8, 3, padding=1), torch.randn(1, 2048, 4, 4)),
    "again": lambda: (Again(nn.Conv2d(64, 64, 3, padding=1), 30), torch.randn(1, 64, 8, 8)),
    "norm": lambda: (nn.GroupNorm(4, 512), torch.randn(2, 512, 14, 14)),
    "stacked": lambda: (Stacked(), torch.randn(3, 4)),
    "steps": lambda: chain(1200),
}


@pytest.mark.slow
def test_no_page_is_larger_than_its_bound(tmp_path):
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for name in ("assets", "guide", "index.md"):
        source = ROOT / "docs" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / "docs" / name)
    for name, make in WORST.items():
        torch.manual_seed(0)
        module, x = make()
        generator.document(module, (x,), name=name, docs=tmp_path / "docs", device="cpu")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-f", "mkdocs.nav.yml"],
        cwd=tmp_path,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    sizes = {
        page.relative_to(tmp_path / "site").as_posix(): page.stat().st_size
        for page in (tmp_path / "site" / "models").rglob("*.html")
    }
    assert {page: size for page, size in sizes.items() if size > MOST} == {}
    assert any("part3" in page for page in sizes)
