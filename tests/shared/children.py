"""Limited children that tests share."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import pytest

from archive.files.limited_child import LimitedChildren


@pytest.fixture(scope="session")
def gigabyte() -> bytes:
    """1 GB of zeros, deflated to 1 MB."""
    packer = zlib.compressobj(9)
    zeros = bytes(4 << 20)
    return b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()


@pytest.fixture(scope="session")
def children() -> Iterator[LimitedChildren]:
    with LimitedChildren() as running:
        yield running


@pytest.fixture(scope="session")
def signing() -> Iterator[LimitedChildren]:
    with LimitedChildren("archive.signatures.child") as running:
        yield running
