"""检查结果, handling and dates → `Finding` and `CaseEvent`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.rows.reading_result import Outcome, ProblemLog
from ssj_docs.intake.rows.register_index import RegisterIndex
from ssj_docs.intake.sheets.columns import RESULTS
from ssj_docs.intake.tables.table import Choice, DataTable, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.identity import read_date
from ssj_docs.intake.values.people_list import read_people
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.intake.values.result_labels import EVERYDAY, NOT_INSPECTED, ResultLabels
from ssj_docs.intake.values.vocabulary import read_yes
from ssj_docs.model.case import EVENTS, Case, CaseEvent, Finding
from ssj_docs.model.office import Office
from ssj_docs.model.plan import InspectionTask

#: Fields of a finding that are text as written in the column of the same name.
WRITTEN = tuple(f.name for f in fields(Finding) if f.type == "str" and f.name not in ("case", "department"))
_CHOICES = {column.key: column.choices for column in RESULTS}
#: Columns that hold the date of an event of the same name.
DATED = tuple(event for event in EVENTS if event not in ("drawn", "handled"))
#: a case number of ours; another one is the platform's own, and the row's name and task say which case is meant
_OWN_CASE = re.compile(r"\d{4}-\d{3}-\d{4}")


@dataclass(frozen=True)
class CaseResult:
    """What one row says: a finding, where a result was written, and dated events."""

    finding: Finding | None
    events: tuple[CaseEvent, ...]


@dataclass(frozen=True)
class _Reader:
    log: ProblemLog
    index: RegisterIndex
    names: DepartmentNames
    labels: ResultLabels
    tasks: dict[str, InspectionTask]


def read_results(table: DataTable, office: Office, index: RegisterIndex) -> Outcome[CaseResult]:
    """Read results per case, department and item; a sheet without 检查单位 speaks for the initiating department.

    Two different results for one item of one department in a case are an error.
    """
    tasks = {task.id: task for task in index.tasks}
    reader = _Reader(ProblemLog(table, index.answers), index, DepartmentNames(office), ResultLabels(office), tasks)
    seen: dict[tuple[str, str, str], Finding] = {}
    results = []
    rows = 0
    for written in table.rows():
        rows += 1
        row = _unfolded(written, reader)
        case = _case(row, reader)
        if case is None:
            continue
        for result in _results(row, case, reader):
            results.append(result)
            if result.finding:
                _check_repeated(row, result.finding, seen, reader.log)
    return Outcome(
        rows, tuple(results), (*table.cell_faults(), *reader.log.problems), tuple(reader.log.questions.values())
    )


def _unfolded(row: TableRow, reader: _Reader) -> TableRow:
    """``发现问题已责令改正（处理：责令改正；问题：留存不全）``: what stands in brackets has columns of its own."""
    found = re.fullmatch(r"([^(（]+)[(（](.+)[)）]", row.text("result").strip())
    if not found or reader.labels.knows_result(row.text("result")) or not reader.labels.knows_result(found[1]):
        return row
    texts = {**row.texts, "result": found[1]}
    for part in re.split(r"[;；]", found[2]):
        label, sign, said = part.replace("：", ":").partition(":")
        key = "handling" if sign and re.search("处理|处置|措施", label) else "note"
        texts[key] = "；".join(filter(None, (row.text(key), said if sign else part)))
    return replace(row, texts=texts)


def _case(row: TableRow, reader: _Reader) -> Case | None:
    index, log = reader.index, reader.log
    written = squeeze(row.text("case"))
    foreign = not _OWN_CASE.fullmatch(written) and bool(row.text("subject"))
    if written and not (foreign and written not in index.cases_by_id):
        if written not in index.cases_by_id:
            log.note(row, "case", Note("case.unknown", "没有这个案件", "请核对案件编号，或先导入抽取结果", "error"))
        return index.cases_by_id.get(written)
    by_subject = any(row.text(key) for key in ("subject", "credit_code", "registration"))
    has_task = bool(row.text("task") or index.default_task)
    if not by_subject:
        return _case_by_serial(row, reader)
    subject = index.subject(row, log)
    task = index.task(row, log) if has_task else None
    if subject is None or (has_task and task is None):
        return None
    if task:
        case = index.case_of(task.id, subject.id)
        cases = [case] if case else []
    else:
        cases = index.cases_of_subject(subject.id)
    if len(cases) > 1:
        return _one_case(row, cases, reader)
    if not cases and task and (made := _new_case(row, task.id, subject.id, reader)):
        return made
    if cases:
        return cases[0]
    remedy = Remedy("核对名称，或先", do("import", kind="draw"))
    note = Note("case.unknown", "该对象没有被抽中，没有案件", remedy, "error")
    log.note(row, "subject" if row.text("subject") else "credit_code", note)
    return None


def _new_case(row: TableRow, task: str, subject: str, reader: _Reader) -> Case | None:
    """A case made for this row, with the people it names, if new cases are wanted."""
    index = reader.index
    if "cases" not in index.newcomers.allowed:
        return None
    serial = squeeze(row.text("serial"))
    return index.newcomers.case(task, subject, int(serial) if serial.isdigit() else 0, index.people(row, reader.log))


def _one_case(row: TableRow, cases: Sequence[Case], reader: _Reader) -> Case | None:
    """Of several cases the one of a task in which the department takes part; else the clerk says which task it is."""
    said = {name for _, name in reader.names.read(row.text("department")).value}
    tasks = {case.task: reader.tasks[case.task] for case in cases if case.task in reader.tasks}
    joined = {key: task for key, task in tasks.items() if said & {*task.initiators, *task.partners}} or tasks
    if len(joined) > 1:
        choices = [Choice(key, f"{task.name}（{key}）") for key, task in sorted(joined.items())]
        topic = f"task:{'+'.join(sorted(joined))}"
        answer = reader.log.ask(
            row, "subject", topic, "对象在几个任务里都被抽中，表里没有写任务，是哪个任务的结果？", choices
        )
        joined = {answer: tasks[answer]} if answer in tasks else {}
    return next((case for case in reversed(cases) if case.task in joined), None)


def _case_by_serial(row: TableRow, reader: _Reader) -> Case | None:
    task = reader.index.task(row, reader.log)
    serial = squeeze(row.text("serial"))
    if task is None:
        return None
    case = reader.index.cases_by_id.get(f"{task.id}-{int(serial):04d}") if serial.isdigit() else None
    if case is None:
        note = Note("case.unknown", "任务里没有这个抽取序号", "请核对抽取序号，或先导入抽取结果", "error")
        reader.log.note(row, "serial", note)
    return case


def _results(row: TableRow, case: Case, reader: _Reader) -> Iterator[CaseResult]:
    log, task = reader.log, reader.tasks.get(case.task)
    if row.text("department"):
        departments = [name for _, name in log.take(row, "department", reader.names.read(row.text("department")))]
    else:
        departments = list(task.initiators[:1]) if task else []
    dates = {event: log.take(row, event, read_date(row.text(event), task.year if task else None)) for event in DATED}
    written = {name: log.take(row, name, _written(name, row.text(name))) for name in WRITTEN}
    codes = log.take(row, "result", _judged(row, reader))
    known = reader.labels.knows_result(row.text("result"))
    if _is_story(row.text("result")) and not known and "note" in written and not written["note"]:
        written["note"] = clean(row.text("result"))
    if not row.text("result") and not any(dates.values()) and not row.text("handling"):
        log.note(row, "result", Note("result.blank", "没有填写检查结果", "请补填"))
    for department in departments:
        finding = None
        if codes:
            finding = Finding(
                case=case.id,
                department=department,
                results=codes,
                inspectors=tuple(str(person) for person in read_people(row.text("inspectors"))),
                found=dates["found"] or dates["inspected"],
                **written,
            )
        handling = _handling(row, case, department, dates, reader)
        events = [CaseEvent(case.id, event, day, department) for event, day in dates.items() if day]
        yield CaseResult(finding, (*events, *handling))
    _check_dates(row, dates, log)


def _judged(row: TableRow, reader: _Reader) -> Reading[tuple[str, ...]]:
    """Codes of the result; 合格 and 不合格 of a check sheet by what was done about it; 未检 is no result."""
    text = squeeze(row.text("result"))
    if text in NOT_INSPECTED:
        return Reading(())
    good = EVERYDAY.get(text)
    if good is None:
        found = reader.labels.results(row.text("result"))
        unknown = not found.value and any(note.code == "result.unknown" for note in found.notes)
        return _asked(row, text, reader) if unknown and _is_story(text) else found
    if good:
        return Reading(tuple(reader.labels.clean_codes()[:1]))
    corrected = bool(re.search("责令改正|已整改|改正", row.text("handling")))
    label = "发现问题已责令改正" if corrected else "发现问题待后续处理"
    note = Note("result.everyday", f"“{text}”按“{label}”读入", "请填写规定的检查结果")
    found = reader.labels.results(label)
    return Reading(found.value, (*found.notes, note))


def _is_story(text: str) -> bool:
    """True for a sentence about what was found, rather than a word of a vocabulary."""
    return len(text) >= 10 and bool(re.search("[，。,；;]", text))


def _asked(row: TableRow, text: str, reader: _Reader) -> Reading[tuple[str, ...]]:
    """Which result a description means, as the clerk says."""
    choices = [Choice(result.code, result.label) for result in reader.labels.all_results]
    answer = reader.log.ask(
        row, "result", f"result:{row.cell('result')}", f"写的是情况，不是检查结果：“{text[:60]}”。属于哪一种？", choices
    )
    return Reading((answer,) if answer in {choice.value for choice in choices} else ())


def _written(name: str, text: str) -> Reading[str]:
    """A text as written; where its column offers choices, one of them."""
    text = clean(text)
    choices = _CHOICES.get(name, ())
    if not text or not choices or text in choices:
        return Reading(text)
    return Reading("", (Note(f"result.{name}", "不是这一栏可填的内容", f"可填：{'、'.join(choices)}", "error"),))


def _handling(
    row: TableRow, case: Case, department: str, dates: dict[str, date | None], reader: _Reader
) -> tuple[CaseEvent, ...]:
    codes = reader.log.take(row, "handling", reader.labels.handlings(row.text("handling")))
    if not codes:
        return ()
    written = reader.log.take(row, "handled", read_date(row.text("handled")))
    done = None if dates["filed"] else dates["closed"]  # what was filed was handled by then, and is closed later
    day = written or done or dates["found"] or dates["inspected"]
    if day is None:
        note = Note(
            "handling.no_date", "有处理结果，但没有处理日期，也没有检查日期", "请加“处理日期”或“检查日期”列", "error"
        )
        reader.log.note(row, "handling", note)
        return ()
    if len(codes) > 1:
        note = Note("handling.several", "一格写了几种处理结果，只记第一种", "请一种处理结果一行，各写处理日期")
        reader.log.note(row, "handling", note)
    return (CaseEvent(case.id, "handled", day, department, codes[0]),)


def _check_repeated(
    row: TableRow, finding: Finding, seen: dict[tuple[str, str, str], Finding], log: ProblemLog
) -> None:
    key = finding.case, finding.department, finding.item
    before = seen.setdefault(key, finding)
    if set(before.results) != set(finding.results):
        note = Note(
            "result.conflict",
            f"同一案件、部门和事项已有另一结果（{'、'.join(before.results)}）",
            "请核对后只留一行",
            "error",
        )
        log.note(row, "result", note)


def _check_dates(row: TableRow, dates: dict[str, date | None], log: ProblemLog) -> None:
    disclosed = read_yes(row.text("is_disclosed"))
    if disclosed and dates["disclosed"] is None:
        note = Note("result.no_disclosure_date", "写了已公示，但没有公示日期，期限无法核对", "请加“公示日期”列")
        log.note(row, "is_disclosed", note)
    start = dates["inspected"] or dates["found"]
    for event in ("recorded", "disclosed", "transferred", "filed", "closed"):
        day = dates[event]
        if start and day and day < start:
            note = Note("result.date_order", f"早于检查日期 {start.isoformat()}", "请核对日期")
            log.note(row, event, note)
