"""`ssj verify --against`: what differs since a backup, a second copy, a receipt, or a code on paper.

Journal and archive only grow. What an anchor from outside fixes must still be there, unless a destruction in the journal
explains it. A backup or copy also has the registers and the bytes themselves.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from archive.files.digests import digest_of
from archive.preservation import anchors
from archive.preservation.anchors import Anchor, Leaves
from archive.preservation.backup import FORMAT, MANIFEST
from archive.preservation.register_check import REGISTERS, explained_since
from archive.preservation.register_snapshot import OBJECT
from archive.store.object_check import Fault
from archive.store.opening import FOLDER
from archive.store.port import FileStore
from ssj_docs.database import schema
from ssj_docs.database.engine import Database
from ssj_docs.documents.statistics_files import FOLDER as STATISTICS
from ssj_docs.ground.canonical import canonical_json
from ssj_docs.ground.errors import DataError, FixityError, NotFoundError
from ssj_docs.office.workspace import Workspace

_DATABASE = "ssj.db"


@dataclass(frozen=True)
class Outside:
    """What was kept outside.

    Attributes:
        name: what it is, for the messages.
        anchor: of its moment.
        files: path → SHA-256 of a backup or copy.
        database: its ssj.db, None for a receipt or a code.
    """

    name: str
    anchor: Anchor
    files: Mapping[str, str] = field(default_factory=dict)
    database: Path | None = None


@contextmanager
def outside(given: str) -> Iterator[Outside]:
    """Read what was given: a backup file, a folder with a second copy, a receipt, or a code.

    Raises: UsageError, DataError, FixityError.
    """
    path = Path(given)
    if path.is_dir():
        yield _of_manifest(f"副本 {path.name}", (path / MANIFEST).read_bytes(), path / _DATABASE)
    elif path.is_file() and path.suffix == ".json":
        yield Outside(f"凭证 {path.name}", anchors.read_receipt(path))
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="ssj-against-") as folder:
            yield _of_backup(path, Path(folder))
    else:
        row, letters = anchors.parse_code(given)
        yield Outside(f"短码 {row}", Anchor(row, letters))


def _of_backup(path: Path, folder: Path) -> Outside:
    manifest = b""
    copy = folder / _DATABASE
    try:
        with tarfile.open(path, mode="r:*") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isreg() else None
                if stream is not None and member.name == _DATABASE:
                    copy.write_bytes(stream.read())
                elif stream is not None and member.name == MANIFEST:
                    manifest = stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise FixityError(f"备份文件 {path.name} 损坏或不是备份", "请换一份完好的备份") from error
    return _of_manifest(f"备份 {path.name}", manifest, copy)


def _of_manifest(name: str, manifest: bytes, database: Path) -> Outside:
    try:
        told = json.loads(manifest)
        files = {path: str(one["sha256"]) for path, one in told["files"].items()}
        kept = told.get("anchor")
        good = told["format"] == FORMAT and database.is_file()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FixityError(f"{name}没有完好的清单", "请换一份完好的备份") from error
    if not good or not kept:
        raise DataError(f"{name}不是本版本的备份，里面没有锚", "用较新的备份，或抄写的短码")
    leaves = {key: (one[0], one[1]) for key, one in kept["leaves"].items()}
    return Outside(name, Anchor(kept["row"], kept["hash"], kept["root"], leaves), files, database)


def differences(workspace: Workspace, connection: Connection, store: FileStore, held: Outside) -> Iterator[Fault]:
    """What was fixed then and is not so now."""
    place, t = f"{_DATABASE}/journal", schema.journal.c
    row = connection.execute(select(t.hash, t.detail).where(t.id == held.anchor.row)).first()
    since = f"与{held.name}不符"
    if held.anchor.row and row is None:
        yield Fault("", place, f"流水没有第 {held.anchor.row} 行，{since}：被截断或恢复到了更早的时候")
        return
    if row is not None and not _same(row.hash, held.anchor.hash):
        yield Fault("", place, f"流水第 {held.anchor.row} 行或以前的内容被改写，{since}")
    root = held.anchor.root or (json.loads(row.detail).get("root", "") if row is not None else "")
    leaves = held.anchor.leaves if held.anchor.leaves is not None else anchors.kept_leaves(workspace, root)
    if leaves is None and root:
        yield Fault("", f"{anchors.FOLDER}/{root[:16]}.json", f"这一时刻的档案清单不见了或被改动，{since}")
    destroyed = _destroyed_since(connection, held.anchor.row)
    yield from _archive_differences(store, leaves or {}, destroyed, since)
    yield from _file_differences(workspace, store, held, destroyed, since)
    if held.database is not None:
        yield from _register_differences(connection, held, held.database)


def _same(digest: str, told: str) -> bool:
    return told == digest if len(told) == len(digest) else told == anchors.letters_of(digest)


def _destroyed_since(connection: Connection, row: int) -> set[str]:
    t = schema.journal.c
    query = select(t.subject).where(t.id > row, t.action == "destroy")
    return {subject.partition("/")[0] for (subject,) in connection.execute(query)}


def _archive_differences(store: FileStore, leaves: Leaves, destroyed: set[str], since: str) -> Iterator[Fault]:
    for identity, (version, digest) in leaves.items():
        try:
            found = anchors.inventory_digest(store.inventory(identity), version)
        except (NotFoundError, ValueError):
            found = ""
        except FixityError:
            continue  # reported already
        if found != digest and identity not in destroyed:
            text = "当时的版本被改写" if found else "当时在档案中，现在没有"
            yield Fault(identity, f"{FOLDER}/{store.name(identity)}", f"{text}，{since}")


def _file_differences(
    workspace: Workspace, store: FileStore, held: Outside, destroyed: set[str], since: str
) -> Iterator[Fault]:
    """Bytes of the archive and of issued papers, which are never rewritten."""
    changing = {f"{FOLDER}/{store.name(one)}/" for one in (OBJECT, *destroyed)}
    for path, digest in held.files.items():
        kept = path.startswith("issued/") and not path.startswith(f"{STATISTICS}/")
        kept = kept or (path.startswith(f"{FOLDER}/") and "/content/" in path)
        if kept and not path.startswith(tuple(changing)) and _digest(workspace, path) != digest:
            yield Fault("", path, f"文件缺失或被改动，{since}")


def _digest(workspace: Workspace, path: str) -> str:
    place = workspace.path(*path.split("/"))
    return digest_of(place).sha256 if place.is_file() else ""


def _register_differences(connection: Connection, held: Outside, database: Path) -> Iterator[Fault]:
    """Rows of the registers that were changed or removed, though no action in the journal since could have."""
    with tempfile.TemporaryDirectory(prefix="ssj-against-") as folder:
        copy = Path(folder) / _DATABASE
        copy.write_bytes(database.read_bytes())
        then = Database(copy)
        try:
            with then.reading() as before:
                for table in schema.metadata.sorted_tables:
                    if table.name in REGISTERS and not explained_since(connection, held.anchor.row, table.name):
                        rows, now = (_rows(one, table) for one in (before, connection))
                        for key in sorted(key for key in rows.keys() | now.keys() if rows.get(key) != now.get(key)):
                            yield Fault(
                                "",
                                f"{_DATABASE}/{table.name}",
                                f"登记“{key}”与{held.name}不符，其后的流水没有能改动它的操作",
                            )
        finally:
            then.close()


def _rows(connection: Connection, table: Any) -> dict[str, str]:
    keys = [column.name for column in table.primary_key]
    return {
        "、".join(str(row[key]) for key in keys): canonical_json(dict(row))
        for row in connection.execute(select(table)).mappings()
    }
