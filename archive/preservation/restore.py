"""`ssj restore FILE DIR`: unpacks a backup into a new folder and checks every digest.

The file may come from anywhere: links, devices, paths that lead outside, sizes beyond the disk and duplicate names are
refused before anything is put in place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tarfile
import unicodedata
import uuid
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from archive.cases import case_file
from archive.files.durable_files import full_disk_explained, sync_tree
from archive.preservation.backup import FORMAT, MANIFEST
from archive.preservation.opening import open_office
from archive.store.opening import store_of
from ssj_docs.ground.errors import FixityError, NotFoundError, UsageError
from ssj_docs.office.workspace import FOLDERS

_MEMBERS = 5_000_000
_MANIFEST_BYTES = 1 << 30
_SPARE = 64 << 20
_REMEDY = "请换一份完好的备份"
Progress = Callable[[Iterable[tarfile.TarInfo]], Iterable[tarfile.TarInfo]]


def _all(members: Iterable[tarfile.TarInfo]) -> Iterable[tarfile.TarInfo]:
    return members


@dataclass(frozen=True)
class RestoreReport:
    """Where, how many files and bytes, and items filed during the backup that were catalogued now."""

    path: Path
    files: int
    bytes: int
    entered: int

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {"path": str(self.path), "files": self.files, "bytes": self.bytes, "entered": self.entered}


def restore(source: Path, target: Path, *, now: datetime, progress: Progress = _all) -> RestoreReport:
    """Unpack a backup into a folder that is new or empty.

    Raises: NotFoundError; UsageError; FixityError if the backup is damaged, altered or malicious (nothing is left behind).
    """
    if not source.is_file():
        raise NotFoundError(f"没有备份文件 {source}", "请核对路径")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} 已经存在且不是空文件夹", "请恢复到一个新的文件夹")
    target.parent.mkdir(parents=True, exist_ok=True)
    unpacked = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.restoring"
    unpacked.mkdir(mode=0o700)
    try:
        with full_disk_explained(target.parent):
            files, size = _unpack(source, unpacked, progress)
            for folder in FOLDERS:
                (unpacked / folder).mkdir(exist_ok=True)
            sync_tree(unpacked)
        if target.exists():
            target.rmdir()
        unpacked.rename(target)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    return RestoreReport(target, files, size, _enter_orphans(target, now))


def _unpack(source: Path, folder: Path, progress: Progress) -> tuple[int, int]:
    found: dict[str, tuple[int, str]] = {}
    manifest = b""
    room = shutil.disk_usage(folder).free - _SPARE
    seen: set[str] = set()
    try:
        with tarfile.open(source, mode="r:*") as tar:
            for number, member in enumerate(progress(tar)):
                room -= member.size
                _accept(member, number, room, seen)
                stream = tar.extractfile(member)
                if stream is None:
                    raise FixityError(f"备份中的 {member.name} 不是文件", _REMEDY)
                if member.name == MANIFEST:
                    manifest = stream.read(_MANIFEST_BYTES)
                else:
                    found[member.name] = (member.size, _write(stream, folder / member.name, member.mode))
    except (tarfile.TarError, zlib.error, EOFError, UnicodeError, ValueError) as error:
        raise FixityError(f"备份文件 {source.name} 损坏或不是备份", _REMEDY) from error
    _compare(source, manifest, found)
    return len(found), sum(size for size, _ in found.values())


def _accept(member: tarfile.TarInfo, number: int, room: int, seen: set[str]) -> None:
    """Accept only regular files with a plain relative name, each once, as long as the disk has room."""
    name = member.name
    parts = PurePosixPath(name).parts
    odd = (
        not parts
        or name.startswith("/")
        or ".." in parts
        or (sys.platform == "win32" and re.search(r"[\x00-\x1f\\:]", name))
    )
    folded = unicodedata.normalize("NFC", name).casefold()
    if odd or PurePosixPath(name).as_posix() != name:
        raise FixityError(f"备份中有越出文件夹的路径：{name!r}", "该文件可能是伪造的，不要使用")
    if not member.isreg():
        raise FixityError(f"备份中有链接或设备：{name}", "该文件可能是伪造的，不要使用")
    if folded in seen:
        raise FixityError(f"备份中有重复的文件：{name}", "该文件可能是伪造的，不要使用")
    if room < 0 or number >= _MEMBERS:
        raise FixityError("备份展开后超出磁盘可用空间", "请换到更大的磁盘；若备份来历不明，不要使用")
    seen.add(folded)


def _write(stream: Any, place: Path, mode: int) -> str:
    digest = hashlib.sha256()
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as target:
        while block := stream.read(1 << 20):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    place.chmod(0o600 if not mode & 0o077 else 0o644)
    return digest.hexdigest()


def _compare(source: Path, manifest: bytes, found: dict[str, tuple[int, str]]) -> None:
    try:
        told = json.loads(manifest)
        expected = {name: (entry["bytes"], entry["sha256"]) for name, entry in told["files"].items()}
        good = told["format"] == FORMAT
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FixityError(f"{source.name} 没有完好的备份清单，备份可能没有做完", _REMEDY) from error
    if not good:
        raise FixityError(f"{source.name} 不是本系统的备份", _REMEDY)
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        shown = "、".join(wrong[:5])
        raise FixityError(f"备份中 {len(wrong)} 个文件缺失、多出或被改动：{shown}", _REMEDY)
    for name in ("office.toml", "ssj.db"):
        if name not in found:
            raise FixityError(f"备份中没有 {name}，不是完整的工作区", _REMEDY)


def _enter_orphans(target: Path, now: datetime) -> int:
    """Catalogue items that were filed while the backup ran and are only in their case files."""
    workspace = open_office(target, today=now.date(), now=now)
    store = store_of(workspace)
    entered = 0
    with workspace.transaction() as connection:
        for case in store.objects():
            entered += len(case_file.adopt_orphans(workspace, connection, store, case))
        workspace.log(connection, "restore", target.name, {"entered": entered})
    with suppress(FixityError):  # damage from before the backup is reported by ssj verify
        workspace.close()
    return entered
