"""What an office holds besides its archived pages, as records of the same search index.

Issued papers page by page, drafts, numbers without a paper, plan rows, cases with results and handling, subjects, and
inspectors. A record's ``group`` says which; its key is ``(case, group:id)``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pypdfium2 as pdfium
from sqlalchemy import Connection, func, select

from archive.files.text_layer import page_string
from archive.search.engines.port import ItemKey
from archive.search.fields.fields import PageRecord
from archive.search.form_legends import document_text
from archive.search.records import OFFICE_ONLY, CaseFields, Facts, visible_departments
from ssj_docs.database import registers
from ssj_docs.database.schema import issued, journal
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.ground.errors import SsjError
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.model.case import EVENTS
from ssj_docs.office.workspace import Workspace

#: group → its Chinese name, in the order shown
GROUPS = {
    "issued": "印发文书",
    "draft": "拟稿",
    "number": "文号登记",
    "plan": "抽查计划",
    "case": "案件",
    "subject": "检查对象",
    "inspector": "执法检查人员",
}
#: never searched: phones and ID numbers
_RESTRICTED = {"phone", "id_number"}


def office_state(workspace: Workspace, connection: Connection) -> str:
    """A value that changes with every change of what `office_records` reads."""
    last = connection.execute(select(func.max(journal.c.id))).scalar() or 0
    drafts = sorted((path.name, path.stat().st_mtime_ns) for path in workspace.path("drafts").glob("*.md"))
    return f"{last}:{hashlib.blake2b(repr(drafts).encode(), digest_size=8).hexdigest()}"


def office_stamps(workspace: Workspace, connection: Connection) -> dict[ItemKey, str]:
    """For every record a stamp that changes with its content."""
    return {(one.case, one.item): one.stamp for one in _heads(workspace, connection)}


def office_records(
    workspace: Workspace, connection: Connection, wanted: Sequence[ItemKey] | None = None
) -> Iterator[PageRecord]:
    """Every record, or those of the wanted keys; issued papers page by page."""
    keys = None if wanted is None else set(wanted)
    for head in _heads(workspace, connection):
        if keys is None or (head.case, head.item) in keys:
            yield from _pages(workspace, head) if head.group == "issued" else [head]


def _heads(workspace: Workspace, connection: Connection) -> Iterator[PageRecord]:
    """One record each, stamped; issued papers still without their text."""
    facts = Facts(connection, workspace.office)
    parts: Sequence[Callable[[Workspace, Connection, Facts], Iterator[PageRecord]]] = (
        *(_issued, _drafts, _numbers),
        *(_plan, _cases, _subjects, _inspectors),
    )
    for part in parts:
        for record in part(workspace, connection, facts):
            content = repr(record).encode("utf-8", "replace")
            yield replace(record, stamp=hashlib.blake2b(content, digest_size=8).hexdigest())


def _record(group: str, identity: str, known: CaseFields, **more: Any) -> PageRecord:
    made = PageRecord(
        "", f"{group}:{identity}", 1, kind=group, kind_label=GROUPS[group], origin="text", group=group, **vars(known)
    )
    day = more.get("date")
    year = more.pop("year", None) or known.year or (day.year if day else None)
    return replace(made, **{"visible_to": visible_departments(known), "year": year, **more})


def _issued(workspace: Workspace, connection: Connection, facts: Facts) -> Iterator[PageRecord]:
    rows = connection.execute(select(issued).where(issued.c.current).order_by(issued.c.id)).all()
    known = facts.of(list(dict.fromkeys(row.case or row.task for row in rows)))
    for row in rows:
        here = known[row.case or row.task]
        yield _record(
            *("issued", row.id, here),
            case=row.case or row.task,
            kind=row.kind,
            kind_label=workspace.kinds.title(row.kind),
            title=row.title,
            number=row.number,
            date=row.date,
            departments=tuple(dict.fromkeys(name for name in (row.department, *here.departments) if name)),
            origin="issued",
            path=row.pdf_path or row.path,
        )


def _pages(workspace: Workspace, head: PageRecord) -> Iterator[PageRecord]:
    """The pages of an issued paper; a paper without PDF is one page, one that cannot be read has its head only."""
    for number, text in enumerate(_texts(workspace, head.path), 1):
        yield replace(head, page=number, text=text)


def _texts(workspace: Workspace, path: str) -> list[str]:
    try:
        data = workspace.path(path).read_bytes()
        if path.endswith(".pdf"):
            document = pdfium.PdfDocument(data)
            try:
                return [page_string(page) for page in document] or [""]
            finally:
                document.close()
        return [document_text(data, path)] if path.endswith(".docx") else [""]
    except (OSError, SsjError, KeyError, UnicodeDecodeError, pdfium.PdfiumError):
        return [""]


def _drafts(workspace: Workspace, connection: Connection, _: Facts) -> Iterator[PageRecord]:
    done = set(connection.execute(select(issued.c.id)).scalars())
    for path in sorted(workspace.path("drafts").glob("*.md")):
        if f"draft:drafts/{path.name}" not in done:
            text = path.read_bytes().decode("utf-8", "replace")
            title = next((line.partition(":")[2] for line in text.splitlines() if line.startswith("title:")), path.stem)
            title = title.strip().strip("\"'")
            yield _record("draft", path.name, CaseFields(), title=title, text=text, path=f"drafts/{path.name}")


def _numbers(_: Workspace, connection: Connection, __: Facts) -> Iterator[PageRecord]:
    """Numbers that no issued paper shows: void ones and those of papers made elsewhere."""
    for row in number_ledger.register(connection):
        if row.state != "issued":
            text = "\n".join(filter(None, ({"void": "作废", "recorded": "补登"}.get(row.state, ""), row.reason)))
            yield _record(
                *("number", row.number, CaseFields()),
                title=row.title,
                number=row.number,
                date=row.date,
                year=row.year,
                text=text,
                path=row.path,
            )


def _plan(_: Workspace, connection: Connection, facts: Facts) -> Iterator[PageRecord]:
    tasks = registers.load_tasks(connection)
    known = facts.of([task.id for task in tasks])
    for task in tasks:
        yield _record("plan", task.id, known[task.id], case=task.id, title=task.name, text=_said(task))


def _cases(workspace: Workspace, connection: Connection, facts: Facts) -> Iterator[PageRecord]:
    found: dict[str, list[str]] = {}
    for finding in registers.load_findings(connection):
        labels = (r.label if (r := workspace.office.result(code)) else code for code in finding.results)
        found.setdefault(finding.case, []).append(
            " ".join(filter(None, (finding.department, finding.item, *labels, finding.note)))
        )
    for event in registers.load_events(connection):
        handling = workspace.office.handling(event.handling)
        what = (_day(event.date), event.department, EVENTS.get(event.event, ""), handling.label if handling else "")
        found.setdefault(event.case, []).append(" ".join(filter(None, (*what, event.note))))
    cases = registers.load_cases(connection)
    known = facts.of([case.id for case in cases])
    for case in cases:
        here = known[case.id]
        title = f"{here.company}（{here.task_name}）"
        yield _record(
            "case", case.id, here, case=case.id, title=title, date=case.drawn, text="\n".join(found.get(case.id, ()))
        )


def _subjects(_: Workspace, connection: Connection, facts: Facts) -> Iterator[PageRecord]:
    cases = registers.load_cases(connection)
    known = facts.of([case.id for case in cases])
    seen: dict[str, dict[str, None]] = {}
    for case in cases:
        seen.setdefault(case.subject, {}).update(dict.fromkeys(known[case.id].departments))
    for subject in registers.load_subjects(connection):
        departments = tuple(seen.get(subject.id, ()))
        here = CaseFields(company=subject.name, credit_code=subject.credit_code or subject.registration)
        yield _record(
            *("subject", subject.id, here),
            title=subject.name,
            people=tuple(filter(None, (subject.representative,))),
            text=_said(subject),
            visible_to=departments or (OFFICE_ONLY,),
        )


def _inspectors(_: Workspace, connection: Connection, __: Facts) -> Iterator[PageRecord]:
    for one in registers.load_inspectors(connection):
        here = CaseFields(departments=(one.department,) if one.department else (), people=(one.name,))
        yield _record("inspector", one.id, here, title=one.name, text=_said(one))


def _said(row: object) -> str:
    """Every text, date and list of a register's row, one a line, without restricted data."""
    lines: list[str] = []
    for one in fields(row):  # type: ignore[arg-type]
        value = getattr(row, one.name)
        if one.name not in _RESTRICTED:
            lines += [_plain(part) for part in (value if isinstance(value, tuple) else (value,))]
    return without_restricted("\n".join(dict.fromkeys(filter(None, lines))))


def _plain(value: object) -> str:
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, str | int):
        return str(value)
    return str(getattr(value, "raw", "") or "")


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
