"""The geometry of a form, read from its issued .docx: tables with their columns, and lines of text, by page.

Column widths, line heights and the order of rows are ours and exact; the heights of rows are not, because a word processor
decides where texts wrap. So rows are told by their order, and found on a scan by its ruled lines (`archive.comparing`).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ssj_docs.ground.errors import DataError
from ssj_docs.ground.remedies import Remedy, do

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"
_POINT = 20  # twentieths of a point, in which Word measures
_DEFAULT_SIZE, _DEFAULT_MARGIN = 10.5, 5.4


@dataclass(frozen=True)
class LaidLine:
    """A paragraph of a cell or of the page; a tab is a tab.

    Attributes:
        text: as printed.
        size: of the type in points.
        height: of its lines in points.
        align: ``left``, ``center`` or ``right``.
        tab: the right-aligned stop in points from the left margin, 0 without one.
    """

    text: str
    size: float
    height: float
    align: str = "left"
    tab: float = 0.0


@dataclass(frozen=True)
class LaidCell:
    """A cell: its edges in points from the table's left edge, its lines, and its row or rows.

    ``down``: the number of rows it takes, more than one for a vertical merge; 0 for a row that continues one.
    """

    left: float
    right: float
    lines: tuple[LaidLine, ...]
    down: int = 1
    middle: bool = False
    margin: tuple[float, float] = (_DEFAULT_MARGIN, 0.0)

    @property
    def text(self) -> str:
        """The printed text without blanks."""
        return "".join("".join(line.text for line in self.lines).split())


@dataclass(frozen=True)
class LaidRow:
    """A row of a table: the number of its table on the page, its least height in points, its cells."""

    table: int
    height: float
    cells: tuple[LaidCell, ...]


@dataclass(frozen=True)
class FormPage:
    """One page: the rows of all its tables from top to bottom, and its lines outside tables."""

    rows: tuple[LaidRow, ...]
    lines: tuple[LaidLine, ...]

    @property
    def width(self) -> float:
        """Of its widest table, in points."""
        return max((cell.right for row in self.rows for cell in row.cells), default=0.0)


@dataclass
class _Page:
    rows: list[LaidRow] = field(default_factory=list)
    lines: list[LaidLine] = field(default_factory=list)
    tables: int = 0


def form_layout(docx: bytes) -> tuple[FormPage, ...]:
    """Read the pages of an issued form.

    Raises: DataError if it is not a Word document.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(docx)) as package:
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
            body = etree.fromstring(package.read(_BODY), parser).find(f"{_W}body")
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError) as error:
        raise DataError("印发的表单无法打开", Remedy(do("verify"), "，查明印发的文件是否被改动")) from error
    pages = [_Page()]
    for block in body if body is not None else ():
        if block.tag == f"{_W}p":
            if block.find(f"{_W}pPr/{_W}pageBreakBefore") is not None:
                pages.append(_Page())
            line = _line(block)
            if line.text.strip():
                pages[-1].lines.append(line)
        elif block.tag == f"{_W}tbl":
            pages[-1].rows += _merged(list(_rows(block, pages[-1].tables)))
            pages[-1].tables += 1
    return tuple(FormPage(tuple(page.rows), tuple(page.lines)) for page in pages)


def _rows(table: Any, number: int) -> Iterator[LaidRow]:
    grid = [_points(column.get(f"{_W}w")) for column in table.iterfind(f"{_W}tblGrid/{_W}gridCol")]
    edges = [sum(grid[:n]) for n in range(len(grid) + 1)]
    margins = table.find(f"{_W}tblPr/{_W}tblCellMar")
    margin = tuple(_points(_of(margins, side), standard) for side, standard in (("left", 5.4), ("top", 0.0)))
    for row in table.iterfind(f"{_W}tr"):
        column, cells = 0, []
        for cell in row.iterfind(f"{_W}tc"):
            properties = cell.find(f"{_W}tcPr")
            span = int(_value(properties, "gridSpan") or 1)
            last = min(column + span, len(edges) - 1)
            merge = properties.find(f"{_W}vMerge") if properties is not None else None
            down = 1 if merge is None else -1 if merge.get(f"{_W}val") == "restart" else 0
            lines = tuple(_line(paragraph) for paragraph in cell.iterfind(f"{_W}p"))
            middle = _value(properties, "vAlign") == "center"
            cells.append(LaidCell(edges[column], edges[last], lines, down, middle, (margin[0], margin[1])))
            column = last
        height = row.find(f"{_W}trPr/{_W}trHeight")
        yield LaidRow(number, _points(height.get(f"{_W}val")) if height is not None else 0.0, tuple(cells))


def _merged(rows: list[LaidRow]) -> list[LaidRow]:
    """Count the rows of vertical merges (−1 until then)."""
    made = []
    for at, row in enumerate(rows):
        cells = []
        for cell in row.cells:
            down = cell.down
            if down == -1:
                below = rows[at + 1 :]
                down = 1
                for one in below:
                    if not any(other.down == 0 and other.left == cell.left for other in one.cells):
                        break
                    down += 1
            cells.append(LaidCell(cell.left, cell.right, cell.lines, down, cell.middle, cell.margin))
        made.append(LaidRow(row.table, row.height, tuple(cells)))
    return made


def _line(paragraph: Any) -> LaidLine:
    properties = paragraph.find(f"{_W}pPr")
    size = _points(_value(properties, "rPr/sz"), _DEFAULT_SIZE, 2)
    spacing = properties.find(f"{_W}spacing") if properties is not None else None
    exact = spacing is not None and spacing.get(f"{_W}lineRule") in ("exact", "atLeast")
    height = _points(spacing.get(f"{_W}line")) if spacing is not None and exact else size * 1.3
    stops = properties.find(f"{_W}tabs/{_W}tab") if properties is not None else None
    tab = _points(stops.get(f"{_W}pos")) if stops is not None else 0.0
    return LaidLine("".join(_texts(paragraph)), size, height, _value(properties, "jc") or "left", tab)


def _texts(paragraph: Any) -> Iterator[str]:
    for part in paragraph.iter():
        if part.tag == f"{_W}t":
            yield part.text or ""
        elif part.tag == f"{_W}br":
            yield "\n"
        elif part.tag == f"{_W}tab" and not part.get(f"{_W}val"):  # in the text, not a stop among the properties
            yield "\t"


def _of(holder: Any, name: str) -> str | None:
    found = holder.find(f"{_W}{name}") if holder is not None else None
    return found.get(f"{_W}w") if found is not None else None


def _value(holder: Any, path: str) -> str | None:
    """The value of an element below another, whose path has no namespace."""
    found = holder.find("/".join(_W + part for part in path.split("/"))) if holder is not None else None
    return found.get(f"{_W}val") if found is not None else None


def _points(value: str | None, standard: float = 0.0, unit: int = _POINT) -> float:
    return float(value) / unit if value else standard
