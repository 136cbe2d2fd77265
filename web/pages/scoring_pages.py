"""考核评分: the year by a sheet of points, scores given by hand, the office's own sheet brought in."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from starlette.responses import Response

from archive.assessment.scoring.decisions import STEPS, Given, Step, canonical_unit, decide, decisions
from archive.assessment.scoring.files import points_text, sheet_docx, sheet_workbook
from archive.assessment.scoring.score import ScoredSheet, score
from archive.assessment.scoring.sheet import KINDS, load_sheet, sheet_files
from archive.assessment.scoring.table_import import BY_HAND, SKIP, ReadSheet, read_scoring_table, save_sheet
from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import NotFoundError, UsageError
from web.pages import year_views
from web.request.request import PageRequest

SUFFIXES = (".xlsx", ".xls", ".csv", ".docx")
_FILES: Mapping[str, str] = {"xlsx": "Excel", "docx": "Word"}


@dataclass(frozen=True)
class StagedSheet:
    """An uploaded table of points under review; only for its ``owner``."""

    id: str
    owner: str
    path: Path
    identity: str


def _scored(request: PageRequest) -> ScoredSheet:
    """The filled-in sheet, cached until data or decisions change."""
    workspace, year = request.workspace, request.year()
    sheet, unit = load_sheet(workspace, request.query("sheet")), canonical_unit(workspace, request.query("unit"))
    given = decisions(workspace, year, sheet.id, unit)
    last = max((one.row for made in given.values() for one in made), default=0)
    key = ("score", sheet.id, sheet.digest, unit, last)
    return year_views.cached(request, key, year, lambda: score(workspace, year, sheet, unit))


def scoring(request: PageRequest) -> Response:
    """The filled-in sheet."""
    made = _scored(request)
    year = made.year
    return request.page(
        "scoring.html",
        made=made,
        year=year,
        sheets=[load_sheet(request.workspace, name) for name in sheet_files(request.workspace)],
        units=list(dict.fromkeys(d for task in request.tasks if task.year == year for d in task.departments)),
        years=sorted({task.year for task in request.tasks} | {year}, reverse=True),
        steps=STEPS,
        kinds=KINDS,
        points_text=points_text,
        files=_FILES,
    )


def scoring_set(request: PageRequest) -> Response:
    """Give points to an item."""
    year, step, points = request.field("year"), request.field("step"), request.field("points").strip()
    if not (year.isascii() and year.isdecimal() and len(year) == 4) or step not in STEPS:
        raise UsageError("没有写明年度和步骤", "从评分页面填写")
    given: float | None = None
    if points:
        try:
            given = float(points)
        except ValueError as error:
            raise UsageError(f"“{points[:20]}”不是分数", "写数字") from error
        if not math.isfinite(given):
            raise UsageError(f"“{points[:20]}”不是分数", "写数字")
    sheet = load_sheet(request.workspace, request.field("sheet"))
    unit = request.field("unit").strip()[:80]
    verdict = Given(request.field("item"), cast(Step, step), given, request.field("reason").strip()[:400])
    made = decide(request.workspace, int(year), sheet, verdict, unit)
    return request.go(f"/scoring?year={year}&sheet={sheet.id}&unit={made.unit}", f"第 {made.item} 项{made.told()}")


def scoring_file(request: PageRequest) -> Response:
    """The filled-in sheet as a file."""
    made, kind = _scored(request), request.query("file")
    if kind not in _FILES:
        raise NotFoundError("没有这个格式的评分表", "从评分页面下载")
    workspace = request.workspace
    data = sheet_workbook(made) if kind == "xlsx" else sheet_docx(made, workspace.office, workspace.templates)
    name = safe_name(f"{made.year}年度{made.sheet.name}{f'-{made.unit}' if made.unit else ''}")
    return request.gate.data(data, f"{name}.{kind}", f"scoring {made.year}")


def scoring_bring(request: PageRequest) -> Response:
    """Store an uploaded table of points and show how it is understood."""
    files, identity = request.files("file"), request.field("identity").strip() or "own"
    if len(files) != 1:
        raise UsageError("请选一个文件", "一次导入一份细则")
    name = safe_name(Path((files[0].filename or "").replace("\\", "/")).name, 80)
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(f"“{name}”不是表格文件", f"可用：{' '.join(SUFFIXES)}")
    staged = StagedSheet(secrets.token_urlsafe(12), request.me.name, Path(), identity)
    folder = request.server.staging_folder / staged.id
    folder.mkdir()
    with (folder / name).open("wb") as stream:
        while block := files[0].file.read(1 << 20):
            stream.write(block)
    staged = replace(staged, path=folder / name)
    read = read_scoring_table(staged.path)
    request.server.uploads[staged.id] = staged
    return _look(request, staged, read)


def _look(request: PageRequest, staged: StagedSheet, read: ReadSheet) -> Response:
    return request.page(
        "scoring_import.html", read=read, staged=staged, kinds=KINDS, skip=SKIP, by_hand=BY_HAND
    )  # fmt: skip


def scoring_save(request: PageRequest) -> Response:
    """Answer the questions and write the sheet; what is still open is asked again."""
    staged = request.server.uploads.get(request.path("upload"))
    if not isinstance(staged, StagedSheet) or staged.owner != request.me.name:
        raise NotFoundError("这个文件已不在，可能服务重启过", "请重新上传")
    names = [name for name in request.form if re.fullmatch(r"r\d{1,4}|f[\d.]{1,12}", name)]
    answers = {name: text for name in names if (text := request.field(name).strip())}
    read = read_scoring_table(staged.path, request.field("name").strip()[:80], answers)
    if read.questions:
        return _look(request, staged, read)
    save_sheet(request.workspace, read, staged.identity)
    request.server.uploads.pop(staged.id, None)
    staged.path.unlink(missing_ok=True)
    return request.go(f"/scoring?sheet={staged.identity}", f"《{read.name}》已导入，{len(read.items)} 项")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "scoring": scoring,
    "scoring_set": scoring_set,
    "scoring_file": scoring_file,
    "scoring_bring": scoring_bring,
    "scoring_save": scoring_save,
}
