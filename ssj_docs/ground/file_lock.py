"""One writer at a time, over processes: a lock file that the system frees when the process ends, however it ends."""

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
    """Hold the lock file; others wait, in the order in which they came."""
    with lock.open("a+b") as stream:
        if sys.platform == "win32":
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
