"""Makes the signed copies of the example year: scans from the office copier and one signed electronically.

Run ``python examples/make_signed.py`` after `make_tables.py`; needs LibreOffice. The forms are issued in a throw-away
workspace with the example key, converted, written on, stamped and scanned; the same bytes every time.
"""

from __future__ import annotations

import io
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from scanner import Writing, blank_sheet, make_scan  # noqa: E402

from archive.demonstration import EXAMPLE_TODAY, open_example  # noqa: E402
from ssj_docs.database import registers  # noqa: E402
from ssj_docs.documents.batch import convert_issued, form_orders  # noqa: E402
from ssj_docs.documents.issue import Issued, issue_forms  # noqa: E402
from ssj_docs.model.case import Finding  # noqa: E402
from ssj_docs.office.workspace import Workspace  # noqa: E402

OUT = HERE / "qinghe" / "signed"
NOW = datetime.combine(EXAMPLE_TODAY, datetime.min.time(), timezone(timedelta(hours=8)))
#: cases whose record form never came back, and one whose form came back without any signature
NEVER_CAME_BACK = ("2026-003-0006", "2026-005-0004")
UNSIGNED = "2026-004-0003"
#: tasks whose published results were kept; those of 2026-005 nobody kept
PUBLISHED = ("2026-001", "2026-002", "2026-003", "2026-004", "2026-006")


@dataclass(frozen=True)
class Paper:
    """An issued record form with what was written on it."""

    case: str
    pdf: bytes
    findings: Sequence[Finding]
    names: Sequence[str]
    day: date | None


def collect(workspace: Workspace) -> list[Paper]:
    """Issue and convert the record forms of every inspected case."""
    with workspace.read() as connection:
        findings = registers.load_findings(connection)
        events = registers.load_events(connection)
        people = {i.id: i.name for i in registers.load_inspectors(connection)}
        cases = registers.load_cases(connection)
    inspected = {e.case: e.date for e in events if e.event == "inspected"}
    made: list[Issued] = []
    for task in sorted({case.task for case in cases}):
        made += convert_issued(workspace, list(issue_forms(workspace, form_orders(workspace, task, ["jilubiao"]))))
    by_case = {one.document.case: one.document for one in made}
    return [
        Paper(
            case.id,
            workspace.path(by_case[case.id].pdf_path).read_bytes(),
            [f for f in findings if f.case == case.id],
            [people[i] for i in case.inspectors],
            inspected.get(case.id),
        )
        for case in cases
        if case.id in inspected
    ]


def places(pdf: bytes, texts: Sequence[str]) -> dict[str, tuple[int, float, float, float]]:
    """Where texts stand: page, left, top and right in points from the top left corner."""
    found: dict[str, tuple[int, float, float, float]] = {}
    with pdfium.PdfDocument(pdf) as document:
        for number, page in enumerate(document):
            height, read = page.get_height(), page.get_textpage()
            for text in texts:
                if text in found:
                    continue
                hit = read.search(text, match_case=True).get_next()
                if hit is None and len(text) > 6:
                    hit = read.search(text[:6]).get_next()
                if hit is not None:
                    left, _, right, top = read.get_charbox(hit[0])
                    right = read.get_charbox(hit[0] + hit[1] - 1)[2]
                    found[text] = (number, left, height - top, right)
    return found


def handwriting(paper: Paper, order: Sequence[str]) -> list[Writing]:
    """The result's number beside each item, names, signatures and dates."""
    heads = ("检查结果", "检查人员签字", "检查日期", "检查人员（不少于两人）", "市场主体法定代表人")
    found = places(paper.pdf, [*heads, *(f.item for f in paper.findings)])
    result_x, sign_x = found["检查结果"][1] + 12, found["检查人员签字"][1] + 8
    written = []
    for finding in paper.findings:
        page, _, top, _ = found[finding.item]
        written.append(Writing(page, result_x, top - 5, str(order.index(finding.results[0]) + 1), 13))
        if paper.case != UNSIGNED:
            name = finding.inspectors[0] if finding.inspectors else paper.names[0]
            written.append(Writing(page, sign_x, top - 5, name, 12))
    if paper.case == UNSIGNED:
        return written
    page, _, top, right = found["市场主体法定代表人"]
    written.append(Writing(page, right + 215, top - 9, "", 13))  # beside the printed line, not over 日期
    page, left, top, _ = found["检查人员（不少于两人）"]
    written += [Writing(page, left + 198 + 60 * n, top - 8, name, 12) for n, name in enumerate(paper.names[:2])]
    page, _, top, right = found["检查日期"]
    if paper.day:
        written.append(Writing(page, right + 22, top - 4, f"{paper.day.year}.{paper.day.month}.{paper.day.day}", 12))
    return written


def scan(paper: Paper, order: Sequence[str], stamp: str, upside_down: bool = False) -> bytes:
    """One form as it comes from the copier."""
    chance = random.Random(paper.case)
    spot = places(paper.pdf, ["市场主体法定代表人"])["市场主体法定代表人"]
    return make_scan(
        paper.pdf,
        seed=chance.randrange(10**6),
        dpi=chance.choice((150, 150, 200)),
        tilt=chance.uniform(-1.8, 1.8),
        stamp=None if paper.case == UNSIGNED else stamp,
        handwriting=handwriting(paper, order),
        upside_down=upside_down,
        colour=True,
        stamp_at=(spot[3] + 60, spot[2] + 14),
        quality=42,
        dirt=0.6,
    )


def join(parts: Sequence[bytes]) -> bytes:
    """One PDF of all pages; the same parts give the same bytes."""
    joined = pikepdf.new()
    for part in parts:
        with pikepdf.open(io.BytesIO(part)) as source:
            joined.pages.extend(source.pages)
    out = io.BytesIO()
    joined.save(out, deterministic_id=True)
    return out.getvalue()


def main() -> None:
    """Write the stacks and the electronic copies."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_example(Path(folder) / "office", now=NOW)
        order = [r.code for r in workspace.office.results]
        with workspace.read() as connection:
            names = {c.id: registers.load_subject(connection, c.subject).name for c in registers.load_cases(connection)}
        papers = [p for p in collect(workspace) if p.case not in NEVER_CAME_BACK]
        shutil.rmtree(OUT, ignore_errors=True)
        OUT.mkdir(parents=True)
        stacks: dict[str, list[bytes]] = {}
        for n, paper in enumerate(papers):
            stack = stacks.setdefault(paper.case[:8], [])
            stack.append(scan(paper, order, names[paper.case], upside_down=n % 9 == 4))
            if n % 6 == 2:
                stack.append(blank_sheet(seed=n, dpi=150, dirt=0.6))
        for task, parts in stacks.items():
            random.Random(task).shuffle(parts)
            (OUT / f"扫描 {task} 记录表.pdf").write_bytes(join(parts))
        _electronic(workspace)


def _electronic(workspace: Workspace) -> None:
    """PDFs with a text layer, as they were issued: two feedback letters, and the published results of the tasks."""
    for task in PUBLISHED:
        made: list[Any] = list(issue_forms(workspace, form_orders(workspace, task, ["gongshibiao"])))
        (one,) = convert_issued(workspace, made)
        (OUT / f"公示 {task} 结果公示表.pdf").write_bytes(workspace.path(one.document.pdf_path).read_bytes())
    for task, case in (("2026-001", "2026-001-0001"), ("2026-002", "2026-002-0002")):
        made = list(issue_forms(workspace, form_orders(workspace, task, ["fankui"], case)))
        (one,) = convert_issued(workspace, made)
        (OUT / f"电子 {case} 反馈书.pdf").write_bytes(workspace.path(one.document.pdf_path).read_bytes())


if __name__ == "__main__":
    main()
