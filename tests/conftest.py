"""Every test draws the same numbers, whichever tests ran before it on its worker."""

import sys

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    # before any fixture is made; most tests of the site and the commands do without torch
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
