"""ssj evidence add, list, pick, drop, run."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archive.assessment.selections import STATES, Selection, add, choose, paper_names, run_again, selections
from ssj_docs.commands.options import Run, command_options

_YEAR = click.option("--year", type=int, help="考核年度，缺省为今年")
_NOTE = click.option("--note", default="", help="理由或说明")


@click.group(
    "evidence", help="按词取证：为指标或问题保存检索（add），逐页采用（pick）或不用（drop），再次检索（run）。"
)
def evidence() -> None:
    """Hold the evidence commands."""


@evidence.command(
    "add", help="保存一个检索并执行：TARGET 是指标的名称或代号（如 handling_rate），或者一句问题；QUERY 同 ssj search。"
)
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
    lines: list[str] = []
    search, names = None, paper_names(run.workspace, rows)
    for row in rows:
        if (row.target, row.query) != search:
            search = (row.target, row.query)
            name = next((i.name for i in run.workspace.office.indicators if i.id == row.target), row.target)
            lines.append(f"{name}：{row.query or '由检索结果直接选入'}")
        mark = "（新找到）" if row.change == "new" else "" if row.current else "（已查不到）"
        paper = names.get((row.case, row.item), "已不在卷")
        lines.append(
            f"{row.id:>5}  {STATES[row.state]}{mark}  {row.case} 第 {row.item} 件 {paper} 第 {row.page} 页：{row.snippet}"
            + (f"  说明：{row.note}" if row.note else "")
        )
    run.present([row.as_json() for row in rows], "\n".join([*lines, _summary(rows)]))


def _summary(rows: Sequence[Selection]) -> str:
    """The number of pages by state, and what changed since the run before."""
    if not rows:
        return "没有找到。换一个检索词（写法同 ssj search），或先用 ssj read 识别页面文字"
    states = "，".join(
        f"{word} {count} 页" for state, word in STATES.items() if (count := sum(row.state == state for row in rows))
    )
    changes = "，".join(
        f"{word} {count} 页"
        for change, word in (("new", "新找到"), ("gone", "已查不到"))
        if (count := sum(row.change == change for row in rows))
    )
    return f"共 {len(rows)} 页：{states}" + (f"；与上次相比{changes}" if changes else "")


COMMANDS = (evidence,)
