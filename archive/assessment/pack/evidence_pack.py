"""The evidence pack: a folder that opens in any browser offline, with numbered evidence, cited pages and digests.

It is a bag (BagIt), so that it can be checked years later by standard tools, and against its own data and the archive by
`verification`. The same assessment gives the same bytes. Renditions: ``restricted`` has whole papers; ``internal`` only the cited pages, with
mobile and identity numbers hidden; ``public`` no papers, no quotations and no list of cases, only figures.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive.assessment.assessment import Assessment, assess
from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.contents import DATA, RENDITIONS, REPORT, PackData, Rendition, shown_files
from archive.assessment.pack.pages import write_pages
from archive.assessment.pack.versions import refuse_handed_in
from archive.assessment.pack.workdir import PackWorkdir
from archive.assessment.papers import Letterhead
from archive.assessment.report_pdf import report_pdf
from archive.files.bag import make_bag
from archive.files.durable_files import full_disk_explained, sync_tree
from archive.store.opening import store_of
from ssj_docs.database import registers
from ssj_docs.database.schema import page_texts
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.canonical import plain_json, sha256_of
from ssj_docs.ground.errors import UsageError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.office.workspace import Workspace

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

    Raises: UsageError if ``target`` exists and is not a pack, or was handed in; OSError.
    """
    if target.exists() and not (target / "bagit.txt").is_file():
        raise UsageError(f"{target} 已经存在，又不是佐证资料包", "换一个文件夹名")
    refuse_handed_in(workspace, target)
    before = years_before(workspace, assessment.year)
    told = published(assessment, rendition) | {"before": {str(past): dict(values) for past, values in before.items()}}
    workdir, made = PackWorkdir(target, _key(workspace, told, rendition)), False
    try:
        with full_disk_explained(target):
            data = _write(workspace, assessment, workdir, _Wanted(rendition, before, told, pdf), progress)
            sync_tree(workdir.folder)
            if target.exists():
                shutil.rmtree(target)
            workdir.folder.rename(target)
            made = True
    finally:
        workdir.close(done=made)
    files = sum(1 for path in (target / "data").rglob("*") if path.is_file())
    return PackReport(target, len(data.entries), len(data.cited), files)


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
) -> PackData:
    """Write the contents of the pack and make it a bag."""
    rendition, folder, office = wanted.rendition, workdir.folder, workspace.office
    cited, entries = {}, []
    if rendition != "public":
        cited = write_pages(workspace, assessment.cited, workdir, progress, covered=rendition == "internal")
        entries = _write_evidence(workspace, assessment.cited, workdir, progress, whole=rendition == "restricted")
    workdir.tidy()
    places = {(proof.case, proof.item, proof.page): name for proof, name in cited.items()}
    if rendition != "restricted":
        assessment, entries = without_restricted_in((assessment, entries))
    letterhead = Letterhead(office.name, office.red_header, office.signature)
    data = PackData(assessment, letterhead, rendition, wanted.before, places, entries)
    if wanted.pdf:
        (folder / REPORT).write_bytes(shown_files(data, workspace.templates)[REPORT])
        data = replace(data, pdf=report_pdf(folder / REPORT) is not None)
    (folder / DATA).write_text(plain_json({**wanted.told, **data.as_json()}) + "\n", encoding="utf-8")
    for name, made in shown_files(data, workspace.templates).items():
        (folder / name).write_bytes(made)
    make_bag(
        folder,
        {
            "Source-Organization": office.name,
            "Bagging-Date": workspace.today.isoformat(),
            "External-Description": f"{assessment.year}年度考核佐证资料包（{RENDITIONS[rendition]}）",
            "Bag-Software-Agent": "ssj-docs",
        },
    )
    return data


def published(assessment: Assessment, rendition: Rendition) -> dict[str, Any]:
    """The assessment as JSON, as far as the rendition tells it."""
    value = assessment.as_json() if rendition == "restricted" else without_restricted_in(assessment.as_json())
    if rendition == "public":
        for one in value["indicators"]:
            for key in ("evidence", "missing", "units", "selected"):
                one[key] = len(one[key])
        del value["questions"], value["not_assessable"]
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
