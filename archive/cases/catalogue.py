"""目录: the catalogue of archived items (件) in ssj.db; the bytes and all details are in the file store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from ssj_docs.database.schema import archive_items
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.ground.remedies import Remedy, do

Origin = Literal["scan", "digital", "issued"]
Verdict = Literal["passed", "undetermined", "failed", "none"]


@dataclass(frozen=True)
class StoredFile:
    """One file of an item.

    Attributes:
        path: logical path in the case file's object.
        name: the original file name.
        sha256, bytes, media: digest, size and type of the bytes.
        role: ``original`` or ``derived``.
    """

    path: str
    name: str
    sha256: str
    bytes: int
    media: str
    role: str = "original"


@dataclass(frozen=True)
class ArchiveItem:
    """件: one archived paper.

    Attributes:
        case: case id, or task id for a paper of the whole task.
        item: its number in the case, from ``0001``.
        kind: document kind.
        title, number, date, department, pages: as catalogued; the date is 成文日期 or the date of signature.
        files: the first is the item itself.
        sha256: of the first file.
        origin: ``scan``, ``digital`` or ``issued``.
        source: where it came from (file name, digest, page range).
        issued: id of the issued paper of which this is the signed copy, or empty.
        verdict: of its signature.
        verdict_detail: signer, time and reason.
        state: ``filed``, ``withdrawn`` (its number stays as a gap) or ``destroyed``.
        archive_number: 档号 or None.
        retention: ``Y``, ``D30`` and so on.
        received_at: time with offset.
        version: the version of the object that added it.
    """

    case: str
    item: str
    kind: str
    title: str
    files: tuple[StoredFile, ...]
    sha256: str
    received_at: str
    number: str = ""
    date: date | None = None
    department: str = ""
    pages: int | None = None
    origin: Origin = "digital"
    source: Mapping[str, Any] = field(default_factory=dict)
    issued: str = ""
    verdict: Verdict = "none"
    verdict_detail: Mapping[str, Any] = field(default_factory=dict)
    state: str = "filed"
    archive_number: str | None = None
    retention: str = ""
    version: str = ""

    @property
    def main(self) -> StoredFile:
        """The file of the item itself; others accompany it."""
        return self.files[0]

    def as_json(self) -> dict[str, Any]:
        """The row as a JSON object, dates as ISO text."""
        return {
            **asdict(self),
            "date": self.date.isoformat() if self.date else None,
            "files": [asdict(stored) for stored in self.files],
        }


def item_from_json(value: Mapping[str, Any]) -> ArchiveItem:
    """The inverse of `ArchiveItem.as_json`; unknown keys are ignored."""
    known = {f.name: value[f.name] for f in fields(ArchiveItem) if f.name in value}
    known["files"] = tuple(StoredFile(**stored) for stored in value["files"])
    known["date"] = date.fromisoformat(value["date"]) if value.get("date") else None
    return ArchiveItem(**known)


def _item(row: RowMapping) -> ArchiveItem:
    known = {f.name: row[f.name] for f in fields(ArchiveItem)}
    known["files"] = tuple(StoredFile(**stored) for stored in row["files"])
    return ArchiveItem(**known)


def insert_item(connection: Connection, item: ArchiveItem) -> None:
    """Insert a row; the caller has stored the bytes already (DESIGN invariant 3)."""
    connection.execute(insert(archive_items).values({**item.as_json(), "date": item.date}))


def update_item(connection: Connection, item: ArchiveItem) -> None:
    """Replace the row of this case and item number."""
    where = (archive_items.c.case == item.case, archive_items.c.item == item.item)
    connection.execute(update(archive_items).where(*where).values({**item.as_json(), "date": item.date}))


def load_items(
    connection: Connection, case: str | None = None, *, cases: Iterable[str] | None = None
) -> list[ArchiveItem]:
    """Load the items of a case, of several cases, or of all, in order of case and item."""
    query = select(archive_items).order_by(archive_items.c.case, archive_items.c.item)
    if case is not None:
        query = query.where(archive_items.c.case == case)
    if cases is not None:
        query = query.where(archive_items.c.case.in_(list(cases)))
    return [_item(row) for row in connection.execute(query).mappings()]


def load_item(connection: Connection, case: str, item: str) -> ArchiveItem:
    """Load one item.

    Raises: NotFoundError.
    """
    query = select(archive_items).where(archive_items.c.case == case, archive_items.c.item == item)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"案卷 {case} 中没有第 {item} 件", Remedy(do("show_case", case=case), "，核对件号"))
    return _item(row)


def items_with_digest(connection: Connection, sha256: str) -> list[ArchiveItem]:
    """Every item whose main file has these bytes, whatever its case and state."""
    query = select(archive_items).where(archive_items.c.sha256 == sha256)
    order = query.order_by(archive_items.c.case, archive_items.c.item)
    return [_item(row) for row in connection.execute(order).mappings()]


def last_number(connection: Connection, case: str) -> int:
    """The highest item number of the case, 0 if it has none."""
    query = select(func.max(archive_items.c.item)).where(archive_items.c.case == case)
    return int(connection.execute(query).scalar() or 0)
