"""Inputs are shown as what the settings or their own tensors say that they are."""

import numpy as np
import pytest
import torch
from pages import recorded
from torch import nn

from generator.explain.media import COLUMNS, IMAGES, SIDE, TOKENS, declared, media
from generator.shown import Shown, ShownError


class Given(nn.Module):
    """Takes anything in."""

    def forward(self, x):
        return x.float().sum() * torch.ones(2, requires_grad=True)


def found(x, said=None):
    recording = recorded(Given(), x)
    return media(recording, declared(recording, {} if said is None else {"x": said}))


def pixels(one):
    return np.frombuffer(one.pixels, np.uint8).reshape(*one.drawn[::-1], one.channels)


def test_an_image_has_a_byte_for_each_number_of_its_range():
    x = torch.rand(1, 3, 5, 7) * 2 - 1
    (one,) = found(x, Shown("image", range=(-1.0, 1.0)))
    expected = np.round((x[0].permute(1, 2, 0).numpy() + 1) / 2 * 255)
    assert np.abs(pixels(one) - expected).max() <= 1
    assert (one.size, one.drawn, one.outside) == ((7, 5), (7, 5), 0)


def test_without_a_range_the_ends_are_the_images_own():
    (one,) = found(torch.tensor([[2.0, 4.0], [3.0, 6.0]]), Shown("image"))
    assert (one.low, one.high) == (2.0, 6.0)
    assert pixels(one)[:, :, 0].tolist() == [[0, 128], [64, 255]]


def test_what_is_beyond_the_range_is_counted():
    (one,) = found(torch.tensor([[-1.0, 0.5], [2.0, torch.nan]]), Shown("image", range=(0.0, 1.0)))
    assert one.outside == 3
    assert pixels(one)[:, :, 0].tolist() == [[0, 128], [255, 0]]


def test_a_normalisation_is_undone():
    raw = torch.rand(3, 4, 4)
    mean, std = torch.tensor([0.4, 0.5, 0.6]), torch.tensor([0.2, 0.25, 0.3])
    x = (raw - mean[:, None, None]) / std[:, None, None]
    (one,) = found(x, Shown("image", mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3)))
    assert np.abs(pixels(one) - raw.permute(1, 2, 0).numpy() * 255).max() <= 1
    assert (one.low, one.high, one.restored) == (0.0, 1.0, True)


def test_bytes_are_taken_as_they_are():
    x = torch.arange(64, dtype=torch.uint8).reshape(1, 1, 8, 8)
    (one,) = found(x, Shown("image"))
    assert pixels(one).flatten().tolist() == list(range(64))


def test_large_images_and_batches_are_bounded():
    shown = found(torch.rand(IMAGES + 3, 1, 2 * SIDE, 4 * SIDE), Shown("image"))
    assert [one.number for one in shown] == list(range(IMAGES))
    assert shown[0].count == IMAGES + 3
    assert shown[0].drawn == (SIDE, SIDE // 2)


def test_a_waveform_keeps_the_extremes_of_each_part():
    x = torch.randn(2, 1, 10 * COLUMNS)
    first, _ = found(x, Shown("audio", rate=8000.0))
    parts = x[0, 0].reshape(COLUMNS, 10).numpy()
    assert first.low == tuple(parts.min(1).astype(float))
    assert first.high == tuple(parts.max(1).astype(float))
    assert (first.samples, first.count, first.rate) == (10 * COLUMNS, 2, 8000.0)


def test_tokens_have_the_words_of_the_vocabulary():
    x = torch.tensor([[1, 0, 9, *range(100, 200)], [0] * 103])
    (one,) = found(x, Shown("tokens", vocabulary={0: "a", 1: "b"}))
    assert one.tokens[:3] == ((1, "b"), (0, "a"), (9, None))
    assert (len(one.tokens), one.more, one.sequences) == (TOKENS, 103 - TOKENS, 2)


def test_a_tensor_may_say_it_itself_and_the_settings_come_first():
    x = torch.rand(4, 4)
    assert found(x) == ()
    x.shown_as = {"as": "image", "range": [0, 2]}
    assert found(x)[0].high == 2.0
    assert found(x, Shown("image", range=(0.0, 1.0)))[0].high == 1.0


@pytest.mark.parametrize(
    ("x", "said", "message"),
    [
        (torch.rand(1, 2, 4, 4), Shown("image"), "inputs: x has shape [1, 2, 4, 4], expected an"),
        (torch.rand(3, 4, 4), Shown("image", mean=(0.0,) * 2, std=(1.0,) * 2), "mean and std"),
        (torch.tensor(3.0), Shown("audio"), "expected audio"),
        (torch.rand(3), Shown("tokens"), "of float32, expected the numbers of tokens"),
    ],
)
def test_a_tensor_that_cannot_be_it_is_an_error(x, said, message):
    with pytest.raises(ShownError) as raised:
        found(x, said)
    assert message in str(raised.value)


def test_a_name_that_is_no_input_is_an_error_with_the_nearest():
    with pytest.raises(ShownError, match="inputs names 'y', expected one of x"):
        declared(recorded(Given(), torch.rand(2, 2)), {"y": Shown("image")})
    x = torch.rand(2, 2)
    x.shown_as = "imag"
    with pytest.raises(ShownError, match="shown_as of the input x is 'imag', did you mean 'image'"):
        found(x)
