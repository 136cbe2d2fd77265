"""ssj draft, ssj issue, ssj forms."""

from __future__ import annotations

from pathlib import Path

import click

from ssj_docs.commands.options import Run, command_options
from ssj_docs.documents.batch import convert_issued, draft_or_kind_orders, form_orders
from ssj_docs.documents.draft_texts import draft_kinds, make_draft
from ssj_docs.documents.issue import Issued, issue_draft, issue_forms


@click.command("draft", help=f"按数据写出可以修改的拟稿，放在 drafts/。KIND 可用：{'、'.join(draft_kinds())}。已有的拟稿不会覆盖。")
@click.argument("kind", metavar="KIND")
@click.option("--task", default="", help="任务编号，如 2026-003")
@click.option("--case", default="", help="案件编号，如 2026-003-0012")
@click.option("--year", type=int, help="年度，缺省为今年")
@command_options
def draft(run: Run, kind: str, task: str, case: str, year: int | None) -> None:
    """Write an editable draft."""
    made = make_draft(run.workspace, kind, task=task, case=case, year=year)
    run.present([str(path) for path in made], "\n".join(f"拟稿：{path}" for path in made)
                + f"\n修改后用 ssj issue {made[0]} 编号印发。")


@click.command("issue", help="编号并印发：给出拟稿文件（可多个），或给出文种代号加 --task、--case 或 --year 由数据制作。"
               "同一拟稿再次印发仍得原来的文号。")
@click.argument("drafts", metavar="DRAFT…|KIND", nargs=-1, required=True)
@click.option("--task", default="", help="任务编号")
@click.option("--case", default="", help="案件编号")
@click.option("--year", type=int, help="年度")
@click.option("--pdf", is_flag=True, help="同时转为 PDF（需要 LibreOffice）")
@command_options
def issue(run: Run, drafts: tuple[str, ...], task: str, case: str, year: int | None, pdf: bool) -> None:
    """Issue drafts, or a kind from data."""
    paths, orders = draft_or_kind_orders(run.workspace, drafts, task=task, case=case, year=year)
    made = [issue_draft(run.workspace, path) for path in run.progress(paths, len(paths), "印发")]
    made += list(issue_forms(run.workspace, orders))
    if pdf:
        made = convert_issued(run.workspace, made)
    _present(run, made)


@click.command("forms", help="制作一个任务的全部表单：告知书、带二维码的记录表、人员信息表、抽取名单。再次运行只补做有变化的。")
@click.argument("task", metavar="TASK")
@click.option("--kind", "kinds", multiple=True, help="只做这一种（可多次给出），缺省为常用的四种")
@click.option("--pdf", is_flag=True, help="同时转为 PDF（需要 LibreOffice）")
@command_options
def forms(run: Run, task: str, kinds: tuple[str, ...], pdf: bool) -> None:
    """Make every form of a task."""
    orders = form_orders(run.workspace, task, kinds)
    made = list(run.progress(issue_forms(run.workspace, orders), len(orders), "制表"))
    if pdf:
        made = convert_issued(run.workspace, made)
    _present(run, made)


def _present(run: Run, made: list[Issued]) -> None:
    fresh = sum(one.fresh for one in made)
    lines = [f"{'新印发' if one.fresh else '已印发过'}  {one.document.number or one.document.title}  "
             f"{one.document.path}" for one in made]
    lines.append(f"共 {len(made)} 件，其中新制作 {fresh} 件。文件在 {Path(run.workspace.root) / 'issued'}")
    run.present([one.as_json() for one in made], "\n".join(lines))


COMMANDS = (draft, issue, forms)
