"""Subjects, inspectors and cases that a platform's export names and the registers do not have: gathered, made if allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ssj_docs.intake.rows.subject_rows import split_tags
from ssj_docs.intake.tables.facts import exact_names, other_names
from ssj_docs.intake.tables.table import DataTable, TableRow
from ssj_docs.intake.values.department_names import DepartmentNames
from ssj_docs.intake.values.folding import clean, squeeze
from ssj_docs.intake.values.identity import read_credit_code, read_date, read_phone, read_registration
from ssj_docs.intake.values.vocabulary import read_grade
from ssj_docs.model.case import Case
from ssj_docs.model.people import Inspector, Subject

#: what may be made, with the word for it
NEWCOMERS = {"subjects": "检查对象", "inspectors": "执法检查人员", "cases": "案件"}


@dataclass
class Newcomers:
    """What one import makes, of the kinds that are allowed.

    Attributes:
        allowed: of `NEWCOMERS`. names: the office's departments. taken: ids of people and subjects that are in the registers.
        registered: cases that are there.
        subjects, inspectors, cases: made so far, by id.
    """

    allowed: Collection[str] = ()
    names: DepartmentNames | None = None
    taken: Collection[str] = ()
    registered: Sequence[Case] = ()
    subjects: dict[str, Subject] = field(default_factory=dict)
    inspectors: dict[str, Inspector] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    _numbered: dict[str, Subject] = field(default_factory=dict)
    _named: dict[str, list[str]] = field(default_factory=dict)
    _case_of: dict[tuple[str, str], str] = field(default_factory=dict)
    _serials: dict[str, set[int]] = field(default_factory=dict)
    _further: dict[int, FurtherColumns] = field(default_factory=dict)

    @property
    def made(self) -> Mapping[str, Sequence[Any]]:
        """Kind → the models that were made; only kinds of which there are any."""
        every: dict[str, dict[str, Any]] = {
            "subjects": self.subjects,
            "inspectors": self.inspectors,
            "cases": self.cases,
        }
        return {kind: list(found.values()) for kind, found in every.items() if found}

    def subject(self, row: TableRow, table: DataTable) -> Subject | None:
        """The subject a row names; None where it is not allowed, has no name, or its number is another's."""
        name = clean(row.text("subject"))
        if "subjects" not in self.allowed or not name:
            return None
        code = read_credit_code(row.text("credit_code")).value
        registration = read_registration(row.text("registration")).value
        key = code or registration or name
        further = self._further.setdefault(id(table), FurtherColumns(table))
        known = self._numbered.get(key)
        if known is not None:
            further.compare(row, known)
            return known if known.name == name else None
        identity = code or registration or self._serial("S", self.subjects)
        made = replace(further.filled(row), id=identity, name=name, credit_code=code, registration=registration)
        self._numbered[key] = self.subjects[made.id] = made
        return made

    def _serial(self, letter: str, made: Iterable[str]) -> str:
        used = [int(key[1:]) for key in (*self.taken, *made) if re.fullmatch(rf"{letter}\d{{1,8}}", key)]
        return f"{letter}{max(used, default=0) + 1:04d}"

    def inspector(self, name: str, certificate: str, department: str) -> Inspector | None:
        """A person by name, certificate (a serial ``P0001`` where none is told) and department as written."""
        if "inspectors" not in self.allowed or not name:
            return None
        office = (self.names.canonical(department) or "") if self.names and department else ""
        alike = [self.inspectors[key] for key in self._named.get(name, ())]
        if certificate:
            known = self.inspectors.get(certificate)
            if known is not None and known.name != name:
                return None
        else:
            known = next((one for one in alike if not office or one.department in ("", office)), None)
        if known is None:
            known = Inspector(certificate or self._serial("P", self.inspectors), name, department=office)
            self._named.setdefault(name, []).append(known.id)
        self.inspectors[known.id] = replace(known, department=known.department or office)
        return self.inspectors[known.id]

    def case(self, task: str, subject: str, serial: int, people: Iterable[Inspector]) -> Case:
        """The case of a subject in a task, with this serial if it is free; rows after the first add their people."""
        made = self.cases.get(self._case_of.get((task, subject), ""))
        if made is None:
            used = self._serials.setdefault(task, {one.serial for one in self.registered if one.task == task})
            serial = serial if 0 < serial < 1_000_000 and serial not in used else max(used, default=0) + 1
            used.add(serial)
            made = Case(f"{task}-{serial:04d}", task, serial, subject)
        made = replace(made, inspectors=tuple(dict.fromkeys((*made.inspectors, *(one.id for one in people)))))
        self.cases[made.id] = made
        self._case_of[task, subject] = made.id
        return made

    def used_cells(self) -> set[tuple[str, str]]:
        """(sheet, cell) that gave a subject a value though its column means nothing to the table's kind."""
        return {cell for further in self._further.values() for cell in further.used}


class FurtherColumns:
    """Columns of a draw or of results that only a subject has (地址, 电话), known by their exact headings."""

    def __init__(self, table: DataTable) -> None:
        self._table = table
        self._columns: dict[str, int] = {}
        self._rows = {row.number: row for row in table.sheet.rows}
        self.used: set[tuple[str, str]] = set()
        for column, label in table.unused.items():
            heading = squeeze(label).upper()
            key = exact_names("subjects").get(heading) or other_names("subjects").get(heading)
            if key in _READ or key in _TEXTS:
                self._columns.setdefault(str(key), column)

    def filled(self, row: TableRow) -> Subject:
        """A subject without name and numbers, with what these columns say in a row."""
        values = dict(self._values(row))
        self._use(row, values)
        return Subject("", "", **values)

    def compare(self, row: TableRow, known: Subject) -> None:
        """A further row of a subject: what it says again is used, what it says otherwise is left and told."""
        self._use(row, [key for key, value in self._values(row) if getattr(known, key) == value])

    def _values(self, row: TableRow) -> Iterator[tuple[str, Any]]:
        source = self._rows.get(row.number)
        for key, column in self._columns.items() if source else ():
            text = source.text(column) if source else ""
            if text.strip():
                yield key, _READ[key](text) if key in _READ else clean(text)

    def _use(self, row: TableRow, keys: Iterable[str]) -> None:
        sheet = self._table.sheet
        self.used |= {(sheet.name, sheet.address(row.number, self._columns[key])) for key in keys}


_TEXTS = ("representative", "address", "district", "type", "industry", "scope", "status")
_READ: Mapping[str, Callable[[str], Any]] = {
    "phone": lambda text: read_phone(text).value,
    "founded": lambda text: read_date(text).value,
    "grade": lambda text: read_grade(text).value,
    "tags": split_tags,
}
