"""考核 and 统计: indicators with evidence and gaps; tables by department, task and year, and their files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import urlsplit

from starlette.responses import Response

from archive.assessment import selections
from archive.assessment.assessment import assess, met_word
from archive.assessment.evidence_finder import Proof
from archive.assessment.pack.contents import RENDITIONS, Rendition
from archive.assessment.pack.evidence_pack import make_pack
from archive.assessment.pack.handing_in import hand_in
from archive.assessment.pack.versions import handed_in, latest_pack, pack_folder
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


def assessment(request: PageRequest) -> Response:
    """The year's indicators, each with the pages that prove it and what is missing."""
    year = request.year()
    made = year_views.assessed(request, year)
    packs = [
        (rendition, name)
        for rendition, name in cast(Mapping[Rendition, str], RENDITIONS).items()
        if latest_pack(request.workspace, year, rendition).is_dir()
        and (rendition != "restricted" or request.can("restricted"))
    ]
    with request.workspace.read() as connection:
        versions = handed_in(connection, year)
    shares = [
        Share(
            row.indicator.name,
            row.value,
            row.indicator.target,
            "无可评定" if row.value is None else f"{row.value:g}%　{met_word(row.met)}",
        )
        for row in made.indicators
    ]
    return request.page(
        "assessment.html",
        made=made,
        year=year,
        met_word=met_word,
        renditions=RENDITIONS,
        packs=packs,
        versions=versions,
        chart=share_chart("indicators", f"{year} 年各项指标", shares),
        states=STATES,
        selections=selections.selections(request.workspace, year),
        years=sorted({task.year for task in request.tasks} | {year}, reverse=True),
    )


def _wanted(request: PageRequest, year: str, rendition: str) -> tuple[int, Rendition]:
    """Return the requested year and rendition. Raises: UsageError, also without the right to originals with personal data."""
    if not (year.isascii() and year.isdecimal() and len(year) == 4) or rendition not in RENDITIONS:
        raise UsageError("没有写明年度和版本", "从考核页面制作")
    if rendition == "restricted" and not request.can("restricted"):
        raise UsageError("原件版含个人信息，需要“查看个人信息”的授权", "请制作内部版，或向安全保密员申请")
    return int(year), cast(Rendition, rendition)


def evidence_add(request: PageRequest) -> Response:
    """Save a search as evidence for an indicator or a question."""
    year, _ = _wanted(request, request.field("year"), "internal")
    found = selections.add(request.workspace, year, _target(request), request.field("query").strip())
    return request.go(f"/assessment?year={year}", f"检索到 {len(found)} 页，请在“挑选佐证”里挑选")


def _target(request: PageRequest) -> str:
    """Return the indicator or question of the form; an indicator may be given by name."""
    given = request.field("target").strip()[:200]
    return next((one.id for one in request.workspace.office.indicators if given == one.name), given)


def evidence_put(request: PageRequest) -> Response:
    """Add a page to the evidence directly from a search result."""
    case, item, page = request.field("case"), request.field("item"), request.field("page")
    request.require(case)
    if not (page.isascii() and page.isdecimal() and len(page) < 6):
        raise UsageError("没有写明是哪一页", "从检索结果中选取")
    pick = Pick(
        _target(request),
        case,
        item,
        int(page),
        request.field("query").strip()[:400],
        request.field("note").strip()[:200],
    )
    selections.put(request.workspace, int(case[:4]), pick)
    back = request.field("back")
    if urlsplit(back).path.split("/")[1:2] not in (["search"], ["page"]) or not back.startswith("/"):
        back = f"/page/{case}/{item}/{page}"
    return request.go(back, f"已列入佐证：{request.field('target').strip()[:60]}（{case} 第 {item} 件第 {page} 页）")


def evidence_choose(request: PageRequest) -> Response:
    """Accept or reject a page found by a saved search."""
    year, _ = _wanted(request, request.field("year"), "internal")
    state, chosen = request.field("state"), [text.partition(":") for text in request.fields("id")]
    seen = {int(number): then for number, _, then in chosen if number.isascii() and number.isdecimal()}
    if state not in STATES or not seen:
        raise UsageError("没有选中页", "勾选后再挑选")
    selections.choose(request.workspace, list(seen), cast(State, state), request.field("note").strip()[:200], seen)
    return request.go(f"/assessment?year={year}", f"{len(seen)} 页：{STATES[state]}")


def pack_make(request: PageRequest) -> Response:
    """Create the evidence pack in the background."""
    year, rendition = _wanted(request, request.field("year"), request.field("rendition"))
    workspace, target = request.workspace, pack_folder(request.workspace, year, rendition)

    def work(job: Job) -> list[str]:
        def progress(proofs: Iterable[Proof]) -> Iterator[Proof]:
            held = list(proofs)
            for done, proof in enumerate(held):
                job.tell(done, len(held), "引用页")
                yield proof

        target.parent.mkdir(exist_ok=True)
        made = make_pack(workspace, assess(workspace, year), target, rendition=rendition, progress=progress)
        return [f"佐证资料包：证据 {made.evidence} 件，引用页 {made.pages} 页，文件 {made.files} 个。"]

    job = request.server.jobs.start(request.me.name, f"{year} 年佐证资料包", f"/assessment?year={year}", work)
    return request.go(f"/job/{job.id}")


def pack_submit(request: PageRequest) -> Response:
    """Hand in the newest pack of a rendition: checked in the background, then frozen."""
    year, rendition = _wanted(request, request.field("year"), request.field("rendition"))
    workspace, to = request.workspace, request.field("to").strip()[:100]
    folder = latest_pack(workspace, year, rendition)
    if not folder.is_dir():
        raise NotFoundError("还没有制作这份资料包", "先制作，再上报")

    def work(job: Job) -> list[str]:
        job.tell(0, 1, "核验")
        done = hand_in(workspace, folder, to)
        return [f"{done.name}已定版，截至 {done.cutoff}，资料包校验值 {done.pack}。"]

    job = request.server.jobs.start(request.me.name, f"{year} 年上报", f"/assessment?year={year}", work)
    return request.go(f"/job/{job.id}")


def pack_file(request: PageRequest) -> Response:
    """Download a pack as a zip."""
    year, rendition = _wanted(request, request.query("year"), request.query("rendition"))
    folder = latest_pack(request.workspace, year, rendition)
    if not folder.is_dir():
        raise NotFoundError("还没有制作这份资料包", "先制作，再下载")
    return request.gate.folder(folder, f"{folder.name}.zip", restricted=rendition == "restricted")


def counted(request: PageRequest) -> tuple[Statistics, str, bool]:
    """Return the requested figures, the name of their scope, and whether 电话 is left out."""
    task, unit = request.query("task"), request.query("unit") or "户"
    if unit not in ("户", "户次"):
        raise UsageError("只能按户或户次统计", "重新选择")
    if task:
        request.require(task)
    elif request.me.department:
        raise UsageError("请选择任务", "部门用户按本部门参加的任务查看统计")
    public = not request.can("restricted") or request.query("public") == "1"
    year = 0 if task or request.query("year") == ALL_YEARS else request.year()

    def make() -> tuple[Statistics, str]:
        with request.workspace.read() as connection:
            records, scope = load_records(connection, request.workspace.kinds, task=task, year=year or None)
        return statistics(records, request.workspace.office, cast(Unit, unit), public=public), scope

    return *year_views.cached(request, ("statistics", task, unit, public), year, make), public


def statistics_page(request: PageRequest) -> Response:
    """The tables."""
    made, scope, fault = None, "", None
    try:
        made, scope, _ = counted(request)
    except (NotFoundError, UsageError) as failure:
        fault = failure
    every = request.query("year") == ALL_YEARS
    year = request.workspace.today.year if every else request.year()
    return request.page(
        "statistics.html",
        made=made,
        scope=scope,
        fault=fault,
        year=ALL_YEARS if every else year,
        charts=_charts(made) if made else {},
        task=request.query("task"),
        unit=request.query("unit") or "户",
        tasks=[task for task in request.tasks if every or task.year == year],
        years=sorted({task.year for task in request.tasks} | {year}, reverse=True),
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


def statistics_file(request: PageRequest) -> Response:
    """Write one of the four files of these figures to issued/stats and download it."""
    wanted = {"list.docx": 0, "list.xlsx": 1, "sum.docx": 2, "sum.xlsx": 3}.get(request.query("file"))
    if wanted is None:
        raise NotFoundError("没有这个文件", "从统计页面下载")
    made, scope, public = counted(request)
    paths = write_statistics(request.workspace, made, scope, public=public)
    return request.gate.file(request.workspace.path(paths[wanted]), paths[wanted])


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "assessment": assessment,
    "evidence_add": evidence_add,
    "evidence_put": evidence_put,
    "evidence_choose": evidence_choose,
    "pack_make": pack_make,
    "pack_submit": pack_submit,
    "pack_file": pack_file,
    "statistics": statistics_page,
    "statistics_file": statistics_file,
}
