"""`ssj backup`: one tar of the workspace with a list of digests, written while others go on working.

Order, so that the copy is consistent: register snapshot, database, inbox, case files (each under the store's lock), the
rest. What is filed after the database was copied is in its case file and is catalogued on restore; nothing in the
catalogue can lack its bytes. The index is left out because it is derived.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from archive.files.durable_files import full_disk_explained, sync_folder
from archive.preservation.anchors import Anchor, leaves_of, merkle_root
from archive.preservation.register_snapshot import OBJECT, JournalHead, journal_head, keep_registers
from archive.store.opening import FOLDER, store_of
from archive.store.port import FileStore
from archive.store.raw_files import RawFile
from ssj_docs.database.engine import Database
from ssj_docs.ground.errors import FixityError, UsageError
from ssj_docs.office.workspace import Workspace

MANIFEST = "backup-manifest.json"
FORMAT = "ssj-backup/1"
_DATABASE = "ssj.db"
_LEFT_OUT = ("index", FOLDER, "inbox")
Progress = Callable[[Iterable[str]], Iterable[str]]


def _all(objects: Iterable[str]) -> Iterable[str]:
    return objects


@dataclass(frozen=True)
class BackupReport:
    """A backup: path, number of files and bytes, SHA-256 of the backup file, and the short code of its moment."""

    path: Path
    files: int
    bytes: int
    sha256: str
    code: str

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {**asdict(self), "path": str(self.path)}


class Writer(Protocol):
    """Takes the files of a workspace, and records the digest of each in ``files``."""

    files: dict[str, dict[str, Any]]

    def add(self, place: Path, name: str = "") -> None:
        """Add a file under its path in the workspace, or under ``name``."""

    def add_stored(self, file: RawFile) -> None:
        """Add a file of the archive."""


class _BackupWriter:
    """A tar writer that records the digest of every file."""

    def __init__(self, tar: tarfile.TarFile, root: Path) -> None:
        self._tar, self._root = tar, root
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, place: Path, name: str = "") -> None:
        """Add a file under its path in the workspace, or under ``name``."""
        with place.open("rb") as stream:
            info = self._tar.gettarinfo(arcname=name or place.relative_to(self._root).as_posix(), fileobj=stream)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            self._take(info, stream)

    def add_stored(self, file: RawFile) -> None:
        """Add a file of the archive."""
        info = tarfile.TarInfo(f"{FOLDER}/{file.name}")
        info.size, info.mtime = file.size, file.modified
        with file.open() as stream:
            self._take(info, stream)

    def _take(self, info: tarfile.TarInfo, stream: IO[bytes]) -> None:
        reader = _Hashing(stream, info.size)
        self._tar.addfile(info, reader)
        self.files[info.name] = {"bytes": info.size, "sha256": reader.digest.hexdigest()}

    def finish(self, workspace: Workspace, anchor: Anchor) -> None:
        """Add the list of digests."""
        data = manifest(workspace, anchor, self.files)
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))


def manifest(workspace: Workspace, anchor: Anchor, files: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The list of digests, with the anchor of the moment."""
    when = workspace.now.isoformat(timespec="seconds")
    told = {"created": when, "office": workspace.office.name, "anchor": anchor.as_json(), "files": files}
    # names may be any bytes; `json.loads` reads it back
    return json.dumps({"format": FORMAT, **told}, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


class _Hashing:
    """A reader of exactly ``size`` bytes that hashes them."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self._left = stream, size
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        data = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        self.digest.update(data)
        return data


def backup(workspace: Workspace, target: Path, *, progress: Progress = _all) -> BackupReport:
    """Write the whole workspace into one new file; others may go on working.

    Args:
        target: ``….tar`` or ``….tar.gz``; it must not exist and not be inside the archive.

    Raises: UsageError; FixityError if the database cannot be read; DataError for a full disk (no partial backup is left).
    """
    if target.exists():
        raise UsageError(f"{target} 已经存在，备份不覆盖旧文件", "请换一个文件名，例如加上日期")
    if not target.parent.is_dir():
        raise UsageError(f"文件夹 {target.parent} 不存在", "请先建立该文件夹")
    if target.resolve().is_relative_to((workspace.root / FOLDER).resolve()):
        raise UsageError("备份不能放在档案文件夹里", "请放到另一块磁盘上")
    keep_registers(workspace)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with full_disk_explained(target.parent):
            with part.open("xb") as stream:
                writer, code = _write(workspace, stream, target.suffix in (".gz", ".tgz"), progress)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(part, target) if hasattr(os, "link") else part.rename(target)
            sync_folder(target.parent)
    except FileExistsError as error:
        raise UsageError(f"{target} 已经存在，备份不覆盖旧文件", "请换一个文件名，例如加上日期") from error
    finally:
        part.unlink(missing_ok=True)
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    size = sum(entry["bytes"] for entry in writer.files.values())
    with workspace.transaction() as connection:
        workspace.log(connection, "backup", target.name, {"files": len(writer.files), "bytes": size}, digest=digest)
    return BackupReport(target, len(writer.files), size, digest, code)


def _write(workspace: Workspace, stream: IO[bytes], packed: bool, progress: Progress) -> tuple[_BackupWriter, str]:
    with tarfile.open(fileobj=stream, mode="w:gz" if packed else "w", format=tarfile.PAX_FORMAT) as tar:
        writer = _BackupWriter(tar, workspace.root)
        anchor = write_files(workspace, writer, progress)
        writer.finish(workspace, anchor)
    return writer, anchor.code


def write_files(workspace: Workspace, writer: Writer, progress: Progress) -> Anchor:
    """Give every file of the workspace to the writer, in the order that keeps the copy consistent.

    Returns: the anchor of the moment at which the database was copied.
    """
    store, root = store_of(workspace), workspace.root
    _add_stored(store, store.name(OBJECT), writer)
    head = _add_database(workspace, writer)
    for place in _files(root / "inbox"):
        writer.add(place)
    for name in progress(store.names()):
        if name != store.name(OBJECT):
            _add_stored(store, name, writer)
    _add_stored(store, "", writer)
    for place in _others(root):
        writer.add(place)
    inventories = {}
    for identity in store.objects():
        with suppress(FixityError):  # damage is for `ssj verify` to tell
            inventories[identity] = store.inventory(identity)
    leaves = leaves_of(inventories)
    return Anchor(head.rows, head.hash or "0" * 64, merkle_root(leaves), leaves)


def _add_stored(store: FileStore, name: str, writer: Writer) -> None:
    """Add one object, or the store's own files, while nobody can change it."""
    with store.files(name) as files:
        for file in files:
            writer.add_stored(file)


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return [path for path in found if path.is_file() and not path.is_symlink() and not _passing(path)]


def _passing(path: Path) -> bool:
    return path.name.endswith((".lock", ".part"))


def _others(root: Path) -> Iterator[Path]:
    """All other files of the workspace except old and temporary databases."""
    for entry in sorted(root.iterdir()):
        if entry.is_dir() and not entry.is_symlink() and entry.name not in _LEFT_OUT:
            yield from _files(entry)
        elif (
            entry.is_file()
            and not entry.name.startswith(_DATABASE)
            and not _passing(entry)
            and not entry.name.endswith((".tar", ".tar.gz", ".tgz"))
        ):
            yield entry


def _add_database(workspace: Workspace, writer: Writer) -> JournalHead:
    """Add a copy of the database. Returns: the end of its journal."""
    with tempfile.TemporaryDirectory(prefix="ssj-backup-") as folder:
        copy = Path(folder) / _DATABASE
        workspace.database.copy_to(copy)
        writer.add(copy, _DATABASE)
        copied = Database(copy)
        try:
            with copied.reading() as connection:
                return journal_head(connection)
        finally:
            copied.close()
