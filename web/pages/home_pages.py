"""首页: what is due; and the page that shows the progress of a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import func, select
from starlette.responses import Response

from archive.cases import receipts
from archive.cases.missing import STATES
from ssj_docs.database.schema import page_texts
from ssj_docs.ground.errors import NotFoundError
from ssj_docs.intake.sheets.columns import KIND_NAMES
from web.pages import year_views
from web.pages.import_pages import staged_by
from web.request.request import PageRequest

_SHOWN = 12
_WITHIN = 30


def home(request: PageRequest) -> Response:
    """What is due, missing, unfiled or unread, as far as the user may see it."""
    year = request.workspace.today.year
    rows = year_views.dues(request, year, _WITHIN) if request.can("cases") else []
    late = [row for row in rows if row.state == "late"]
    papers: list[tuple[str, str, int]] = []
    if request.can("cases"):
        found = year_views.papers(request, year)
        papers = [(state, name, sum(paper.state == state for paper in found)) for state, name in STATES.items()]
    waiting, unread = [], 0
    with request.workspace.read() as connection:
        if request.can("receive"):
            waiting = receipts.unfiled_pages(connection)
            query = select(func.count()).select_from(page_texts).where(page_texts.c.state == "queued")
            unread = int(connection.execute(query).scalar() or 0)
    return request.page(
        "home.html",
        year=year,
        late=late[:_SHOWN],
        late_count=len(late),
        soon=[row for row in rows if row.state == "open"][:_SHOWN],
        soon_count=len(rows) - len(late),
        papers=papers,
        staged=staged_by(request) if request.can("plan.write") else [],
        kind_names=KIND_NAMES,
        waiting=waiting,
        unread=unread,
        within=_WITHIN,
    )


def job(request: PageRequest) -> Response:
    """The progress of a job; the page reloads itself until it is done."""
    found = request.server.jobs.find(request.path("job"), request.me.name)
    if found is None:
        raise NotFoundError("没有这项工作，或它早已结束", "从首页查看结果")
    return request.page("job.html", job=found)


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {"home": home, "job": job}
