"""ssj assess."""

from __future__ import annotations

import click

from archive.assessment import assess as assess_year
from archive.assessment import summary_lines
from ssj_docs.commands.options import Run, command_options


@click.command("assess", help="年度考核：逐项给出指标的值、是否达标、佐证页和缺少的材料。")
@click.argument("year", type=int)
@command_options
def assess(run: Run, year: int) -> None:
    """Assess a year."""
    done = assess_year(run.workspace, year)
    run.present(done.as_json() | {"pack": None}, "\n".join(summary_lines(done.indicators)))


COMMANDS = (assess,)
