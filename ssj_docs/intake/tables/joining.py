"""Draws in several tables: subjects in one, inspectors in another, joined by a group or a code; or people against subjects in
a matrix. The registers say which cells are subjects and inspectors, whatever their headings; the outcome is one plain table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ssj_docs.intake.sheets.workbook import Row, Sheet
from ssj_docs.intake.tables.contents import CellKinds
from ssj_docs.intake.tables.dimensions import marked
from ssj_docs.intake.tables.register import LEADING, Register
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.people_list import NamedPerson

_STARS = "★☆●"
_LEADS = re.compile("|".join(LEADING))
_MARK = re.compile(r"[^\u4e00-\u9fff\w]{0,2}|[VvYyxX]|是|否|有|无|组长|组员|参加|\d")
_SPLIT = re.compile(r"[、，,;；/\s]+")
#: beyond this a sheet is a list, not a draw that somebody laid out by hand
_LARGEST = 3000
#: what many rows share without belonging together
_NO_KEYS = frozenset(("date", "department", "sex", "duty", "percent", "mark", "task"))
_PEOPLE, _SUBJECT = "检查人员", "检查对象"


@dataclass
class _Grid:
    """A sheet with its merged cells filled downwards; ``subjects``, ``people``: row → columns that name one."""

    sheet: Sheet
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    subjects: dict[int, list[int]] = field(default_factory=dict)
    people: dict[int, list[int]] = field(default_factory=dict)

    def text(self, row: int, column: int) -> str:
        return self.cells.get((row, column), "")

    def width(self) -> int:
        return max((column for _, column in self.cells), default=0)


@dataclass(frozen=True)
class _Link:
    """The column that refers, the grid and column of the keys it refers to."""

    column: int
    grid: _Grid
    key: int


def joined_sheets(sheets: Sequence[Sheet], kinds: CellKinds) -> tuple[Sheet, ...]:
    """The sheets, where the people of a draw stand apart from its subjects with both in one table; else as they are."""
    register = kinds.register
    if not register.people or sum(len(sheet.rows) for sheet in sheets) > _LARGEST:
        return tuple(sheets)
    grids = [_grid(sheet, register) for sheet in sheets if not sheet.hidden]
    for grid in grids:
        if crossed := _matrix(grid):
            return tuple(crossed if sheet is grid.sheet else sheet for sheet in sheets)
    for grid in grids:
        people = next(_links(grid, grids, kinds, people=True), None)
        if not people:
            continue
        rows = _referring(grid, people)
        known = {row for row in rows if grid.subjects.get(row)}
        subject = next(_links(grid, grids, kinds, people=False), None) if len(known) * 2 < len(rows) else None
        if len(known) * 2 >= len(rows) or subject:
            used = {id(link.grid.sheet) for link in (people, subject) if link and link.grid is not grid}
            one = _together(grid, people, subject, register)
            return tuple(one if sheet is grid.sheet else sheet for sheet in sheets if id(sheet) not in used)
    return tuple(sheets)


def _grid(sheet: Sheet, register: Register) -> _Grid:
    grid = _Grid(sheet)
    for line in sheet.rows:
        grid.cells |= {(line.number, column): text.strip() for column, text in enumerate(line.texts, 1) if text.strip()}
    for r1, c1, r2, c2 in sheet.merged:
        for row in range(r1, min(r2, r1 + _LARGEST) + 1):
            for column in range(c1, min(c2, c1 + 60) + 1):
                if (r1, c1) in grid.cells and (r2 == r1 or c1 == c2):
                    grid.cells.setdefault((row, column), grid.cells[r1, c1])
    for (row, column), text in sorted(grid.cells.items()):
        if squeeze(text) in register.subjects:
            grid.subjects.setdefault(row, []).append(column)
        elif len(register.people_in(text)) == 1:
            grid.people.setdefault(row, []).append(column)
    return grid


def _parts(text: str) -> list[str]:
    return [part for part in _SPLIT.split(text) if part]


def _links(grid: _Grid, grids: Sequence[_Grid], kinds: CellKinds, *, people: bool) -> Iterator[_Link]:
    """Columns of a grid whose cells are keys of rows, here or elsewhere, that name people (or subjects)."""
    whole = any(row in grid.people for row in grid.subjects)
    for other in grids:
        named = other.people if people else other.subjects
        if len(named) < 2 or (whole and other is not grid):
            continue
        persons = {column for columns in other.people.values() for column in columns}
        for key in sorted(set(range(1, other.width() + 1)) - persons):
            keys = {other.text(row, key) for row in named if key not in named[row]} - {"", "无", "—", "-", "/"}
            if not keys or not all(len(one) <= 12 and not kinds.kinds(one) & _NO_KEYS for one in keys):
                continue
            own = {column for columns in grid.people.values() for column in columns}
            for column in sorted(set(range(1, grid.width() + 1)) - (own if people and grid is not other else set())):
                link = _Link(column, other, key)
                if (grid is not other or not _same_table(grid, column, key)) and _refers(grid, link, keys):
                    yield link


def _refers(grid: _Grid, link: _Link, keys: set[str]) -> bool:
    """True where at least two cells are keys, and those below them are too; bare numbers only under headings alike."""
    rows = _referring(grid, link, keys)
    if len(rows) < 2:
        return False
    below = [row for row in range(rows[0], rows[-1] + 1) if grid.text(row, link.column)]
    if len(below) > len(rows):
        return False
    if all(re.fullmatch(r"[\d.]+", key) for key in keys):
        own, other = _head(grid, rows[0], link.column), _head(link.grid, min(link.grid.people or (1,)), link.key)
        return bool(set(own) & set(other) & set("组队号编")) and "序" not in own + other
    return True


def _referring(grid: _Grid, link: _Link, keys: set[str] | None = None) -> list[int]:
    """The rows whose cell in the link's column is one or several keys, apart from the rows that hold the keys."""
    named = link.grid.people if set(link.grid.people) else link.grid.subjects
    known = keys or {link.grid.text(row, link.key) for row in (*link.grid.people, *link.grid.subjects)} - {""}
    stacked = grid is link.grid and link.column == link.key
    found = []
    for row in sorted({row for row, _ in grid.cells}):
        parts = _parts(grid.text(row, link.column))
        whole = grid.text(row, link.column) in known or (bool(parts) and all(part in known for part in parts))
        if whole and not (stacked and row in named):
            found.append(row)
    return found


def _same_table(grid: _Grid, column: int, key: int) -> bool:
    """True where two columns belong to one table: subject and inspector of a row belong together already."""
    both = [row for row in grid.subjects if row in grid.people]
    if not both:
        return False
    subject, person = grid.subjects[both[0]][0], grid.people[both[0]][0]
    return not (max(subject, column) < min(key, person) or max(key, person) < min(subject, column))


def _head(grid: _Grid, row: int, column: int) -> str:
    """The nearest text above that is no key itself."""
    return next((grid.text(r, column) for r in range(row - 1, 0, -1) if grid.text(r, column)), "")


def _together(grid: _Grid, people: _Link, subject: _Link | None, register: Register) -> Sheet:
    """The referring table with the people (and subjects) in place of what refers to them."""
    rows = _referring(grid, people)
    gone = _taken_away(grid, people, rows)
    head = max((row for row, _ in grid.cells if row < rows[0]), default=rows[0])
    cells = {place: text for place, text in _written(grid).items() if place not in gone}
    cells[head, people.column] = _PEOPLE
    if subject:
        cells[head, subject.column] = _SUBJECT
    for row in rows:
        named = _people_of(grid.text(row, people.column), people, register)
        cells[row, people.column] = "、".join(map(str, named))
        if subject:
            cells[row, subject.column] = _subject_of(grid.text(row, subject.column), subject)
    kept = tuple(one for one in grid.sheet.merged if (one[0], one[1]) in cells)
    return replace(grid.sheet, rows=_rows(cells), merged=kept)


def _taken_away(grid: _Grid, link: _Link, rows: Sequence[int]) -> set[tuple[int, int]]:
    """The cells of the table of people, where it stands in the same sheet: beside the subjects, or above or below them."""
    if link.grid is not grid:
        return set()
    named = sorted(row for row in grid.people if grid.text(row, link.key))
    first, last = named[0] - 1, named[-1]
    if link.column == link.key or not set(named) & set(rows):
        return {place for place in grid.cells if first <= place[0] <= last}
    beyond = link.key > link.column
    top = min(first, rows[0] - 1)
    return {
        (row, column)
        for row, column in grid.cells
        if top <= row <= max(last, rows[-1]) and (column >= link.key if beyond else column < link.column)
    }


def _people_of(text: str, link: _Link, register: Register) -> list[NamedPerson]:
    """The people whose rows carry the keys of a cell, each with number and unit, who leads first."""
    grid = link.grid
    keys = {text, *_parts(text)}
    found: list[tuple[bool, NamedPerson]] = []
    for row in sorted(grid.people):
        if grid.text(row, link.key) not in keys:
            continue
        columns = grid.people[row]
        texts = [grid.text(row, column) for column in range(1, grid.width() + 1)]
        own = [register.people_in(grid.text(row, column))[0] for column in columns]
        name = next((one.name for one in own if not one.name.isascii()), own[0].name)
        asides = [one.name for one in own if one.name != name and register.people[one.name] & register.people[name]]
        units = [one for one in texts if re.search(r"[局委队会院部]$", one) and len(one) <= 20]
        leads = any(len(one) <= 8 and _LEADS.search(one) and "副" not in one for one in texts)
        found.append((leads, NamedPerson(name, tuple(dict.fromkeys([*asides, *units])))))
    return [person for _, person in sorted(found, key=lambda one: not one[0])]


def _subject_of(text: str, link: _Link) -> str:
    row = next((row for row in link.grid.subjects if link.grid.text(row, link.key) == text), 0)
    named = [link.grid.text(row, column) for column in link.grid.subjects.get(row, ())]
    return next((one for one in named if not one.isascii()), named[0] if named else "")


def _rows(cells: Mapping[tuple[int, int], str]) -> tuple[Row, ...]:
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        by_row.setdefault(row, {})[column] = text
    return tuple(
        Row(number, tuple(found.get(column, "") for column in range(1, max(found) + 1)))
        for number, found in sorted(by_row.items())
    )


# --- people against subjects ----------------------------------------------------------------------------------------
def _matrix(grid: _Grid) -> Sheet | None:
    """A heading of people over marks beside subjects, or a heading of subjects over marks beside people."""
    for across, down, turned in ((grid.people, grid.subjects, False), (grid.subjects, grid.people, True)):
        for head, columns in across.items():
            below = [row for row in down if row > head and not set(down[row]) & set(columns)]
            marks = [grid.text(row, column) for row in below for column in columns]
            if len(columns) >= 2 and head not in down and any(marks) and all(map(_MARK.fullmatch, marks)):
                return _turned(grid, head, columns, below) if turned else _summed(grid, head, columns, below)
    return None


def _summed(grid: _Grid, head: int, columns: Sequence[int], below: Sequence[int]) -> Sheet:
    """Marks under people become the people, who leads first."""
    area = {(row, column) for row in (head - 1, *below) for column in columns}
    cells = {place: text for place, text in _written(grid).items() if place not in area}
    cells |= {(head, column): _PEOPLE for column in columns}
    for row in below:
        named = [column for column in columns if _yes(grid.text(row, column))]
        named.sort(key=lambda column, row=row: grid.text(row, column) not in _STARS)  # type: ignore[misc]
        for place, column in zip(columns, named, strict=False):
            unit = grid.text(head - 1, column)
            cells[row, place] = str(NamedPerson(squeeze(grid.text(head, column)), (unit,) if unit else ()))
    kept = tuple(one for one in grid.sheet.merged if (one[0], one[1]) in cells)
    return replace(grid.sheet, rows=_rows(cells), merged=kept)


def _turned(grid: _Grid, head: int, columns: Sequence[int], below: Sequence[int]) -> Sheet:
    """Marks under subjects: a row for each subject with the people marked."""
    cells = {place: text for place, text in _written(grid).items() if place[0] < head or place[0] > max(below)}
    places = dict(grid.sheet.places)
    start = max(below) + 1000
    cells[start, 1], cells[start, 2] = _SUBJECT, _PEOPLE
    for number, column in enumerate(columns, start + 1):
        marked_rows = sorted(
            (row for row in below if _yes(grid.text(row, column))),
            key=lambda row, c=column: grid.text(row, c) not in _STARS,  # type: ignore[misc]
        )
        people = [
            NamedPerson(squeeze(grid.text(row, grid.people[row][0])), _units_beside(grid, row)) for row in marked_rows
        ]
        cells[number, 1], cells[number, 2] = grid.text(head, column), "、".join(map(str, people))
        places[number, 1] = grid.sheet.address(head, column)
        places[number, 2] = grid.sheet.address(min(below), column)
    return replace(grid.sheet, rows=_rows(cells), merged=(), places=places)


def _written(grid: _Grid) -> dict[tuple[int, int], str]:
    """The cells as they were, merged ones not filled."""
    return {(row.number, column): text for row in grid.sheet.rows for column, text in enumerate(row.texts, 1) if text}


def _yes(text: str) -> bool:
    return bool(text) and marked(text)


def _units_beside(grid: _Grid, row: int) -> tuple[str, ...]:
    texts = [grid.text(row, column) for column in range(1, grid.width() + 1)]
    return tuple(one for one in texts if re.search(r"[局委队会院部]$", one))
