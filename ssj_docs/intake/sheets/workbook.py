"""Files from outside → frozen sheets of raw text, read in a child process with limits on memory and time."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssj_docs.ground.child_process import LACKING, clean_environment, lacking_library, python_child
from ssj_docs.ground.errors import DataError, NotFoundError

MEMORY_MB = 800
SECONDS = 90
MAX_FILE_BYTES = 200_000_000
_REMEMBERED = 20_000
_CHILD = "ssj_docs.intake.sheets.workbook_child"


@dataclass(frozen=True)
class Row:
    """One row that holds something: its 1-based number and its raw texts from column A on."""

    number: int
    texts: tuple[str, ...]

    def text(self, column: int) -> str:
        """Raw text of a 1-based column, empty beyond the last."""
        return self.texts[column - 1] if column <= len(self.texts) else ""


@dataclass(frozen=True)
class Sheet:
    """A sheet as it stands in the file.

    Attributes:
        source: file name. name: sheet name, empty for csv. rows: rows with content, in order.
        merged: merged ranges (first row, first column, last row, last column), 1-based, inclusive.
        faults: (row, column) → ``digits`` (a number that has lost digits) or ``formula`` (never calculated).
        fills: (row, column) → colour of a cell with text. hidden: the sheet is hidden; hidden_rows, hidden_columns.
        transposed: rows and columns were exchanged, so that cell addresses are exchanged back.
        places: addresses of cells that were moved.
    """

    source: str
    name: str
    rows: tuple[Row, ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict)
    fills: Mapping[tuple[int, int], str] = field(default_factory=dict)
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    transposed: bool = False
    places: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def address(self, row: int, column: int) -> str:
        """Cell address in the file."""
        if (row, column) in self.places:
            return self.places[row, column]
        return cell_name(column, row) if self.transposed else cell_name(row, column)


def column_letters(column: int) -> str:
    """A for 1, N for 14, AA for 27."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Cell address such as ``G13``."""
    return f"{column_letters(column)}{row}"


def read_workbook(path: Path, *, megabytes: int = MEMORY_MB, seconds: int = SECONDS) -> tuple[Sheet, ...]:
    """Read .xlsx, .xlsm, .xls, .ods or .csv (UTF-8, BOM, UTF-16, GB18030).

    Raises:
        NotFoundError: there is no such file.
        DataError: the file is damaged, locked, no table, or breaks the limits; its message names the file.
        MissingProgramError: this machine lacks a library for it.
    """
    if not path.is_file():
        raise NotFoundError(f"找不到文件：{path}", "请核对文件名和所在文件夹")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise DataError(f"{path.name}：文件超过 {MAX_FILE_BYTES // 1_000_000} MB", "请拆成几个文件")
    command = python_child(_CHILD, str(path.resolve()), str(megabytes), str(seconds))
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(
                command,
                stdout=output,
                stderr=said,
                timeout=seconds * 2,
                check=False,
                env=clean_environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise DataError(f"{path.name}：读了 {seconds * 2} 秒仍未读完，已停止", _SHRINK) from error
        output.seek(0)
        if done.returncode in (0, 3):
            return tuple(sheets_of(map(json.loads, output), path.name))
        if done.returncode == LACKING:
            said.seek(0)
            raise lacking_library("读取表格", said.read())
        raise DataError(f"{path.name}：{_death(done.returncode)}", _SHRINK)


_SHRINK = "文件可能有意损坏，或声明的范围过大；请新建工作簿，只复制有内容的单元格"


def _death(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "读取超时，已停止"
    if code in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV):
        return "读取时内存超过限制，已停止"
    return "读取程序中断，文件可能已损坏"


def sheets_of(values: Iterable[Any], source: str) -> Iterator[Sheet]:
    """Sheets from the values that the child gives (see `workbook_child`). Raises: DataError if it gave up."""
    head: Mapping[str, Any] = {}
    rows: list[Row] = []
    seen: dict[str, str] = {}
    for value in values:
        if isinstance(value, list):
            # The same words stand in many rows; one copy of each keeps 100,000 rows small.
            remember = seen.setdefault if len(seen) < _REMEMBERED else seen.get
            rows.append(Row(value[0], tuple(remember(text, text) for text in value[1])))
        elif "error" in value:
            raise DataError(f"{source}：{value['error']}", value["remedy"])
        elif "sheet" in value:
            head, rows = value, []
        else:
            merged = tuple((a, b, c, d) for a, b, c, d in head["merged"])
            notes = {(row, column): code for row, column, code in value["notes"]}
            yield Sheet(
                source,
                head["sheet"],
                tuple(rows),
                merged,
                {place: code for place, code in notes.items() if not code.startswith("#")},
                {place: code for place, code in notes.items() if code.startswith("#")},
                bool(head.get("hidden")),
                frozenset(head.get("hidden_rows", ())),
                frozenset(head.get("hidden_columns", ())),
            )
