"""How long a year of many cases takes to assess, and how much memory: made directly in the database.

Usage: python benchmarks/assessment.py [--cases 10000] [--folder DIR] [--pack] [--files]

Without --files the papers of the made-up cases are rows only: their pages cannot be copied into the pack, which names
them instead. With --files each paper is a PDF of scanned pages (about 60 KB a page) in the archive.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import resource
import sys
import tempfile
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pikepdf
from pypdfium2 import PdfDocument
from sqlalchemy import insert

from archive.assessment.assessment import assess, summary_lines
from archive.assessment.pack.evidence_pack import make_pack
from archive.assessment.pack.verification import verify_pack
from archive.demonstration import example_folder
from archive.store.opening import store_of
from ssj_docs.database import registers
from ssj_docs.database.schema import archive_items, page_texts
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.people import Subject
from ssj_docs.model.plan import Frequency, InspectionTask, Ratio, Window
from ssj_docs.office.workspace import Workspace, init_workspace, open_workspace

_YEAR = 2026
_NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))
_TASKS = 20
#: pages of a case, the notice's two among them
_PAGES = 11
_ITEMS = (
    "营业执照规范使用情况的检查",
    "登记住所（经营场所）的检查",
    "安全生产责任制落实情况的检查",
    "隐患排查治理台账的检查",
)
_DEPARTMENTS = ("市场监督管理局", "应急管理局")
#: stands in the title of the made PDF where each copy has its case and number
_MARK = b"2026-000-00000/0000"
_PARAGRAPH = "对照检查事项逐项查看现场、查阅台账和资料，询问现场负责人并作记录，有关情况以当场确认的内容为准。"


def _scan(pages: int) -> bytes:
    """A PDF of so many scanned pages, from those of the example, with `_MARK` as its title."""
    made = pikepdf.new()
    sources = sorted((example_folder() / "signed").glob("扫描*.pdf"))
    pictures = []
    for source in sources:
        with PdfDocument(source) as document:
            for number in range(len(document)):
                drawn = io.BytesIO()
                picture = document[number].render(scale=110 / 72).to_pil().convert("L")
                picture.save(drawn, "JPEG", quality=42)
                pictures.append((picture.size, drawn.getvalue()))
    for (width, height), data in pictures[:pages]:
        sheet = made.add_blank_page(page_size=(595, 842))
        image = made.make_stream(
            data,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        sheet.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=image))
        sheet.contents_add(b"q 595 0 0 842 0 0 cm /Page Do Q")
    made.docinfo["/Title"] = pikepdf.String(_MARK.decode())
    out = io.BytesIO()
    made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert out.getvalue().count(_MARK) == 1
    return out.getvalue()


class _Papers:
    """The files of the made-up papers, stored as they are made; without ``files`` only a digest of each."""

    def __init__(self, workspace: Workspace, files: bool) -> None:
        self._store = store_of(workspace) if files else None
        self._scans = {count: _scan(count) for count in (2, _PAGES - 2)} if files else {}

    def store(self, case: str, papers: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """File the papers of a case, given as (path, pages); digest and size of each."""
        if self._store is None:
            return [(hashlib.sha256(f"{case}/{path}".encode()).hexdigest(), 160_000) for path, _ in papers]
        data = [
            self._scans[count].replace(_MARK, f"{case}/{number:04d}".encode())
            for number, (_, count) in enumerate(papers, 1)
        ]
        self._store.add_version(
            case,
            {path: one for (path, _), one in zip(papers, data, strict=True)},
            message="收件归档",
            user="档案员",
            created=_NOW,
        )
        return [(hashlib.sha256(one).hexdigest(), len(one)) for one in data]


def _registers(workspace: Workspace, count: int, files: bool) -> None:
    tasks = [
        InspectionTask(
            f"{_YEAR}-{n:03d}",
            _YEAR,
            n,
            str(n),
            "年度计划",
            f"第{n}项联合抽查",
            "工贸",
            _ITEMS[2:],
            _ITEMS[:2],
            "市场主体",
            "重点",
            "不定向",
            _DEPARTMENTS[1:],
            _DEPARTMENTS[:1],
            "县级",
            Ratio("10%"),
            Frequency(),
            Window("1月-12月", date(_YEAR, 1, 1), date(_YEAR, 12, 31)),
        )
        for n in range(1, _TASKS + 1)
    ]
    cases = [
        Case(
            f"{_YEAR}-{n % _TASKS + 1:03d}-{n:05d}",
            f"{_YEAR}-{n % _TASKS + 1:03d}",
            n,
            f"S{n // 2:06d}",
            drawn=date(_YEAR, 2, 1),
        )
        for n in range(count)
    ]
    subjects = [Subject(f"S{n:06d}", f"青禾县第{n}号商行", grade="ABCD"[n % 4]) for n in range(count // 2 + 1)]
    findings, events = [], []
    for n, case in enumerate(cases):
        day = date(_YEAR, 3, 2) + timedelta(days=n % 150)
        wrong = n % 9 == 0
        for k, department in enumerate(_DEPARTMENTS):
            findings += [
                Finding(case.id, department, item, ("R05",) if wrong and not k else ("R01",), found=day)
                for item in _ITEMS[2 * k : 2 * k + 2]
            ]
            events += [
                CaseEvent(case.id, "inspected", day, department),
                CaseEvent(case.id, "disclosed", day + timedelta(days=10 + n % 25), department),
            ]
        if wrong and n % 2:
            events.append(CaseEvent(case.id, "handled", day, _DEPARTMENTS[0], handling="H1"))
    with workspace.transaction() as connection:
        registers.save_tasks(connection, tasks)
        registers.save_subjects(connection, subjects)
        registers.save_cases(connection, cases)
        registers.save_findings(connection, findings)
        registers.save_events(connection, events)
        _papers(connection, cases, {s.id: s.name for s in subjects}, _Papers(workspace, files))


def _papers(connection: Any, cases: list[Case], names: dict[str, str], made: _Papers) -> None:
    """A notice of two pages and a record form of the other pages for each case; a tenth has no record form."""
    filler = _PARAGRAPH * 12
    for start in range(0, len(cases), 500):
        items, pages = [], []
        for n, case in enumerate(cases[start : start + 500], start):
            papers = [("gaozhishu", "告知书", 2)] + ([("jilubiao", "联合抽查记录表", _PAGES - 2)] if n % 10 else [])
            stored = made.store(
                case.id, [(f"items/{k:04d}/{title}.pdf", count) for k, (_, title, count) in enumerate(papers, 1)]
            )
            for number, ((kind, title, count), (digest, size)) in enumerate(zip(papers, stored, strict=True), 1):
                item = f"{number:04d}"
                items.append(_item(case.id, item, (kind, title), count, (digest, size)))
                for page in range(1, count + 1):
                    text = f"案件编号：{case.id}\n{names[case.subject]}\n{filler}"
                    if kind == "jilubiao" and page == 1:
                        text += "\n检查结果\n" + "\n".join((*_DEPARTMENTS, *_ITEMS))
                    if kind == "jilubiao" and page == count:
                        text += "\n检查人员签字"
                    pages.append(_page(case.id, item, page, text, digest))
        connection.execute(insert(archive_items), items)
        connection.execute(insert(page_texts), pages)


def _item(case: str, item: str, named: tuple[str, str], pages: int, stored: tuple[str, int]) -> dict[str, Any]:
    (kind, title), (digest, size) = named, stored
    name = f"{title}.pdf"
    file = {
        "path": f"items/{item}/{name}",
        "name": name,
        "sha256": digest,
        "bytes": size,
        "media": "application/pdf",
        "role": "original",
    }
    return {
        "case": case,
        "item": item,
        "kind": kind,
        "title": title,
        "number": "",
        "date": None,
        "department": "",
        "pages": pages,
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


def _page(case: str, item: str, page: int, text: str, digest: str) -> dict[str, Any]:
    boxes = [
        [line, 60.0, 60.0 + 14 * n, 60.0 + 6.0 * len(line), 72.0 + 14 * n] for n, line in enumerate(text.split("\n"))
    ]
    return {
        "case": case,
        "item": item,
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


class _Stage:
    """Prints wall time, processor time and the most memory held, when left."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._wall, self._busy = time.perf_counter(), _busy()

    def __exit__(self, *_: object) -> None:
        wall, busy = time.perf_counter() - self._wall, _busy() - self._busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KB
        print(f"{self._name}: {wall:.1f} s, {busy:.1f} s of processor, peak {peak:.0f} MB", flush=True)


def _busy() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """Make the year, assess it, and tell times and memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="made there, or used again if it is there")
    parser.add_argument("--pack", action="store_true", help="make the pack as well, and verify it")
    parser.add_argument("--files", action="store_true", help="give every paper its file in the archive")
    parser.add_argument("--rendition", choices=("restricted", "internal", "public"), default="restricted")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = chosen.folder or Path(room) / "office"
        there = (folder / "ssj.db").exists()
        if not there:
            init_workspace(folder)
        workspace = open_workspace(folder, today=_NOW.date(), now=_NOW)
        if not there:
            sync, os.fsync = os.fsync, lambda _: None  # what is made up need not survive a power cut
            with _Stage(f"made {chosen.cases} cases"):
                _registers(workspace, chosen.cases, chosen.files)
            os.fsync = sync
        with _Stage("assess"):
            done = assess(workspace, _YEAR)
        print("\n".join(summary_lines(done.indicators)), flush=True)
        if chosen.pack:
            with _Stage("pack"):
                pack = make_pack(
                    workspace, done, folder.parent / f"pack-{chosen.rendition}", rendition=chosen.rendition
                )
            size = sum(path.stat().st_size for path in pack.path.rglob("*") if path.is_file())
            print(
                f"{pack.evidence} evidence, {pack.pages} cited pages, {pack.files} files, {size / 1e9:.2f} GB",
                flush=True,
            )
            with _Stage("verify"):
                faults = verify_pack(pack.path, workspace if chosen.files else None)
            print(f"faults {len(faults)}")


if __name__ == "__main__":
    main()
