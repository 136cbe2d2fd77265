"""Measures without code: rows of cases, tasks, findings or papers that match a query in the words of ``ssj search``.

A row is told like a page of the search: its fields are those of docs/search.md, its text is what is known of it (events,
results, handlings, items, grade, place), so that ``部门:市场监管 发现问题 已公示`` means the same here as there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archive.assessment.evidence_finder import page_proof
from archive.assessment.scoring.sheet import OwnMeasure, ScoringSheet
from archive.assessment.year_record import Lack, Unit, YearRecord
from archive.search.fields.fields import PageRecord
from archive.search.query.match import Prepared, matches
from archive.search.query.names import Names
from ssj_docs.facts.case_facts import CaseFacts, is_problem
from ssj_docs.model.case import EVENTS, Finding
from ssj_docs.model.plan import InspectionTask


def own_units(record: YearRecord, sheet: ScoringSheet, one: OwnMeasure) -> tuple[Unit, ...]:
    """The rows that match ``where``; met are those that match ``met`` too. Papers are their own proof, cases their record form."""
    names = Names(record.office, {kind.id: kind.title for kind in record.kinds.values()})
    where, met = (names.read(query.node) for query in sheet.queries[one.id])
    made = []
    for row, unit in _ROWS[one.of](record):
        prepared = Prepared.of(row)
        if matches(where, prepared):
            good = matches(met, prepared)
            why = f"{'符合' if good else '不符合'}“{one.met}”" if one.met else "计数"
            lacks = () if good else (Lack(row.case, f"{unit.label}：不符合“{one.met}”", record.office.name),)
            made.append(replace(unit, met=good, why=why, lacks=lacks))
    return tuple(made)


def _case_row(record: YearRecord, fact: CaseFacts) -> PageRecord:
    case, task = fact.case, record.tasks.get(fact.case.task)
    subject = record.subjects.get(case.subject)
    labels = {one.code: one.label for one in record.office.results}
    codes = tuple(dict.fromkeys(code for finding in fact.findings for code in finding.results))
    handled = [record.office.handling(e.handling) for e in fact.events.get("handled", ())]
    said = [EVENTS[event] for event, rows in fact.events.items() if rows]
    if fact.findings:
        said.append("发现问题" if any(is_problem(f, record.office) for f in fact.findings) else "没有问题")
    said += [one.label for one in handled if one] + [finding.item for finding in fact.findings]
    said += [subject.district, subject.grade, *subject.tags, subject.status] if subject else []
    return PageRecord(
        case.id,
        "",
        1,
        title=subject.name if subject else case.subject,
        year=record.year,
        departments=fact.departments or (task.departments if task else ()),
        task=case.task,
        task_name=task.name if task else "",
        company=subject.name if subject else "",
        credit_code=subject.credit_code if subject else "",
        results=codes,
        result_labels=tuple(labels.get(code, code) for code in codes),
        text="　".join(filter(None, said)),
        date=record.day(case.id, "inspected"),
    )


def _cases(record: YearRecord) -> Iterator[tuple[PageRecord, Unit]]:
    for case in record.cases:
        page = record.proofs.find(case.id, record.papers_of("inspection"))
        unit = Unit(case.id, record.label(case.id), True, "", (case.id,), (page,) if page else ())
        yield _case_row(record, record.facts[case.id]), unit


def _findings(record: YearRecord) -> Iterator[tuple[PageRecord, Unit]]:
    labels = {one.code: one.label for one in record.office.results}
    for case in record.cases:
        fact = record.facts[case.id]
        row = _case_row(record, fact)
        page = record.proofs.find(case.id, record.papers_of("inspection"))
        for number, finding in enumerate(fact.findings, 1):
            unit = Unit(
                f"{case.id}/{number}",
                f"{record.label(case.id)}：{finding.item}",
                True,
                "",
                (case.id,),
                (page,) if page else (),
            )
            yield _finding_row(record, row, finding, labels), unit


def _finding_row(record: YearRecord, row: PageRecord, finding: Finding, labels: dict[str, str]) -> PageRecord:
    told = tuple(labels.get(code, code) for code in finding.results)
    problem = "发现问题" if is_problem(finding, record.office) else "没有问题"
    return replace(
        row,
        departments=(finding.department,),
        results=finding.results,
        result_labels=told,
        title=finding.item,
        people=finding.inspectors,
        text="　".join((finding.item, *told, problem, finding.note)),
        date=finding.found or row.date,
    )


def _tasks(record: YearRecord) -> Iterator[tuple[PageRecord, Unit]]:
    for task in record.tasks.values():
        cases = tuple(case.id for case in record.cases if case.task == task.id)
        yield _task_row(record, task, cases), Unit(task.id, task.name, True, "", cases)


def _task_row(record: YearRecord, task: InspectionTask, cases: tuple[str, ...]) -> PageRecord:
    inspected = [case for case in cases if record.facts[case].findings]
    said = ["已抽取" if cases else "尚未抽取", "联合抽查" if len(task.departments) > 1 else "单部门抽查"]
    said += ["已检查完毕"] if cases and len(inspected) == len(cases) else ["检查中"] if inspected else []
    said += [task.category or "", task.type or "", *task.items, *task.partner_items]
    return PageRecord(
        task.id,
        "",
        1,
        title=task.name,
        year=record.year,
        departments=task.departments,
        task=task.id,
        task_name=task.name,
        text="　".join(filter(None, said)),
        date=task.window.end,
    )


def _papers(record: YearRecord) -> Iterator[tuple[PageRecord, Unit]]:
    for case, items in record.proofs.items.items():
        fact = record.facts.get(case)
        task = record.tasks.get(fact.case.task if fact else case)
        for item in items:
            doubt = record.proofs.doubts.get((case, item.item))
            kind = record.kinds.get(item.kind)
            row = PageRecord(
                case,
                item.item,
                1,
                item.kind,
                kind.title if kind else "",
                item.title,
                item.number,
                record.year,
                (item.department,) if item.department else task.departments if task else (),
                task=task.id if task else "",
                task_name=task.name if task else "",
                company=record.label(case) if fact else "",
                text=f"不能作为佐证　{doubt.why}" if doubt else "完好",
                date=item.date,
            )
            proofs = () if doubt else (page_proof(item, 1),)
            yield row, Unit(f"{case}/{item.item}", item.title, True, "", (case,) if fact else (), proofs)


_ROWS = {"cases": _cases, "tasks": _tasks, "findings": _findings, "papers": _papers}
