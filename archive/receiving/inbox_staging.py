"""收件暂存: a file from outside is first copied, durably and under its digest.

`workspace/inbox/.receiving/<sha256>` holds the copy until its receipt is done. The original in the inbox is removed last,
and only if it is still the file that was copied (DESIGN invariant 3).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.files.durable_files import full_disk_explained, sync_folder, write_durably
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
        """Copy a file in, durably, and digest what was written.

        Raises: DataError if it is no file, is still being written, or the disk is full; nothing is left behind then.
        """
        if not source.is_file():
            raise DataError(f"没有文件 {source.name}", "请核对路径")
        before = _stamp(source)
        temporary = self.folder / f"part-{os.getpid()}"
        temporary.unlink(missing_ok=True)
        with full_disk_explained(self.folder):
            try:
                digests = write_durably(temporary, source)
                if _stamp(source) != before:
                    raise DataError(f"文件 {source.name} 正在写入，本次未收", "等扫描或复制结束后再收一次")
                staged = self.folder / digests.sha256
                temporary.replace(staged)
                sync_folder(self.folder)
            finally:
                temporary.unlink(missing_ok=True)
        owned = source.resolve().is_relative_to(self.inbox.resolve())
        return Arrival(source, staged, digests.sha256, digests.size, before, owned)

    def waiting(self) -> list[Path]:
        """Files in the inbox, in order of their names; hidden ones are left out."""
        return [
            path
            for path in sorted(self.inbox.rglob("*"))
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(self.inbox).parts)
        ]

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
        if arrival.owned and arrival.source.is_file() and _stamp(arrival.source) == arrival.stamp:
            arrival.source.unlink()
            sync_folder(arrival.source.parent)
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


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
