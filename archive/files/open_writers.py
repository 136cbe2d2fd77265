"""Whether another process has a file open for writing: a scan that comes page by page, a copy that is under way."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

if sys.platform == "linux":
    import fcntl

_WRITING = os.O_WRONLY | os.O_RDWR


def being_written(path: Path) -> bool:
    """True if some process of this machine has the file open for writing, as far as we are let to see.

    A read lease (Linux) is refused while anybody has the file open for writing, whoever that is; it takes owning the file.
    Where leases are not to be had, the open files of the processes that we may look into are looked through. A writer on
    another machine, by way of a share, is not seen: for that there is the quiet time.
    """
    if sys.platform != "linux":
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    except OSError as error:
        return error.errno == errno.EAGAIN or _held_by_a_process(os.fstat(handle))
    finally:
        os.close(handle)


def _held_by_a_process(wanted: os.stat_result) -> bool:
    return any(
        (status.st_dev, status.st_ino) == (wanted.st_dev, wanted.st_ino) and _flags(place) & _WRITING
        for place, status in _open_files()
    )


def _open_files() -> Iterator[tuple[Path, os.stat_result]]:
    """Every open file of every process that we may look into, but for our own."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != str(os.getpid()):
            with suppress(OSError):  # another user's, or gone meanwhile
                for place in (process / "fd").iterdir():
                    with suppress(OSError):
                        yield place, place.stat()


def _flags(place: Path) -> int:
    with suppress(OSError, ValueError, IndexError):
        text = (place.parents[1] / "fdinfo" / place.name).read_text("ascii")
        return int(text.partition("flags:")[2].split()[0], 8)
    return 0
