"""The evidence pack: a folder that opens in any browser offline, with numbered evidence, cited pages and digests.

It is a bag (BagIt), so that it can be checked years later by standard tools, and against the archive by `verify_pack`. The
same assessment gives the same bytes. Renditions: ``restricted`` has whole papers; ``internal`` only the cited pages, with
mobile and identity numbers hidden; ``public`` no papers, no quotations and no list of cases, only figures.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select

from archive.assessment.assessment import Assessment, assess
from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.html import Shown, write_html
from archive.assessment.pack.pages import write_pages
from archive.assessment.pack.workdir import PackWorkdir
from archive.assessment.papers import (
    PUBLIC_COLUMNS,
    catalogue_docx,
    catalogue_rows,
    indicator_rows,
    report_docx,
    workbook,
)
from archive.assessment.report_pdf import report_pdf
from archive.cases import catalogue
from archive.files.bag import BagFault, check_bag, make_bag, read_manifest
from archive.files.durable_files import full_disk_explained, sync_tree
from archive.store.opening import store_of
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.documents.sheets.workbooks import SheetColumn, TableSheet, write_table_workbook
from ssj_docs.ground.canonical import plain_json, sha256_of
from ssj_docs.ground.errors import NotFoundError, SsjError, UsageError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.office.workspace import Workspace

Rendition = Literal["restricted", "internal", "public"]
RENDITIONS: Mapping[str, str] = {"restricted": "原件版", "internal": "内部版", "public": "公开版"}
#: number of earlier years that the report compares with
_YEARS_BEFORE = 3
Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class PackReport:
    """The path of a pack and what it contains."""

    path: Path
    evidence: int
    pages: int
    files: int


def years_before(workspace: Workspace, year: int) -> dict[int, dict[str, float | None]]:
    """Values by indicator for the earlier years that have a plan, oldest first; a cut-off date is moved to each year."""
    found: dict[int, dict[str, float | None]] = {}
    for past in range(year - _YEARS_BEFORE, year):
        with workspace.read() as connection:
            planned = bool(registers.load_tasks(connection, past))
        if planned:
            moved = tuple(replace(i, cutoff=_years_earlier(i.cutoff, year - past)) for i in workspace.office.indicators)
            then = replace(workspace, office=replace(workspace.office, indicators=moved))
            found[past] = {r.indicator.id: r.value for r in assess(then, past).indicators}
    return found


def _years_earlier(day: date | None, years: int) -> date | None:
    return day and day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


def make_pack(
    workspace: Workspace,
    assessment: Assessment,
    target: Path,
    *,
    rendition: Rendition = "restricted",
    progress: Progress = iter,
    pdf: bool = True,
) -> PackReport:
    """Write the pack to a temporary folder and move it to ``target``, replacing an older pack.

    If it was interrupted and the data is the same, it continues with what is finished.

    Args:
        pdf: add the report as PDF if LibreOffice is installed.

    Raises: UsageError if ``target`` exists and is not a pack; OSError.
    """
    if target.exists() and not (target / "bagit.txt").is_file():
        raise UsageError(f"{target} 已经存在，又不是佐证资料包", "换一个文件夹名")
    before = years_before(workspace, assessment.year)
    told = _published(assessment, rendition) | {"before": {str(past): dict(values) for past, values in before.items()}}
    workdir, made = PackWorkdir(target, _key(workspace, told, rendition)), False
    try:
        with full_disk_explained(target):
            shown = _write(workspace, assessment, workdir, _Wanted(rendition, before, told, pdf), progress)
            sync_tree(workdir.folder)
            if target.exists():
                shutil.rmtree(target)
            workdir.folder.rename(target)
            made = True
    finally:
        workdir.close(done=made)
    files = sum(1 for path in (target / "data").rglob("*") if path.is_file())
    return PackReport(target, len(shown.entries), len(set(shown.cited.values())), files)


@dataclass(frozen=True)
class _Wanted:
    """The requested pack: rendition, earlier years, the content of assessment.json, and whether with a PDF."""

    rendition: Rendition
    before: Mapping[int, Mapping[str, float | None]]
    told: Mapping[str, Any]
    pdf: bool


def _key(workspace: Workspace, told: Mapping[str, Any], rendition: Rendition) -> str:
    """Digest of what the files of a pack depend on: the published content, and the texts on which words are marked."""
    t = page_texts.c
    with workspace.read() as connection:
        state = connection.execute(select(func.count(), func.max(t.read_at)).select_from(page_texts)).one()
    return sha256_of(plain_json([told, rendition, *map(str, state)]).encode())


def _write(
    workspace: Workspace, assessment: Assessment, workdir: PackWorkdir, wanted: _Wanted, progress: Progress
) -> Shown:
    """Write the contents of the pack and make it a bag."""
    rendition, before, folder = wanted.rendition, wanted.before, workdir.folder
    office, own, public = workspace.office, workspace.templates, rendition == "public"
    cited, entries = {}, []
    if not public:
        cited = write_pages(workspace, assessment.cited, workdir, progress, covered=rendition == "internal")
        entries = _write_evidence(workspace, assessment.cited, workdir, progress, whole=rendition == "restricted")
    if rendition != "restricted":
        assessment, entries = without_restricted_in((assessment, entries))
        cited = {without_restricted_in(proof): name for proof, name in cited.items()}
    workdir.tidy()
    (folder / "style.css").write_bytes((resources.files("templates") / "pack" / "style.css").read_bytes())
    (folder / "考核报告.docx").write_bytes(report_docx(assessment, office, own, before, public=public))
    (folder / "assessment.json").write_text(plain_json(wanted.told) + "\n", encoding="utf-8")
    if public:
        sheet = TableSheet(
            "指标",
            f"{assessment.year}年度考核指标",
            tuple(SheetColumn(c, 16.0) for c in PUBLIC_COLUMNS),
            [row[: len(PUBLIC_COLUMNS)] for row in indicator_rows(assessment.indicators)],
        )
        (folder / "考核数据.xlsx").write_bytes(write_table_workbook([sheet]))
    else:
        (folder / "考核数据.xlsx").write_bytes(workbook(assessment, before))
        (folder / "证据目录.xlsx").write_bytes(catalogue_rows(assessment.year, entries))
        (folder / "证据目录.docx").write_bytes(catalogue_docx(assessment, office, own, entries))
    if wanted.pdf:
        report_pdf(folder / "考核报告.docx")
    shown = Shown(rendition, before, cited, entries)
    write_html(workspace, assessment, folder, shown)
    make_bag(
        folder,
        {
            "Source-Organization": office.name,
            "Bagging-Date": assessment.cutoff.isoformat(),
            "External-Description": f"{assessment.year}年度考核佐证资料包（{RENDITIONS[rendition]}）",
            "Bag-Software-Agent": "ssj-docs",
        },
    )
    return shown


def _published(assessment: Assessment, rendition: Rendition) -> dict[str, Any]:
    value = assessment.as_json() if rendition == "restricted" else without_restricted_in(assessment.as_json())
    if rendition == "public":
        for one in value["indicators"]:
            for key in ("evidence", "missing", "units", "selected"):
                one[key] = len(one[key])
        del value["questions"]
    return value


def _write_evidence(
    workspace: Workspace, proofs: Iterable[Proof], workdir: PackWorkdir, progress: Progress, *, whole: bool
) -> list[dict[str, Any]]:
    """Write numbered copies of the papers; without ``whole`` only their entries."""
    store = store_of(workspace)
    entries: list[dict[str, Any]] = []
    papers = list(dict.fromkeys((p.case, p.item, p.title, p.path, p.sha256) for p in proofs))
    for case, item, title, path, sha256 in progress(papers) if whole else papers:
        number = f"{len(entries) + 1:04d}"
        name = f"evidence/{number}-{safe_name(f'{case}-{item}-{title}', 50)}{Path(path).suffix}" if whole else ""
        if whole and not workdir.add(name, partial(store.read, case, path), sha256):
            name = ""  # missing in the archive or altered: the catalogue still lists it, and ssj verify reports it
        entries.append({"number": number, "case": case, "item": item, "title": title, "sha256": sha256, "href": name})
    return entries


def verify_pack(pack: Path, workspace: Workspace | None = None) -> list[BagFault]:
    """Check a pack as a bag and, if a workspace is given, each piece of evidence against the archive.

    Raises: NotFoundError if ``pack`` is not a bag.
    """
    if not (pack / "bagit.txt").is_file():
        raise NotFoundError(f"{pack} 不是佐证资料包", "给出含有 bagit.txt 的文件夹")
    return check_bag(pack) or (_against_archive(pack, workspace) if workspace else [])


def _against_archive(pack: Path, workspace: Workspace) -> list[BagFault]:
    """Find evidence that differs from the archive: a bag made anew around another paper is valid by itself."""
    store, faults = store_of(workspace), []
    told = json.loads((pack / "data" / "assessment.json").read_text("utf-8"))
    with workspace.read() as connection:
        held = {(item.case, item.item): item for item in catalogue.load_items(connection)}
    groups = [one[key] for one in told["indicators"] for key in ("evidence", "selected")]
    groups += [question["evidence"] for question in told.get("questions", ())]
    wanted = {(p["case"], p["item"]): p["sha256"] for group in groups if isinstance(group, list) for p in group}
    for (case, number), sha256 in wanted.items():
        item = held.get((case, number))
        try:
            now = store.digests(case, item.main.path).sha256 if item else ""
        except (SsjError, OSError):
            now = ""
        if now != sha256:
            fault = "档案中的内容与资料包所引的不同" if now else "档案中没有这一件"
            faults.append(BagFault(f"{case}/{number}", fault))
    papers = {stored.sha256 for item in held.values() for stored in item.files}
    return faults + [
        BagFault(name, "不是档案中的原件")
        for name, sha256 in sorted(read_manifest(pack, "sha256").items())
        if name.startswith("data/evidence/") and sha256 not in papers
    ]
