"""ssj evidence add, list, pick, drop, run."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archive.evidence_selections import STATES, Selection, add, choose, run_again, selections
from ssj_docs.commands.options import Run, command_options

_YEAR = click.option("--year", type=int, help="考核年度，缺省为今年")
_NOTE = click.option("--note", default="", help="理由或说明")


@click.group("evidence", help="按词取证：为指标或问题保存检索（add），逐页采用（pick）或不用（drop），再次检索（run）。")
def evidence() -> None:
    """Hold the evidence commands."""


@evidence.command("add", help="保存一个检索并执行：TARGET 是指标代号（见 ssj assess --json 的 id），或者一句问题；QUERY 同 ssj search。")
@click.argument("target")
@click.argument("query", nargs=-1, required=True)
@_YEAR
@command_options
def evidence_add(run: Run, target: str, query: tuple[str, ...], year: int | None) -> None:
    """Save a search and run it."""
    _present(run, add(run.workspace, year or run.today.year, target, " ".join(query)))


@evidence.command("list", help="列出已找到的页和选取情况；给出 TARGET 则只列这一项。")
@click.argument("target", default="")
@_YEAR
@command_options
def evidence_list(run: Run, target: str, year: int | None) -> None:
    """Show what was found and chosen."""
    _present(run, selections(run.workspace, year or run.today.year, target))


@evidence.command("run", help="把本年度保存的检索都再执行一遍；已作的取舍不变，新找到的页待定。")
@_YEAR
@command_options
def evidence_run(run: Run, year: int | None) -> None:
    """Run every saved search again."""
    _present(run, run_again(run.workspace, year or run.today.year))


@evidence.command("pick", help="采用这些页，收入佐证资料包。")
@click.argument("ids", type=int, nargs=-1, required=True)
@_NOTE
@command_options
def evidence_pick(run: Run, ids: tuple[int, ...], note: str) -> None:
    """Pick pages."""
    _present(run, choose(run.workspace, ids, "picked", note))


@evidence.command("drop", help="不用这些页。")
@click.argument("ids", type=int, nargs=-1, required=True)
@_NOTE
@command_options
def evidence_drop(run: Run, ids: tuple[int, ...], note: str) -> None:
    """Drop pages."""
    _present(run, choose(run.workspace, ids, "dropped", note))


def _present(run: Run, rows: Sequence[Selection]) -> None:
    lines = [f"{row.id:>5}  {STATES[row.state]}{'' if row.current else '（已查不到）'}  [{row.target}] {row.case} 第 {row.item} 件第 {row.page} 页  "
             f"…{row.snippet}…" + (f"  说明：{row.note}" if row.note else "") for row in rows]
    run.present([row.as_json() for row in rows], "\n".join([*lines, f"共 {len(rows)} 页"]))


COMMANDS = (evidence,)
