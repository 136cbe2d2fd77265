"""发文字号登记簿: numbers are taken atomically per 代字 and year, never twice, never lost (DESIGN invariant 1).

A number is taken in two steps in one transaction of the caller: `take` writes the row, the caller stores the document and
calls `complete`. The claim (what the number is for) makes it idempotent: the same claim gets the same number again.
GB/T 9704-2012 7.2.5: full year in 〔〕, no 第, no leading zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from ssj_docs.database.schema import numbers
from ssj_docs.ground.errors import NotFoundError, NumberConflictError, UsageError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import DocumentNumber, IssuedDocument, parse_number
from ssj_docs.model.office import NumberSeries, Office

#: placeholder for the serial during layout: three private-use characters, which no draft may contain
OPEN_SERIAL = "\ue0f8\ue0f9\ue0fa"


@dataclass(frozen=True)
class NumberRow:
    """A row of the register; ``state`` is issued, void or recorded."""

    series: str
    year: int
    serial: int
    state: str
    title: str
    date: date | None
    path: str
    sha256: str
    reason: str = ""

    @property
    def number(self) -> str:
        """发文字号 in canonical form."""
        return str(DocumentNumber(self.series, self.year, self.serial))

    def as_json(self) -> dict[str, Any]:
        """The row as `ssj numbers --json` gives it."""
        return {
            "series": self.series,
            "year": self.year,
            "serial": self.serial,
            "number": self.number,
            "state": self.state,
            "title": self.title,
            "date": self.date.isoformat() if self.date else None,
            "path": self.path,
            "sha256": self.sha256,
            "reason": self.reason,
        }


def _row(found: Any) -> NumberRow:
    return NumberRow(
        found.series,
        found.year,
        found.serial,
        found.state,
        found.title,
        found.date,
        found.path,
        found.sha256,
        found.reason,
    )


def series_of(office: Office, code: str) -> NumberSeries:
    """The series with this 代字. Raises: NotFoundError."""
    found = next((s for s in office.series if s.code == code), None)
    if found is None:
        known = "、".join(s.code for s in office.series)
        raise NotFoundError(f"没有代字“{code}”", Remedy(f"现有代字：{known}；新增的，", do("set", key="series")))
    return found


def open_number(series: NumberSeries | None, year: int) -> str:
    """发文字号 of the series and year with the serial left open; empty for a paper without one."""
    return f"{series.code}〔{year}〕{OPEN_SERIAL}号" if series else ""


def take(
    connection: Connection, series: NumberSeries, year: int, *, claim: str, title: str, day: date | None, now: datetime
) -> NumberRow:
    """Take the next number of the series and year for this claim; the same claim gets its number again.

    Must run in a writing transaction (`Workspace.transaction`), which holds the only write lock.
    """
    held = connection.execute(select(numbers).where(numbers.c.claim == claim)).first()
    if held is not None:
        return _row(held)
    last = connection.execute(
        select(func.max(numbers.c.serial)).where(numbers.c.series == series.code, numbers.c.year == year)
    ).scalar()
    serial = max((last or 0) + 1, series.start)
    connection.execute(
        insert(numbers).values(
            series=series.code,
            year=year,
            serial=serial,
            state="issued",
            claim=claim,
            title=title,
            date=day,
            path="",
            sha256="",
            reason="",
            taken=now.isoformat(timespec="seconds"),
        )
    )
    return NumberRow(series.code, year, serial, "issued", title, day, "", "")


def holder(connection: Connection, claim: str) -> NumberRow | None:
    """The number held by this claim, or None."""
    held = connection.execute(select(numbers).where(numbers.c.claim == claim)).first()
    return _row(held) if held is not None else None


def of_paper(connection: Connection, paper: IssuedDocument) -> NumberRow | None:
    """The row of an issued paper, None if it has no number."""
    if not paper.number:
        return None
    found = connection.execute(select(numbers).where(numbers.c.path == paper.path)).first()
    return _row(found) if found is not None else None


def complete(connection: Connection, row: NumberRow, *, path: str, sha256: str) -> None:
    """Record where the document of a number is; a recorded digest is never replaced."""
    connection.execute(
        update(numbers)
        .where(
            numbers.c.series == row.series,
            numbers.c.year == row.year,
            numbers.c.serial == row.serial,
        )
        .values(path=path, sha256=sha256)
    )


def void(connection: Connection, text: str, reason: str) -> NumberRow:
    """Void a number; its row stays with the reason and the number is never taken again.

    Raises: NotFoundError, NumberConflictError if it is void already, UsageError without a reason.
    """
    if not reason.strip():
        raise UsageError("作废文号要写明原因", Remedy(do("void_number", number=text, reason="")))
    row = find(connection, text)
    if row.state == "void":
        raise NumberConflictError(f"{row.number} 已经作废", f"作废原因：{row.reason}")
    where = (numbers.c.series == row.series, numbers.c.year == row.year, numbers.c.serial == row.serial)
    connection.execute(update(numbers).where(*where).values(state="void", reason=reason.strip(), claim=None))
    return find(connection, text)


def record(
    connection: Connection, office: Office, text: str, *, title: str, day: date | None, now: datetime
) -> NumberRow:
    """Record a number issued outside this system, in one of the office's series.

    Raises: UsageError if it is not a number, NotFoundError for an unknown series, NumberConflictError if it is taken.
    """
    number = _parsed(text)
    series_of(office, number.series)
    if day is not None and day.year != number.year:
        raise UsageError(f"{number} 是 {number.year} 年的文号，成文日期却是 {day}", "核对文号的年份和成文日期")
    taken = connection.execute(
        select(numbers).where(
            numbers.c.series == number.series, numbers.c.year == number.year, numbers.c.serial == number.serial
        )
    ).first()
    if taken is not None:
        raise NumberConflictError(f"{number} 已登记（{taken.title or '无题名'}）", "核对纸质登记簿后换一个文号")
    connection.execute(
        insert(numbers).values(
            series=number.series,
            year=number.year,
            serial=number.serial,
            state="recorded",
            claim=None,
            title=title,
            date=day,
            path="",
            sha256="",
            reason="",
            taken=now.isoformat(timespec="seconds"),
        )
    )
    return find(connection, str(number))


def _parsed(text: str) -> DocumentNumber:
    number = parse_number(text)
    if number is None:
        raise UsageError(f"“{text}”不是发文字号", "应写作 代字〔年份〕序号号，例如 青双随机办〔2026〕3号")
    return number


def find(connection: Connection, text: str) -> NumberRow:
    """The register's row of a number in any bracket style. Raises: UsageError, NotFoundError."""
    number = _parsed(text)
    found = connection.execute(
        select(numbers).where(
            numbers.c.series == number.series, numbers.c.year == number.year, numbers.c.serial == number.serial
        )
    ).first()
    if found is None:
        raise NotFoundError(f"登记簿中没有 {number}", Remedy(do("show_numbers")))
    return _row(found)


def register(connection: Connection, *, series: str | None = None, year: int | None = None) -> list[NumberRow]:
    """The register in order of series, year and serial."""
    query = select(numbers).order_by(numbers.c.series, numbers.c.year, numbers.c.serial)
    if series is not None:
        query = query.where(numbers.c.series == series)
    if year is not None:
        query = query.where(numbers.c.year == year)
    return [_row(found) for found in connection.execute(query)]


def gaps(rows: list[NumberRow], office: Office) -> list[str]:
    """Numbers missing below the highest serial of each series and year."""
    missing: list[str] = []
    for series, year in sorted({(row.series, row.year) for row in rows}):
        held = {row.serial for row in rows if (row.series, row.year) == (series, year)}
        start = next((s.start for s in office.series if s.code == series), 1)
        missing += [str(DocumentNumber(series, year, n)) for n in range(min(start, *held), max(held)) if n not in held]
    return missing
