"""`ssj copy DIR`: a second copy of the workspace at another place, brought up to date file by file.

The copy is a folder like the workspace, with the list of digests of a backup. What the archive and issued/ hold is never
rewritten: a file that differs from the copy is left as it is in both places and reported, so that damage or a forgery is
not carried over. What is gone from the workspace is put aside in the copy, never deleted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from archive.files.digests import digest_of
from archive.files.durable_files import full_disk_explained
from archive.preservation.backup import FORMAT, MANIFEST, Progress, manifest, write_files
from archive.preservation.register_snapshot import OBJECT, keep_registers
from archive.store.opening import FOLDER, store_of
from archive.store.raw_files import RawFile
from ssj_docs.documents.statistics_files import FOLDER as STATISTICS
from ssj_docs.ground.errors import UsageError
from ssj_docs.office.workspace import Workspace

#: where the copy puts what the workspace no longer has
REMOVED = "removed"


@dataclass(frozen=True)
class CopyReport:
    """What was done: the number of files copied, unchanged and put aside, those that differ though they must not."""

    path: Path
    files: int
    bytes: int
    copied: int
    kept: int
    removed: int
    differing: tuple[str, ...]
    code: str

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {**asdict(self), "path": str(self.path)}


@dataclass
class _CopyWriter:
    """Copies what is new or changed into a folder; ``before`` is the list of the last time."""

    root: Path
    target: Path
    before: Mapping[str, Mapping[str, Any]]
    fixed: tuple[str, ...]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    copied: int = 0

    def add(self, place: Path, name: str = "") -> None:
        """Copy a file of the workspace."""
        with place.open("rb") as stream:
            self._take(name or place.relative_to(self.root).as_posix(), stream)

    def add_stored(self, file: RawFile) -> None:
        """Copy a file of the archive."""
        with file.open() as stream:
            self._take(f"{FOLDER}/{file.name}", stream)

    def _take(self, name: str, stream: BinaryIO) -> None:
        found = digest_of(stream)
        place, held = self.target / name, self.before.get(name)
        entry = {"bytes": found.size, "sha256": found.sha256}
        there = held is not None and place.is_file() and place.stat().st_size == held["bytes"]
        if there and held is not None and held["sha256"] == found.sha256:
            self.files[name] = entry
        elif there and held is not None and self._never_rewritten(name):
            self.differing.append(name)
            self.files[name] = dict(held)
        else:
            stream.seek(0)
            _write(stream, place)
            self.files[name] = entry
            self.copied += 1

    def _never_rewritten(self, name: str) -> bool:
        """Return whether the bytes under this name stay for ever: content of the archive, papers."""
        if name.startswith(self.fixed):
            return False
        content = name.startswith(f"{FOLDER}/") and "/content/" in name
        return content or (name.startswith("issued/") and not name.startswith(f"{STATISTICS}/"))

    def put_aside(self) -> int:
        """Move away what the workspace no longer has. Returns: how many."""
        gone = [name for name in self.before if name not in self.files and (self.target / name).is_file()]
        for name in gone:
            place = self.target / REMOVED / name
            place.parent.mkdir(parents=True, exist_ok=True)
            (self.target / name).replace(place)
        return len(gone)


def copy(workspace: Workspace, target: Path, *, progress: Progress) -> CopyReport:
    """Bring a second copy up to date, or begin one in a folder that is new or empty.

    Raises: UsageError if the folder lies in the workspace or holds something else; DataError for a full disk.
    """
    place = target.resolve()
    if place.is_relative_to(workspace.root) or workspace.root.is_relative_to(place):
        raise UsageError("副本不能放在工作区里面", "请放到另一块磁盘或另一台机器上")
    listed = target / MANIFEST
    if target.exists() and any(target.iterdir()) and not listed.is_file():
        raise UsageError(f"{target} 不是空文件夹，也不是以前抄的副本", "换一个空文件夹")
    target.mkdir(parents=True, exist_ok=True)
    before = json.loads(listed.read_bytes())["files"] if listed.is_file() else {}
    keep_registers(workspace)
    registers = f"{FOLDER}/{store_of(workspace).name(OBJECT)}/"  # begins again with its newest state from time to time
    writer = _CopyWriter(workspace.root, target, before, (registers,))
    with full_disk_explained(target):
        anchor = write_files(workspace, writer, progress)
        part = listed.with_suffix(".part")
        part.write_bytes(manifest(workspace, anchor, writer.files))
        removed = writer.put_aside()
        part.replace(listed)
    size = sum(entry["bytes"] for entry in writer.files.values())
    kept = len(writer.files) - writer.copied - len(writer.differing)
    differing = tuple(writer.differing)
    with workspace.transaction() as connection:
        detail: dict[str, object] = {"files": len(writer.files), "copied": writer.copied, "differing": len(differing)}
        workspace.log(connection, "copy", target.name, {**detail, "format": FORMAT, "code": anchor.code})
    return CopyReport(target, len(writer.files), size, writer.copied, kept, removed, differing, anchor.code)


def _write(stream: BinaryIO, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    with part.open("wb") as handle:
        shutil.copyfileobj(stream, handle, 1 << 20)
        handle.flush()
        os.fsync(handle.fileno())
    part.chmod(0o600)
    part.replace(place)
