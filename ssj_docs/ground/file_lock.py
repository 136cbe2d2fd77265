"""A lock file for one writer at a time across processes; the system releases it when the process ends in any way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def one_writer(lock: Path) -> Iterator[None]:
    """Hold the lock file; others wait in the order of arrival."""
    with lock.open("a+b") as stream:
        if sys.platform == "win32":
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
