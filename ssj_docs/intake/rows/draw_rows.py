"""Results of a draw made on the provincial platform → `Case`, one a subject in a task."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from ssj_docs.intake.rows.reading_result import Outcome, ProblemLog
from ssj_docs.intake.rows.register_index import RegisterIndex
from ssj_docs.intake.tables.table import Choice, DataTable, TableRow
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.identity import read_date
from ssj_docs.intake.values.reading import Note
from ssj_docs.model.case import Case
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector

#: headings of numbers that only count the lines of a sheet
_ORDINALS = ("序号", "编号", "NO", "NO.", "行号", "#")


@dataclass
class _Gathered:
    """A case in the making: several rows may name one inspector each."""

    row: TableRow
    case: Case
    people: list[Inspector] = field(default_factory=list)


def read_draw(
    table: DataTable, office: Office, index: RegisterIndex, serials: dict[tuple[str, int], str]
) -> Outcome[Case]:
    """Read a draw; a case that exists already keeps its id, so that a corrected file updates it.

    Without 抽取序号 the serial is that of the existing case, else the next in the task; so it is where a plain 序号
    counts anew on each sheet. ``serials``: task and serial → subject, of all tables of the import.
    """
    log = ProblemLog(table, index.answers)
    gathered: dict[tuple[str, str, int], _Gathered] = {}
    ordinal = squeeze(table.label_of("serial")).upper() in _ORDINALS
    rows = 0
    for row in table.rows():
        rows += 1
        task, subject = index.task(row, log), index.subject(row, log)
        people = index.people(row, log)
        if task is None or subject is None:
            continue
        round_ = _number(row, "round", log) or 1
        key = task.id, subject.id, round_
        if key not in gathered:
            serial = _serial(row, ordinal, log) or _next_serial(index, serials, *key)
            if ordinal and serials.get((task.id, serial), subject.id) != subject.id:
                serial = _next_serial(index, serials, *key)
            holder = serials.setdefault((task.id, serial), subject.id)
            if holder != subject.id or _taken(index, task.id, serial, subject.id):
                note = Note("draw.serial_repeated", "抽取序号已被同一任务的另一对象使用", "请核对抽取序号", "error")
                log.note(row, "serial", note)
            drawn = log.take(row, "drawn", read_date(row.text("drawn"), task.year))
            gathered[key] = _Gathered(row, _case(task.id, serial, subject.id, round_, drawn))
        gathered[key].people += people
    cases = [_finish(one, office, log) for one in gathered.values()]
    _ask_about_nobody(gathered.values(), log)
    return Outcome(rows, tuple(cases), (*table.cell_faults(), *log.problems), tuple(log.questions.values()))


def _case(task: str, serial: int, subject: str, round_: int, drawn: date | None) -> Case:
    return Case(f"{task}-{serial:04d}", task, serial, subject, (), drawn, round_)


def _serial(row: TableRow, ordinal: bool, log: ProblemLog) -> int | None:
    """The serial of a case; a plain ordinal that is no number means nothing."""
    if ordinal and not re.fullmatch(r"\d+", squeeze(row.text("serial"))):
        return None
    return _number(row, "serial", log)


def merged_cases(cases: Iterable[Case]) -> list[Case]:
    """Cases of several tables, each once: what one sheet says of its people is added to what another said."""
    found: dict[str, Case] = {}
    for case in cases:
        before = found.get(case.id)
        people = tuple(dict.fromkeys((*(before.inspectors if before else ()), *case.inspectors)))
        drawn = case.drawn or (before.drawn if before else None)
        found[case.id] = replace(case, inspectors=people, drawn=drawn)
    return list(found.values())


def _number(row: TableRow, key: str, log: ProblemLog) -> int | None:
    text = squeeze(row.text(key))
    if not text:
        return None
    digits = text.removeprefix("第").removesuffix("号").removesuffix("次").removesuffix("轮").removesuffix("批")
    digits = digits.rsplit("-", 1)[-1]
    if digits.isdigit() and 0 < int(digits) < 1_000_000:
        return int(digits)
    log.note(row, key, Note("draw.number", "应为正整数", "请改正", "error"))
    return None


def _taken(index: RegisterIndex, task: str, serial: int, subject: str) -> bool:
    existing = index.cases_by_id.get(f"{task}-{serial:04d}")
    return existing is not None and existing.subject != subject


def _next_serial(
    index: RegisterIndex, serials: dict[tuple[str, int], str], task: str, subject: str, round_: int
) -> int:
    known = index.case_of(task, subject, round_)
    if known:
        return known.serial
    used = [serial for name, serial in serials if name == task] + [c.serial for c in index.cases if c.task == task]
    return max(used, default=0) + 1


def _ask_about_nobody(gathered: Iterable[_Gathered], log: ProblemLog) -> None:
    """A visit without anybody who makes it is not passed over in silence."""
    alone = [one for one in gathered if not one.people]
    if not alone or any(problem.severity == "error" for problem in log.problems):
        return
    row, text = alone[0].row, f"有 {len(alone)} 户没有写检查人员，只登记抽中的对象，人员以后再补吗？"
    yes, no = Choice("yes", "是，只登记对象"), Choice("no", "不是，我先改表")
    if log.ask(row, "inspectors", "nobody", text, (yes, no)) == "no":
        note = Note("draw.nobody", "没有写检查人员", "请补填检查人员，再次导入", "error")
        log.note(row, "inspectors", note)


def _finish(one: _Gathered, office: Office, log: ProblemLog) -> Case:
    people = tuple(dict.fromkeys(inspector.id for inspector in one.people))
    wanted = office.rules.min_inspectors
    if 0 < len(people) < wanted:
        note = Note("draw.few_inspectors", f"检查人员只有 {len(people)} 人，少于 {wanted} 人", "请补足检查人员")
        log.note(one.row, "inspectors", note)
    return replace(one.case, inspectors=people)
