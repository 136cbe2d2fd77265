"""计划与任务: the plan as understood, one task with its draw, cases and forms, and all forms as a zip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from starlette.responses import Response

from archive.cases.missing import STATES
from ssj_docs.database import registers
from ssj_docs.documents.batch import convert_issued, form_orders
from ssj_docs.documents.issue import issue_forms
from ssj_docs.documents.pdf.convert import soffice
from ssj_docs.facts.statistics import case_results
from ssj_docs.ground.errors import MissingProgramError, NotFoundError, SsjError
from ssj_docs.model.case import Finding
from ssj_docs.planning.checked_year import load_year
from ssj_docs.planning.draw.drawing import preview
from ssj_docs.planning.draw.pool import DrawOptions
from ssj_docs.planning.rules import RuleFinding, check
from web.pages import year_views
from web.request.request import PageRequest
from web.worker.jobs import Job


def plan(request: PageRequest) -> Response:
    """The tasks of a year, with the original text beside each value and the results of the rules."""
    year = request.year()
    tasks = [task for task in request.tasks if task.year == year]
    drawn = Counter(case.task for case in year_views.facts(request, year).cases)
    findings = (
        year_views.cached(request, "check", year, lambda: _check(request, year))
        if tasks and request.can("plan.write")
        else []
    )
    years = sorted({task.year for task in request.tasks} | {year}, reverse=True)
    return request.page("plan.html", tasks=tasks, drawn=drawn, year=year, years=years, findings=findings)


def _check(request: PageRequest, year: int) -> list[RuleFinding]:
    with request.workspace.read() as connection:
        return check(
            load_year(
                connection,
                request.workspace.office,
                request.workspace.kinds,
                year,
                issued=None,
                today=request.workspace.today,
            )
        )


def task(request: PageRequest) -> Response:
    """One task: draw, cases, papers and forms."""
    number = request.path("task")
    if request.require(number) != number:
        raise NotFoundError("没有这个任务，或者您无权查看", "从计划页面进入")
    workspace = request.workspace
    found = next(task for task in request.tasks if task.id == number)
    with workspace.read() as connection:
        cases = registers.load_cases(connection, task=number)
        people = {i.id: i.name for i in registers.load_inspectors(connection)}
        papers = registers.issued_documents(connection, task=number) if request.can("papers.read") else []
    states, subjects = year_views.states(request, found.year), year_views.facts(request, found.year).names
    lacking = {case: len(papers) for case, papers in year_views.lacking(request, found.year).items()}
    results: dict[str, list[Finding]] = {}
    for finding in year_views.facts(request, found.year).findings:
        results.setdefault(finding.case, []).append(finding)
    sizes, why = _preview(request, number) if not cases and request.can("plan.write") else (None, None)
    return request.page(
        "task.html",
        task=found,
        cases=cases,
        subjects=subjects,
        people=people,
        states=states,
        lacking=lacking,
        papers=papers,
        sizes=sizes,
        why=why,
        kinds=request.kinds,
        results={case: _results(request, held) for case, held in results.items()},
        paper_states=STATES,
    )


def _results(request: PageRequest, findings: list[Finding]) -> str:
    office = request.workspace.office
    return "；".join(found.label if (found := office.result(code)) else code for code in case_results(findings, office))


def _preview(request: PageRequest, number: str) -> tuple[dict[str, object] | None, SsjError | None]:
    """What a draw would start from, or why it is not possible."""
    try:
        return preview(request.workspace, number, DrawOptions()), None
    except SsjError as failure:
        return None, failure


def forms(request: PageRequest) -> Response:
    """Create all forms of a task in the background, also as PDF where LibreOffice is installed."""
    number, workspace = request.path("task"), request.workspace
    request.require(number)
    orders = form_orders(workspace, number)

    def work(job: Job) -> list[str]:
        made = []
        for one in issue_forms(workspace, orders):
            made.append(one)
            job.tell(len(made), len(orders), "制作表单")
        lines = [f"共 {len(made)} 件，新制作 {sum(one.fresh for one in made)} 件。"]
        try:
            soffice()
        except MissingProgramError as failure:
            return [*lines, f"没有转 PDF：{failure.message}"]
        job.tell(0, 0, "转 PDF")
        convert_issued(workspace, made)
        return [*lines, "已转为 PDF。"]

    job = request.server.jobs.start(request.me.name, f"制作任务 {number} 的表单", f"/task/{number}", work)
    return request.go(f"/job/{job.id}")


def task_zip(request: PageRequest) -> Response:
    """Download all current papers of a task; those with personal data only by right."""
    number = request.path("task")
    request.require(number)
    with request.workspace.read() as connection:
        papers = registers.issued_documents(connection, task=number)
    return request.gate.papers(papers, f"{number} 全部文书.zip", number)


HANDLERS: Mapping[str, Callable[[PageRequest], Response]] = {
    "plan": plan,
    "task": task,
    "forms": forms,
    "task_zip": task_zip,
}
