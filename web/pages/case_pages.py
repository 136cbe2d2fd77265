"""案件: the list, one case with its timeline, papers, verdicts and due dates, the dossier, and personal data by right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from archive.cases.case_view import show_case
from archive.cases.missing import STATES
from ssj_docs.database import registers
from web.pages import year_views
from web.request.request import PageRequest

PER_PAGE = 100
VERDICTS = {"passed": "签名有效", "undetermined": "待人工核对", "failed": "签名无效", "none": "无电子签名"}
DUE_STATES = {"open": "未到期", "late": "逾期", "done": "已办"}


def cases(request: PageRequest) -> Response:
    """The cases of a year: subject, state, next step, missing papers."""
    year, word, task = request.year(), request.query("q"), request.query("task")
    seen = {one.id: one for one in request.tasks if one.year == year and task in ("", one.id)}
    known = year_views.facts(request, year)
    held = [
        case
        for case in known.cases
        if case.task in seen and (not word or word in case.id or word in known.names.get(case.subject, case.subject))
    ]
    page = max(1, request.whole("page") or 1)
    shown = held[(page - 1) * PER_PAGE : page * PER_PAGE]
    states, lacking = year_views.states(request, year), year_views.lacking(request, year)
    rows = [
        (
            case,
            known.names.get(case.subject, case.subject),
            seen[case.task].name,
            states[case.id],
            [f"{paper.title}（{STATES[paper.state]}）" for paper in lacking.get(case.id, ())],
        )
        for case in shown
    ]
    years = sorted({one.year for one in request.tasks} | {year}, reverse=True)
    return request.page(
        "cases.html",
        rows=rows,
        total=len(held),
        year=year,
        years=years,
        q=word,
        task=task,
        tasks=[one for one in request.tasks if one.year == year],
        page_number=page,
        pages=-(-len(held) // PER_PAGE),
    )


def case(request: PageRequest) -> Response:
    """One case, or the papers of a task."""
    number = request.path("case")
    request.require(number)
    return request.page("case.html", **_shown(request, number), people=None)


def _shown(request: PageRequest, number: str) -> dict[str, Any]:
    view = show_case(request.workspace, number)
    kinds = [(kind.id, kind.title) for kind in request.workspace.kinds.values()]
    known = {"verdicts": VERDICTS, "due_states": DUE_STATES, "states": STATES, "kinds": kinds}
    return {"view": view, "facts": view.facts, **known}


def dossier(request: PageRequest) -> Response:
    """Download the case file as one PDF."""
    number = request.path("case")
    request.require(number)
    return request.gate.dossier(number)


def people(request: PageRequest) -> Response:
    """The phone and ID numbers of the people of a case. Each access is recorded in the journal with its reason."""
    number = request.path("case")
    request.require(number)
    reason = request.field("reason").strip()
    shown = None
    if reason:
        request.gate.look(number, {"reason": reason[:200]})
        with request.workspace.read() as connection:
            found = registers.load_case(connection, number)
            subject = registers.load_subject(connection, found.subject)
            shown = [("检查对象", subject.name, subject.phone, "")]
            shown += [
                ("执法检查人员", i.name, i.phone, i.id_number)
                for i in registers.load_inspectors(connection)
                if i.id in found.inspectors
            ]
    return request.page("case.html", **_shown(request, number), people=shown if reason else "reason")


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "cases": cases,
    "case": case,
    "dossier": dossier,
    "people": people,
}
