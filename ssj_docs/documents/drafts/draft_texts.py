"""The texts that drafts start from: ``templates/drafts/NAME.md.j2`` filled with the data of a task, a case or a year.

Prose takes its numbers from `ssj_docs.facts.figures`, so that it agrees with the tables. The clerk may change everything.
An office's own texts run in the template sandbox like the shipped ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.documents.numbers.issued_files import safe_name, write_once
from ssj_docs.documents.templates.plain_text import PlainText
from ssj_docs.documents.templates.render import template_line
from ssj_docs.documents.text.figure_texts import Covers, paragraphs, shortfalls
from ssj_docs.facts.case_facts import facts_by_case, load_facts
from ssj_docs.facts.field_sources import require
from ssj_docs.facts.figures import count_figures, quarter_period, within
from ssj_docs.facts.paper_context import TaskContext, load_task_context
from ssj_docs.facts.vocabulary import OFFICE_FACTS, plain, vocabulary
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.paper_kind import DocumentKind, DraftStyle
from ssj_docs.office.template_files import DRAFT_SUFFIX, DRAFTS, find_template
from ssj_docs.office.workspace import Workspace
from ssj_docs.planning.paper_conditions import unmet


@dataclass(frozen=True)
class _Asked:
    """What a draft is requested for."""

    task: str = ""
    case: str = ""
    year: int | None = None
    quarter: int | None = None


def make_draft(
    workspace: Workspace,
    name: str,
    *,
    task: str = "",
    case: str = "",
    year: int | None = None,
    quarter: int | None = None,
) -> list[Path]:
    """Write an editable draft (and its attachment) to drafts/; an existing file is kept.

    Args:
        quarter: 1 to 4; figures of the cases whose inspection ended in that quarter of the year.

    Returns: the files, the one to issue first.
    Raises: UsageError if the text needs a task or a case; NotFoundError for an unknown name, task or case; DataError if
        a fact that the kind needs is missing.
    """
    kinds, asked = workspace.kinds, _Asked(task, case, year, quarter)
    style = kinds.drafts.get(name)
    if style is None:
        raise NotFoundError(f"没有“{name}”的拟稿样式", f"可用：{'、'.join(kinds.drafts)}")
    _require(style, asked)
    _require_conditions(workspace, kinds[style.kind], case)
    texts = {part: _text(workspace, part) for part in filter(None, (name, style.carries))}
    with workspace.read() as connection:
        if style.reports and not (task or case):
            _require_plan(connection, year or workspace.today.year)
        names = {used for text in texts.values() for used in text.names}
        values = _values(connection, workspace, asked, names, kinds[style.kind].needs)
    mark = (case or task or str(values["year"])) + (f"-第{quarter}季度" if quarter else "")
    made = []
    for part, text in texts.items():
        path = workspace.path("drafts", safe_name(f"{part}-{mark}") + ".md")
        if not path.exists():
            write_once(path, _filled(part, text, values).encode())
        made.append(path)
    return made


def _require(style: DraftStyle, asked: _Asked) -> None:
    if style.per == "task" and not asked.task:
        raise UsageError(f"“{style.name}”要指明任务", Remedy("写明任务编号：", do("draft", kind=style.name, task=None)))
    if style.per == "case" and not asked.case:
        raise UsageError(f"“{style.name}”要指明案件", Remedy("写明案件编号：", do("draft", kind=style.name, case=None)))


def _require_conditions(workspace: Workspace, kind: DocumentKind, case: str) -> None:
    """Check that the facts of the case allow a paper. Raises: DataError, NotFoundError."""
    if not (case and kind.when):
        return
    with workspace.read() as connection:
        task = registers.load_case(connection, case).task
        fact = facts_by_case(*load_facts(connection, workspace.kinds, task=task))[case]
    for missing in unmet(kind, fact, workspace.office):
        raise DataError(
            f"案件 {case} {missing}，不能拟“{kind.title}”",
            Remedy(
                "先", do("import", kind="results"), "，登记这件事；或", do("show_case", case=case), "，核对案件编号"
            ),
        )


def _require_plan(connection: Connection, year: int) -> None:
    if not registers.load_tasks(connection, year):
        raise NotFoundError(f"没有 {year} 年的抽查计划，无从总结", Remedy("核对年度，或先", do("import", kind="plan")))


def _text(workspace: Workspace, name: str) -> PlainText:
    path = find_template(name + DRAFT_SUFFIX, workspace.templates, DRAFTS)
    try:
        return PlainText(path.read_text(encoding="utf-8-sig"))
    except (TemplateError, UnicodeDecodeError) as error:
        raise _fault(name + DRAFT_SUFFIX, error) from error


def _filled(name: str, text: PlainText, values: Mapping[str, Any]) -> str:
    try:
        return text.fill(values)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise _fault(name + DRAFT_SUFFIX, error) from error


def _fault(file: str, error: Exception) -> DataError:
    line = getattr(error, "lineno", None) or template_line(error)
    return DataError(
        f"拟稿样式 {file}{f' 第 {line} 行' if line else ''} 有误：{in_chinese(error)}",
        "检查样式中的变量名，或删去自己的样式改用自带的",
    )


# --- what a text is filled with -----------------------------------------------------------------------------------------
def _values(
    connection: Connection, workspace: Workspace, asked: _Asked, names: Iterable[str], needs: Sequence[str]
) -> dict[str, Any]:
    """Figures of the year, task or quarter, and the facts of the case or task that the text uses."""
    case = registers.load_case(connection, asked.case) if asked.case else None
    task = case.task if case else asked.task
    context = load_task_context(connection, workspace.office, task) if task else None
    values = _figures(connection, workspace, asked, context)
    if context is None:
        return values
    thing = context.case(case.id) if case else context
    facts = vocabulary("case" if case else "task", workspace.kinds.of_cases)
    require(needs, facts, thing)
    return plain(facts, thing, names) | values


def _figures(
    connection: Connection, workspace: Workspace, asked: _Asked, context: TaskContext | None
) -> dict[str, Any]:
    office = workspace.office
    year = asked.year or (context.task.year if context else workspace.today.year)
    tasks = [context.task] if context else registers.load_tasks(connection, year)
    cases = list(context.cases) if context else registers.load_cases(connection, year=year)
    ids = [c.id for c in cases]
    findings, events = registers.load_findings(connection, ids), registers.load_events(connection, ids)
    scope = context.task.name if context else f"{year}年度"
    covers: Covers = "quarter" if asked.quarter else "task" if context else "year"
    if asked.quarter:
        window = quarter_period(year, asked.quarter)
        tasks, cases, findings, events = within(window, tasks, cases, findings, events)
        scope = window.name + (f"“{context.task.name}”" if context else "")
    figures = count_figures(office, tasks, cases, findings, events)
    return {
        "year": year,
        "scope": scope,
        "today": chinese_date(workspace.today),
        "today_iso": workspace.today.isoformat(),
        "office": plain(OFFICE_FACTS, office, OFFICE_FACTS),
        "rules": {"subject_cap": office.rules.subject_cap, "min_inspectors": office.rules.min_inspectors},
        "departments": list(dict.fromkeys(d for t in tasks for d in t.departments)),
        "counts": {
            "tasks": figures.tasks,
            "departments": [
                {"name": d.name, "inspected": d.inspected, "problems": d.problems} for d in figures.departments
            ],
        },
        "paragraphs": paragraphs(figures, f"“{scope}”" if covers == "task" else scope, covers),
        "shortfalls": shortfalls(figures, covers),
    }
