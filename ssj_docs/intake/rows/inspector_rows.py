"""执法检查人员名录 → `Inspector`."""

from __future__ import annotations

import calendar
import re
from datetime import date

from ssj_docs.intake.rows.reading_result import Outcome, ProblemLog
from ssj_docs.intake.rows.subject_rows import split_tags
from ssj_docs.intake.tables.table import DataTable, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, fold, squeeze
from ssj_docs.intake.values.identity import read_date, read_id_number, read_phone
from ssj_docs.intake.values.reading import Note, Reading
from ssj_docs.intake.values.vocabulary import read_sex, read_yes
from ssj_docs.model.office import Office
from ssj_docs.model.people import Inspector


def read_inspectors(table: DataTable, office: Office) -> Outcome[Inspector]:
    """Read inspectors; the id is the 执法证号, the department its canonical name."""
    log = ProblemLog(table)
    names = DepartmentNames(office)
    inspectors: dict[str, Inspector] = {}
    rows = 0
    for row in table.rows():
        rows += 1
        inspector = _inspector(row, names, log)
        if inspector is None:
            continue
        before = inspectors.setdefault(inspector.id, inspector)
        if before != inspector:
            note = Note("inspector.conflict", f"执法证号与“{before.name}”相同，内容却不同", "请核对执法证号", "error")
            log.note(row, "id", note)
    return Outcome(rows, tuple(inspectors.values()), (*table.cell_faults(), *log.problems))


def _read_valid(text: str) -> Reading[date | None]:
    """The last day of 有效期: of a span its end, of a month its last day; 长期 has none."""
    body = re.split(r"[至到—~～－]+|(?<=\d)-(?=(?:19|20)\d\d\D)", fold(text))[-1]
    if squeeze(body) in ("长期", "长期有效", "永久", "无期限", "/", "无"):
        return Reading(None)
    month = re.fullmatch(r"(\d{4})[-./年](\d{1,2})月?", squeeze(body))
    if month and 1 <= int(month[2]) <= 12:
        year, number = int(month[1]), int(month[2])
        return Reading(date(year, number, calendar.monthrange(year, number)[1]))
    return read_date(body)


def _status(text: str, heading: str) -> str:
    """The status; 是 and 否 under 是否在岗 say 在岗 and 不在岗."""
    asked = re.search(r"是否([\u4e00-\u9fff]{2,4})$", squeeze(heading))
    yes = read_yes(text) if asked else None
    return text if yes is None or not asked else f"{'' if yes else '不'}{asked[1]}"


def _valid_from(row: TableRow, log: ProblemLog) -> date | None:
    """The first day of the certificate: its own column, or the beginning of a span under 有效期."""
    text = row.text("valid_from")
    if not text:
        parts = re.split(r"[至到—~～－]+|(?<=\d)-(?=(?:19|20)\d\d\D)", fold(row.text("valid_until")))
        return _first_day(parts[0]).value if len(parts) > 1 else None
    return log.take(row, "valid_from", _first_day(text))


def _first_day(text: str) -> Reading[date | None]:
    """A day; of a month its first."""
    month = re.fullmatch(r"(\d{4})[-./年](\d{1,2})月?", squeeze(text))
    if month and 1 <= int(month[2]) <= 12:
        return Reading(date(int(month[1]), int(month[2]), 1))
    return read_date(text)


def _inspector(row: TableRow, names: DepartmentNames, log: ProblemLog) -> Inspector | None:
    if not log.require(row, ("name", "department", "id"), "inspector.blank"):
        return None
    departments = log.take(row, "department", names.read(row.text("department")))
    if len(departments) > 1:
        note = Note("inspector.departments", "一人写了几个单位", "请只写一个", "error")
        log.note(row, "department", note)
    return Inspector(
        id=squeeze(row.text("id")),
        name="".join(clean(row.text("name")).split()),
        sex=log.take(row, "sex", read_sex(row.text("sex"))),
        department=departments[0][1] if departments else "",
        post=clean(row.text("post")),
        phone=log.take(row, "phone", read_phone(row.text("phone"))),
        id_number=log.take(row, "id_number", read_id_number(row.text("id_number"))),
        fields=split_tags(row.text("fields")),
        recuse=split_tags(row.text("recuse")),
        valid_until=log.take(row, "valid_until", _read_valid(row.text("valid_until"))),
        valid_from=_valid_from(row, log),
        status=_status(clean(row.text("status")), log.table.label_of("status")),
    )
