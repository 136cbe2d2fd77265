"""The office that benchmarks/web.py loads: a copy of a workspace, made as large as a county's, with people and drafts."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
from sqlalchemy import Connection, func, insert, select, update

from archive.cases.catalogue import load_items
from archive.demonstration import example_folder
from ssj_docs.database import registers
from ssj_docs.database.schema import archive_items, page_texts, table_changes, web_users
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.workspace import Workspace, open_workspace
from web.access import accounts
from web.access.accounts import User

PASSWORD = "fifty-at-once-please"
_TASKS, _PAGES = 20, 9
_TEXT = "对照检查事项逐项查看现场、查阅台账和资料，询问现场负责人并作记录，有关情况以签字确认的内容为准。" * 12


@dataclass(frozen=True)
class Loaded:
    """What the people of the load work with.

    Attributes:
        people: (name, role). cases: case and pages of its first item, those with a file. every: all cases' ids.
        drafts: names of drafts to be issued.
    """

    root: Path
    people: tuple[tuple[str, str], ...]
    cases: tuple[tuple[str, int], ...]
    every: tuple[str, ...]
    drafts: tuple[str, ...]


def make_office(source: Path, root: Path, users: int, cases: int, drafts: int) -> Loaded:
    """Copy a workspace of the example office and add made-up cases of its year, accounts and drafts."""
    shutil.copytree(source, root)
    now = datetime.now().astimezone()
    workspace = open_workspace(root, today=now.date(), now=now, who="load")
    with workspace.transaction() as connection:
        real = [(item.case, item.pages or 1) for item in load_items(connection) if item.item == "0001" and item.pages]
        year = max(task.year for task in registers.load_tasks(connection))
        every = tuple(case for case, _ in real) + _more_cases(connection, workspace, year, cases)
        people = tuple(
            (f"load{n:02d}", "clerk" if n % 5 < 3 else "archivist" if n % 5 == 3 else "assessor") for n in range(users)
        )
        _accounts(workspace, connection, people)
        workspace.log(connection, "load", "made up")
    first = make_draft(workspace, "tongbao", year=year)[0]
    names = tuple(f"load-{number:03d}.md" for number in range(drafts))
    for number, name in enumerate(names, 1):
        (root / "drafts" / name).write_text(
            first.read_text("utf-8").replace("通报", f"通报（{number}）", 1), encoding="utf-8"
        )
    workspace.close()
    return Loaded(root, people, tuple(real), every, names)


def _accounts(workspace: Workspace, connection: Connection, people: tuple[tuple[str, str], ...]) -> None:
    """One password for all, so that making the accounts does not take longer than the load."""
    for name, role in people[:1]:
        accounts.add_user(workspace, connection, User(name, name, "", (role,), False, True, False, "", ""), PASSWORD)
    first = dict(connection.execute(select(web_users).where(web_users.c.name == people[0][0])).mappings().one())
    for name, role in people[1:]:
        connection.execute(insert(web_users).values(first | {"name": name, "full_name": name, "roles": [role]}))


def _more_cases(connection: Connection, workspace: Workspace, year: int, count: int) -> tuple[str, ...]:
    """Tasks from number 101, each case with results, dates and a record form of nine pages that was read."""
    departments = [department.name for department in workspace.office.departments][:2]
    items = ("安全生产责任制落实情况的检查", "登记住所（经营场所）的检查")
    tasks = [
        InspectionTask(
            f"{year}-{n}",
            year,
            n,
            str(n),
            "年度计划",
            f"第{n}项联合抽查",
            "工贸",
            items[:1],
            items[1:],
            "市场主体",
            "重点",
            "不定向",
            tuple(departments[:1]),
            tuple(departments[1:]),
            "县级",
            Ratio("10%"),
            Frequency(),
            Window("1月-12月", date(year, 1, 1), date(year, 12, 31)),
        )
        for n in range(101, 101 + _TASKS)
    ]
    subjects = [Subject(f"load-{n:06d}", f"青禾县第{n}号商行", grade="ABCD"[n % 4]) for n in range(count)]
    cases = [
        Case(f"{tasks[n % _TASKS].id}-{n:05d}", tasks[n % _TASKS].id, n, f"load-{n:06d}", drawn=date(year, 2, 1))
        for n in range(count)
    ]
    findings, events = [], []
    for n, case in enumerate(cases):
        day = date(year, 3, 2) + timedelta(days=n % 150)
        findings += [
            Finding(case.id, department, item, ("R05",) if n % 9 == 0 else ("R01",), found=day)
            for department, item in zip(departments, items, strict=True)
        ]
        events += [CaseEvent(case.id, "inspected", day, department) for department in departments]
    registers.save_tasks(connection, tasks)
    registers.save_subjects(connection, subjects)
    registers.save_cases(connection, cases)
    registers.save_findings(connection, findings)
    registers.save_events(connection, events)
    for case in cases:
        _record_form(connection, case)
    return tuple(case.id for case in cases)


def _record_form(connection: Connection, case: Case) -> None:
    digest = hashlib.sha256(case.id.encode()).hexdigest()
    file = {
        "path": "items/0001/记录表.pdf",
        "name": "记录表.pdf",
        "sha256": digest,
        "bytes": 1,
        "media": "application/pdf",
        "role": "original",
    }
    item: dict[str, Any] = {
        "case": case.id,
        "item": "0001",
        "kind": "jilubiao",
        "title": "联合抽查记录表",
        "number": "",
        "date": None,
        "department": "",
        "pages": _PAGES,
        "files": [file],
        "sha256": digest,
        "origin": "scan",
        "source": {},
        "issued": "",
        "verdict": "undetermined",
        "verdict_detail": {},
        "state": "filed",
        "archive_number": None,
        "retention": "D30",
        "received_at": "2026-06-01T09:00:00+08:00",
        "version": "v1",
    }
    connection.execute(insert(archive_items), [item])
    text = f"案件编号：{case.id}\n{_TEXT}\n检查人员签字"
    boxes = [[line, 60.0, 60.0 + 14 * n, 500.0, 72.0 + 14 * n] for n, line in enumerate(text.split("\n"))]
    connection.execute(
        insert(page_texts),
        [
            {
                "case": case.id,
                "item": "0001",
                "page": page,
                "state": "done",
                "origin": "ocr",
                "confidence": 0.97,
                "text": text,
                "boxes": boxes,
                "width": 595.0,
                "height": 842.0,
                "comparison": None,
                "source": digest,
                "note": "",
                "read_at": "2026-06-01T09:10:00+08:00",
            }
            for page in range(1, _PAGES + 1)
        ],
    )


def stack(number: int) -> tuple[str, bytes]:
    """A stack of signed scans as the copier gives it: no two have the same bytes."""
    sources = sorted((example_folder() / "signed").glob("扫描*.pdf"))
    source = sources[number % len(sources)]
    out = io.BytesIO()
    with pikepdf.open(source) as pdf:
        pdf.docinfo["/Title"] = pikepdf.String(f"load {number}")
        pdf.save(out)
    return f"load-{number}.pdf", out.getvalue()


def keep_reading(office: Loaded, over: threading.Event) -> None:
    """Put the pages that have a file back into the queue whenever it is empty, so that OCR never ends before the load."""
    now = datetime.now().astimezone()
    workspace = open_workspace(office.root, today=now.date(), now=now, who="load")
    text = page_texts.c
    while not over.wait(2):
        with workspace.transaction() as connection:
            if not connection.execute(select(func.count()).where(text.state == "queued")).scalar():
                cases = [case for case, _ in office.cases]
                connection.execute(update(page_texts).where(text.case.in_(cases)).values(state="queued", note=""))
    workspace.close()


def read_pages(root: Path) -> tuple[int, int]:
    """(how often pages were read or queued, pages waiting) of a workspace now."""
    now = datetime.now().astimezone()
    workspace = open_workspace(root, today=now.date(), now=now, who="load")
    with workspace.read() as connection:
        waiting = connection.execute(select(func.count()).where(page_texts.c.state == "queued")).scalar()
        changes = connection.execute(
            select(table_changes.c.changes).where(table_changes.c.name == "page_texts")
        ).scalar()
    workspace.close()
    return int(changes or 0), int(waiting or 0)
