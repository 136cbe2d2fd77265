"""Texts that drafts start from: ``templates/drafts/KIND.md.j2`` filled with the data of a task, a case or a year.

Prose takes its numbers from `ssj_docs.facts.figures`, so that it agrees with the tables. The text is the clerk's to change.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.documents.drafts.draft_file import chinese_date
from ssj_docs.documents.kinds.case_context import TaskContext, load_context
from ssj_docs.documents.numbers.issued_files import safe_name, write_once
from ssj_docs.documents.text.figure_texts import Covers, paragraphs, shortfalls
from ssj_docs.facts.figures import count_figures, quarter_window, within
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.office.workspace import Workspace

_SUFFIX = ".md.j2"
#: templates that need a task or a case; the others are for a year
_PER_TASK = frozenset({"fangan", "fangan_tongzhi"})
_PER_CASE = frozenset({"yijiaohan", "gaozhihan", "fuhan", "jiean"})
#: texts that tell of work done: there must be a plan
_REPORTS = frozenset({"jianbao", "zongjie", "tongbao"})
#: a notice that carries another draft as its attachment
_COMPANIONS = {"fangan_tongzhi": "fangan", "xize_tongzhi": "xize"}


def draft_kinds() -> list[str]:
    """Names of all texts a draft can start from."""
    folder = resources.files("templates") / "drafts"
    return sorted(entry.name.removesuffix(_SUFFIX) for entry in folder.iterdir() if entry.name.endswith(_SUFFIX))


def chinese_numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 25 → 二十五 (1 to 99)."""
    digits = "零一二三四五六七八九"
    if not 1 <= number <= 99:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")


def make_draft(
    workspace: Workspace,
    name: str,
    *,
    task: str = "",
    case: str = "",
    year: int | None = None,
    quarter: int | None = None,
) -> list[Path]:
    """Write an editable draft (and the attachment it carries) into drafts/; an existing file is left as it is.

    Args:
        quarter: 1 to 4; figures of the cases whose inspection ended in that quarter of the year.

    Returns: the files, the one to issue first.
    Raises: UsageError if the text needs a task or a case; NotFoundError for an unknown name, task or case.
    """
    if name not in draft_kinds():
        raise NotFoundError(f"没有“{name}”的拟稿样式", f"可用：{'、'.join(draft_kinds())}")
    if name in _PER_TASK and not task:
        raise UsageError(f"“{name}”要指明任务", "加上 --task 任务编号")
    if name in _PER_CASE and not case:
        raise UsageError(f"“{name}”要指明案件", "加上 --case 案件编号")
    with workspace.read() as connection:
        if (
            name in _REPORTS
            and not (task or case)
            and not registers.load_tasks(connection, year or workspace.today.year)
        ):
            raise NotFoundError(
                f"没有 {year or workspace.today.year} 年的抽查计划，无从总结",
                "核对年度，或先用 ssj import plan 导入计划表",
            )
        values = _context(connection, workspace, task, case, year, quarter)
    mark = (case or task or str(values["year"])) + (f"-第{quarter}季度" if quarter else "")
    made = []
    for part in filter(None, (name, _COMPANIONS.get(name))):
        path = workspace.path("drafts", safe_name(f"{part}-{mark}") + ".md")
        if not path.exists():
            write_once(path, _render(workspace, part, values).encode())
        made.append(path)
    return made


def _render(workspace: Workspace, name: str, values: dict[str, Any]) -> str:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=False, keep_trailing_newline=True
    )  # plain text
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.filters["chinese"] = chinese_numeral
    own = workspace.templates / "drafts" / (name + _SUFFIX)
    source = own if own.is_file() else resources.files("templates") / "drafts" / (name + _SUFFIX)
    try:
        return environment.from_string(source.read_text(encoding="utf-8")).render(values)
    except (TemplateError, TypeError, ValueError) as error:
        place = getattr(error, "lineno", None)
        raise DataError(
            f"拟稿样式 {name}{_SUFFIX}" + (f" 第 {place} 行" if place else "") + f" 有误：{in_chinese(error)}",
            "检查样式中的变量名，或删去自己的样式改用自带的",
        ) from error


def _context(
    connection: Connection, workspace: Workspace, task: str, case: str, year: int | None, quarter: int | None = None
) -> dict[str, Any]:
    found = registers.load_case(connection, case) if case else None
    task = found.task if found else task
    context = load_context(connection, workspace.office, task) if task else None
    year = year or (context.task.year if context else workspace.today.year)
    tasks = [context.task] if context else registers.load_tasks(connection, year)
    cases = list(context.cases) if context else registers.load_cases(connection, year=year)
    ids = [c.id for c in cases]
    findings, events = registers.load_findings(connection, ids), registers.load_events(connection, ids)
    scope = context.task.name if context else f"{year}年度"
    covers: Covers = "quarter" if quarter else "task" if context else "year"
    if quarter:
        window = quarter_window(year, quarter)
        tasks, cases, findings, events = within(window, tasks, cases, findings, events)
        scope = window.name + (f"“{context.task.name}”" if context else "")
    office = workspace.office
    figures = count_figures(office, tasks, cases, findings, events)
    values: dict[str, Any] = {
        "year": year,
        "scope": scope,
        "today": chinese_date(workspace.today),
        "today_iso": workspace.today.isoformat(),
        "office": {"name": office.name, "short": office.short, "area": office.area[0] if office.area else ""},
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
    if context:
        values["task"] = _task_values(context)
    if context and found:
        values["case"] = _case_values(context, found.id)
    return values


def _task_values(context: TaskContext) -> dict[str, Any]:
    task = context.task
    return {
        "id": task.id,
        "name": task.name,
        "object": task.object,
        "window": " ".join(task.window.raw.split()),
        "frequency": task.frequency.raw,
        "ratio": task.ratio.raw,
        "initiators": list(task.initiators),
        "partners": list(task.partners),
        "departments": list(task.departments),
        "item_names": [item for _, items in context.item_groups for item in items],
    }


def _case_values(context: TaskContext, case_id: str) -> dict[str, Any]:
    office = context.office
    case = next(c for c in context.cases if c.id == case_id)
    subject = context.subject(case)
    problems = [
        {"item": f.item, "note": f.note, "result": "、".join(r.label for c in f.results if (r := office.result(c)))}
        for f in context.findings.get(case_id, ())
        if any((r := office.result(c)) and r.problem for c in f.results)
    ]
    done = [
        h.label for e in context.events.get(case_id, ()) if e.event == "handled" and (h := office.handling(e.handling))
    ]
    return {
        "id": case_id,
        "subject": subject.name,
        "credit_code": subject.credit_code,
        "problems": problems,
        "transfer_to": "",
        "handling": "、".join(dict.fromkeys(done)),
    }
