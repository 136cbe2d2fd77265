"""A table as understood: rows of named texts, each with the cell it comes from, and what was left unread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ssj_docs.ground.problems import Problem
from ssj_docs.intake.sheets.columns import Kind
from ssj_docs.intake.sheets.workbook import Sheet
from ssj_docs.intake.tables.facts import titles
from ssj_docs.intake.tables.matching import Match
from ssj_docs.intake.values.reading import Note

_FAULTS = {
    "digits": Note("cell.digits", "数字超过15位，表格软件已把末几位变成0", "请把该列设为文本格式后重新填写", "error"),
    "formula": Note("cell.formula", "是没有计算过的公式，没有值", "请用表格软件打开并保存一次，或粘贴为数值", "error"),
}
RESTRICTED = ("id_number", "phone")


@dataclass(frozen=True)
class TableRow:
    """One row of a table, or one of several records that a row holds.

    Attributes:
        number: 1-based row in the sheet. texts: key → raw text, blank ones left out. columns: key → column number.
        inherited: keys whose text was said above (a merged cell, a section row, the title). cells: key → cell address,
            where it is not the crossing of row and column.
    """

    number: int
    texts: Mapping[str, str]
    columns: Mapping[str, int]
    inherited: frozenset[str] = frozenset()
    cells: Mapping[str, str] = field(default_factory=dict)
    address: Any = None

    def text(self, key: str) -> str:
        """Raw text of a key, empty if blank or not said."""
        return self.texts.get(key, "")

    def cell(self, key: str) -> str:
        """Cell address of a key, or the row where there is no such column."""
        if key in self.cells:
            return self.cells[key]
        column = self.columns.get(key)
        return self.address(self.number, column) if column and self.address else f"第 {self.number} 行"


@dataclass(frozen=True)
class Left:
    """A cell with content that gave no value, and why."""

    sheet: str
    cell: str
    text: str
    why: str

    def as_json(self) -> dict[str, str]:
        """The contract's shape."""
        return {"sheet": self.sheet, "cell": self.cell, "text": self.text, "why": self.why}


@dataclass(frozen=True)
class Choice:
    """One answer to a question: ``value`` is what ``--answer ID=VALUE`` takes, ``text`` what it means."""

    value: str
    text: str


@dataclass(frozen=True)
class Question:
    """Something that the table does not decide by itself."""

    id: str
    sheet: str
    cell: str
    text: str
    choices: tuple[Choice, ...]

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            "id": self.id,
            "sheet": self.sheet,
            "cell": self.cell,
            "text": self.text,
            "choices": [{"value": choice.value, "text": choice.text} for choice in self.choices],
        }


@dataclass(frozen=True)
class DataTable:
    """A table found in a file.

    Attributes:
        source: file name. sheet: the sheet. kind: kind of import. first_row, last_row: of its heading.
        matches: columns as understood. records: its rows, in order. above: texts above the heading.
        left: cells that gave no value. said: key → what is said once for all rows. heads: column → heading.
    """

    source: str
    sheet: Sheet = field(repr=False)
    kind: Kind
    first_row: int
    last_row: int
    matches: tuple[Match, ...]
    records: Sequence[TableRow] = field(repr=False)
    above: tuple[str, ...] = ()
    left: tuple[Left, ...] = field(default=(), repr=False)
    said: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[int, str] = field(default_factory=dict)

    @property
    def unused(self) -> Mapping[int, str]:
        """Column → heading of those that say nothing known."""
        used = {match.column for match in self.matches}
        return {column: label for column, label in self.heads.items() if column not in used}

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Key → its first column."""
        found: dict[str, int] = {}
        for match in self.matches:
            found.setdefault(match.key, match.column)
        return found

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Key → official column name."""
        return titles(self.kind)

    def label_of(self, key: str) -> str:
        """The heading of a key's column as written, empty where there is none."""
        return next((match.label for match in self.matches if match.key == key), "")

    def rows(self) -> Iterator[TableRow]:
        """The rows of data in order."""
        return iter(self.records)

    def has(self, key: str) -> bool:
        """True if a column, marks under headings or something around the table says this."""
        return key in self.columns or key in self.said or any(key in record.texts for record in self.records)

    def problem(self, row: TableRow, key: str, note: Note, value: str | None = None) -> Problem:
        """The Problem of a note at a cell; restricted values are named by the cell alone."""
        text = row.text(key) if value is None else value
        shown = "" if key in RESTRICTED else text.strip()
        return Problem(
            self.source,
            note.message,
            note.remedy,
            self.sheet.name,
            row.cell(key),
            self.titles.get(key, key),
            shown[:200],
            note.severity,
            note.code,
            note.about,
        )

    def cell_faults(self) -> list[Problem]:
        """Numbers that lost digits and formulas without a value, in the columns that are used."""
        keys = {match.column: match.key for match in self.matches}
        problems = []
        for (row, column), code in sorted(self.sheet.faults.items()):
            if row > self.last_row and column in keys and row not in self.sheet.hidden_rows:
                place = TableRow(row, {}, self.columns, cells={keys[column]: self.sheet.address(row, column)})
                problems.append(self.problem(place, keys[column], _FAULTS[code], ""))
        return problems
