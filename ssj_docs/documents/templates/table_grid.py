"""Recalculates column widths of a table whose columns were repeated by a template (``{%tc for``).

LibreOffice draws a table by its grid; if the grid has fewer columns than the rows have cells, cells overlap.
"""

from __future__ import annotations

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


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
