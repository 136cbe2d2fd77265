"""Mends tables that docxtpl leaves odd: column widths after ``{%tc for``, the order of cell properties after ``{% vm %}``.

LibreOffice draws a table by its grid; if the grid has fewer columns than the rows have cells, cells overlap. Validators and
archives want the properties of a cell in the order of ISO/IEC 29500-1 (CT_TcPr).
"""

from __future__ import annotations

import re

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_CELL_PROPERTIES = re.compile(r"(<w:tcPr>)(.*?)(</w:tcPr>)", re.DOTALL)
#: one property with all that is in it; a tag of the template may stand in an attribute
_PROPERTY = re.compile(r"<(w:\w+)(?:\"[^\"]*\"|[^\">])*?(?:/>|>.*?</\1>)", re.DOTALL)
_ORDER = (
    *("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "textDirection"),
    *("tcFitText", "vAlign", "hideMark"),
)


def in_schema_order(xml: str) -> str:
    """Put the properties of each cell in the order of the schema; properties that are no whole elements stay."""
    return _CELL_PROPERTIES.sub(lambda cell: f"{cell[1]}{_sorted(cell[2])}{cell[3]}", xml)


def _sorted(properties: str) -> str:
    found = [match[0] for match in _PROPERTY.finditer(properties)]
    names = [match[1].removeprefix("w:") for match in _PROPERTY.finditer(properties)]
    if "".join(found) != properties or any(name not in _ORDER for name in names):
        return properties
    return "".join(one for _, one in sorted(zip(names, found, strict=True), key=lambda pair: _ORDER.index(pair[0])))


def refit_tables(xml: str) -> str:
    """Give every table a grid with as many columns as its longest row has cells, in the same total width."""
    root = etree.fromstring(xml.encode("utf-8"))
    for table in root.iter(f"{W}tbl"):
        grid = table.find(f"{W}tblGrid")
        rows = table.findall(f"{W}tr")
        if grid is None or not rows:
            continue
        old = [int(column.get(f"{W}w", "0")) for column in grid]
        widest = max(rows, key=lambda row: len(row.findall(f"{W}tc")))
        widths = _widths(widest, sum(old))
        if len(widths) != len(old) or any(_cells_width(row) != sum(old) for row in rows):
            _set_grid(grid, widths)
            for row in rows:
                _set_cells(row, widths)
    return str(etree.tostring(root, encoding="unicode"))


def _span(cell: etree._Element) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    return int(span.get(f"{W}val", "1")) if span is not None else 1


def _width(cell: etree._Element) -> int:
    width = cell.find(f"{W}tcPr/{W}tcW")
    return int(width.get(f"{W}w", "0")) if width is not None else 0


def _cells_width(row: etree._Element) -> int:
    return sum(_width(cell) for cell in row.findall(f"{W}tc"))


def _widths(row: etree._Element, total: int) -> list[int]:
    raw: list[float] = []
    for cell in row.findall(f"{W}tc"):
        span = _span(cell)
        raw += [max(_width(cell), 1) / span] * span
    widths = [int(width * total / sum(raw)) for width in raw]
    widths[-1] += total - sum(widths)
    return widths


def _set_grid(grid: etree._Element, widths: list[int]) -> None:
    for column in list(grid):
        grid.remove(column)
    for width in widths:
        etree.SubElement(grid, f"{W}gridCol").set(f"{W}w", str(width))


def _set_cells(row: etree._Element, widths: list[int]) -> None:
    column = 0
    for cell in row.findall(f"{W}tc"):
        span = _span(cell)
        element = cell.find(f"{W}tcPr/{W}tcW")
        if element is not None:
            element.set(f"{W}w", str(sum(widths[column : column + span])))
        column += span
