"""Images, waveforms and tokens stand in the page itself, small, with what they show in words."""

import base64
import io
import os
import re

from PIL import Image

from generator.explanation import Heard, Read, Seen
from generator.render.media import BYTES, media


def seen(width, height, pixels, **known):
    defaults = {"number": 0, "count": 1, "channels": 1, "low": 0.0, "high": 1.0, "outside": 0}
    size = (width, height)
    known = {"size": size, "restored": False, **defaults, **known}
    return Seen(name="x", drawn=size, pixels=pixels, **known)


def decoded(page):
    (data,) = re.findall(r'xlink:href="data:image/png;base64,([^"]*)"', page)
    return data, Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_small_image_has_every_pixel():
    page = media([seen(3, 2, bytes([0, 50, 100, 150, 200, 255]))])
    assert list(decoded(page)[1].tobytes()) == [0, 50, 100, 150, 200, 255]
    assert "Input x as an image, 3 × 2 pixels" in page
    assert "0 is black, 1.0 is white" in page


def test_an_image_of_noise_is_made_smaller_and_says_so():
    page = media([seen(192, 192, os.urandom(3 * 192 * 192), channels=3, size=(224, 224))])
    data, image = decoded(page)
    assert len(data) <= 20_000
    assert f"Drawn at {image.width} × {image.height} pixels" in page
    assert "224 × 224 pixels" in page


def test_the_images_of_a_batch_share_the_room():
    noise = [os.urandom(192 * 192) for _ in range(4)]
    page = media([seen(192, 192, n, number=k, count=9) for k, n in enumerate(noise)])
    found = re.findall(r"base64,([^\"]*)", page)
    assert sum(map(len, found)) <= BYTES * 4 / 3 + 100
    assert "image 2 of 9" in page


def test_a_waveform_reaches_from_the_least_to_the_greatest():
    heard = Heard("x", 0, 1, 4, 2.0, low=(-1.0, 0.0), high=(0.0, 0.5))
    page = media([heard])
    assert 'd="M0.5 32.0V64.0M1.5 16.0V32.0"' in page
    assert "4 samples, 2.0 s at 2 a second, from −1.0 to 0.50" in page


def test_tokens_are_text():
    read = Read("x", ((5, "<b> `x`\n"), (6, None)), more=3, sequences=1, named=True)
    page = media([read])
    assert "<b>&lt;b&gt;␣&#96;x&#96;↵</b>" in page
    assert "<i>unknown</i>" in page
    assert "5 tokens, 3 more not shown" in page
    assert "<ol" not in media([seen(1, 1, b"0")])


def test_nothing_is_nothing():
    assert media([]) == ""
