"""From the journal outward: every digest and every count that the journal ever wrote, held against registers and bytes.

A register can be altered together with the bytes that it names. The journal tells what was archived, issued, drawn,
received, destroyed and checked when it happened, so that both must agree with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive.cases import catalogue
from archive.preservation.begun_work import BegunWork
from archive.store.object_check import Fault
from archive.store.ocfl_inventory import Inventory
from archive.store.port import FileStore
from ssj_docs.database import schema
from ssj_docs.database.journal import turned_back
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.canonical import sha256_of
from ssj_docs.office.adopted_files import ADOPT

_DATABASE = "ssj.db"


@dataclass(frozen=True)
class Entry:
    """A row of the journal with its detail read."""

    id: int
    when: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    digest: str


@dataclass(frozen=True)
class Evidence:
    """What the journal is held against.

    Attributes:
        store: the file store.
        inventories: object id → inventory, whose digests were just held against the bytes.
        issued: path → SHA-256 of the files in issued/ that were just read.
        begun: work that was begun and not ended.
        now: the time of the check.
    """

    connection: Connection
    store: FileStore
    inventories: Mapping[str, Inventory]
    issued: Mapping[str, str]
    begun: BegunWork
    now: datetime


def journal_faults(evidence: Evidence, case: str | None = None) -> Iterator[Fault]:
    """Everything that is not as the journal tells it.

    Args:
        case: only what concerns this case.
    """
    entries = list(_entries(evidence.connection))
    yield from _archived(evidence, entries, case)
    if case is None:
        for check in (_times, _issued, _numbers, _received, _checked):
            yield from check(evidence, entries)


def _entries(connection: Connection) -> Iterator[Entry]:
    t = schema.journal.c
    query = select(t.id, t.when, t.action, t.subject, t.detail, t.digest).order_by(t.id)
    for row in connection.execute(query):
        yield Entry(row.id, row.when, row.action, row.subject, json.loads(row.detail), row.digest)


def _of(entries: Iterable[Entry], *actions: str) -> Iterator[Entry]:
    return (entry for entry in entries if entry.action in actions)


def _fault(table: str, key: str, text: str, case: str = "") -> Fault:
    return Fault(case, f"{_DATABASE}/{table}/{key}", text)


def _times(evidence: Evidence, entries: Iterable[Entry]) -> Iterator[Fault]:
    """Time does not run back; an adoption tells a clock that was set right."""
    last = ""
    for entry in entries:
        if last and turned_back(last, datetime.fromisoformat(entry.when)) and entry.action != ADOPT:
            text = f"第 {entry.id} 行的时间 {entry.when[:16]} 早于上一行的 {last[:16]}：电脑的时钟被拨回"
            yield Fault("", f"{_DATABASE}/journal", text)
        last = entry.when
    if last and turned_back(last, evidence.now):
        yield Fault("", f"{_DATABASE}/journal", f"电脑的时钟早于流水最后一行的 {last[:16]}，本次核验没有记录")


def _archived(evidence: Evidence, entries: list[Entry], case: str | None) -> Iterator[Fault]:
    rows = {f"{item.case}/{item.item}": item for item in catalogue.load_items(evidence.connection, case)}
    archived = {entry.subject: entry.digest for entry in _of(entries, "archive")}
    destroyed = {entry.subject: entry.digest for entry in _of(entries, "destroy")}
    withdrawn = {entry.subject for entry in _of(entries, "archive.withdrawn")}
    for subject, digest in archived.items():
        owner, _, _ = subject.partition("/")
        item = rows.get(subject)
        if case is not None and owner != case:
            continue
        if item is None:
            yield _fault("archive_items", subject, "流水中有归档记录而目录中没有此件", owner)
        elif item.sha256 != digest:
            yield _fault("archive_items", subject, "目录中的 SHA-256 与流水中归档时的不符", owner)
        elif item.state == "destroyed" and subject not in destroyed and not evidence.begun.takes_away(item):
            yield _fault("archive_items", subject, "目录称已销毁，流水中没有销毁记录", owner)
        elif item.state != "destroyed" and subject in destroyed:
            yield _fault("archive_items", subject, "流水中已销毁，目录称在卷", owner)
        elif item.state != "destroyed" and (item.state == "withdrawn") != (subject in withdrawn):
            yield _fault("archive_items", subject, "目录中撤出与否与流水不符", owner)
        elif item.state != "destroyed" and _stored(evidence, owner, item.main.path) not in (digest, None):
            yield Fault(owner, f"archive/{owner}/{item.main.path}", "内容与流水中归档时的 SHA-256 不符")
    for subject in rows.keys() - archived.keys():
        yield _fault("archive_items", subject, "目录中有此件而流水中没有归档记录", rows[subject].case)
    yield from _given_numbers(rows, entries)
    if case is None:
        yield from _destroyed(evidence, destroyed)


def _given_numbers(rows: Mapping[str, catalogue.ArchiveItem], entries: Iterable[Entry]) -> Iterator[Fault]:
    for entry in _of(entries, "archive_number"):
        item = rows.get(entry.subject)
        if item is not None and item.archive_number != entry.detail["number"]:
            yield _fault("archive_items", entry.subject, "档号与流水中编的不同", item.case)


def _stored(evidence: Evidence, owner: str, path: str) -> str | None:
    """SHA-256 of a stored file, None if it is not there, which is told already, or its case is not at hand."""
    inventory = evidence.inventories.get(owner)
    if inventory is None or path not in inventory.version().state:
        return None
    place, _ = inventory.content(path)
    return inventory.sha256.get(place, "清单未载")


def _destroyed(evidence: Evidence, destroyed: Mapping[str, str]) -> Iterator[Fault]:
    t = schema.destructions
    query = select(t.c.case, t.c.item, t.c.sha256).where(t.c.destroyed_at != "")
    register = {f"{row.case}/{row.item}": row.sha256 for row in evidence.connection.execute(query)}
    for subject in sorted(register.keys() ^ destroyed.keys()):
        where = "销毁登记中没有，而流水中有销毁记录" if subject in destroyed else "流水中没有这次销毁"
        yield _fault("destructions", subject, where, subject.partition("/")[0])


def _issued(evidence: Evidence, entries: Iterable[Entry]) -> Iterator[Fault]:
    """Papers, their PDFs, records and commitments of draws: the registers name them, and their bytes are as they were."""
    t, d = schema.issued.c, schema.draws.c
    papers = {row.id: row for row in evidence.connection.execute(select(t.id, t.path, t.sha256, t.pdf_sha256))}
    told: dict[str, str] = {}
    issues = {entry.subject: entry for entry in _of(entries, "issue")}
    for subject, entry in issues.items():
        if subject not in papers:
            yield _fault("issued", subject, "流水中已印发而成文登记中没有")
        elif papers[subject].sha256 != entry.digest:
            yield _fault("issued", subject, "成文登记中的 SHA-256 与流水中印发时的不符")
    for subject in papers.keys() - issues.keys():
        yield _fault("issued", subject, "成文登记中有而流水中没有印发记录")
    drawn = set(evidence.connection.execute(select(d.record_path)).scalars())
    drawn |= set(evidence.connection.execute(select(d.commitment_path)).scalars())
    for entry in _of(entries, "issue", "issue.pdf", "draw", "draw.redraw", "draw.commit"):
        path = str(entry.detail.get("path", ""))
        if path:
            told[path] = entry.digest
        if path and entry.action.startswith("draw") and path not in drawn:
            yield _fault("draws", entry.subject, f"流水中有抽取记录 {path} 而抽取登记中没有")
    for path, digest in sorted(told.items()):
        found = evidence.issued.get(path)
        if found is not None and found != digest:
            yield Fault("", path, "内容与流水中印发时的 SHA-256 不符")
        elif found is None:
            yield Fault("", path, "流水中已印发的文件，登记中没有或文件缺失")


def _numbers(evidence: Evidence, entries: Iterable[Entry]) -> Iterator[Fault]:
    rows = {row.number: row for row in number_ledger.register(evidence.connection)}
    void = {entry.subject for entry in _of(entries, "number.void")}
    given = {str(entry.detail.get("number", "")) for entry in _of(entries, "issue")} - {""}
    given |= {entry.subject for entry in _of(entries, "number.record")} | void
    for number in sorted(given - rows.keys()):
        yield _fault("numbers", number, "流水中用过的文号，登记簿中没有")
    for number, row in sorted(rows.items()):
        if number in given and (row.state == "void") != (number in void):
            yield _fault("numbers", number, "登记簿中作废与否与流水不符")


def _received(evidence: Evidence, entries: Iterable[Entry]) -> Iterator[Fault]:
    t = schema.receipts.c
    rows = {row.sha256: row for row in evidence.connection.execute(select(t.sha256, t.name, t.object))}
    for digest, name in {entry.digest: entry.subject for entry in _of(entries, "receive")}.items():
        row = rows.get(digest)
        if row is None:
            yield _fault("receipts", digest[:12], f"流水中收到过“{name}”而收件登记中没有")
            continue
        inventory = evidence.inventories.get(row.object)
        if row.object and inventory is None and not evidence.store.lies(row.object):
            yield _fault("receipts", digest[:12], f"原样保存的收件“{row.name}”不在档案中")
        elif inventory is not None and digest not in inventory.sha256.values():
            yield Fault(row.object, f"archive/{row.object}", f"收件“{row.name}”的内容与流水中收到时的 SHA-256 不符")


def _checked(evidence: Evidence, entries: Iterable[Entry]) -> Iterator[Fault]:
    """The history of checks: none lacking, none changed, none made up."""
    told = [entry.digest for entry in _of(entries, "verify")]
    held = []
    keys = ("scope", "objects", "files", "bytes", "faults", "journal")
    for row in evidence.connection.execute(select(schema.fixity_checks)).mappings():
        held.append(row["digest"])
        if sha256_of({key: row[key] for key in keys}) != row["digest"]:
            yield _fault("fixity_checks", str(row["id"]), "核验记录与它的摘要不符")
    if sorted(told) != sorted(held):
        yield Fault("", f"{_DATABASE}/fixity_checks", f"核验历史有 {len(held)} 条，流水中有 {len(told)} 条或内容不同")
