"""The search in a browser: the page that a reader means is the first result."""

from urllib.parse import quote_plus, urlparse

import pytest

pytestmark = pytest.mark.browser

FIRST = {
    "conv_out": "models/tinycnn/conv_out.html",
    "bn1": "models/digits/bn1.html",
    "digits conv1": "models/digits/conv1.html",
    "AvgPool2d": "models/tinycnn/pool2.html",
    "nn.AvgPool2d": "models/tinycnn/pool2.html",
    "average pooling": "models/tinycnn/pool2.html",
    "TinyCNN": "models/tinycnn/index.html",
    "running_mean": "models/digits/bn1.html",
}


def test_what_is_meant_comes_first(built_site, visit):
    seen = visit(built_site.address + "index.html")
    first = seen.page.locator(".md-search-result__item a").first
    found = {}
    for words in FIRST:
        seen.page.goto(f"{built_site.address}index.html?q={quote_plus(words)}")
        first.wait_for(timeout=15_000)
        seen.page.wait_for_timeout(300)
        address = urlparse(first.get_attribute("href")).path
        found[words] = address.partition("/layerbook/")[2]
    assert found == FIRST
