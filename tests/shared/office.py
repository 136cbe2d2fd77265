"""An office with one task and cases whose forms were issued; no rendering, only the registers and real page codes."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from paper import form
from sqlalchemy import insert

from ssj_docs.database import registers, schema
from ssj_docs.documents.forms.page_code import PageCode
from ssj_docs.model.case import Case
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office import workspace

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TASK = InspectionTask(
    "2026-003",
    2026,
    5,
    "3",
    "2026年度部门联合抽查计划",
    "加油站经营资质联合抽查",
    "成品油",
    ("经营资质检查",),
    (),
    "加油站",
    "重点",
    "不定向",
    ("青禾县商务局",),
    ("青禾县市场监督管理局",),
    "县级",
    Ratio("10%"),
    Frequency(),
    Window("3月-6月"),
)


def case_id(number: int) -> str:
    return f"2026-003-{number:04d}"


def digest_of(number: int, version: int = 1) -> str:
    return hashlib.sha256(f"form {number} {version}".encode()).hexdigest()


def open_office(root: Path) -> workspace.Workspace:
    return workspace.open_workspace(root, today=NOW.date(), now=NOW, who="周收发")


def make_office(root: Path, cases: int, pages: int = 2) -> workspace.Workspace:
    """A workspace with that many cases, each with an issued record form (JLB) of that many pages."""
    workspace.init_workspace(root, example=True)
    opened = open_office(root)
    numbers = range(1, cases + 1)
    for number in numbers:
        (root / f"issued/{number}-1.docx").write_bytes(f"form {number} 1".encode())
    with opened.transaction() as connection:
        registers.save_tasks(connection, [TASK])
        registers.save_subjects(connection, [Subject(f"S{n}", f"青禾县第{n}加油站有限公司") for n in numbers])
        registers.save_cases(
            connection, [Case(case_id(n), "2026-003", n, f"S{n}", drawn=date(2026, 3, 2)) for n in numbers]
        )
        connection.execute(insert(schema.issued), [issued_row(n, pages) for n in numbers])
        for number in numbers:
            row = issued_row(number, pages)
            opened.log(
                connection, "issue", str(row["id"]), {"path": row["path"], "number": ""}, digest=str(row["sha256"])
            )
    return opened


def issued_row(number: int, pages: int, version: int = 1, current: bool = True) -> dict[str, object]:
    return {
        "id": f"jilubiao-{case_id(number)}-v{version}",
        "kind": "jilubiao",
        "title": f"联合抽查记录表（第{number}加油站）",
        "number": "",
        "task": "2026-003",
        "case": case_id(number),
        "department": "青禾县商务局",
        "date": date(2026, 4, 1),
        "path": f"issued/{number}-{version}.docx",
        "sha256": digest_of(number, version),
        "content_digest": digest_of(number, version),
        "pdf_path": "",
        "pdf_sha256": "",
        "pages": pages,
        "version": version,
        "current": current,
        "issued_at": NOW.isoformat(),
    }


def code_of(opened: workspace.Workspace, number: int, pages: int = 2, version: int = 1) -> PageCode:
    digest = digest_of(number, version)[:8].upper()
    return PageCode(opened.office.code, case_id(number), "JLB", version, 1, pages, digest)


def form_of(opened: workspace.Workspace, number: int, pages: int = 2, version: int = 1) -> list[bytes]:
    """The pages of a case's record form as printed."""
    return form(code_of(opened, number, pages, version), opened.key)
