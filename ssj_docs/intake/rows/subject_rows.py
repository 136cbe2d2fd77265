"""检查对象名录 → `Subject`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ssj_docs.intake.rows.reading_result import Outcome, ProblemLog
from ssj_docs.intake.tables.table import DataTable, TableRow
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.identity import read_credit_code, read_date, read_phone, read_registration
from ssj_docs.intake.values.reading import Note
from ssj_docs.intake.values.vocabulary import read_grade
from ssj_docs.model.people import Subject


def read_subjects(table: DataTable, known: Iterable[Subject] = ()) -> Outcome[Subject]:
    """Read subjects; id is the credit code, else the registration number, else ``S`` and a serial.

    Args:
        known: subjects of the register, so that one without numbers keeps its serial when it comes again.
    """
    log = ProblemLog(table)
    serials = _Serials(known)
    subjects: dict[str, Subject] = {}
    first_row: dict[str, int] = {}
    rows = 0
    for row in table.rows():
        rows += 1
        subject = _subject(row, log, serials)
        if subject is None:
            continue
        if subject.id in subjects:
            _repeated(row, subject, subjects[subject.id], first_row[subject.id], log)
        else:
            first_row[subject.id] = row.number
            subjects[subject.id] = subject
    return Outcome(rows, tuple(subjects.values()), (*table.cell_faults(), *log.problems))


def split_tags(text: str) -> tuple[str, ...]:
    """Tags or fields of a cell, each once."""
    parts = (clean(part) for part in re.split(r"[、，,;；|\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


class _Serials:
    """Serials of subjects without numbers (projects, places): by name and address."""

    def __init__(self, known: Iterable[Subject]) -> None:
        self._by_place: dict[tuple[str, str], str] = {}
        self._last = 0
        for subject in known:
            if re.fullmatch(r"S\d+", subject.id):
                self._by_place[subject.name, subject.address] = subject.id
                self._last = max(self._last, int(subject.id[1:]))

    def of(self, name: str, address: str) -> str:
        if (name, address) not in self._by_place:
            self._last += 1
            self._by_place[name, address] = f"S{self._last:04d}"
        return self._by_place[name, address]


def _subject(row: TableRow, log: ProblemLog, serials: _Serials) -> Subject | None:
    if not log.require(row, ("name",), "subject.blank"):
        return None
    code, registration = _numbers(row, log)
    name, address = clean(row.text("name")), clean(row.text("address"))
    plain = {key: clean(row.text(key)) for key in _PLAIN}
    return Subject(
        id=code or registration or serials.of(name, address),
        name=name,
        credit_code=code,
        registration=registration,
        address=address,
        phone=log.take(row, "phone", read_phone(row.text("phone"))),
        founded=log.take(row, "founded", read_date(row.text("founded"))),
        grade=log.take(row, "grade", read_grade(row.text("grade"))),
        tags=split_tags(row.text("tags")),
        **plain,
    )


_PLAIN = ("representative", "district", "jurisdiction", "registrar", "type", "industry", "scope", "status")


def _numbers(row: TableRow, log: ProblemLog) -> tuple[str, str]:
    """Credit code and 注册号; one column may hold either (统一社会信用代码/注册号)."""
    written = row.text("credit_code")
    registration = log.take(row, "registration", read_registration(row.text("registration")))
    if re.fullmatch(r"\d{13}|\d{15}", squeeze(written)) and not registration:
        label = log.table.label_of("credit_code")
        if "注册号" not in label:
            note = Note(
                "subject.code_is_registration",
                "是注册号，不是统一社会信用代码，已按注册号读入",
                "请填18位统一社会信用代码",
            )
            log.note(row, "credit_code", note)
        return "", log.take(row, "credit_code", read_registration(written))
    return log.take(row, "credit_code", read_credit_code(written)), registration


def _repeated(row: TableRow, subject: Subject, before: Subject, first_row: int, log: ProblemLog) -> None:
    key = "credit_code" if subject.credit_code else "registration" if subject.registration else "name"
    if subject == before:
        note = Note("subject.repeated", f"与第 {first_row} 行重复，只读入一次", "请删去一行")
    else:
        note = Note("subject.conflict", f"与第 {first_row} 行是同一号码，内容却不同", "请核对后只留一行", "error")
    log.note(row, key, note)


def by_name(subjects: Iterable[Subject]) -> Mapping[str, list[Subject]]:
    """Squeezed name → subjects of that name."""
    found: dict[str, list[Subject]] = {}
    for subject in subjects:
        found.setdefault(squeeze(subject.name), []).append(subject)
    return found
