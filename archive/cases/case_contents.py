"""The records in a case file's object that describe its case: case.json, metadata.xml and a restricted part.

Personal data (mobile phone, ID number) is in ``restricted/people.json`` only (DESIGN invariant 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from archive.cases import metadata
from archive.cases.catalogue import ArchiveItem
from ssj_docs.database import registers, schema
from ssj_docs.ground.canonical import plain_json
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.model.case import EVENTS, Case
from ssj_docs.model.office import Office
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import InspectionTask
from ssj_docs.office.paper_kinds import PaperKinds

_DEFAULT_YEARS = 30


def retention_code(office: Office, kind: str, kinds: PaperKinds) -> str:
    """Return the 保管期限 of a kind: ``Y`` or ``D<years>``.

    It is looked up in the office's table, then in the catalogue, then in the office's rule for everything else (``*``);
    the default is 30 years.
    """
    rules = {rule.kind: rule.years for rule in office.retention}
    years = rules.get("*", _DEFAULT_YEARS)
    if kind in rules:
        years = rules[kind]
    elif kind in kinds:
        years = kinds[kind].retention
    return f"D{years}" if years else "Y"


def require_case(connection: Connection, case: str) -> None:
    """Check that a case file may be opened under this id.

    Raises: NotFoundError if it is neither a case nor a task.
    """
    for table in (schema.cases, schema.tasks):
        if connection.execute(select(table.c.id).where(table.c.id == case)).first() is not None:
            return
    raise NotFoundError(f"没有案件或任务 {case}", "案件编号形如 2026-003-0012；请先导入或抽取，再归档")


def load_subject_of(connection: Connection, case: Case) -> Subject:
    """Load the case's subject; only its id if the register no longer has it."""
    try:
        return registers.load_subject(connection, case.subject)
    except NotFoundError:
        return Subject(id=case.subject, name=case.subject)


def _public(subject: Subject) -> dict[str, Any]:
    value = asdict(subject)
    del value["phone"]
    return value


def case_facts(office: Office, connection: Connection, case: str) -> dict[str, Any]:
    """Task, subject, inspectors, findings and events of a case (or only the task), without restricted data."""
    found = _case(connection, case)
    task = _task(connection, found.task if found else case)
    facts: dict[str, Any] = {"format": "ssj-case/1", "id": case, "office": office.name}
    facts["task"] = asdict(task) if task else None
    if found is None:
        return facts
    facts["case"] = asdict(found)
    facts["subject"] = _public(load_subject_of(connection, found))
    facts["inspectors"] = [
        {"id": i.id, "name": i.name, "department": i.department, "post": i.post}
        for i in registers.load_inspectors(connection)
        if i.id in found.inspectors
    ]
    labels = {result.code: result.label for result in office.results}
    facts["findings"] = [
        {**asdict(f), "labels": [labels.get(code, code) for code in f.results]}
        for f in registers.load_findings(connection, [case])
    ]
    handled = {handling.code: handling.label for handling in office.handlings}
    facts["events"] = [
        {**asdict(e), "label": EVENTS.get(e.event, e.event), "handling_label": handled.get(e.handling, "")}
        for e in sorted(registers.load_events(connection, [case]), key=lambda e: (e.date, e.event, e.department))
    ]
    return facts


def _case(connection: Connection, case: str) -> Case | None:
    try:
        return registers.load_case(connection, case)
    except NotFoundError:
        return None


def _task(connection: Connection, task: str) -> InspectionTask | None:
    try:
        return registers.load_task(connection, task)
    except NotFoundError:
        return None


def case_records(
    office: Office, connection: Connection, case: str, items: Sequence[ArchiveItem]
) -> dict[str, Path | bytes]:
    """case.json, metadata.xml and restricted/people.json by logical path; the same state gives the same bytes."""
    facts = case_facts(office, connection, case)
    facts["issued"] = [_issued(document) for document in papers(connection, case)]
    facts["items"] = [
        {
            "item": i.item,
            "kind": i.kind,
            "title": i.title,
            "number": i.number,
            "date": i.date,
            "pages": i.pages,
            "file": i.main.path,
            "sha256": i.sha256,
            "state": i.state,
            "archive_number": i.archive_number,
            "retention": i.retention,
            "received_at": i.received_at,
        }
        for i in items
    ]
    records: dict[str, Path | bytes] = {
        "case.json": (plain_json(facts) + "\n").encode(),
        "metadata.xml": metadata.to_xml("案卷元数据", metadata.case_elements(office, case, _described(facts), items)),
    }
    restricted = _restricted(connection, facts)
    if restricted:
        records["restricted/people.json"] = (plain_json(restricted) + "\n").encode()
    return records


def papers(connection: Connection, case: str) -> list[Any]:
    """Issued papers of this case (or of the task itself), newest versions only."""
    if _case(connection, case):
        return list(registers.issued_documents(connection, case=case))
    return [document for document in registers.issued_documents(connection, task=case) if not document.case]


def _issued(document: Any) -> dict[str, Any]:
    return {name: getattr(document, name) for name in ("id", "kind", "title", "number", "date", "path", "sha256")}


def _described(facts: dict[str, Any]) -> dict[str, str]:
    task, subject = facts["task"] or {}, facts.get("subject") or {}
    name = subject.get("name", "")
    return {
        "题名": f"{task.get('name') or facts['id']}{'：' if name else ''}{name}",
        "责任者": "、".join((*task.get("initiators", ()), *task.get("partners", ()))) or facts["office"],
        "检查对象": name,
        "统一社会信用代码": subject.get("credit_code", ""),
        "抽查事项": "；".join(task.get("items", ())),
        "年度": str(task.get("year", "")),
    }


def _restricted(connection: Connection, facts: dict[str, Any]) -> dict[str, Any]:
    case = facts.get("case")
    if not case:
        return {}
    subject = next((s for s in registers.load_subjects(connection) if s.id == case["subject"]), None)
    people = [i for i in registers.load_inspectors(connection) if i.id in case["inspectors"]]
    return {
        "subject": {"id": case["subject"], "phone": subject.phone if subject else ""},
        "inspectors": [{"id": i.id, "name": i.name, "phone": i.phone, "id_number": i.id_number} for i in people],
    }
