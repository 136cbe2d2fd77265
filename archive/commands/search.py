"""Commands `search` and `reindex`."""

from __future__ import annotations

from collections.abc import Callable

import click
from rich.console import Console
from rich.text import Text

from archive.search.engines.port import ENOUGH, Order, Wanted
from archive.search.fields.fields import FACETS, FIELDS, FILTERS, ORIGIN_NAMES
from archive.search.office_records import GROUPS
from archive.search.query.filters import Filters
from archive.search.results import Hit, SearchResult
from archive.search.search import reindex, search_workspace
from ssj_docs.commands.options import Run, command_options

_ORDERS: dict[str, Order] = {
    "相关": "relevance",
    "日期": "date",
    "日期升序": "date_asc",
    "文号": "number",
    "relevance": "relevance",
    "date": "date",
    "date_asc": "date_asc",
    "number": "number",
}
_ENGINE_HELP = "检索引擎，缺省按 office.toml"
_NAMES = " ".join(one.label for one in FIELDS.values() if one.names)
_SYNTAX = f"""在归档的每一页里查找 QUERY 的原样字句（从一个字起），并给出所在案卷、件和页。

\b
几个词并列          都要有            检查 记录
OR 或               有一个就行        住所 或 地址
NOT 非 -            不要有            检查 -合格
( )                 先算括号里        (住所 或 地址) 检查
" "                 原样一串          "现场 检查"
字段:词             部门:应急 年度:2022..2024 结果:责令改正 日期:2024-03..2024-06
词~                 扫描件允许错认一字

字段：{_NAMES}
"""


def _filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """An option for every search field with a filter."""
    for name in reversed(FILTERS):
        kind = int if FIELDS[name].kind == "year" else str
        command = click.option(f"--{name}", type=kind, multiple=True, help=f"{FIELDS[name].option}，可重复")(command)
    return command


@click.command("search", help=_SYNTAX, context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@_filter_options
@click.option("--order", type=click.Choice(list(_ORDERS)), default="相关", show_default=True, help="排列次序")
@click.option("--limit", type=click.IntRange(0, 100_000), default=20, show_default=True, help="最多列出多少页")
@click.option("--offset", type=click.IntRange(0), default=0, help="从第几条之后列起")
@click.option("--count", is_flag=True, help="只要页数")
@click.option("--quick", is_flag=True, help="总数满一万就不再数（显示为 10000+），不分类计数；页数极多时快")
@click.option("--engine", type=click.Choice(["auto", "tantivy", "whoosh"]), default=None, help=_ENGINE_HELP)
@command_options
def search_command(
    run: Run,
    query: tuple[str, ...],
    order: str,
    *,
    limit: int,
    offset: int,
    count: bool,
    quick: bool,
    engine: str | None,
    **filters: tuple[str | int, ...],
) -> None:
    """Search the archive."""
    wanted = Wanted(0 if count else limit, offset, _ORDERS[order], ENOUGH if quick else None)
    chosen = () if quick else FACETS
    asked = " ".join(query)
    narrowed = Filters({name: tuple(map(str, values)) for name, values in filters.items()})
    groups = () if count or quick or offset else tuple(GROUPS)
    result = search_workspace(run.workspace, asked, narrowed, wanted, engine=engine or "", facets=chosen, groups=groups)
    run.present(result.as_json(), result.total_shown if count else lambda: _show(result, offset))


@click.command("reindex", help="重建检索索引：在旁边建好再换上，其间检索照常。")
@click.option("--engine", type=click.Choice(["auto", "tantivy", "whoosh"]), default=None, help=_ENGINE_HELP)
@command_options
def reindex_command(run: Run, engine: str | None) -> None:
    """Build the index anew."""
    pages, name = reindex(run.workspace, engine or "", lambda items: run.progress(items, len(items), "建立索引"))
    run.present({"pages": pages, "engine": name}, f"已重建检索索引：{pages} 页（{name}）。")


def _show(result: SearchResult, offset: int) -> None:
    """Hits for people, grouped by case, with matches marked."""
    console = Console(highlight=False, soft_wrap=True)
    shown = f"，列出第 {offset + 1} 至 {offset + len(result.hits)} 页" if 0 < len(result.hits) < result.total else ""
    console.print(f"共 {result.total_shown} 页{shown}。", markup=False)
    for note in result.notes:
        console.print(f"说明：{note}", markup=False)
    if result.unread:
        console.print(result.unread_shown, markup=False)
    for one in result.words:
        console.print(f"只查“{one.word}”：{one.total} 页。", markup=False)
    for case, hits in result.by_case():
        first = hits[0].record
        console.print(Text.assemble(("\n案卷 " + case, "bold"), f"  {first.company or first.task_name}"))
        for hit in hits:
            _show_hit(console, hit)
    for group in result.groups:
        console.print(f"\n{group.label}（不算在页数里）：{group.total}", style="bold", highlight=False)
        for hit in group.hits:
            record = hit.record
            place = f"案卷 {record.case} 第 {record.page} 页" if group.name == "issued" else record.case
            told = (record.title, record.number, str(record.date or ""), place, record.path)
            console.print("  " + "  ".join(filter(None, told)), markup=False)
    if result.maybe:
        console.print("\n也许是这些（不算在页数里）：", style="bold")
    for suggested in result.maybe:
        console.print(f"\n{suggested.why}　案卷 {suggested.hit.record.case}", markup=False)
        _show_hit(console, suggested.hit)


def _show_hit(console: Console, hit: Hit) -> None:
    """One page with its snippet, matches marked."""
    record = hit.record
    labels = (record.title or record.kind_label, record.number, str(record.date or ""), ORIGIN_NAMES[record.origin][0])
    console.print(f"  第 {record.item} 件第 {record.page} 页  " + "  ".join(filter(None, labels)), markup=False)
    line = Text("    " + hit.snippet)
    line.highlight_words({record.text[a:b] for a, b in hit.marks}, "bold reverse")
    console.print(line)


COMMANDS: tuple[click.Command, ...] = (search_command, reindex_command)
