"""`ssj rebuild`: rebuilds the database from the archive alone (DESIGN invariant 4).

The registers come from their snapshot, the catalogue and page texts from the case files. Facts that a case file has and
the snapshot lacks, because of a crash before the next one, are added from its case.json. The old database is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from archive.cases import catalogue, kept_texts
from archive.cases.case_file import stored_items
from archive.preservation import register_snapshot
from archive.preservation.issued_check import unregistered_files
from archive.store.opening import store_of
from archive.store.port import FileStore
from ssj_docs.database import journal, registers, schema
from ssj_docs.database.engine import Database
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.people import Subject
from ssj_docs.office.workspace import Workspace

Progress = Callable[[Iterable[str]], Iterable[str]]


def _all(objects: Iterable[str]) -> Iterable[str]:
    return objects


@dataclass(frozen=True)
class RebuildReport:
    """What was rebuilt.

    Attributes:
        rows: table → rows.
        objects: case files read.
        set_aside: where the old database is, empty if there was none.
        unregistered: files in issued/ that no register names, to be recorded by hand.
    """

    rows: Mapping[str, int]
    objects: int
    set_aside: str
    unregistered: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "rows": dict(self.rows),
            "objects": self.objects,
            "set_aside": self.set_aside,
            "unregistered": list(self.unregistered),
        }


def rebuild(workspace: Workspace, *, progress: Progress = _all) -> RebuildReport:
    """Build ssj.db from the archive and replace the old one.

    Raises: NotFoundError if there is no archive; FixityError if stored records were altered (nothing is changed).
    """
    store = store_of(workspace)
    if not store.objects():
        raise NotFoundError("档案是空的，没有可以重建的内容", Remedy("先", do("restore")))
    fresh = Database(workspace.root / "ssj.db.rebuild")
    fresh.remove()
    try:
        with fresh.transaction() as connection:
            rows = _restore(connection, store, progress)
            _tell_of_items(workspace, connection)
            journal.append(
                connection,
                when=workspace.now,
                who=workspace.who,
                action="rebuild",
                subject="ssj.db",
                detail={"rows": rows},
            )
            unregistered = unregistered_files(workspace, connection)
        aside = workspace.database.replace_with(fresh, f"ssj.db.before-{workspace.now:%Y%m%d%H%M%S}")
    finally:
        fresh.close()
    return RebuildReport(rows, len(store.objects()), aside, unregistered)


def _restore(connection: Connection, store: FileStore, progress: Progress) -> dict[str, int]:
    rows: dict[str, int] = {}
    if store.has(register_snapshot.OBJECT):
        for table in register_snapshot.kept_tables():
            rows[table.name] = register_snapshot.restore_rows(connection, store, table)
    verdict = journal.verify(connection)
    if verdict.state != "intact":
        raise DataError(f"快照中的流水不完整：{verdict.state}", Remedy(do("restore")))
    rows["archive_items"] = rows["page_texts"] = 0
    for case in progress(store.objects()):
        if "case.json" in store.inventory(case).version().state:
            _add_facts(connection, json.loads(store.read(case, "case.json")), _phone(store, case))
        for item in stored_items(store, case):
            catalogue.insert_item(connection, item)
            rows["archive_items"] += 1
            rows["page_texts"] += kept_texts.restore_texts(connection, store, case, item.item)
    return {name: count for name, count in sorted(rows.items()) if count}


def _tell_of_items(workspace: Workspace, connection: Connection) -> None:
    """Journal the items that the snapshot's journal does not know, because of a crash before the next snapshot."""
    t = schema.journal.c
    known = set(connection.execute(select(t.subject).where(t.action == "archive")).scalars())
    for item in catalogue.load_items(connection):
        subject = f"{item.case}/{item.item}"
        if subject not in known:
            journal.append(
                connection,
                when=workspace.now,
                who=workspace.who,
                action="archive",
                subject=subject,
                detail={"kind": item.kind, "origin": item.origin, "version": item.version, "rebuilt": True},
                digest=item.sha256,
            )


def _phone(store: FileStore, case: str) -> str:
    path = "restricted/people.json"
    if path not in store.inventory(case).version().state:
        return ""
    return str(json.loads(store.read(case, path))["subject"]["phone"])


def _add_facts(connection: Connection, facts: Mapping[str, Any], phone: str) -> None:
    """Add rows of a case that the snapshot does not have, without changing others."""
    told = facts.get("case")
    if not told:
        return
    try:
        registers.load_case(connection, told["id"])
    except NotFoundError:
        registers.save_cases(connection, [_model(Case, told)])
    subjects = {subject.id for subject in registers.load_subjects(connection)} if facts.get("subject") else set()
    if facts.get("subject") and facts["subject"]["id"] not in subjects:
        registers.save_subjects(connection, [_model(Subject, {**facts["subject"], "phone": phone})])
    findings = [_model(Finding, finding) for finding in facts.get("findings", ())]
    known = {(f.department, f.item) for f in registers.load_findings(connection, [told["id"]])}
    registers.save_findings(connection, [f for f in findings if (f.department, f.item) not in known])
    registers.save_events(connection, [_model(CaseEvent, event) for event in facts.get("events", ())])


def _model(kind: type[Any], value: Mapping[str, Any]) -> Any:
    given = {}
    for field in fields(kind):
        part = value.get(field.name)
        if field.name in ("date", "found", "drawn", "founded") and part:
            part = date.fromisoformat(part)
        given[field.name] = tuple(part) if isinstance(part, list) else part
    return kind(**given)
