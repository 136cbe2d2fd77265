"""考核 and 统计: indicators with evidence and gaps; tables by department, task and year, and their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from starlette.responses import Response

from archive.assessment import selections
from archive.assessment.assessment import assess, met_word
from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.evidence_pack import RENDITIONS, Rendition, make_pack
from archive.assessment.selections import Pick, State
from ssj_docs.documents.statistics_files import load_records, write_statistics
from ssj_docs.facts.statistics import Statistics, Unit, statistics
from ssj_docs.ground.errors import NotFoundError, UsageError
from web.pages import year_views
from web.pages.charts import Share, SvgChart, count_chart, share_chart
from web.request.request import PageRequest
from web.worker.jobs import Job

#: value of the query parameter for all years
ALL_YEARS = "all"
#: states of a page found by a saved search
STATES: Mapping[str, str] = {"found": "待挑选", "picked": "采用", "dropped": "不用"}


def assessment(visit: PageRequest) -> Response:
    """The year's indicators, each with the pages that prove it and what is missing."""
    year = visit.year()
    made = year_views.assessed(visit, year)
    packs = [
        (rendition, name)
        for rendition, name in RENDITIONS.items()
        if _pack(visit, year, rendition).is_dir() and (rendition != "restricted" or visit.can("restricted"))
    ]
    shares = [
        Share(
            row.indicator.name,
            row.value,
            row.indicator.target,
            "无可评定" if row.value is None else f"{row.value:g}%　{met_word(row.met)}",
        )
        for row in made.indicators
    ]
    return visit.page(
        "assessment.html",
        made=made,
        year=year,
        met_word=met_word,
        renditions=RENDITIONS,
        packs=packs,
        chart=share_chart("indicators", f"{year} 年各项指标", shares),
        states=STATES,
        selections=selections.selections(visit.workspace, year),
        years=sorted({task.year for task in visit.tasks} | {year}, reverse=True),
    )


def _pack(visit: PageRequest, year: int, rendition: str) -> Path:
    return visit.workspace.path("assessments", f"{year}年度考核佐证-{RENDITIONS[rendition]}")


def _wanted(visit: PageRequest, year: str, rendition: str) -> tuple[int, Rendition]:
    """Return the requested year and rendition. Raises: UsageError, also without the right to originals with personal data."""
    if not (year.isascii() and year.isdecimal() and len(year) == 4) or rendition not in RENDITIONS:
        raise UsageError("没有写明年度和版本", "从考核页面制作")
    if rendition == "restricted" and not visit.can("restricted"):
        raise UsageError("原件版含个人信息，需要“查看个人信息”的授权", "请制作内部版，或向安全保密员申请")
    return int(year), cast(Rendition, rendition)


def evidence_add(visit: PageRequest) -> Response:
    """Save a search as evidence for an indicator or a question."""
    year, _ = _wanted(visit, visit.field("year"), "internal")
    found = selections.add(visit.workspace, year, _target(visit), visit.field("query").strip())
    return visit.go(f"/assessment?year={year}", f"检索到 {len(found)} 页，请在“挑选佐证”里挑选")


def _target(visit: PageRequest) -> str:
    """Return the indicator or question of the form; an indicator may be given by name."""
    given = visit.field("target").strip()[:200]
    return next((one.id for one in visit.workspace.office.indicators if given == one.name), given)


def evidence_put(visit: PageRequest) -> Response:
    """Add a page to the evidence directly from a search result."""
    case, item, page = visit.field("case"), visit.field("item"), visit.field("page")
    visit.require(case)
    if not (page.isascii() and page.isdecimal() and len(page) < 6):
        raise UsageError("没有写明是哪一页", "从检索结果中选取")
    pick = Pick(
        _target(visit), case, item, int(page), visit.field("query").strip()[:400], visit.field("note").strip()[:200]
    )
    selections.put(visit.workspace, int(case[:4]), pick)
    back = visit.field("back")
    if urlsplit(back).path.split("/")[1:2] not in (["search"], ["page"]) or not back.startswith("/"):
        back = f"/page/{case}/{item}/{page}"
    return visit.go(back, f"已列入佐证：{visit.field('target').strip()[:60]}（{case} 第 {item} 件第 {page} 页）")


def evidence_choose(visit: PageRequest) -> Response:
    """Accept or reject a page found by a saved search."""
    year, _ = _wanted(visit, visit.field("year"), "internal")
    state, chosen = visit.field("state"), [text.partition(":") for text in visit.fields("id")]
    seen = {int(number): then for number, _, then in chosen if number.isascii() and number.isdecimal()}
    if state not in STATES or not seen:
        raise UsageError("没有选中页", "勾选后再挑选")
    selections.choose(visit.workspace, list(seen), cast(State, state), visit.field("note").strip()[:200], seen)
    return visit.go(f"/assessment?year={year}", f"{len(seen)} 页：{STATES[state]}")


def pack_make(visit: PageRequest) -> Response:
    """Create the evidence pack in the background."""
    year, rendition = _wanted(visit, visit.field("year"), visit.field("rendition"))
    workspace, target = visit.workspace, _pack(visit, year, rendition)

    def work(job: Job) -> list[str]:
        def progress(proofs: Iterable[Proof]) -> Iterator[Proof]:
            held = list(proofs)
            for done, proof in enumerate(held):
                job.tell(done, len(held), "引用页")
                yield proof

        target.parent.mkdir(exist_ok=True)
        made = make_pack(workspace, assess(workspace, year), target, rendition=rendition, progress=progress)
        return [f"佐证资料包：证据 {made.evidence} 件，引用页 {made.pages} 页，文件 {made.files} 个。"]

    job = visit.server.jobs.start(visit.me.name, f"{year} 年佐证资料包", f"/assessment?year={year}", work)
    return visit.go(f"/job/{job.id}")


def pack_file(visit: PageRequest) -> Response:
    """Download a pack as a zip."""
    year, rendition = _wanted(visit, visit.query("year"), visit.query("rendition"))
    folder = _pack(visit, year, rendition)
    if not folder.is_dir():
        raise NotFoundError("还没有制作这份资料包", "先制作，再下载")
    return visit.gate.folder(folder, f"{folder.name}.zip", restricted=rendition == "restricted")


def counted(visit: PageRequest) -> tuple[Statistics, str, bool]:
    """Return the requested figures, the name of their scope, and whether 电话 is left out."""
    task, unit = visit.query("task"), visit.query("unit") or "户"
    if unit not in ("户", "户次"):
        raise UsageError("只能按户或户次统计", "重新选择")
    if task:
        visit.require(task)
    elif visit.me.department:
        raise UsageError("请选择任务", "部门用户按本部门参加的任务查看统计")
    public = not visit.can("restricted") or visit.query("public") == "1"
    year = 0 if task or visit.query("year") == ALL_YEARS else visit.year()

    def make() -> tuple[Statistics, str]:
        with visit.workspace.read() as connection:
            records, scope = load_records(connection, visit.workspace.kinds, task=task, year=year or None)
        return statistics(records, visit.workspace.office, cast(Unit, unit), public=public), scope

    return *year_views.cached(visit, ("statistics", task, unit, public), year, make), public


def statistics_page(visit: PageRequest) -> Response:
    """The tables."""
    made, scope, fault = None, "", None
    try:
        made, scope, _ = counted(visit)
    except (NotFoundError, UsageError) as failure:
        fault = failure
    every = visit.query("year") == ALL_YEARS
    year = visit.workspace.today.year if every else visit.year()
    return visit.page(
        "statistics.html",
        made=made,
        scope=scope,
        fault=fault,
        year=ALL_YEARS if every else year,
        charts=_charts(made) if made else {},
        task=visit.query("task"),
        unit=visit.query("unit") or "户",
        tasks=[task for task in visit.tasks if every or task.year == year],
        years=sorted({task.year for task in visit.tasks} | {year}, reverse=True),
    )


def _charts(made: Statistics) -> dict[str, SvgChart]:
    """Charts of the three summaries, without the row 合计."""
    parts = (f"未发现问题的{made.unit}", f"发现问题的{made.unit}")
    return {
        name: count_chart(
            name,
            f"{title}：已检查的{made.unit}",
            parts,
            [(row.name, (row.inspected - row.problems, row.problems)) for row in rows[:-1]],
        )
        for name, title, rows in (
            ("department", "按部门", made.by_department),
            ("task", "按任务", made.by_task),
            ("year", "按年度", made.by_year),
        )
        if len(rows) > 1
    }


def statistics_file(visit: PageRequest) -> Response:
    """Write one of the four files of these figures to issued/stats and download it."""
    wanted = {"list.docx": 0, "list.xlsx": 1, "sum.docx": 2, "sum.xlsx": 3}.get(visit.query("file"))
    if wanted is None:
        raise NotFoundError("没有这个文件", "从统计页面下载")
    made, scope, public = counted(visit)
    paths = write_statistics(visit.workspace, made, scope, public=public)
    return visit.gate.file(visit.workspace.path(paths[wanted]), paths[wanted])


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "assessment": assessment,
    "evidence_add": evidence_add,
    "evidence_put": evidence_put,
    "evidence_choose": evidence_choose,
    "pack_make": pack_make,
    "pack_file": pack_file,
    "statistics": statistics_page,
    "statistics_file": statistics_file,
}
