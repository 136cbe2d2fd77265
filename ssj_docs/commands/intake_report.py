"""Displays imports, plans and checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ssj_docs.commands.remedies import said
from ssj_docs.commands.screen import show_table
from ssj_docs.ground.problems import Problem
from ssj_docs.intake.report import ImportReport
from ssj_docs.intake.rows.newcomers import NEWCOMERS
from ssj_docs.intake.sheets.columns import COLUMNS, KIND_NAMES
from ssj_docs.intake.tables.mapping_file import mapping_json
from ssj_docs.intake.tables.table import Question
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionTask
from ssj_docs.planning.rules import RuleFinding

_MARKS = {"error": "错误", "warning": "提醒"}
_SHOWN = 300


def show_report(report: ImportReport, office: Office) -> None:
    """What came in, what changed, what was guessed, and every problem with its cell."""
    for recipe in report.recipes:
        click.echo(f"{recipe.told}，编号 {recipe.id}；不要这样读时加 --no-recipe。")
    _show_mapping(report)
    _show_problems(report.problems)
    name = KIND_NAMES[report.kind]
    if report.failed:
        errors = sum(1 for problem in report.problems if problem.severity == "error")
        _show_questions(report.questions)
        faults = "，".join(
            part
            for part in (
                f"有 {errors} 处错误" if errors else "",
                f"有 {len(report.questions)} 个问题要回答" if report.questions else "",
            )
            if part
        )
        click.echo(f"{name}：读到 {report.rows} 行，{faults}，全部没有导入。改正或回答后再导入一次。")
        return
    if report.left:
        click.echo(
            f"{name}：另有 {len(report.left)} 个单元格没有读成值（合计、说明、没有对应登记项的列等），用 --json 查看。"
        )
    if report.departments:
        click.echo(f"成员单位：{'、'.join(report.departments)}，已写入 office.toml。")
    for kind, new in NEWCOMERS.items():
        if made := [one.name for one in report.created if one.kind == kind]:
            click.echo(f"按表增加{new} {len(made)} 个：{'、'.join(made[:5])}{'等' if len(made) > 5 else ''}")
    changes = report.changes
    done = "试读" if report.dry_run else "导入"
    click.echo(
        f"{name}：读到 {report.rows} 行，{done} {report.rows if report.dry_run else report.imported} 条：新增 {len(changes.added)}，"
        f"更新 {len(changes.changed)}，未变 {changes.unchanged}" + ("（试读，没有保存）" if report.dry_run else "")
    )
    for change in report.changed[:20]:
        told = "；".join(
            f"{_field_name(report, name)} {_labels(before, office) or '空'} → {_labels(after, office) or '空'}"
            for name, before, after in change.fields
        )
        click.echo(f"  更新 {change.key}：{told}")


def _show_questions(questions: Sequence[Question]) -> None:
    """Each question with its choices, as an option that can be copied."""
    for question in questions:
        click.echo(f"  ？ {question.sheet} {question.cell} {question.text}")
        for choice in question.choices[:12]:
            click.echo(f'      --answer "{question.id}={choice.value}"  {choice.text}')
        if len(question.choices) > 12:
            click.echo(f"      另有 {len(question.choices) - 12} 种选择，用 --json 查看")


#: fields of the models whose columns are called otherwise
_FIELDS = {
    "results": "抽查结果",
    "found": "结果形成日期",
    "inspectors": "检查人员",
    "valid_until": "有效期至",
    "founded": "成立日期",
}


def _field_name(report: ImportReport, name: str) -> str:
    """The column's name for a field, as a clerk knows it."""
    titles = {column.key: column.title for column in COLUMNS[report.kind]}
    return titles.get(name) or _FIELDS.get(name, name)


def _labels(text: str, office: Office) -> str:
    """Result codes as their labels; other texts as they are."""
    return "、".join(known.label if (known := office.result(part)) else part for part in text.split("、"))


def _show_mapping(report: ImportReport) -> None:
    for table in report.tables:
        columns: Sequence[Mapping[str, str]] = mapping_json(table)["columns"]  # type: ignore[assignment]
        guessed = [column for column in columns if column["how"] == "推测"]
        told = "、".join(f"{c['column']} 列“{c['label']}”读作“{c['field']}”" for c in guessed)
        left = "、".join(label for label in table.unused.values() if label)
        if guessed or left:
            click.echo(
                f"{table.source}："
                + (f"推测：{told}。" if told else "")
                + (f"没有用到的列：{left}。" if left else "")
                + "不对时用 --save-mapping 存下列对应，改好后用 --mapping 再导入。"
            )


def _show_problems(problems: Sequence[Problem]) -> None:
    for problem in problems[:_SHOWN]:
        click.echo(f"  {_MARKS[problem.severity]} {problem.told(said)}")
    if len(problems) > _SHOWN:
        click.echo(f"  另有 {len(problems) - _SHOWN} 处没有列出，用 --json 或 --annotate 查看全部。")


def show_plan(rows: Sequence[Mapping[str, Any]], tasks: Sequence[InspectionTask]) -> None:
    """The plan as understood, raw text in brackets where it differs."""
    shown = []
    for row, task in zip(rows, tasks, strict=True):
        window = row["window"]
        period = f"{window['start'] or '…'} 至 {window['end'] or '…'}" if window["start"] or window["end"] else "未读出"
        shown.append(
            (
                task.id,
                task.name,
                task.object,
                task.category or "未读出",
                task.type or "未读出",
                "、".join(task.initiators),
                "、".join(task.partners),
                task.ratio.raw,
                f"{period}（{window['raw']}）",
            )
        )
    titles = ("编号", "任务", "检查对象", "类别", "类型", "发起部门", "配合部门", "比例", "检查时间")
    show_table(titles, shown, lines=True, empty="没有抽查任务。先用 ssj import plan 导入计划表。")


def show_findings(findings: Sequence[RuleFinding], year: int) -> None:
    """Findings of a check with their clauses, and how many of each severity."""
    if not findings:
        click.echo(f"{year} 年：没有发现问题。")
        return
    for finding in findings[:_SHOWN]:
        problem = finding.problem
        place = f"{problem.source} {problem.cell}"
        click.echo(
            f"  {_MARKS[problem.severity]} {place}：{problem.message}（{said(problem.remedy)}）依据：{finding.clause}"
        )
    if len(findings) > _SHOWN:
        click.echo(f"  另有 {len(findings) - _SHOWN} 处没有列出，用 --json 查看全部。")
    counts = Counter(finding.problem.severity for finding in findings)
    click.echo(f"{year} 年：错误 {counts['error']} 处，提醒 {counts['warning']} 处。")
