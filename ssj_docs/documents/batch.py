"""Orders for whole tasks (which forms, for which cases), and conversion of issued papers to PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ssj_docs.database import registers
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.forms.form_data import form_data
from ssj_docs.documents.forms.form_entry import FormOrder
from ssj_docs.documents.issue import Issued
from ssj_docs.documents.numbers.issue_register import record_pdf
from ssj_docs.documents.pdf.convert import Progress, convert_to_pdf
from ssj_docs.facts.paper_context import CaseContext, load_task_context, load_year_context
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.paper_kind import DocumentKind
from ssj_docs.office.paper_kinds import PaperKinds
from ssj_docs.office.workspace import Workspace


def form_orders(workspace: Workspace, task: str, kinds: Sequence[str] = (), case: str = "") -> list[FormOrder]:
    """Orders for the forms of a task (or of one of its cases): the usual ones, or those of ``kinds``.

    Raises: NotFoundError for an unknown task, case or kind; DataError before the draw.
    """
    known = workspace.kinds
    wanted = [known.find(name) for name in kinds or known.usual]
    with workspace.read() as connection:
        context = load_task_context(connection, workspace.office, task)
    if not context.cases:
        raise DataError(
            f"任务 {task}（{context.task.name}）还没有抽取结果",
            Remedy("先", do("draw", task=task), "，或", do("import", kind="draw")),
        )
    orders: list[FormOrder] = []
    for kind in wanted:
        if kind.per == "case":
            chosen = [one for one in context.cases if not case or one.id == case]
            orders += [_case_order(kind, known, CaseContext(context, one)) for one in chosen]
        elif kind.per == "task":
            orders += _table_orders(kind, form_data(kind, known, context), context.task.name, task=task)
        else:
            orders += year_orders(workspace, kind, context.task.year)
    return orders


def _case_order(kind: DocumentKind, known: PaperKinds, context: CaseContext) -> FormOrder:
    task = context.whole.task
    return FormOrder(
        kind,
        form_data(kind, known, context),
        f"{kind.title}（{context.subject.name}）",
        task=task.id,
        case=context.case.id,
        department=task.initiators[0] if task.initiators else "",
    )


def _table_orders(
    kind: DocumentKind, data: Mapping[str, Any], scope: str, *, task: str = "", year: int = 0
) -> list[FormOrder]:
    """One order for each rendition, with only the data that it may contain, so that the template does not even get the rest."""
    title = str(data.get("title") or f"{kind.title}（{scope}）")
    return [
        FormOrder(kind, _dropped(data, kind, name), title, task=task, year=year, rendition=name)
        for name in ("restricted", *kind.renditions)
    ]


def _dropped(data: Mapping[str, Any], kind: DocumentKind, rendition: str) -> dict[str, Any]:
    """Remove the columns that the kind omits; for the public rendition also personal data typed into other columns."""
    gone = [path.split(".") for path, field in kind.fields.items() if rendition in field.dropped]
    kept = _without(data, gone) if gone else dict(data)
    return without_restricted_in(kept) if rendition == "public" else kept


def _without(data: Mapping[str, Any], gone: Sequence[Sequence[str]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in data.items():
        below = [rest for first, *rest in gone if first.removesuffix("[]") == name]
        if [] in below:
            continue
        kept[name] = [_without(row, below) for row in value] if below else value
    return kept


def year_orders(workspace: Workspace, kind: DocumentKind, year: int) -> list[FormOrder]:
    """Orders for a table of the year or of the registers."""
    if kind.official:
        raise UsageError(
            f"“{kind.id}”不能直接由年度数据制作", Remedy("统计表和汇总表：", do("statistics"), "；公文先", do("draft"))
        )
    with workspace.read() as connection:
        context = load_year_context(connection, workspace.office, year)
    return _table_orders(kind, form_data(kind, workspace.kinds, context), str(context), year=year)


def draft_or_kind_orders(
    workspace: Workspace, given: Sequence[str], *, task: str, case: str, year: int | None
) -> tuple[list[Path], list[FormOrder]]:
    """The arguments of ``ssj issue``: draft files, or one kind made from data.

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
        raise NotFoundError(f"没有找到拟稿 {name}", Remedy("检查文件名，或先", do("draft")))
    if name in workspace.kinds.drafts and not (task == case == "" and year is None):
        return make_draft(workspace, name, task=task, case=case, year=year)[:1], []
    kind = workspace.kinds.find(name)
    if kind.per == "year":
        return [], year_orders(workspace, kind, year or workspace.today.year)
    if not (task or case):
        raise UsageError(
            f"制作“{kind.title}”要指明任务或案件",
            Remedy(do("issue", draft=name, task=""), "；或", do("issue", draft=name, case="")),
        )
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

    Those with a PDF are skipped, because issued files are never rewritten; an interrupted run continues where it stopped. A
    paper that cannot be converted does not stop the others.

    Args:
        pdfa: make PDF/A-2b.
        progress: called with (done, total).

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
    """The progress of one folder as progress of the whole batch."""
    return (lambda done, _: progress(before + done, total)) if progress else None


def _convert_folder(
    workspace: Workspace, folder: Path, group: Sequence[Issued], pdfa: bool, progress: Progress | None
) -> tuple[list[Issued], Sequence[Problem]]:
    """Convert and register the papers in one folder; also returns the problems."""
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
    # takes an eighth of a second to import, and is needed only after a conversion
    from pypdf import PdfReader  # noqa: PLC0415

    return len(PdfReader(pdf).pages)
