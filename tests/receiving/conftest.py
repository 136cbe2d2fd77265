"""Shared by the tests of receiving."""

import sys
import zlib
from pathlib import Path

import pytest

from archive.limited_child import LimitedChildren

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def gigabyte():
    """1 GB of zeros, deflated to 1 MB."""
    packer = zlib.compressobj(9)
    zeros = bytes(4 << 20)
    return b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()


@pytest.fixture(scope="session")
def children():
    with LimitedChildren() as running:
        yield running


@pytest.fixture(scope="session")
def signing():
    with LimitedChildren("archive.signature_child") as running:
        yield running
