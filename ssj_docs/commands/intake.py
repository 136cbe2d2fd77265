"""ssj import, plan show, check."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import cast

import click

from ssj_docs.commands.intake_report import show_findings, show_plan, show_report
from ssj_docs.commands.iso_date import IsoDate
from ssj_docs.commands.options import Run, command_options
from ssj_docs.database import registers
from ssj_docs.ground.errors import DataError, NotFoundError, UsageError
from ssj_docs.ground.problems import has_errors
from ssj_docs.intake.importing import import_files
from ssj_docs.intake.report import ImportOptions, ImportReport
from ssj_docs.intake.rows.plan_json import task_json
from ssj_docs.intake.sheets.annotate import annotate
from ssj_docs.intake.sheets.blank import write_blank
from ssj_docs.intake.sheets.columns import KINDS, Kind
from ssj_docs.intake.tables.mapping_file import mapping_text
from ssj_docs.planning.checked_year import load_year
from ssj_docs.planning.rules import check as check_rules

_HELP = """导入表格（.xlsx、.xls、.csv）。有一处错误就全部不导入，并列出每处错误的单元格；再次导入会更新，并说明改了什么。

\b
KIND 是下列之一：
  plan        抽查计划表
  items       随机抽查事项清单
  subjects    检查对象名录
  inspectors  执法检查人员名录
  draw        平台抽取结果
  results     检查结果、公示和处理情况
"""
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("import", help=_HELP)
@click.argument("kind", type=click.Choice(KINDS), required=False)
@click.argument("files", nargs=-1, type=_FILE, metavar="文件…")
@click.option("--year", type=click.IntRange(2000, 2100), help="计划年度；缺省看表中标题和检查时间")
@click.option("--task", default="", help="任务编号（如 2026-003），用于没有任务列的抽取结果和检查结果")
@click.option("--dry-run", is_flag=True, help="只试读，不保存")
@click.option("--sheet", "sheets", multiple=True, help="要读的工作表名称，可写几次；缺省读最像的一个")
@click.option("--mapping", type=_FILE, help="列对应文件（TOML）：指明文件里哪一列是什么")
@click.option("--save-mapping", type=_FILE, help="把这次认出的列对应存到文件，供改正和下次使用")
@click.option("--answer", "answers", multiple=True, metavar="编号=选项", help="回答试读时提出的问题，可写几次")
@click.option("--from", "sender", default="", help="来源（谁报来的），按它记住这次的读法；缺省取文件名里日期以外的字")
@click.option("--no-recipe", is_flag=True, help="不用上次的读法，这次的也不记")
@click.option("--annotate", "annotated", type=_FILE, help="另存一份在出错单元格上作了标记和批注的副本（.xlsx）")
@click.option(
    "--blank", nargs=2, type=(click.Choice(KINDS), _FILE), metavar="KIND 文件.xlsx", help="生成带下拉选项的空白表"
)
@command_options
def import_command(
    run: Run,
    kind: str | None,
    files: tuple[Path, ...],
    year: int | None,
    task: str,
    dry_run: bool,
    sheets: tuple[str, ...],
    mapping: Path | None,
    save_mapping: Path | None,
    answers: tuple[str, ...],
    sender: str,
    no_recipe: bool,
    annotated: Path | None,
    blank: tuple[str, Path] | None,
) -> None:
    """Import workbooks, or write an empty one."""
    if blank:
        write_blank(blank[1], cast(Kind, blank[0]), run.workspace.office)
        run.present({"blank": blank[0], "path": str(blank[1])}, f"已生成空白表 {blank[1]}")
        return
    if kind is None or not files:
        raise UsageError("没有写要导入什么、导入哪个文件", "例如：ssj import plan 计划表.xlsx --year 2026")
    if annotated and len(files) > 1:
        raise UsageError("--annotate 一次只能用于一个文件", "请逐个文件导入")
    for path in filter(None, (annotated, save_mapping)):  # said before anything is imported
        if not path.absolute().parent.is_dir():
            raise NotFoundError(f"文件夹 {path.absolute().parent} 不存在", "请先建立文件夹；还没有导入")
    options = ImportOptions(
        year, task, mapping, dry_run, sheets, _answers(answers), sender=sender, recipes=not no_recipe
    )
    report = import_files(run.workspace, cast(Kind, kind), files, options)
    _extras(report, files, save_mapping, annotated)
    run.present(report.as_json(), lambda: show_report(report, run.workspace.office))
    if report.failed:
        sys.exit(DataError.exit_code)


def _answers(given: tuple[str, ...]) -> dict[str, str]:
    """``ID=CHOICE`` as question → choice. Raises: UsageError without an equals sign."""
    found = {}
    for text in given:
        identity, sign, choice = text.rpartition("=")
        if not sign:
            raise UsageError(f"“{text}”不是“问题编号=选项”", "问题编号和选项见试读时列出的问题")
        found[identity] = choice
    return found


def _extras(report: ImportReport, files: tuple[Path, ...], save_mapping: Path | None, annotated: Path | None) -> None:
    """Write what was asked for besides the import: the mapping, the annotated copy."""
    if save_mapping and report.tables:
        save_mapping.write_text(mapping_text(report.tables[0]), encoding="utf-8")
    if annotated:
        annotate(files[0], annotated, report.problems)


@click.group("plan", help="年度抽查计划。")
def plan() -> None:
    """Hold the subcommands."""


@plan.command("show", help="显示系统读出的任务：规范值和原文并列。")
@click.option("--year", type=int, help="只看这一年")
@command_options
def plan_show(run: Run, year: int | None) -> None:
    """Show the tasks as understood."""
    with run.workspace.read() as connection:
        tasks = registers.load_tasks(connection, year)
    rows = [task_json(task) for task in tasks]
    run.present(rows, lambda: show_plan(rows, tasks))


@click.command("check", help="按 office.toml 的规则检查计划和抽取：比例、上限、时间、重复、人员；每一处都写明依据。")
@click.option("--year", type=int, help="年度；缺省为 --today 所在年")
@click.option("--issued", type=IsoDate(), help="计划印发日期；缺省取登记的计划通知的成文日期")
@command_options
def check(run: Run, year: int | None, issued: date | None) -> None:
    """Check a year against the rules."""
    with run.workspace.read() as connection:
        view = load_year(
            connection,
            run.workspace.office,
            run.workspace.kinds,
            year or run.today.year,
            issued=issued,
            today=run.today,
        )
    findings = check_rules(view)
    answer = {
        "year": view.year,
        "tasks": len(view.tasks),
        "cases": len(view.cases),
        "issued": view.issued,
        "problems": [finding.as_json() for finding in findings],
    }
    run.present(answer, lambda: show_findings(findings, view.year))
    if has_errors(finding.problem for finding in findings):
        sys.exit(DataError.exit_code)


COMMANDS: tuple[click.Command, ...] = (import_command, plan, check)
