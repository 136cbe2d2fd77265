"""Calculates where the pages of a filled form end, without a layout program, so that each page can carry its code.

It works on any form template with exact line heights, shipped or own: paragraphs and table rows are measured, rows are
never split, ``keepNext`` is followed, and a table over a page break is split into two with its header rows repeated. Each
page then starts where it was calculated to start, in Word and in LibreOffice.

It works on the text of the XML and caches measured cells: most cells of a form are the same in the next one, and parsing
each form would take ten times as long as filling it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from ssj_docs.documents.paging.measuring import MeasuredParagraph, MeasuredRow, cells_of, measure_paragraph, measure_row
from ssj_docs.ground.errors import DataError

#: points left free on each page for borders and slightly wider fonts
_SLACK = 10.0
#: default width of left and right cell margins together
_CELL_MARGIN = 10.8
_BORDER = 0.5

_PIECE = re.compile(r"<w:(tbl|tr|p)(?=[ >/])|</w:(tbl)>")
_MARGIN_OF = re.compile(r"<w:(top|left|start|bottom|right|end) ([^>]*)/>")
_ATTRIBUTE = re.compile(r'w:(\w+)="([^"]*)"')
_KEPT_FIRST = re.compile(r"<w:pStyle[^>]*/>|<w:keepNext[^>]*/>|<w:keepLines[^>]*/>")
_THIN = (
    '<w:p><w:pPr>{keep}<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    '<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr>{run}</w:p>'
)
_BREAK = "<w:pageBreakBefore/>"


@dataclass(slots=True)
class _Table:
    """A table: where it starts, what precedes its rows, its header rows."""

    start: int
    setup: str
    headers: list[_Unit] = field(default_factory=list)
    headers_end: bool = False


@dataclass(slots=True)
class _Unit:
    """A paragraph, or a row of a table, from ``start`` to ``end`` of the XML.

    ``merged``: for a row, cell index → the cell with the text of a vertical merge that continues in that cell.
    """

    start: int
    end: int
    height: float
    keep: bool = False
    breaks: bool = False
    table: _Table | None = None
    header: bool = False
    merged: dict[int, str] | None = None


@dataclass(frozen=True)
class PagedBody:
    """A document and where its pages start.

    Attributes:
        xml: word/document.xml.
        starts: the units with which the pages begin, including the first page's.
    """

    xml: str
    starts: tuple[_Unit, ...]

    @property
    def pages(self) -> int:
        """Number of pages."""
        return len(self.starts)

    def divide(self, runs: Sequence[str]) -> str:
        """Insert the page breaks and put ``runs`` (XML, one per page; "" for nothing) at the start of the pages."""
        made: list[str] = []
        done = 0
        for page, (unit, run) in enumerate(zip(self.starts, runs, strict=True)):
            at, text, resume = self._start_page(unit, run, first=page == 0)
            made += (self.xml[done:at], text)
            done = resume
        made.append(self.xml[done:])
        return "".join(made)

    def _start_page(self, unit: _Unit, run: str, first: bool) -> tuple[int, str, int]:
        """(where to insert, what, where to go on) for the beginning of one page."""
        broken = "" if first or unit.breaks else _BREAK
        if unit.table is None:
            text = _into_paragraph(self.xml[unit.start : unit.end], broken, run)
            return unit.start, text, unit.end
        table = unit.table
        thin = _THIN.format(keep=broken, run=run)
        if unit.start == table.start + len(table.setup):  # the first row
            return table.start, thin, table.start
        headers = "" if unit.header else "".join(self.xml[row.start : row.end] for row in table.headers)
        row = _anew(self.xml[unit.start : unit.end], unit.merged or {})
        return unit.start, f"</w:tbl>{thin}{table.setup}{headers}{row}", unit.end


def paginate(xml: str, name: str = "文书") -> PagedBody:
    """Calculate the pages of a filled document.

    Args:
        xml: word/document.xml.
        name: the document's name in messages.

    Raises:
        DataError: a row, or a block that must stay together, is higher than a page; or the template contains something
            that cannot be measured (text boxes, nested tables).
    """
    width, height = _text_area(xml)
    starts: list[_Unit] = []
    used = 0.0
    for block in _blocks(_units(xml, width, name)):
        need = sum(unit.height for unit in block)
        first = block[0]
        if not starts or first.breaks or used + need > height:
            starts.append(first)
            used = _header_height(first) if len(starts) > 1 else 0.0
        if used + need > height:
            start = re.sub(r"<[^>]*>", "", xml[first.start : first.end])[:30]
            raise DataError(
                f"{name}里“{start}…”一处的文字超过一页，无法保证不跨页。", "请缩短这一处的文字，或写入附页。"
            )
        used += need
    return PagedBody(xml, tuple(starts))


def _blocks(units: Iterable[_Unit]) -> Iterator[list[_Unit]]:
    """Units that must stay on one page together; a header row is never alone at the foot of a page."""
    block: list[_Unit] = []
    for unit in units:
        if unit.breaks and block:
            yield block
            block = []
        block.append(unit)
        if not unit.keep and not unit.header:
            yield block
            block = []
    if block:
        yield block


def _units(xml: str, width: float, name: str) -> list[_Unit]:
    """The paragraphs and rows of a document, measured.

    The text is split after each row and the pieces are cached, because most rows of a form are the same in the next.
    """
    units: list[_Unit] = []
    rows: _Rows | None = None
    margins: tuple[float, float] | None = None
    offset = xml.index("<w:body>")
    for piece in xml[offset:].split("</w:tr>"):
        found = _read_piece(piece, width, margins)
        if found.unfit:
            raise DataError(f"{name}的模板里有{found.unfit}，无法按页印码。", "请改用表格，或段落格式里的“段前分页”。")
        for start, end, what in found.parts:
            if isinstance(what, MeasuredParagraph):
                units.append(_Unit(offset + start, offset + end, what.height, what.keep, what.breaks))
            elif isinstance(what, str):
                if rows is not None:
                    rows.finish()
                rows = _Rows(_Table(offset + start, what)) if what else None
            elif rows is not None:
                units.append(rows.add(what, offset + start, offset + end))
        margins = found.margins
        offset += len(piece) + len("</w:tr>")
    return units


class _Piece(NamedTuple):
    """The text up to the end of a row.

    Attributes:
        parts: (start, end, what): a measured paragraph or row; at the start of a table the text before its rows, at its
            end nothing.
        margins: of the cells of the table that continues; None outside a table.
        unfit: anything that cannot be measured.
    """

    parts: tuple[tuple[int, int, MeasuredRow | MeasuredParagraph | str], ...]
    margins: tuple[float, float] | None
    unfit: str


@lru_cache(maxsize=512)
def _read_piece(piece: str, width: float, margins: tuple[float, float] | None) -> _Piece:
    parts: list[tuple[int, int, MeasuredRow | MeasuredParagraph | str]] = []
    position = 0
    while found := _PIECE.search(piece, position):
        kind, start, position = found[1], found.start(), found.end()
        if kind == "p":
            position = _paragraph_end(piece, start)
            parts.append((start, position, measure_paragraph(piece[start:position], width)))
        elif kind == "tbl":
            # <w:trPr> cannot come before the first row, so the first "<w:tr" is a row.
            position = piece.index("<w:tr", start)
            setup = piece[start:position]
            margins = _cell_margins(setup)
            parts.append((start, position, setup))
        elif kind == "tr":
            parts.append((start, len(piece) + len("</w:tr>"), measure_row(piece[start:], *(margins or (0.0, 0.0)))))
            break
        else:
            parts.append((start, position, ""))
            margins = None
    return _Piece(tuple(parts), margins, _unfit(piece, parts))


def _unfit(piece: str, parts: Sequence[tuple[int, int, MeasuredRow | MeasuredParagraph | str]]) -> str:
    if "<w:txbxContent" in piece:
        return "文本框"
    if 'w:type="page"' in piece:
        return "手动分页符"
    return "套在表格里的表格" if any(isinstance(what, MeasuredRow) and what.nested for _, _, what in parts) else ""


def _paragraph_end(xml: str, start: int) -> int:
    opened = xml.index(">", start) + 1
    return opened if xml[opened - 2] == "/" else xml.index("</w:p>", opened) + len("</w:p>")


class _Rows:
    """Makes units of the rows of a table; vertical merges span several."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._origins: dict[int, str] = {}
        self._wanting: dict[int, float] = {}
        self._last: _Unit | None = None

    def add(self, row: MeasuredRow, start: int, end: int) -> _Unit:
        """Add a measured row. A merge that ends later may increase its height."""
        unit = _Unit(start, end, row.height + _BORDER, row.keep, table=self._table)
        if row.merged or self._origins:
            self._merge(row, unit)
        if row.header and not self._table.headers_end:
            unit.header = True
            self._table.headers.append(unit)
        else:
            self._table.headers_end = True
        self._last = unit
        return unit

    def _merge(self, row: MeasuredRow, unit: _Unit) -> None:
        going_on = {cell.column for cell in row.merged if cell.kind == "continue"}
        self._settle(going_on)
        for column in row.single & self._origins.keys():
            del self._origins[column]
        merged: dict[int, str] = {}
        for cell in row.merged:
            if cell.kind == "restart":
                self._origins[cell.column] = row.texts[cell.index]
                self._wanting[cell.column] = cell.height
            else:
                merged[cell.index] = self._origins.get(cell.column, row.texts[cell.index])
        unit.merged = merged

    def finish(self) -> None:
        """End the table."""
        self._settle(set())

    def _settle(self, going_on: set[int]) -> None:
        """Give the last row of a merge the height that its other rows do not provide."""
        if self._last is None:
            return
        for column, rest in list(self._wanting.items()):
            if column in going_on:
                self._wanting[column] = rest - self._last.height
            else:
                self._last.height = max(self._last.height, rest)
                del self._wanting[column]


@lru_cache(maxsize=256)
def _cell_margins(setup: str) -> tuple[float, float]:
    """Width and height that the margins of a cell take, in points."""
    found = re.search(r"<w:tblCellMar>(.*?)</w:tblCellMar>", setup, re.DOTALL)
    if found is None:
        return _CELL_MARGIN, 0.0
    sides = {
        side: float(dict(_ATTRIBUTE.findall(rest)).get("w", "0")) / 20 for side, rest in _MARGIN_OF.findall(found[1])
    }
    across = sides.get("left", sides.get("start", 5.4)) + sides.get("right", sides.get("end", 5.4))
    return across, sides.get("top", 0.0) + sides.get("bottom", 0.0)


def _header_height(unit: _Unit) -> float:
    if unit.table is None or unit.header:
        return 0.0
    return sum(row.height for row in unit.table.headers) + 1.0


def _text_area(xml: str) -> tuple[float, float]:
    """Width and height of the text area in points, of the last section."""
    section = last_section(xml)
    size = re.search(r"<w:pgSz ([^>]*)/>", section)
    margin = re.search(r"<w:pgMar ([^>]*)/>", section)
    if not size or not margin:
        return 450.0, 650.0
    paper = {key: float(value) / 20 for key, value in _ATTRIBUTE.findall(size[1]) if value.isdigit()}
    edge = {key: float(value) / 20 for key, value in _ATTRIBUTE.findall(margin[1])}
    return paper["w"] - edge["left"] - edge["right"], paper["h"] - edge["top"] - edge["bottom"] - _SLACK


def last_section(xml: str) -> str:
    """The properties of the last section, from their start to the end of the document."""
    return xml[max(xml.rfind("<w:sectPr"), 0) :]


def _into_paragraph(paragraph: str, broken: str, run: str) -> str:
    """Insert a page break into a paragraph's properties and a run after them."""
    if paragraph.endswith("/>") and paragraph.count("<") == 1:
        paragraph = f"{paragraph[:-2]}></w:p>"
    head, opened, rest = paragraph.partition("<w:pPr>")
    if not opened:
        start = paragraph.index(">") + 1
        return f"{paragraph[:start]}<w:pPr>{broken}</w:pPr>{run}{paragraph[start:]}"
    properties, _, rest = rest.partition("</w:pPr>")
    # The schema wants pageBreakBefore behind pStyle, keepNext and keepLines.
    position = max((match.end() for match in _KEPT_FIRST.finditer(properties)), default=0)
    return f"{head}<w:pPr>{properties[:position]}{broken}{properties[position:]}</w:pPr>{run}{rest}"


def _anew(row: str, merged: dict[int, str]) -> str:
    """A row at the top of a page: vertically merged cells that continue into it start again, with their text."""
    if not merged:
        return row
    made = row
    for index, text in enumerate(cells_of(row)):
        if index in merged:
            properties = re.sub(r"<w:vMerge[^>]*/>", '<w:vMerge w:val="restart"/>', text.partition("</w:tcPr>")[0])
            made = made.replace(text, f"{properties}</w:tcPr>{merged[index].partition('</w:tcPr>')[2]}", 1)
    return made
