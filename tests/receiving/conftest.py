"""Shared by the tests of receiving."""

import sys
from pathlib import Path

import pytest

from archive.limited_child import LimitedChildren

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def children():
    with LimitedChildren() as running:
        yield running
