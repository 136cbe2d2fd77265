"""ssj numbers: the register, void, record."""

from __future__ import annotations

from datetime import date

import click

from ssj_docs.commands.iso_date import IsoDate
from ssj_docs.commands.options import Run, command_options
from ssj_docs.commands.screen import show_table
from ssj_docs.documents.numbers import number_ledger
from ssj_docs.documents.numbers.number_ledger import NumberRow

_STATES = {"issued": "已发", "void": "作废", "recorded": "补登"}


@click.group("numbers", invoke_without_command=True, help="发文字号登记簿：查看、作废（void）、补登（record）。")
@click.option("--series", help="只看这个代字")
@click.option("--year", type=int, help="只看这一年")
@command_options
def numbers(run: Run, series: str | None, year: int | None) -> None:
    """Show the register and its gaps."""
    if click.get_current_context().invoked_subcommand:
        return
    with run.workspace.read() as connection:
        rows = number_ledger.register(connection, series=series, year=year)
    if series and not rows:
        number_ledger.series_of(run.workspace.office, series)
    missing = number_ledger.gaps(rows, run.workspace.office)
    run.present([row.as_json() for row in rows], lambda: _show(rows, missing))


def _show(rows: list[NumberRow], missing: list[str]) -> None:
    show_table(
        ("文号", "状态", "标题", "日期", "文件", "备注"),
        ((row.number, _STATES[row.state], row.title, str(row.date or ""), row.path, row.reason) for row in rows),
        empty="登记簿里还没有文号。",
    )
    if missing:
        click.echo(
            f"缺号 {len(missing)} 个：{'、'.join(missing)}。补登用 ssj numbers record，确认作废请先补登再 void。"
        )


@numbers.command("void", help="作废一个文号：登记簿保留该行和原因，文号不再使用。此操作不能撤销。")
@click.argument("number", metavar="文号")
@click.option("--reason", required=True, help="作废原因")
@command_options
def void(run: Run, number: str, reason: str) -> None:
    """Void a number."""
    with run.workspace.transaction() as connection:
        row = number_ledger.void(connection, number, reason)
        run.workspace.log(connection, "number.void", row.number, {"reason": reason})
    run.present(row.as_json(), f"{row.number} 已作废：{reason}")


@numbers.command("record", help="补登一个在系统外发出的文号。")
@click.argument("number", metavar="文号")
@click.option("--title", required=True, help="文件标题")
@click.option("--date", "day", type=IsoDate(), help="成文日期")
@command_options
def record(run: Run, number: str, title: str, day: date | None) -> None:
    """Record a number issued elsewhere."""
    with run.workspace.transaction() as connection:
        row = number_ledger.record(connection, run.workspace.office, number, title=title, day=day, now=run.now)
        run.workspace.log(connection, "number.record", row.number, {"title": title})
    run.present(row.as_json(), f"已补登 {row.number}")


COMMANDS = (numbers,)
