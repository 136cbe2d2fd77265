"""How long a year of many cases takes to assess, and how much memory: made directly in the database.

Usage: python benchmarks/assessment.py [--cases 10000] [--folder DIR] [--pack]

The papers of the made-up cases are rows only: their pages cannot be copied into the pack, which names them instead.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert

from archive.assessment import assess, summary_lines
from archive.evidence_pack import make_pack, verify_pack
from ssj_docs import registers
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.tables import archive_items, page_texts
from ssj_docs.workspace import Workspace, init_workspace, open_workspace

_YEAR = 2026
_NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))
_TASKS = 20
#: pages of a case, the notice's two among them
_PAGES = 11
_ITEMS = ("营业执照规范使用情况的检查", "登记住所（经营场所）的检查", "安全生产责任制落实情况的检查", "隐患排查治理台账的检查")
_DEPARTMENTS = ("市场监督管理局", "应急管理局")
_PARAGRAPH = "对照检查事项逐项查看现场、查阅台账和资料，询问现场负责人并作记录，有关情况以签字确认的内容为准。"


def _registers(workspace: Workspace, count: int) -> None:
    tasks = [InspectionTask(
        f"{_YEAR}-{n:03d}", _YEAR, n, str(n), "年度计划", f"第{n}项联合抽查", "工贸", _ITEMS[2:], _ITEMS[:2], "市场主体", "重点",
        "不定向", _DEPARTMENTS[1:], _DEPARTMENTS[:1], "县级", Ratio("10%"), Frequency(),
        Window("1月-12月", date(_YEAR, 1, 1), date(_YEAR, 12, 31))) for n in range(1, _TASKS + 1)]
    cases = [Case(f"{_YEAR}-{n % _TASKS + 1:03d}-{n:05d}", f"{_YEAR}-{n % _TASKS + 1:03d}", n, f"S{n // 2:06d}",
                  drawn=date(_YEAR, 2, 1)) for n in range(count)]
    subjects = [Subject(f"S{n:06d}", f"青禾县第{n}号商行", grade="ABCD"[n % 4]) for n in range(count // 2 + 1)]
    findings, events = [], []
    for n, case in enumerate(cases):
        day = date(_YEAR, 3, 2) + timedelta(days=n % 150)
        wrong = n % 9 == 0
        for k, department in enumerate(_DEPARTMENTS):
            findings += [Finding(case.id, department, item, ("R05",) if wrong and not k else ("R01",), found=day)
                         for item in _ITEMS[2 * k:2 * k + 2]]
            events += [CaseEvent(case.id, "inspected", day, department),
                       CaseEvent(case.id, "disclosed", day + timedelta(days=10 + n % 25), department)]
        if wrong and n % 2:
            events.append(CaseEvent(case.id, "handled", day, _DEPARTMENTS[0], handling="H1"))
    with workspace.transaction() as connection:
        registers.save_tasks(connection, tasks)
        registers.save_subjects(connection, subjects)
        registers.save_cases(connection, cases)
        registers.save_findings(connection, findings)
        registers.save_events(connection, events)
        _papers(connection, cases, {s.id: s.name for s in subjects})


def _papers(connection: Any, cases: list[Case], names: dict[str, str]) -> None:
    """A notice of two pages and a record form of the other pages for each case; a tenth has no record form."""
    filler = _PARAGRAPH * 12
    for start in range(0, len(cases), 500):
        items, pages = [], []
        for n, case in enumerate(cases[start:start + 500], start):
            papers = [("gaozhishu", "告知书", 2)] + ([("jilubiao", "联合抽查记录表", _PAGES - 2)] if n % 10 else [])
            for number, (kind, title, count) in enumerate(papers, 1):
                item, digest = f"{number:04d}", f"{n:060d}{number:04d}"
                items.append(_item(case.id, item, kind, title, count, digest))
                for page in range(1, count + 1):
                    text = f"案件编号：{case.id}\n{names[case.subject]}\n{filler}"
                    if kind == "jilubiao" and page == 1:
                        text += "\n检查结果 检查人员签字\n" + "\n".join((*_DEPARTMENTS, *_ITEMS))
                    pages.append(_page(case.id, item, page, text, digest))
        connection.execute(insert(archive_items), items)
        connection.execute(insert(page_texts), pages)


def _item(case: str, item: str, kind: str, title: str, pages: int, digest: str) -> dict[str, Any]:
    name = f"{title}.pdf"
    file = {"path": f"items/{item}/{name}", "name": name, "sha256": digest, "bytes": 160_000,
            "media": "application/pdf", "role": "original"}
    return {"case": case, "item": item, "kind": kind, "title": title, "number": "", "date": None, "department": "",
            "pages": pages, "files": [file], "sha256": digest, "origin": "scan", "source": {}, "issued": "",
            "verdict": "undetermined", "verdict_detail": {}, "state": "filed", "archive_number": None,
            "retention": "D30", "received_at": "2026-06-01T09:00:00+08:00", "version": "v1"}


def _page(case: str, item: str, page: int, text: str, digest: str) -> dict[str, Any]:
    boxes = [[line, 60.0, 60.0 + 14 * n, 60.0 + 6.0 * len(line), 72.0 + 14 * n]
             for n, line in enumerate(text.split("\n"))]
    return {"case": case, "item": item, "page": page, "state": "done", "origin": "ocr", "confidence": 0.97,
            "text": text, "boxes": boxes, "width": 595.0, "height": 842.0, "comparison": None, "source": digest,
            "note": "", "read_at": "2026-06-01T09:10:00+08:00"}


def _peak() -> float:
    """Most memory this process ever held, in MB (Linux counts in KB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Make the year, assess it, and tell times and memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="made there, or used again if it is there")
    parser.add_argument("--pack", action="store_true", help="make the pack as well, and verify it")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = chosen.folder or Path(room) / "office"
        there = (folder / "ssj.db").exists()
        if not there:
            init_workspace(folder)
        workspace = open_workspace(folder, today=_NOW.date(), now=_NOW)
        start = time.perf_counter()
        if not there:
            _registers(workspace, chosen.cases)
            print(f"made {chosen.cases} cases in {time.perf_counter() - start:.1f} s, {_peak():.0f} MB", flush=True)
        start = time.perf_counter()
        done = assess(workspace, _YEAR)
        print(f"assess: {time.perf_counter() - start:.1f} s, peak {_peak():.0f} MB", flush=True)
        print("\n".join(summary_lines(done.indicators)), flush=True)
        if chosen.pack:
            start = time.perf_counter()
            pack = make_pack(workspace, done, folder.parent / "pack", pdf=False)
            print(f"pack: {time.perf_counter() - start:.1f} s, {pack.evidence} evidence, {pack.files} files, "
                  f"peak {_peak():.0f} MB", flush=True)
            start = time.perf_counter()
            faults = verify_pack(pack.path)
            print(f"verify: {time.perf_counter() - start:.1f} s, faults {len(faults)}")


if __name__ == "__main__":
    main()
