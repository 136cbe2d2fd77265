"""The files of a search index: generations swapped as a whole, one writer, and a list of files that reveals damage.

    index/CURRENT            the generation in use
    index/writer.lock        held by the one writer; the lock of a dead writer is free
    index/g0001/             an engine's files
    index/g0001/ssj.json     their description: schema, engine, size, time and digest of each file

A file whose size or time differs from the list is digested; a different digest is damage. The list is written after the
engine's commit, under the lock. A writer that died between the two leaves an index that is rebuilt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from archive.search.engines.port import EngineKind
from archive.search.fields.fields import schema_mark
from ssj_docs.ground.errors import DataError

_LIST = "ssj.json"
_CURRENT = "CURRENT"
_LOCK = "writer.lock"
_BLOCK = 1 << 20


class IndexBusyError(DataError):
    """The index cannot be written now: there is another writer, or the folder is read-only."""


@dataclass(frozen=True)
class Manifest:
    """The description of a generation's files.

    Attributes:
        engine, version: the engine's name and version.
        schema: `schema_mark` when it was built.
        state: the state of the data it covers.
        files: name → (size, mtime in ns, digest).
    """

    engine: str
    version: str
    state: str = ""
    files: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    schema: str = field(default_factory=schema_mark)

    def as_bytes(self) -> bytes:
        """JSON, preceded by a line with its digest."""
        body = json.dumps(self.__dict__, ensure_ascii=False, sort_keys=True).encode()
        return hashlib.blake2b(body, digest_size=16).hexdigest().encode() + b"\n" + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest | None:
        """Parse a manifest; None if the digest is wrong."""
        digest, _, body = data.partition(b"\n")
        if hashlib.blake2b(body, digest_size=16).hexdigest().encode() != digest:
            return None
        values: dict[str, Any] = json.loads(body)
        values["files"] = {name: tuple(entry) for name, entry in values["files"].items()}
        return cls(**values)


class Store:
    """The generations in an index folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextlib.contextmanager
    def lock(self, wait: float = 10.0) -> Iterator[None]:
        """Acquire the writer's lock, waiting up to ``wait`` seconds.

        Raises:
            IndexBusyError: another process is still writing, or the folder is read-only.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            opened = (self.root / _LOCK).open("a+b")
        except OSError as error:
            raise IndexBusyError(
                f"不能写入索引文件夹 {self.root}（{error.strerror}）", "请检查该文件夹的权限。"
            ) from error
        with opened as handle:
            deadline = time.monotonic() + wait
            while not _try_lock(handle):
                if time.monotonic() >= deadline:
                    raise IndexBusyError(
                        f"检索索引 {self.root} 正由另一个程序写入，等了 {wait:g} 秒", "请稍后再试；检索本身不受影响。"
                    )
                time.sleep(0.02)
            try:
                yield
            finally:
                _unlock(handle)

    def is_locked(self) -> bool:
        """Return whether a writer is working now."""
        path = self.root / _LOCK
        if not os.access(path, os.W_OK):
            return False
        with path.open("a+b") as handle:
            free = _try_lock(handle)
            if free:
                _unlock(handle)
            return not free

    def current(self) -> Path | None:
        """The folder of the generation in use; None if there is none."""
        try:
            name = (self.root / _CURRENT).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        folder = self.root / name
        return folder if name.startswith("g") and name[1:].isdigit() and folder.is_dir() else None

    def marks(self, folder: Path) -> object:
        """A value that changes whenever a writer swapped generations or wrote to this one."""
        found = []
        for path in (self.root / _CURRENT, folder / _LIST):
            try:
                status = path.stat()
                found.append((status.st_ino, status.st_mtime_ns, status.st_size))
            except OSError:
                found.append((0, 0, 0))
        return found

    def new_folder(self) -> Path:
        """An empty folder for the next generation; remains of a dead builder are removed."""
        current = self.current()
        for folder in self._folders():
            if folder != current:
                shutil.rmtree(folder, ignore_errors=True)
        number = max([int(folder.name[1:]) for folder in self._folders()], default=0) + 1
        folder = self.root / f"g{number:04d}"
        folder.mkdir(parents=True)
        return folder

    def switch(self, folder: Path) -> None:
        """Make a generation the current one and remove the others. Readers may continue with the files they have open."""
        _write_whole(self.root / _CURRENT, folder.name.encode())
        for other in self._folders():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return [p for p in self.root.glob("g*") if p.name[1:].isdigit() and p.is_dir()]


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a generation; None if it is missing or damaged."""
    try:
        return Manifest.from_bytes((folder / _LIST).read_bytes())
    except (OSError, ValueError, TypeError):
        return None


def write_manifest(folder: Path, kind: EngineKind, state: str) -> Manifest:
    """Describe the files as they are now; digests of unchanged files are reused."""
    old = read_manifest(folder)
    known = old.files if old else {}
    files: dict[str, tuple[int, int, str]] = {}
    for path in _engine_files(folder):
        status = path.stat()
        entry = known.get(path.name)
        if entry and entry[:2] == (status.st_size, status.st_mtime_ns):
            files[path.name] = entry
        else:
            files[path.name] = (status.st_size, status.st_mtime_ns, _digest(path))
    manifest = Manifest(kind.name, kind.version, state, files)
    _write_whole(folder / _LIST, manifest.as_bytes())
    return manifest


def fault(folder: Path, manifest: Manifest | None, *, writing: bool = False, thorough: bool = False) -> str:
    """A Chinese sentence about what is wrong with a generation's files, or an empty string.

    Args:
        writing: whether a writer is working, so that files may change under the engine's own protocol.
        thorough: check the digest of every file, not only of those with another size or time.
    """
    if manifest is None:
        return "索引清单缺失或损坏"
    if manifest.schema != schema_mark():
        return f"索引版本是 {manifest.schema}，本程序用 {schema_mark()}"
    for name, (size, changed, digest) in manifest.files.items():
        path = folder / name
        try:
            status = path.stat()
        except OSError:
            if writing:
                continue
            return f"索引文件 {name} 不见了"
        if writing and _is_rewritten(name):
            continue
        if status.st_size != size:
            return f"索引文件 {name} 长度不符"
        if (thorough or status.st_mtime_ns != changed) and _digest(path) != digest:
            return f"索引文件 {name} 内容被改动"
    unknown = {path.name for path in _engine_files(folder)} - manifest.files.keys()
    return f"索引里有清单外的文件 {min(unknown)}" if unknown and not writing and _matters(unknown) else ""


def _matters(unknown: set[str]) -> bool:
    """Ignore files of a writer that died before its commit, because nobody reads them."""
    return any(_is_rewritten(name) for name in unknown)


def _is_rewritten(name: str) -> bool:
    """Return whether an engine rewrites this file at each commit; all others never change."""
    return name in ("meta.json", ".managed.json") or name.endswith(".toc")


def _engine_files(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.iterdir() if p.is_file() and p.name != _LIST and not p.name.lower().endswith("lock")
    )


def _digest(path: Path) -> str:
    state = hashlib.blake2b(digest_size=16)
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def _write_whole(path: Path, data: bytes) -> None:
    """Write a temporary file, flush it to disk and rename it."""
    beside = path.with_name(path.name + ".new-lock")
    with beside.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


if os.name == "posix":
    import fcntl

    def _try_lock(handle: IO[bytes]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

else:  # pragma: no cover - Windows
    import msvcrt

    def _try_lock(handle: IO[bytes]) -> bool:
        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True

    def _unlock(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
