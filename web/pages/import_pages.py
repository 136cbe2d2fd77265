"""导入: a workbook is reviewed (what was recognised, what is wrong in which cell), corrected and then imported."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from starlette.responses import Response

from ssj_docs.documents.numbers.issued_files import safe_name
from ssj_docs.ground.errors import ChangedMeanwhileError, DataError, NotFoundError, UsageError
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.recipes import sender_of
from ssj_docs.intake.report import ImportOptions
from ssj_docs.intake.sheets.annotate import annotate
from ssj_docs.intake.sheets.columns import KIND_NAMES, KINDS, Kind
from ssj_docs.intake.sheets.workbook import Sheet, read_workbook
from ssj_docs.intake.tables.deciding import UNREAD
from web.pages.sheet_view import ROLES, fact_names, sheet_views
from web.request.request import PageRequest

SUFFIXES = (".xlsx", ".xls", ".csv", ".xlsm")
_KEPT = 50
_WRITTEN = frozenset({"tasks", "items", "subjects", "inspectors", "cases", "findings", "case_events"})
_SHOWN = 200


@dataclass(frozen=True)
class Staged:
    """A workbook under review: owner, table, file, who sent it, columns as chosen (letters → key), answers to questions.

    ``recipes``: earlier readings are used. ``registers`` is the number of changes of the registers when its effects were shown.
    """

    id: str
    owner: str
    kind: Kind
    path: Path
    year: int | None
    task: str
    sender: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    recipes: bool = True
    errors: int = 0
    registers: frozenset[tuple[str, int]] = frozenset()


def staged_by(request: PageRequest) -> list[Staged]:
    """Return this user's workbooks under review, newest first."""
    return [
        one
        for one in reversed(list(request.server.uploads.values()))
        if isinstance(one, Staged) and one.owner == request.me.name
    ]


def bring(request: PageRequest) -> Response:
    """The form."""
    kind = request.query("kind") if request.query("kind") in KINDS else "plan"
    return request.page("import.html", kinds=KIND_NAMES, kind=kind, tasks=request.tasks, suffixes=SUFFIXES)


def bring_try(request: PageRequest) -> Response:
    """Store the upload and show what importing it would do."""
    files, kind = request.files("file"), request.field("kind")
    if kind not in KINDS or len(files) != 1:
        raise UsageError("请选择导入什么，并选一个文件", "一次导入一个文件")
    name = safe_name(Path((files[0].filename or "").replace("\\", "/")).name, 80)
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(f"“{name}”不是表格文件", f"可用：{' '.join(SUFFIXES)}")
    task, sender = request.field("task"), request.field("sender").strip()[:60]
    staged = Staged(secrets.token_urlsafe(12), request.me.name, kind, Path(), _year(request), task, sender)
    folder = request.server.staging_folder / staged.id
    folder.mkdir()
    path = folder / name
    with path.open("wb") as stream:
        while block := files[0].file.read(1 << 20):
            stream.write(block)
    staged = replace(staged, path=path)
    _keep(request, staged)
    return _look(request, staged)


def _year(request: PageRequest) -> int | None:
    text = request.field("year").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 2000 <= int(text) <= 2100):
        raise UsageError("年度写法不对", "写四位数字，或留空按文件里的标题")
    return int(text)


def _keep(request: PageRequest, staged: Staged) -> None:
    uploads = request.server.uploads
    uploads[staged.id] = staged
    for old in list(uploads)[:-_KEPT]:
        gone = uploads.pop(old)
        gone.path.unlink(missing_ok=True)


def _staged(request: PageRequest) -> Staged:
    found = request.server.uploads.get(request.path("upload"))
    if not isinstance(found, Staged) or found.owner != request.me.name:
        raise NotFoundError("这个文件已不在，可能服务重启过", "请重新上传")
    return found


def _options(staged: Staged, dry_run: bool) -> ImportOptions:
    return ImportOptions(
        staged.year, staged.task, None, dry_run, answers=staged.answers, columns=staged.columns, sender=staged.sender,
        recipes=staged.recipes,
    )  # fmt: skip


def _look(request: PageRequest, staged: Staged) -> Response:
    registers = _registers(request)
    report = import_files(request.workspace, staged.kind, [staged.path], _options(staged, True))
    errors = sum(problem.severity == "error" for problem in report.problems)
    _keep(request, replace(staged, errors=errors, registers=registers))
    return request.page(
        "import_report.html",
        report=report,
        staged=staged,
        name=KIND_NAMES[staged.kind],
        sheets=sheet_views(_sheets(staged), report, staged.columns),
        facts=fact_names(staged.kind),
        roles=ROLES,
        sender=staged.sender or sender_of(staged.path),
        shown=_SHOWN,
        errors=errors,
    )


def _registers(request: PageRequest) -> frozenset[tuple[str, int]]:
    """Return how often the tables that imports write to have changed."""
    return frozenset(row for row in request.database_state.by_hand if row[0] in _WRITTEN)


def _sheets(staged: Staged) -> Sequence[Sheet]:
    """Return the sheets as they are; none if the file cannot be read, which the report says."""
    try:
        return read_workbook(staged.path)
    except DataError:
        return ()


def bring_look(request: PageRequest) -> Response:
    """Show a workbook under review again."""
    return _look(request, _staged(request))


def bring_again(request: PageRequest) -> Response:
    """Review it with what was said about its columns and questions, or import it."""
    staged = _staged(request)
    if request.field("do") == "fresh":
        return _look(request, replace(staged, recipes=False, columns={}, answers={}))
    if request.field("do") == "answers":
        answers = {**staged.answers, **_answers(request, staged)}
        return _look(request, replace(staged, answers=answers, columns={**staged.columns, **_columns(request, staged)}))
    if _registers(request) != staged.registers:
        raise ChangedMeanwhileError(
            "您试读之后，别人改了计划或名录，这里没有导入", "从首页或导入页面再打开这份试读，看清会改什么再确认"
        )
    report = import_files(request.workspace, staged.kind, [staged.path], _options(staged, False))
    if report.failed:
        return _look(request, staged)
    if report.departments and report.office:
        request.server.workspace = replace(request.server.workspace, office=report.office)
    request.server.uploads.pop(staged.id, None)
    staged.path.unlink(missing_ok=True)
    changes = report.changes
    back = f"/plan?year={report.year}" if staged.kind == "plan" and report.year else "/plan"
    return request.go(
        back,
        f"{KIND_NAMES[staged.kind]}：导入 {report.imported} 条，新增 {len(changes.added)}，"
        f"更新 {len(changes.changed)}，未变 {changes.unchanged}",
    )


def _answers(request: PageRequest, staged: Staged) -> dict[str, str]:
    """Return what was chosen for the questions of the last review, question → choice."""
    report = import_files(request.workspace, staged.kind, [staged.path], _options(staged, True))
    chosen = {question.id: request.field(f"answer_{number}") for number, question in enumerate(report.questions, 1)}
    return {identity: answer for identity, answer in chosen.items() if answer}


def _columns(request: PageRequest, staged: Staged) -> dict[str, str]:
    """Return what was said about columns, letters → key; a column said to be nothing is not read."""
    facts = fact_names(staged.kind)
    found = {}
    for name in request.form:
        letters = name.removeprefix("as_")
        key = request.field(name)
        if letters != name and re.fullmatch("[A-Z]{1,3}", letters) and (key in facts or key == UNREAD):
            found[letters] = key
    return found


def annotated(request: PageRequest) -> Response:
    """Download a copy of the workbook with the faulty cells marked."""
    staged = _staged(request)
    report = import_files(request.workspace, staged.kind, [staged.path], _options(staged, True))
    target = staged.path.parent / f"批注-{secrets.token_hex(4)}.xlsx"
    annotate(staged.path, target, report.problems)
    try:
        return request.gate.given_back(target, f"{staged.path.stem}-批注.xlsx")
    finally:
        target.unlink()


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "bring": bring,
    "bring_try": bring_try,
    "bring_look": bring_look,
    "bring_again": bring_again,
    "annotated": annotated,
}
