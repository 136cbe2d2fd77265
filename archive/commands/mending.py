"""Commands case decide, case move and case withdraw: what was filed is put right, with reason and history."""

from __future__ import annotations

import click

from archive.commands.read import lines as read_lines
from archive.commands.read import read_pages
from archive.receiving import mending
from ssj_docs.commands.options import Run, command_options
from ssj_docs.ground.errors import SsjError

_REASON = click.option("--reason", "why", required=True, help="理由，记入流水和案卷")


@click.command("decide", help="看过原件后认定一件是否已签字盖章（系统不能判定的，或者判定有误的）。")
@click.argument("case", metavar="案卷号")
@click.argument("item", metavar="件号")
@click.option("--signed/--unsigned", required=True, help="已签署，或者未签署")
@_REASON
@command_options
def decide(run: Run, case: str, item: str, signed: bool, why: str) -> None:
    """Decide whether a copy is signed."""
    made = mending.decide(run.workspace, case, item, signed=signed, why=why)
    run.present(made.as_json(), f"已认定案卷 {case} 第 {item} 件{'已' if signed else '未'}签署")


@click.command("withdraw", help="从案卷撤出一件：件号保留并注明，各页回到待人工归档。")
@click.argument("case", metavar="案卷号")
@click.argument("item", metavar="件号")
@_REASON
@command_options
def withdraw(run: Run, case: str, item: str, why: str) -> None:
    """Withdraw an item."""
    made = mending.withdraw(run.workspace, case, item, why=why)
    run.present(made.as_json(), f"已从案卷 {case} 撤出第 {item} 件，件号保留；各页见 ssj receive --unfiled")
    _read(run)


@click.command("move", help="把归错的一件改归另一案卷，或者改作另一种文书；原件号保留并注明。")
@click.argument("case", metavar="案卷号")
@click.argument("item", metavar="件号")
@click.option("--to", default=None, metavar="案卷号", help="归入这个案件或任务，缺省不变")
@click.option("--kind", default=None, metavar="文书", help="作为这种文书，缺省不变")
@_REASON
@command_options
def move(run: Run, case: str, item: str, to: str | None, kind: str | None, why: str) -> None:
    """Move an item, or file it as another kind."""
    made = mending.move(run.workspace, case, item, to=to or case, kind=kind or "", why=why)
    run.present(made.as_json(), f"已改归案卷 {made.case} 第 {made.item} 件：{made.title}")
    _read(run)


def _read(run: Run) -> None:
    """Read what is to be read now, and bring the index up to date; a failure changes nothing of what was put right."""
    try:
        report = read_pages(run)
    except SsjError as failure:
        click.echo(f"文字没有读取：{failure.message}", err=True)
        return
    if not run.json and report.read:
        click.echo("\n".join(read_lines(report)))


CASE_COMMANDS: tuple[click.Command, ...] = (decide, withdraw, move)
