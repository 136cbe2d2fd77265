"""案卷: one case and everything filed for it, as an object of the file store that explains itself.

Order (DESIGN invariant 3): the bytes are stored durably before the catalogue's row is written in the caller's transaction.
After a crash between the two, the store has an item that the catalogue does not know. The next filing in that case adds
it, and filing the same paper again returns the existing item.
"""

from __future__ import annotations

import json
import mimetypes
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from archive.cases import case_contents, catalogue, metadata
from archive.cases.catalogue import ArchiveItem, Origin, StoredFile, Verdict
from archive.cases.printed_elements import printed_elements
from archive.files.digests import digest_of
from archive.store.opening import FOLDER, store_of
from archive.store.port import FileStore
from ssj_docs.database import schema
from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.errors import DataError
from ssj_docs.office.workspace import Workspace

#: media types that the system's table may lack
_MEDIA = {".ofd": "application/ofd", ".bmp": "image/bmp"}
_ITEM = re.compile(r"items/(\d{4,})/item\.json")


@dataclass(frozen=True)
class NewItem:
    """A paper to be filed.

    Attributes:
        kind: document kind.
        title: 题名.
        files: file name → file or bytes; the first is the paper itself, unchanged.
        number: 文号.
        date: 成文日期 or date of signature.
        department: 责任者.
        pages: the number of pages.
        origin: ``scan``, ``digital`` (signed PDF, office file) or ``issued`` (issued by this office).
        source: where it came from: ``{"file", "sha256", "pages": [first, last], …}``.
        key: identifies the paper if it is filed again, which changes nothing; its SHA-256 if empty.
        issued: id of the issued paper of which this is the signed copy.
        verdict, verdict_detail: of the signature: ``signer``, ``signed_at``, ``reason``, ….
        derived: file name → bytes made from it (PDF/A, picture), stored beside it.
    """

    kind: str
    title: str
    files: Mapping[str, Path | bytes]
    number: str = ""
    date: date | None = None
    department: str = ""
    pages: int | None = None
    origin: Origin = "digital"
    source: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    issued: str = ""
    verdict: Verdict = "none"
    verdict_detail: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, Path | bytes] = field(default_factory=dict)


def add_item(workspace: Workspace, connection: Connection, case: str, item: NewItem) -> ArchiveItem:
    """File one paper in a case.

    Args:
        connection: a writing transaction (`Workspace.transaction`).
        case: case id, or task id for a task's papers.

    Returns: the catalogued item; the existing one if its key was filed before.
    Raises: NotFoundError for an unknown case; DataError for a full disk or an empty file (nothing is changed).
    """
    return add_items(workspace, connection, case, (item,))[0]


def add_items(workspace: Workspace, connection: Connection, case: str, items: Sequence[NewItem]) -> list[ArchiveItem]:
    """File several papers in a case as one new version; see `add_item`."""
    case_contents.require_case(connection, case)
    store = store_of(workspace)
    adopt_orphans(workspace, connection, store, case)
    on_file = [item for item in catalogue.load_items(connection, case) if item.state != "withdrawn"]
    held = {item.source.get("key", item.sha256): item for item in on_file}
    number = catalogue.last_number(connection, case)
    fresh: list[ArchiveItem] = []
    contents: dict[str, Path | bytes] = {}
    answer = []
    for new in items:
        key = new.key or digest_of(_main(new)).sha256
        if key not in held:
            number += 1
            item = _catalogued(workspace, case, f"{number:04d}", new, key)
            held[key] = item
            fresh.append(item)
            contents |= _contents(workspace, item, new)
        answer.append(key)
    if fresh:
        _store(workspace, connection, store, fresh, contents)
        held |= {item.source["key"]: item for item in catalogue.load_items(connection, case)}
    return [held[key] for key in answer]


def _main(new: NewItem) -> Path | bytes:
    if not new.files:
        raise DataError(f"“{new.title}”没有文件", "请指明要归档的文件")
    return next(iter(new.files.values()))


def _catalogued(workspace: Workspace, case: str, number: str, new: NewItem, key: str) -> ArchiveItem:
    files = []
    for role, group in (("original", new.files), ("derived", new.derived)):
        for name, source in group.items():
            digests = digest_of(source)
            if not digests.size:
                raise DataError(f"文件 {name} 是空的", "请重新取得该文件后再归档")
            media = _MEDIA.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0] or "application/octet-stream"
            path = f"items/{number}/{'' if role == 'original' else 'derived/'}{safe_name(name)}"
            files.append(StoredFile(path, name, digests.sha256, digests.size, media, role))
    if len({stored.path for stored in files}) < len(files):
        raise DataError(f"“{new.title}”的文件重名", "请为各文件取不同的名称")
    return ArchiveItem(
        case=case,
        item=number,
        kind=new.kind,
        title=new.title,
        files=tuple(files),
        sha256=files[0].sha256,
        received_at=workspace.now.isoformat(timespec="seconds"),
        number=new.number,
        date=new.date,
        department=new.department,
        pages=new.pages,
        origin=new.origin,
        source={**new.source, "key": key},
        issued=new.issued,
        verdict=new.verdict,
        verdict_detail=dict(new.verdict_detail),
        retention=case_contents.retention_code(workspace.office, new.kind, workspace.kinds),
    )


def safe_name(name: str) -> str:
    """Return a file name valid on every file system: no folder, no control or reserved characters, at most 60 characters."""
    name = re.sub(r"[\x00-\x1f\x7f/\\:*?\"<>|]", "_", unicodedata.normalize("NFC", Path(name).name)).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, suffix = name, ""
    stem = stem.strip(" .")[:60].rstrip(" .") or "文件"
    while len(stem.encode()) > 220:
        stem = stem[:-1]
    taken = {"item.json", "metadata.xml", "text.json", "derived"}
    whole = f"{stem}.{suffix}" if suffix else stem
    return f"_{whole}" if whole in taken else whole


def _contents(workspace: Workspace, item: ArchiveItem, new: NewItem) -> dict[str, Path | bytes]:
    sources = [*new.files.values(), *new.derived.values()]
    contents: dict[str, Path | bytes] = {
        stored.path: source for stored, source in zip(item.files, sources, strict=True)
    }
    return contents | item_records(workspace, item)


def item_records(workspace: Workspace, item: ArchiveItem) -> dict[str, Path | bytes]:
    """item.json and metadata.xml of an item, by logical path."""
    folder, kind = f"items/{item.item}", workspace.kinds.get(item.kind)
    printed = _printed(workspace, item) if kind and kind.genre else {}
    elements = metadata.item_elements(workspace.office, item, kind, printed)
    return {
        f"{folder}/item.json": (plain_json(item.as_json()) + "\n").encode(),
        f"{folder}/metadata.xml": metadata.to_xml("文件元数据", elements),
    }


def _printed(workspace: Workspace, item: ArchiveItem) -> dict[str, str | list[str]]:
    """The printed elements of the issued 公文 of which this is a copy; empty for a paper from outside."""
    t = schema.issued.c
    query = select(t.path, t.sha256).where(
        t.id == item.issued if item.issued else (t.number == item.number) & (t.number != "")
    )
    with workspace.read() as connection:
        row = connection.execute(query).first()
    if row is None or not workspace.path(row.path).is_file():
        return {}
    data = workspace.path(row.path).read_bytes()
    return printed_elements(data) if sha256(data).hexdigest() == row.sha256 else {}


def _store(
    workspace: Workspace,
    connection: Connection,
    store: FileStore,
    fresh: Sequence[ArchiveItem],
    contents: Mapping[str, Path | bytes],
) -> None:
    """Store the bytes, then write the rows of catalogue and journal."""
    case = fresh[0].case
    everything = [*catalogue.load_items(connection, case), *fresh]
    records = case_contents.case_records(workspace.office, connection, case, everything)
    titles = "、".join(item.title for item in fresh)
    version = store.add_version(
        case,
        {**contents, **records},
        message=f"归档：{titles}",
        user=workspace.who,
        created=workspace.now,
    )
    for item in fresh:
        _enter(workspace, connection, replace(item, version=version))


def _enter(workspace: Workspace, connection: Connection, item: ArchiveItem) -> None:
    catalogue.insert_item(connection, item)
    detail: dict[str, object] = {
        "kind": item.kind,
        "origin": item.origin,
        "verdict": item.verdict,
        "version": item.version,
    }
    workspace.log(connection, "archive", f"{item.case}/{item.item}", detail, digest=item.sha256)


def stored_items(store: FileStore, case: str, *, known: Collection[str] = ()) -> list[ArchiveItem]:
    """The items recorded in the object itself (item.json), in order, except those ``known``.

    Raises: FixityError if a stored record was altered.
    """
    if not store.has(case):
        return []
    inventory = store.inventory(case)
    items = []
    for path in sorted(inventory.version().state):
        match = _ITEM.fullmatch(path)
        if match and match[1] not in known:
            brought = next(version.name for version in inventory.versions if path in version.state)
            told = catalogue.item_from_json(json.loads(store.read_from(inventory, path)))
            items.append(replace(told, version=brought))
    return items


def adopt_orphans(workspace: Workspace, connection: Connection, store: FileStore, case: str) -> list[ArchiveItem]:
    """Catalogue items that a crash left in the store without a row."""
    known = {item.item for item in catalogue.load_items(connection, case)}
    orphans = stored_items(store, case, known=known)
    for item in orphans:
        _enter(workspace, connection, item)
    return orphans


def renew_records(
    workspace: Workspace,
    connection: Connection,
    case: str,
    message: str,
    extra: Mapping[str, Path | bytes] | None = None,
) -> str:
    """Update case.json, metadata and item records of a stored case from the database.

    Args:
        extra: further logical paths to add (page texts, reports).
        message: the reason, recorded with the version.

    Returns: the head. Nothing is written if nothing changed, or for a case without an object unless there is ``extra``.
    """
    store = store_of(workspace)
    items = catalogue.load_items(connection, case)
    if not store.has(case) and not extra:
        return ""
    records = case_contents.case_records(workspace.office, connection, case, items)
    for item in items:
        if item.state != "destroyed":
            records |= item_records(workspace, replace(item, version=""))
    return store.add_version(
        case, {**records, **(extra or {})}, message=message, user=workspace.who, created=workspace.now
    )


def read_texts(store: FileStore, case: str, item: str) -> list[dict[str, Any]]:
    """The texts of an item's pages as stored by `kept_texts`, or an empty list."""
    path = f"items/{item}/text.json"
    if not store.has(case) or path not in store.inventory(case).version().state:
        return []
    return list(json.loads(store.read(case, path))["pages"])


def read_item(workspace: Workspace, item: ArchiveItem, stored: StoredFile | None = None) -> bytes:
    """Read an item's main (or given) file and check its digest.

    Raises: FixityError if it was altered.
    """
    return store_of(workspace).read(item.case, (stored or item.main).path)


def local_item(workspace: Workspace, item: ArchiveItem) -> AbstractContextManager[Path]:
    """A file with the bytes of an item's main file, for a program that only reads it; see `FileStore.local_copy`."""
    return store_of(workspace).local_copy(item.case, item.main.path)


def item_location(workspace: Workspace, item: ArchiveItem) -> str:
    """Where people find an item's main file, relative to the workspace."""
    return f"{FOLDER}/{store_of(workspace).location(item.case, item.main.path)}"


def as_row(item: ArchiveItem) -> dict[str, Any]:
    """An item as a row of a list, without digests and derived files."""
    row = asdict(item)
    return {
        "case": item.case,
        "item": item.item,
        "kind": item.kind,
        "title": item.title,
        "number": item.number,
        "date": item.date.isoformat() if item.date else None,
        "department": item.department,
        "pages": item.pages,
        "origin": item.origin,
        "verdict": item.verdict,
        "verdict_detail": row["verdict_detail"],
        "state": item.state,
        "archive_number": item.archive_number,
        "retention": item.retention,
        "received_at": item.received_at,
        "path": item.main.path,
        "sha256": item.sha256,
        "issued": item.issued,
    }
