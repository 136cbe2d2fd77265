"""收件暂存: a file from outside is first copied, durably and under its digest.

`workspace/inbox/.receiving/<sha256>` holds the copy until its receipt is done. The original in the inbox is removed last,
and only if it is still the file that was copied (DESIGN invariant 3).
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.files.durable_files import full_disk_explained, sync_folder, write_durably
from archive.files.file_names import readable_name
from archive.files.open_writers import being_written
from ssj_docs.ground.errors import DataError
from ssj_docs.ground.file_lock import one_writer
from ssj_docs.office.workspace import Workspace

_FOLDER = ".receiving"


@dataclass(frozen=True)
class Arrival:
    """A file copied into staging.

    Attributes:
        source: where it came from.
        staged: the copy.
        sha256, size: of its bytes.
        stamp: size and modification time of the source.
        owned: whether the source is in the inbox and is to be removed at the end.
    """

    source: Path
    staged: Path
    sha256: str
    size: int
    stamp: tuple[int, int]
    owned: bool


class ReceivingBay:
    """The staging folder of a workspace; use `open_bay`."""

    def __init__(self, workspace: Workspace) -> None:
        self.inbox = workspace.root / "inbox"
        self.folder = self.inbox / _FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        sync_folder(self.inbox)

    def take(self, source: Path) -> Arrival:
        """Copy a file in, durably, and digest what was written. A link is followed only outside the inbox.

        Raises: DataError if it is no file, is still being written, or the disk is full; nothing is left behind then.
        """
        name = readable_name(source)
        temporary = self.folder / f"part-{os.getpid()}"
        temporary.unlink(missing_ok=True)
        own = source.absolute().is_relative_to(self.inbox)
        try:
            with _opened(source, follow=not own) as stream:
                before = _stamp(os.fstat(stream.fileno()))
                with full_disk_explained(self.folder):
                    digests = write_durably(temporary, stream)
                if _stamp(source.stat()) != before:
                    raise DataError(f"文件 {name} 正在写入，本次未收", "等扫描或复制结束后再收一次")
            staged = self.folder / digests.sha256
            temporary.replace(staged)
            sync_folder(self.folder)
        except FileNotFoundError as error:
            raise DataError(f"没有文件 {name}", "请核对路径") from error
        finally:
            temporary.unlink(missing_ok=True)
        owned = source.resolve().is_relative_to(self.inbox.resolve())
        return Arrival(source, staged, digests.sha256, digests.size, before, owned)

    def work_folder(self, sha256: str) -> Path:
        """A fresh folder for the parts of a file."""
        folder = self.folder / f"{sha256}.parts"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def staged(self, sha256: str) -> Path:
        """Where the copy of these bytes lies or would lie."""
        return self.folder / sha256

    def release(self, arrival: Arrival) -> bool:
        """After the last commit: remove the original from the inbox if it still is what was taken.

        Returns: True if it was removed.
        """
        removed = False
        source = arrival.source
        # what somebody goes on writing would be lost with the name
        same = source.is_file() and _stamp(source.stat()) == arrival.stamp and not being_written(source)
        if arrival.owned and same:
            source.unlink()
            sync_folder(source.parent)
            removed = True
        self.clear(arrival.sha256)
        return removed

    def clear(self, sha256: str) -> None:
        """Remove the copy and the parts of a file whose receipt is done."""
        shutil.rmtree(self.folder / f"{sha256}.parts", ignore_errors=True)
        self.staged(sha256).unlink(missing_ok=True)

    def sweep(self, staged: set[str]) -> None:
        """Remove what a crash left of files that have no receipt: their originals are where they were."""
        for entry in self.folder.iterdir():
            if entry.name.startswith(".") or entry.name.partition(".")[0] in staged:
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink()


@contextmanager
def open_bay(workspace: Workspace) -> Iterator[ReceivingBay]:
    """Open the bay for one receiver at a time; a second one waits."""
    bay = ReceivingBay(workspace)
    with one_writer(bay.folder / ".lock"):
        yield bay


@contextmanager
def _opened(source: Path, *, follow: bool) -> Iterator[BinaryIO]:
    """Open a plain file; a pipe is not waited for, a device not read.

    Raises: DataError if it is anything else; OSError.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    try:
        handle = os.open(source, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
            raise DataError(f"{readable_name(source)} 是链接或设备，没有收", "请放入文件本身") from error
        raise
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DataError(f"{readable_name(source)} 不是文件，没有收", "请放入文件本身")
        yield stream


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
