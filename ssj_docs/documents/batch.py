"""Orders for whole tasks: which forms, for which cases; and converting what was issued to PDF in one batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.documents.drafts.draft_texts import draft_kinds, make_draft
from ssj_docs.documents.forms.form_data import (
    case_data,
    inspector_list_data,
    item_list_data,
    plan_table_data,
    subject_list_data,
    task_data,
)
from ssj_docs.documents.issue import FormOrder, Issued, record_pdf
from ssj_docs.documents.kinds.case_context import TaskContext, load_context
from ssj_docs.documents.kinds.catalogue import DocumentKind, find_kind
from ssj_docs.documents.pdf.convert import Progress, convert_to_pdf
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.problems import Problem
from ssj_docs.office.workspace import Workspace

#: what `ssj forms` makes unless told otherwise
USUAL = ("gaozhishu", "jilubiao", "renyuanxinxi", "mingdan")


def form_orders(workspace: Workspace, task: str, kinds: Sequence[str] = (), case: str = "") -> list[FormOrder]:
    """Orders for the forms of a task (or of one of its cases).

    Raises: NotFoundError for an unknown task, case or kind; DataError before the draw.
    """
    wanted = [find_kind(name, workspace.templates) for name in kinds or USUAL]
    with workspace.read() as connection:
        context = load_context(connection, workspace.office, task)
    if not context.cases:
        raise DataError(
            f"任务 {task}（{context.task.name}）还没有抽取结果", "先用 ssj draw 抽取，或用 ssj import draw 导入"
        )
    orders: list[FormOrder] = []
    for kind in wanted:
        orders += _case_orders(context, kind, case) if kind.per == "case" else _task_orders(context, kind)
    return orders


def _case_orders(context: TaskContext, kind: DocumentKind, only: str) -> list[FormOrder]:
    department = context.task.initiators[0] if context.task.initiators else ""
    chosen = [case for case in context.cases if not only or case.id == only]
    return [
        FormOrder(
            kind,
            case_data(kind, context, case),
            f"{kind.title}（{context.subject(case).name}）",
            task=context.task.id,
            case=case.id,
            department=department,
        )
        for case in chosen
    ]


def _task_orders(context: TaskContext, kind: DocumentKind) -> list[FormOrder]:
    data = task_data(kind.id, context)
    renditions = ["restricted", *kind.renditions]
    return [
        FormOrder(kind, _dropped(data, kind.drops.get(name, ())), data["title"], task=context.task.id, rendition=name)
        for name in renditions
    ]


def _dropped(data: dict[str, object], paths: Sequence[str]) -> dict[str, object]:
    """Data without the columns a rendition must not hold: they are not even handed to the template."""
    columns = {path.removeprefix("rows[].") for path in paths}
    rows = data["rows"]
    if not isinstance(rows, list):
        return data
    return data | {"rows": [{k: v for k, v in row.items() if k not in columns} for row in rows]}


def year_orders(workspace: Workspace, kind: DocumentKind, year: int) -> list[FormOrder]:
    """Orders for a table of the year or of the registers."""
    with workspace.read() as connection:
        data = _year_data(connection, workspace, kind.id, year)
    return [
        FormOrder(kind, _dropped(data, kind.drops.get(name, ())), str(data["title"]), year=year, rendition=name)
        for name in ("restricted", *kind.renditions)
    ]


def _year_data(connection: Connection, workspace: Workspace, kind: str, year: int) -> dict[str, object]:
    office = workspace.office
    if kind == "shixiangqingdan":
        return item_list_data(office, registers.load_items(connection))
    if kind == "duixiangminglu":
        return subject_list_data(office, registers.load_subjects(connection))
    if kind == "renyuanminglu":
        return inspector_list_data(office, registers.load_inspectors(connection))
    if kind == "jihuabiao":
        area = office.area[0] if office.area else ""
        return plan_table_data(
            registers.load_tasks(connection, year), f"{area}{year}年度部门联合“双随机、一公开”抽查计划"
        )
    raise UsageError(f"“{kind}”不能直接由年度数据制作", "统计表和汇总表用 ssj stats；公文先用 ssj draft 拟稿")


def draft_or_kind_orders(
    workspace: Workspace, given: Sequence[str], *, task: str, case: str, year: int | None
) -> tuple[list[Path], list[FormOrder]]:
    """What ``ssj issue`` was asked for: draft files, or one kind made from data.

    Raises: NotFoundError if an argument is neither a file nor a kind.
    """
    paths = [_draft_path(workspace, name) for name in given]
    if all(paths):
        return [path for path in paths if path], []
    if len(given) > 1:
        missing = "、".join(name for name, path in zip(given, paths, strict=True) if not path)
        raise NotFoundError(f"没有找到拟稿 {missing}", "检查文件名；由数据制作时一次给一个文种代号")
    name = given[0]
    if "." in name or "/" in name:
        raise NotFoundError(f"没有找到拟稿 {name}", "检查文件名，或用 ssj draft 生成拟稿")
    if name in draft_kinds() and not (task == case == "" and year is None):
        return make_draft(workspace, name, task=task, case=case, year=year)[:1], []
    kind = find_kind(name, workspace.templates)
    if kind.per == "year":
        return [], year_orders(workspace, kind, year or workspace.today.year)
    if not (task or case):
        raise UsageError(f"制作“{kind.title}”要指明任务或案件", "加上 --task 任务编号，或 --case 案件编号")
    with workspace.read() as connection:
        task = registers.load_case(connection, case).task if case else task
    return [], form_orders(workspace, task, [kind.id], case)


def _draft_path(workspace: Workspace, name: str) -> Path | None:
    for path in (Path(name), workspace.root / name, workspace.root / "drafts" / name):
        if path.is_file():
            return path
    return None


def convert_issued(
    workspace: Workspace, made: Sequence[Issued], *, pdfa: bool = False, progress: Progress | None = None
) -> list[Issued]:
    """Convert issued documents to PDF beside them, many in one LibreOffice call.

    Those that have a PDF already are skipped, as issued files are not rewritten; a run that was broken off goes on
    where it stopped. A paper that cannot be converted does not stop the others.

    Args:
        pdfa: make PDF/A-2b. progress: called with (done, total).

    Raises: MissingProgramError if LibreOffice is not installed; DataError with a Problem for each that failed.
    """
    todo: dict[Path, list[Issued]] = {}
    for one in made:
        path = workspace.path(one.document.path)
        if not (one.document.pdf_path and workspace.path(one.document.pdf_path).is_file()):
            todo.setdefault(path.parent, []).append(one)
    before = len(made) - sum(map(len, todo.values()))
    done: dict[str, Issued] = {}
    failed: list[Problem] = []
    for folder, group in todo.items():
        report = _shifted(progress, before, len(made))
        converted, problems = _convert_folder(workspace, folder, group, pdfa, report)
        done |= {one.document.id: one for one in converted}
        failed += problems
        before += len(group)
    if failed:
        raise DataError(
            f"{len(failed)} 件未能转为 PDF，其余 {len(made) - len(failed)} 件已转好", failed[0].remedy, failed
        )
    return [done.get(one.document.id, one) for one in made]


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    """The progress of one folder as that of the whole batch."""
    return (lambda done, _: progress(before + done, total)) if progress else None


def _convert_folder(
    workspace: Workspace, folder: Path, group: Sequence[Issued], pdfa: bool, progress: Progress | None
) -> tuple[list[Issued], Sequence[Problem]]:
    """Convert and register what lies in one folder; also tells what failed."""
    sources = {workspace.path(one.document.path): one for one in group}
    problems: Sequence[Problem] = ()
    try:
        convert_to_pdf(list(sources), folder, pdfa=pdfa, progress=progress)
    except DataError as error:
        problems = error.problems
    broken = {problem.source for problem in problems}
    done: list[Issued] = []
    for source, one in sources.items():
        if str(source) in broken:
            continue
        target = source.with_suffix(".pdf")
        relative = target.relative_to(workspace.root).as_posix()
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        pages = _page_count(target)
        record_pdf(workspace, one.document.id, relative, digest, pages)
        document = replace(one.document, pdf_path=relative, pdf_sha256=digest, pages=pages)
        done.append(replace(one, document=document))
    return done, problems


def _page_count(pdf: Path) -> int:
    # an eighth of a second to import, for every command that makes papers, and needed only after a conversion
    from pypdf import PdfReader  # noqa: PLC0415

    return len(PdfReader(pdf).pages)
