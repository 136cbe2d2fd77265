"""ssj draft, ssj issue, ssj forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.remedies import said
from ssj_docs.documents.batch import convert_issued, draft_or_kind_orders, form_orders
from ssj_docs.documents.drafts.draft_file import read_draft
from ssj_docs.documents.drafts.draft_texts import make_draft
from ssj_docs.documents.issue import Issued, examine_draft, issue_draft, issue_forms
from ssj_docs.ground.problems import Problem
from ssj_docs.office.paper_kinds import load_kinds


@click.command(
    "draft",
    help=f"按数据写出可以修改的拟稿，放在 drafts/。KIND 可用：{'、'.join(load_kinds().drafts)}，以及本单位 templates 里加的。"
    "已有的拟稿不会覆盖。",
)
@click.argument("kind", metavar="KIND")
@click.option("--task", default="", help="任务编号，如 2026-003")
@click.option("--case", default="", help="案件编号，如 2026-003-0012")
@click.option("--year", type=int, help="年度，缺省为今年")
@click.option("--quarter", type=click.IntRange(1, 4), help="季度：只统计检查结束于这一季度的，用于专项简报和工作总结")
@command_options
def draft(run: Run, kind: str, task: str, case: str, year: int | None, quarter: int | None) -> None:
    """Write an editable draft."""
    made = make_draft(run.workspace, kind, task=task, case=case, year=year, quarter=quarter)
    run.present(
        [str(path) for path in made],
        "\n".join(f"拟稿：{path}" for path in made) + f"\n修改后用 ssj issue {made[0]} 编号印发。",
    )


def _paper_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options shared by both commands that make papers; they arrive as ``paper``."""
    for option in (
        click.option("--reason", default="", help="对印发前检查提出的疑点写明理由，照样印发；理由记入流水"),
        click.option("--no-font-check", is_flag=True, help="不核对本机字体是否收录全部文字（在别的电脑上打印时用）"),
        click.option("--pdfa", is_flag=True, help="转为可长期保存的 PDF/A-2b（需要 LibreOffice）"),
        click.option("--pdf", is_flag=True, help="同时转为 PDF（需要 LibreOffice）；中断后再次运行接着转"),
    ):
        function = option(function)
    return function


@click.command(
    "issue",
    help="编号并印发：给出拟稿文件（可多个），或给出文种代号加 --task、--case 或 --year 由数据制作。"
    "同一拟稿再次印发仍得原来的文号。",
)
@click.argument("drafts", metavar="DRAFT…|KIND", nargs=-1, required=True)
@click.option("--task", default="", help="任务编号")
@click.option("--case", default="", help="案件编号")
@click.option("--year", type=int, help="年度")
@click.option("--dry-run", is_flag=True, help="只检查拟稿，列出问题，不取号、不印发")
@_paper_options
@command_options
def issue(
    run: Run, drafts: tuple[str, ...], task: str, case: str, year: int | None, dry_run: bool, **paper: Any
) -> None:
    """Issue drafts, or a kind from data."""
    paths, orders = draft_or_kind_orders(run.workspace, drafts, task=task, case=case, year=year)
    if dry_run:
        _present_found(run, [one for path in paths for one in examine_draft(run.workspace, read_draft(path))])
        return
    check, reason = not paper["no_font_check"], paper["reason"]
    made = [
        issue_draft(run.workspace, path, check_fonts=check, reason=reason)
        for path in run.progress(paths, len(paths), "印发")
    ]
    made += list(issue_forms(run.workspace, orders, check_fonts=check, reason=reason))
    _present(run, made, paper)


@click.command(
    "forms", help="制作一个任务的全部表单：告知书、带二维码的记录表、人员信息表、抽取名单。再次运行只补做有变化的。"
)
@click.argument("task", metavar="TASK")
@click.option("--kind", "kinds", multiple=True, help="只做这一种（可多次给出），缺省为文书目录里标明常用的")
@_paper_options
@command_options
def forms(run: Run, task: str, kinds: tuple[str, ...], **paper: Any) -> None:
    """Make every form of a task."""
    orders = form_orders(run.workspace, task, kinds)
    work = issue_forms(run.workspace, orders, check_fonts=not paper["no_font_check"], reason=paper["reason"])
    _present(run, list(run.progress(work, len(orders), "制表")), paper)


def _present_found(run: Run, found: list[Problem]) -> None:
    """Show what the gate would say."""
    lines = [f"{n}. {problem.told(said)}" for n, problem in enumerate(found, 1)]
    run.present([problem.as_json() for problem in found], "\n".join(lines) or "没有发现问题，可以印发。")


def _present(run: Run, made: list[Issued], paper: Mapping[str, Any]) -> None:
    """Convert to PDF if requested, show warnings, then the result."""
    for told in dict.fromkeys(problem.told(said) for one in made for problem in one.problems):
        run.say(f"提醒：{told}")
    ready = sum(bool(one.document.pdf_path) for one in made)
    if paper["pdf"] or paper["pdfa"]:
        made = convert_issued(run.workspace, made, pdfa=paper["pdfa"], progress=run.counter("转 PDF"))
    fresh = sum(one.fresh for one in made)
    lines = [
        f"{'新印发' if one.fresh else '已印发过'}  {one.document.number or one.document.title}  {one.document.path}"
        for one in made
    ]
    lines.append(f"共 {len(made)} 件，其中新制作 {fresh} 件。文件在 {Path(run.workspace.root) / 'issued'}")
    if paper["pdf"] or paper["pdfa"]:
        lines.append(f"PDF：新转 {len(made) - ready} 件，原有 {ready} 件（不改写）。")
    run.present([one.as_json() for one in made], "\n".join(lines))


COMMANDS = (draft, issue, forms)
