"""联合抽查统计表 and 联合抽查汇总表: rows from one data set, so that all totals agree.

How things are counted (docs/statistics.md explains it to readers of the tables):

* 户: each subject once in a row, however often it was inspected; 户次: each case (one subject in one task) once in a row.
* A subject has every result of any of its items, and counts once in each of those columns, so the sum of the result columns
  may exceed 抽查户数. 未发现问题 counts only if there is no other result.
* 抽查户数 counts those with at least one result in the row's scope; drawn ones without a result are listed separately.
* A handling counts for the department that did it; one without a department, for those that found a problem.
* 合计 is counted over everything, not added up: a subject inspected by two departments is one subject.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ssj_docs.facts.case_facts import CaseFacts, facts_by_case, is_problem, unhandled
from ssj_docs.facts.list_columns import LIST_COLUMNS, ListedCase
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.model.case import Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector, Subject
from ssj_docs.model.plan import InspectionTask

Unit = Literal["户", "户次"]
TOTAL = "合计"


@dataclass(frozen=True)
class Records:
    """The data set: cases with findings and events, and the registers they refer to."""

    cases: Sequence[Case]
    findings: Sequence[Finding]
    events: Sequence[CaseEvent]
    tasks: Sequence[InspectionTask]
    subjects: Mapping[str, Subject]
    inspectors: Mapping[str, Inspector]


@dataclass(frozen=True)
class SummaryRow:
    """A row of 汇总表: ``results`` and ``handlings`` in the order of the office's vocabularies.

    ``problems`` is the number with at least one problem in the row's scope; it is used in the prose of reports, not in the table.
    """

    name: str
    inspected: int
    results: tuple[int, ...]
    handlings: tuple[int, ...]
    problems: int = 0


@dataclass(frozen=True)
class Statistics:
    """Both tables, the same summary by task and by year, totals and notes.

    Attributes:
        entities: rows of 统计表, keyed by the official column names.
        columns: column names of 汇总表, the first is 单位.
        by_department, by_task, by_year: rows of 汇总表, each list ending with 合计.
    """

    unit: Unit
    entities: tuple[dict[str, str], ...]
    columns: tuple[str, ...]
    by_department: tuple[SummaryRow, ...]
    by_task: tuple[SummaryRow, ...]
    by_year: tuple[SummaryRow, ...]
    totals: Mapping[str, int]
    notes: tuple[str, ...]

    def summary(self, rows: Iterable[SummaryRow]) -> list[dict[str, Any]]:
        """Rows keyed by the official column names."""
        return [
            dict(zip(self.columns, (row.name, row.inspected, *row.results, *row.handlings), strict=True))
            for row in rows
        ]

    def as_json(self) -> dict[str, Any]:
        """The tables as `ssj stats --json` gives them."""
        return {
            "统计表": list(self.entities),
            "汇总表": self.summary(self.by_department),
            "totals": dict(self.totals),
            "unit": self.unit,
            "按任务汇总": self.summary(self.by_task),
            "按年度汇总": self.summary(self.by_year),
            "说明": list(self.notes),
        }


def statistics(records: Records, office: Office, unit: Unit = "户", *, public: bool = False) -> Statistics:
    """Count a data set.

    Args:
        unit: 户 or 户次 for the summaries.
        public: omit columns with personal data (电话), and such data in other columns.
    """
    facts = list(facts_by_case(records.cases, records.events, records.findings).values())
    count = _SummaryCounter(facts, office, unit)
    drawn = {fact.case.task for fact in facts}
    tasks = [task for task in records.tasks if task.id in drawn]
    by_task = tuple(count.row(_task_name(task, tasks), {task.id}) for task in tasks)
    by_year = tuple(
        count.row(f"{year}年", {task.id for task in tasks if task.year == year})
        for year in sorted({task.year for task in tasks})
    )
    departments = _departments(records.findings, office)
    by_department = tuple(count.row(name, department=name) for name in departments)
    total = count.row(TOTAL)
    return Statistics(
        unit=unit,
        entities=tuple(_entity(fact, records, office, public) for fact in facts),
        columns=summary_columns(office, unit),
        by_department=(*by_department, total),
        by_task=(*by_task, total),
        by_year=(*by_year, total),
        totals=_totals(facts, office),
        notes=(*_notes(by_department, total, unit), *_unknown(records, office)),
    )


def _task_name(task: InspectionTask, tasks: Sequence[InspectionTask]) -> str:
    """The task's name, followed by its id if the plan uses the name twice."""
    return task.name if sum(other.name == task.name for other in tasks) == 1 else f"{task.name}（{task.id}）"


def summary_columns(office: Office, unit: Unit = "户") -> tuple[str, ...]:
    """Column names of 汇总表: 14 with eight results and four handlings."""
    return (
        "单位",
        "抽查户数" if unit == "户" else "抽查户次",
        *(category.header or category.label for category in office.results),
        *(handling.label for handling in office.handlings),
    )


def case_results(findings: Iterable[Finding], office: Office) -> tuple[str, ...]:
    """Result codes of one subject, in the order of the vocabulary; clean ones only if there is no other."""
    held = {code for finding in findings for code in finding.results}
    known = [category for category in office.results if category.code in held]
    others = [category.code for category in known if not category.clean]
    unknown = sorted(held - {category.code for category in known})
    return tuple(others + unknown) or tuple(category.code for category in known)


class _SummaryCounter:
    """Counts rows of 汇总表 over one set of cases."""

    def __init__(self, facts: Sequence[CaseFacts], office: Office, unit: Unit) -> None:
        self._facts, self._office, self._unit = facts, office, unit

    def row(self, name: str, tasks: Collection[str] | None = None, department: str = "") -> SummaryRow:
        """One row, over these tasks (None: all) and this department ('': all)."""
        findings: dict[str, list[Finding]] = {}
        handled: dict[str, set[str]] = {}
        for fact in self._facts:
            if tasks is not None and fact.case.task not in tasks:
                continue
            one = fact.case.subject if self._unit == "户" else fact.case.id
            mine = [f for f in fact.findings if department in ("", f.department)]
            if mine:
                findings.setdefault(one, []).extend(mine)
            for code in _handlings(fact, self._office, department):
                handled.setdefault(one, set()).add(code)
        results = [case_results(group, self._office) for group in findings.values()]
        return SummaryRow(
            name,
            len(findings),
            tuple(sum(category.code in codes for codes in results) for category in self._office.results),
            tuple(sum(handling.code in codes for codes in handled.values()) for handling in self._office.handlings),
            sum(any(is_problem(finding, self._office) for finding in group) for group in findings.values()),
        )


def _handlings(fact: CaseFacts, office: Office, department: str = "") -> list[str]:
    """Handling codes of a case in the order of the vocabulary, those of one department if it is named."""
    found_it = any(f.department == department and is_problem(f, office) for f in fact.findings)
    held = {
        event.handling
        for event in fact.events.get("handled", ())
        if not department or event.department == department or (not event.department and found_it)
    }
    return [handling.code for handling in office.handlings if handling.code in held]


def _departments(findings: Iterable[Finding], office: Office) -> list[str]:
    """Departments with a finding, in the order of office.toml, unknown ones last."""
    held = {finding.department for finding in findings}
    known = [department.name for department in office.departments if department.name in held]
    return known + sorted(held - set(known))


def _entity(fact: CaseFacts, records: Records, office: Office, public: bool) -> dict[str, str]:
    subject = records.subjects.get(fact.case.subject) or Subject(fact.case.subject, fact.case.subject)
    people = [records.inspectors[id].name if id in records.inspectors else id for id in fact.case.inspectors]
    signed = dict.fromkeys(name for finding in fact.findings for name in finding.inspectors)
    labels = [
        category.label if (category := office.result(code)) else code for code in case_results(fact.findings, office)
    ]
    handled = [handling.label for code in _handlings(fact, office) if (handling := office.handling(code))]
    row = ListedCase(fact, subject, people or list(signed), labels, handled, disclosed(fact))
    cells = {column.title: column.value(row) for column in LIST_COLUMNS if not (public and column.personal)}
    return without_restricted_in(cells) if public else cells


def disclosed(fact: CaseFacts) -> str:
    """是否公示: 是, 部分 (some departments have not yet), 否, or '' if there is no result to disclose."""
    by = {event.department for event in fact.events.get("disclosed", ())}
    if "" in by or (by and by.issuperset(fact.departments)):
        return "是"
    return "部分" if by else "否" if fact.findings else ""


def _totals(facts: Sequence[CaseFacts], office: Office) -> dict[str, int]:
    inspected = [fact for fact in facts if fact.findings]
    wrong = [fact for fact in inspected if any(is_problem(finding, office) for finding in fact.findings)]
    shown = [fact for fact in inspected if disclosed(fact) == "是"]
    totals = {"任务数": len({fact.case.task for fact in facts})}
    for name, group in (("抽取", facts), ("抽查", inspected), ("发现问题", wrong), ("公示", shown)):
        totals[f"{name}户数"] = len({fact.case.subject for fact in group})
        totals[f"{name}户次"] = len(group)
    totals["未录入结果户次"] = len(facts) - len(inspected)
    totals["处理户次"] = sum(bool(_handlings(fact, office)) for fact in facts)
    totals["发现问题已处理户次"] = sum(not unhandled(fact, office) for fact in wrong)
    return totals


def _notes(by_department: Sequence[SummaryRow], total: SummaryRow, unit: Unit) -> tuple[str, ...]:
    counted = "抽查户数" if unit == "户" else "抽查户次"
    each = "每户在一行中只计一次" if unit == "户" else "每户每次抽查在一行中计一次"
    notes = [f"按{unit}统计：{each}；“未发现问题”只计没有其他结果的"]
    if sum(total.results) != total.inspected:
        notes.append(f"一户可有多个结果，各结果栏合计 {sum(total.results)}，不等于{counted} {total.inspected}")
    added = sum(row.inspected for row in by_department)
    if added != total.inspected:
        notes.append(f"同一户由多个单位检查的，合计只计一次（各单位之和 {added}，合计 {total.inspected}）")
    return tuple(notes)


def _unknown(records: Records, office: Office) -> list[str]:
    """Codes that office.toml does not define any more; they have no column, so a note lists them."""
    results = {code for finding in records.findings for code in finding.results if office.result(code) is None}
    handlings = {
        event.handling
        for event in records.events
        if event.event == "handled" and office.handling(event.handling) is None
    }
    return [
        f"{what}代码 {'、'.join(sorted(codes - {''}))} 不在本单位的用语中，没有列入汇总表各栏，请补上该项"
        for what, codes in (("检查结果", results), ("处理结果", handlings))
        if codes - {""}
    ]
