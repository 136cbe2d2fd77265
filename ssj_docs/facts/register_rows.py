"""What the registers hold, row by row, as ``ssj list`` and the register pages give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection

from ssj_docs.database import registers
from ssj_docs.ground.personal_data import without_restricted_in
from ssj_docs.model.case import CaseEvent
from ssj_docs.model.office import Office

Register = Literal["subjects", "inspectors", "items", "cases", "results"]
REGISTERS: Mapping[Register, str] = {
    "subjects": "检查对象",
    "inspectors": "执法检查人员",
    "items": "抽查事项",
    "cases": "案件",
    "results": "检查结果",
}
Row = dict[str, Any]
_DATED = ("inspected", "found", "disclosed", "handled")


def register_rows(
    connection: Connection, office: Office, register: Register, *, year: int | None = None, task: str = ""
) -> list[Row]:
    """The rows of a register, empty values as "", [] or null.

    Args:
        year, task: only cases and results of these.

    Raises: NotFoundError for an unknown task.
    """
    if task:
        registers.load_task(connection, task)
    if register == "subjects":
        return [_plain(subject) for subject in registers.load_subjects(connection)]
    if register == "inspectors":
        return [_without_numbers(_plain(inspector)) for inspector in registers.load_inspectors(connection)]
    if register == "items":
        return [_plain(item) for item in registers.load_items(connection)]
    if register == "cases":
        return _cases(connection, year, task)
    return without_restricted_in(_results(connection, office, year, task))


def _plain(model: Any) -> Row:
    return {name: _json(value) for name, value in vars(model).items()}


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value.isoformat() if isinstance(value, date) else value


def _without_numbers(row: Row) -> Row:
    """An inspector without mobile and ID number, which no list gives out."""
    return {name: value for name, value in row.items() if name not in ("phone", "id_number")}


def _cases(connection: Connection, year: int | None, task: str) -> list[Row]:
    tasks = {one.id: one.name for one in registers.load_tasks(connection)}
    subjects = {one.id: one for one in registers.load_subjects(connection)}
    people = {one.id: one for one in registers.load_inspectors(connection)}
    found = []
    for case in registers.load_cases(connection, year=year, task=task or None):
        subject = subjects.get(case.subject)
        sent = [(number, people.get(number)) for number in case.inspectors]
        found.append(
            {
                "case": case.id,
                "task": case.task,
                "task_name": tasks.get(case.task, ""),
                "serial": case.serial,
                "subject": subject.name if subject else "",
                "subject_id": case.subject,
                "credit_code": subject.credit_code if subject else "",
                "inspectors": [
                    {
                        "name": person.name if person else "",
                        "certificate": number,
                        "department": person.department if person else "",
                        "leader": place == 0,
                    }
                    for place, (number, person) in enumerate(sent)
                ],
                "drawn": _json(case.drawn),
                "round": case.round,
            }
        )
    return found


def _results(connection: Connection, office: Office, year: int | None, task: str) -> list[Row]:
    """One row a finding; a department that has only dates in a case has a row without results."""
    cases = {row["case"]: row for row in _cases(connection, year, task)}
    events: dict[tuple[str, str], dict[str, CaseEvent]] = {}
    for event in registers.load_events(connection):
        if event.event in _DATED and event.case in cases:
            events.setdefault((event.case, event.department), {})[event.event] = event
    rows, told = [], set()
    for finding in registers.load_findings(connection):
        if finding.case not in cases:
            continue
        told.add((finding.case, finding.department))
        dated = {**events.get((finding.case, ""), {}), **events.get((finding.case, finding.department), {})}
        row = _result(cases[finding.case], finding.department, dated, office)
        labels = [known.label for code in finding.results if (known := office.result(code))]
        row |= {"item": finding.item, "results": list(finding.results), "labels": labels, "note": finding.note}
        row |= {"inspectors": list(finding.inspectors), "found": row["found"] or _json(finding.found)}
        rows.append(row)
    silent = [place for place in events if place not in told and place[1]]
    rows += [_result(cases[case], department, events[case, department], office) for case, department in silent]
    return sorted(rows, key=lambda row: row["case"])


def _result(case: Row, department: str, dated: Mapping[str, CaseEvent], office: Office) -> Row:
    handled = dated.get("handled")
    handling = office.handling(handled.handling) if handled else None
    return {
        **{key: case[key] for key in ("case", "task", "subject", "credit_code")},
        "department": department,
        "item": "",
        "results": [],
        "labels": [],
        "note": "",
        "handling": handled.handling if handled else "",
        "handling_label": handling.label if handling else "",
        **{name: dated[name].date.isoformat() if name in dated else None for name in _DATED},
        "inspectors": [],
    }


def matching(rows: Sequence[Row], words: str) -> list[Row]:
    """The rows in which every one of the words stands somewhere."""
    wanted = words.split()
    return [row for row in rows if all(any(word in text for text in _texts(row)) for word in wanted)]


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [str(value)]
