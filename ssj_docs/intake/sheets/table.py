"""A sheet with a known header → rows of named texts: merged cells filled, notes, totals and repeated heads set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ssj_docs.ground.problems import Problem
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.intake.sheets.columns import COLUMNS, KIND_NAMES, Kind
from ssj_docs.intake.sheets.headers import HeaderMap, choose_headers, missing_columns, no_header, other_kind
from ssj_docs.intake.sheets.workbook import Row, Sheet, cell_name
from ssj_docs.intake.values.folding import squeeze
from ssj_docs.intake.values.reading import Note

_FOOTER = re.compile(
    r"(填表说明|填写说明|填报说明|说明|备注|注|附注|合计|总计|小计|制表人?|填表人?|填报人|填报单位|填报日期|填表日期|审核人?|复核人?|经办人|(?:单位|分管|部门)?负责人|单位[(]盖章[)]|联系人|联系电话)($|[:：\d、(（].*|(?<=填表说明).*)"
)
#: Rows that a merged cell may cover downwards; a longer one is decoration.
_MERGE_LIMIT = 5000
#: A row of a plan that says no more than this is a heading between tasks.
_HEADING = frozenset(("serial", "plan", "field", "note"))
_FAULTS = {
    "digits": Note("cell.digits", "数字超过15位，表格软件已把末几位变成0", "请把该列设为文本格式后重新填写", "error"),
    "formula": Note("cell.formula", "是没有计算过的公式，没有值", "请用表格软件打开并保存一次，或粘贴为数值", "error"),
}


@dataclass(frozen=True)
class TableRow:
    """One row of a table.

    Attributes:
        number: 1-based row in the sheet. texts: key → raw text, blank ones left out. columns: key → column number.
        inherited: keys whose text comes from a merged cell that began in a row above.
    """

    number: int
    texts: Mapping[str, str]
    columns: Mapping[str, int]
    inherited: frozenset[str] = frozenset()

    def text(self, key: str) -> str:
        """Raw text of a key, empty if blank or without column."""
        return self.texts.get(key, "")

    def cell(self, key: str) -> str:
        """Cell address of a key, or the row where there is no such column."""
        column = self.columns.get(key)
        return cell_name(self.number, column) if column else f"第 {self.number} 行"


@dataclass(frozen=True)
class Table:
    """A table found in a file.

    Attributes:
        source: file name. header: what was understood of its header. sheet: the sheet.
        remarks: rows that are no data (填表说明, totals) as (cell, text).
    """

    source: str
    header: HeaderMap
    sheet: Sheet = field(repr=False)

    @property
    def kind(self) -> Kind:
        """Kind of import."""
        return self.header.kind

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Key → column number."""
        return {matched.key: matched.column for matched in self.header.columns}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Key → official column name."""
        return {column.key: column.title for column in COLUMNS[self.kind]}

    @cached_property
    def remarks(self) -> tuple[tuple[str, str], ...]:
        """Rows below the header that are notes or totals."""
        body = (row for row in self.sheet.rows if row.number > self.header.last_row)
        return tuple(_first_text(row) for row in body if self._is_remark(row))

    @cached_property
    def headings(self) -> tuple[tuple[str, str], ...]:
        """Rows of a plan that hold a heading (一、商贸领域) and no task."""
        places = {column: key for key, column in self.columns.items()}
        found = []
        for row in self.sheet.rows:
            keys = {places.get(column, "") for column, text in enumerate(row.texts, 1) if text.strip()} - {""}
            covered = any((row.number, column) in self._inherited for column in self.columns.values())
            heading = keys - {"serial"} and keys <= _HEADING and not covered
            if row.number > self.header.last_row and heading and not self._is_remark(row):
                found.append(_first_text(row))
        return tuple(found)

    def rows(self) -> Iterator[TableRow]:
        """The data rows in order; lazily, so that 100,000 subjects stay small."""
        inherited = self._inherited
        for row in self.sheet.rows:
            if row.number <= self.header.last_row or self._is_remark(row) or self._is_head_again(row):
                continue
            texts, taken = {}, set()
            for key, column in self.columns.items():
                text = row.text(column)
                if not text.strip() and (row.number, column) in inherited:
                    text, from_above = inherited[row.number, column]
                    if from_above:
                        taken.add(key)
                if text.strip(" \u3000\u00a0\n\t"):
                    texts[key] = text
            if self.header.months and "window" not in texts and (ticked := self._ticked(row)):
                texts["window"] = ticked
            own = set(texts) - taken
            if own - {"serial"} and not (self.kind == "plan" and own <= _HEADING and "name" not in texts):
                yield TableRow(row.number, texts, self.columns, frozenset(taken))

    def problem(self, row: TableRow, key: str, note: Note, value: str | None = None) -> Problem:
        """The Problem of a note at a cell; restricted values are named by the cell alone."""
        text = row.text(key) if value is None else value
        shown = "" if key in ("id_number", "phone") else text.strip()
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
        )

    def cell_faults(self) -> list[Problem]:
        """Numbers that lost digits and formulas without a value, in the columns that are used."""
        keys = {column: key for key, column in self.columns.items()}
        problems = []
        for (row, column), code in sorted(self.sheet.faults.items()):
            if row > self.header.last_row and column in keys:
                place = TableRow(row, {}, self.columns)
                problems.append(self.problem(place, keys[column], _FAULTS[code], ""))
        return problems

    @cached_property
    def _inherited(self) -> dict[tuple[int, int], tuple[str, bool]]:
        """Cells covered by a merged cell → (its text, whether it began in a row above)."""
        by_number = {row.number: row for row in self.sheet.rows}
        filled = {}
        for r1, c1, r2, c2 in self.sheet.merged:
            if r1 <= self.header.last_row or r1 not in by_number or r2 - r1 > _MERGE_LIMIT:
                continue
            text = by_number[r1].text(c1)
            for row in range(r1, r2 + 1):
                for column in range(c1, min(c2, c1 + 2) + 1):
                    filled[row, column] = text, row > r1
        return filled

    def _ticked(self, row: Row) -> str:
        """The months with a mark, from the first to the last of them; what lies between may be without one."""
        months = [
            month for column, month in self.header.months.items() if squeeze(row.text(column)) not in ("", "×", "/")
        ]
        return f"{min(months)}月-{max(months)}月" if len(months) > 1 else "".join(f"{month}月" for month in months)

    def _is_remark(self, row: Row) -> bool:
        texts = [squeeze(text) for text in row.texts if text.strip()]
        if not texts:
            return True
        if not _FOOTER.match(texts[0]):
            return False
        signing = sum(1 for text in texts if _FOOTER.match(text) and text[-1] in ":：") >= 2
        return len(set(texts)) <= 2 or texts[0][:2] in ("合计", "总计", "小计") or signing

    def _is_head_again(self, row: Row) -> bool:
        """A header repeated at a page break."""
        same = sum(1 for m in self.header.columns if squeeze(row.text(m.column)) == squeeze(m.label))
        return same >= 3 and same * 2 > len(self.header.columns)


def find_tables(
    sheets: Sequence[Sheet], kind: Kind, source: str, wanted: Mapping[str, str] | None = None, names: Sequence[str] = ()
) -> tuple[list[Table], list[Problem]]:
    """The tables of this kind in a file, or the Problems that say why there is none.

    Args:
        wanted: columns by a mapping file. names: sheets to read (``--sheet``); see `choose_headers`.
    """
    absent = [name for name in names if name not in {sheet.name for sheet in sheets}]
    if absent:
        message = f"没有工作表“{'、'.join(absent)}”"
        there = "、".join(sheet.name for sheet in sheets)
        return [], [Problem(source, message, f"文件里有：{there}", code="sheet.not_found")]
    found, left = choose_headers(sheets, kind, wanted, names)
    if not found:
        return [], [no_header(source, sheets, kind)]
    if others := [problem for sheet, header in found if (problem := other_kind(sheet, header, source))]:
        return [], others
    problems = [problem for _, header in found for problem in missing_columns(header, source)]
    if left:
        message = f"工作表“{'、'.join(left)}”也像{KIND_NAMES[kind]}，没有读入"
        remedy = Remedy(
            "如要读入，另存为单独的文件；或写明工作表，", do("import", kind=kind, file=source, sheet=left[0])
        )
        problems.append(Problem(source, message, remedy, left[0], severity="warning", code="sheet.left"))
    return [Table(source, header, sheet) for sheet, header in found], problems


def _first_text(row: Row) -> tuple[str, str]:
    for column, text in enumerate(row.texts, 1):
        if text.strip():
            return cell_name(row.number, column), text
    return f"第 {row.number} 行", ""
