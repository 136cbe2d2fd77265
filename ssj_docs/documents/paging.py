"""Where the pages of a filled form end, computed before any program lays it out, so that each page can carry its code.

Works on any form template with exact line heights, the shipped ones and an office's own: paragraphs and table rows
are measured, rows are never split, what is to be kept with the next (``keepNext``) moves with it, and a table that
goes over a page is divided into two with its header rows repeated. Then each page starts where it was computed to
start, in Word as in LibreOffice.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from lxml import etree

from ssj_docs.errors import DataError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
#: points left free on each page for borders and for fonts that run a little wider
_SLACK = 10.0
#: width of a Latin letter or digit as part of the type size, on the wide side
_LATIN = 0.58
#: line height of automatic spacing as part of the type size, on the high side (Noto CJK)
_AUTO = 1.45
_DEFAULT_SIZE = 10.5
#: left and right cell margins together where the table does not say
_CELL_MARGIN = 10.8


@dataclass
class _Unit:
    """A paragraph, or a row of a table."""

    element: etree._Element
    height: float
    keep: bool = False
    table: etree._Element | None = None
    header: bool = False


@dataclass
class PagedBody:
    """A document body and where its pages start.

    Attributes:
        root: the document element. pages: number of pages. starts: the units with which pages 2, 3, … begin.
    """

    root: etree._Element
    pages: int
    starts: list[_Unit] = field(default_factory=list)

    def divide(self) -> list[etree._Element]:
        """Make the page breaks real; returns one paragraph on each page, to which a page's code can be anchored."""
        body = self.root.find(f"{W}body")
        assert body is not None
        first = body[0]
        anchors = [first if first.tag == f"{W}p" else _insert_thin(first, breaks=False)]
        for unit in self.starts:
            if unit.table is None:
                _break_before(unit.element)
                anchors.append(unit.element)
            else:
                anchors.append(_split_table(unit.element))
        return anchors


def paginate(document: bytes, name: str = "文书") -> PagedBody:
    """Compute the pages of a filled document.

    Args:
        document: word/document.xml. name: what to call the document in messages.

    Raises:
        DataError: a row, or a block that must stay together, is higher than a page.
    """
    root = etree.fromstring(document)
    body = root.find(f"{W}body")
    assert body is not None
    width, height = _text_area(body)
    paged = PagedBody(root, 1)
    used = 0.0
    for block in _blocks(body, width):
        need = sum(unit.height for unit in block)
        if used and used + need > height:
            repeated = _header_height(block[0])
            paged.starts.append(block[0])
            paged.pages += 1
            used = repeated
        if used + need > height:
            raise DataError(
                f"{name}里“{_text(block[0].element)[:30]}…”一处的文字超过一页，无法保证不跨页。",
                "请缩短这一处的文字，或写入附页。",
            )
        used += need
    return paged


def _blocks(body: etree._Element, width: float) -> list[list[_Unit]]:
    """Units that must stay on one page together."""
    blocks: list[list[_Unit]] = []
    open_block: list[_Unit] = []
    for unit in _units(body, width):
        open_block.append(unit)
        # A header row is never left alone at the foot of a page.
        if not unit.keep and not unit.header:
            blocks.append(open_block)
            open_block = []
    if open_block:
        blocks.append(open_block)
    return blocks


def _units(body: etree._Element, width: float) -> list[_Unit]:
    units: list[_Unit] = []
    for element in body:
        if element.tag == f"{W}p":
            height, keep = _paragraph(element, width)
            units.append(_Unit(element, height, keep))
        elif element.tag == f"{W}tbl":
            units += _rows(element)
    return units


def _rows(table: etree._Element) -> list[_Unit]:
    units: list[_Unit] = []
    leading = True
    merged: dict[int, tuple[float, float]] = {}
    margins = _cell_margins(table)
    for row in table.iterchildren(f"{W}tr"):
        properties = row.find(f"{W}trPr")
        leading = leading and properties is not None and properties.find(f"{W}tblHeader") is not None
        height, keep = _row(row, merged, margins)
        units.append(_Unit(row, height, keep, table, leading))
    return units


def _cell_margins(table: etree._Element) -> tuple[float, float]:
    """Width and height that the margins of a cell take, in points."""
    margins = table.find(f"{W}tblPr/{W}tblCellMar")
    if margins is None:
        return _CELL_MARGIN, 0.0
    sides = {side.tag.removeprefix(W): float(side.get(f"{W}w", "0")) / 20 for side in margins}
    across = sides.get("left", sides.get("start", 5.4)) + sides.get("right", sides.get("end", 5.4))
    return across, sides.get("top", 0.0) + sides.get("bottom", 0.0)


def _row(
    row: etree._Element, merged: dict[int, tuple[float, float]], margins: tuple[float, float]
) -> tuple[float, bool]:
    """Height of a row, and whether it is kept with the next.

    ``merged`` holds, per column, what a vertically merged cell needs and what its rows have given so far.
    """
    least = row.find(f"{W}trPr/{W}trHeight")
    height = float(least.get(f"{W}val", "0")) / 20 if least is not None else 0.0
    keep = False
    spanning: dict[int, float] = {}
    for column, cell in enumerate(row.iterchildren(f"{W}tc")):
        needed, cell_keep = _cell(cell, margins)
        keep = keep or cell_keep
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is None:
            height = max(height, needed)
            merged.pop(column, None)
        elif merge.get(f"{W}val") == "restart":
            spanning[column] = needed
            merged.pop(column, None)
        elif column in merged:
            spanning[column] = merged[column][0] - merged[column][1]
    height += 0.5
    for column, rest in spanning.items():
        # The last row of a merged cell takes what the others left over; we do not know the last, so leave it open.
        merged[column] = (max(rest, 0.0), height)
    last = not _continues_below(row)
    if last and spanning:
        height = max(height, *spanning.values())
    return height, keep


def _continues_below(row: etree._Element) -> bool:
    below = row.getnext()
    if below is None:
        return False
    return any(merge.get(f"{W}val") != "restart" for merge in below.iter(f"{W}vMerge"))


def _cell(cell: etree._Element, margins: tuple[float, float]) -> tuple[float, bool]:
    width = cell.find(f"{W}tcPr/{W}tcW")
    available = float(width.get(f"{W}w", "0")) / 20 - margins[0] if width is not None else 100.0
    height, keep = margins[1], False
    for paragraph in cell.iterchildren(f"{W}p"):
        needed, kept = _paragraph(paragraph, available)
        height += needed
        keep = keep or kept
    return height, keep


def _paragraph(paragraph: etree._Element, available: float) -> tuple[float, bool]:
    """Height of a paragraph in points, and whether it is kept with the next."""
    properties = paragraph.find(f"{W}pPr")
    size, line, around, keep = 0.0, 0.0, 0.0, False
    first = 0.0
    if properties is not None:
        keep = properties.find(f"{W}keepNext") is not None
        spacing = properties.find(f"{W}spacing")
        indent = properties.find(f"{W}ind")
        mark = properties.find(f"{W}rPr/{W}sz")
        size = float(mark.get(f"{W}val", "21")) / 2 if mark is not None else 0.0
        if spacing is not None:
            around = (float(spacing.get(f"{W}before", "0")) + float(spacing.get(f"{W}after", "0"))) / 20
            if spacing.get(f"{W}lineRule") in ("exact", "atLeast"):
                line = float(spacing.get(f"{W}line", "0")) / 20
        if indent is not None:
            available -= (float(indent.get(f"{W}left", "0")) + float(indent.get(f"{W}right", "0"))) / 20
            first = float(indent.get(f"{W}firstLine", "0")) / 20
    if not size:
        run = next(paragraph.iter(f"{W}sz"), None)
        size = float(run.get(f"{W}val", "21")) / 2 if run is not None else _DEFAULT_SIZE
    lines = sum(
        _lines(part, size, available, first if i == 0 else 0.0) for i, part in enumerate(_text(paragraph).split("\n"))
    )
    pictures = sum(float(extent.get("cy", "0")) / 12700 for extent in paragraph.iterfind(f".//{_WP}inline/{_WP}extent"))
    return lines * (line or size * _AUTO) + around + pictures, keep


def _lines(text: str, size: float, available: float, first: float) -> int:
    """Lines that a text without line breaks takes, rather one too many than one too few."""
    latin = len(text.encode("ascii", "ignore"))
    width = ((len(text) - latin) + latin * _LATIN) * size + first
    if width <= available * 0.98:
        return 1
    # Punctuation that may not begin a line leaves up to one character of a line empty; Latin words even more.
    return max(2, ceil(width / max(available - (size if latin < 8 else 2 * size), size)))


def _text(element: etree._Element) -> str:
    parts: list[str] = []
    for node in element.iter(f"{W}t", f"{W}br", f"{W}tab"):
        if node.tag == f"{W}t":
            parts.append(node.text or "")
        elif node.tag == f"{W}br":
            parts.append("\n")
        elif node.getparent() is not None and node.getparent().tag == f"{W}r":
            parts.append("　　")
    return "".join(parts)


def _text_area(body: etree._Element) -> tuple[float, float]:
    """Width and height of the text area in points."""
    section = body.find(f"{W}sectPr")
    size = section.find(f"{W}pgSz") if section is not None else None
    margin = section.find(f"{W}pgMar") if section is not None else None
    if size is None or margin is None:
        return 450.0, 650.0

    def points(element: etree._Element, name: str) -> float:
        return float(element.get(f"{W}{name}", "0")) / 20

    width = points(size, "w") - points(margin, "left") - points(margin, "right")
    height = points(size, "h") - points(margin, "top") - points(margin, "bottom")
    return width, height - _SLACK


def _header_rows(table: etree._Element) -> list[etree._Element]:
    rows: list[etree._Element] = []
    for row in table.iterchildren(f"{W}tr"):
        if row.find(f"{W}trPr/{W}tblHeader") is None:
            break
        rows.append(row)
    return rows


def _header_height(unit: _Unit) -> float:
    if unit.table is None or unit.header:
        return 0.0
    margins = _cell_margins(unit.table)
    return sum(_row(row, {}, margins)[0] for row in _header_rows(unit.table)) + 1.0


def _break_before(paragraph: etree._Element) -> None:
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = etree.Element(f"{W}pPr")
        paragraph.insert(0, properties)
    # The schema wants pageBreakBefore behind pStyle, keepNext and keepLines.
    position = sum(1 for child in properties if child.tag in (f"{W}pStyle", f"{W}keepNext", f"{W}keepLines"))
    properties.insert(position, etree.Element(f"{W}pageBreakBefore"))


def _insert_thin(element: etree._Element, breaks: bool) -> etree._Element:
    """Put a paragraph one point high before an element."""
    thin = etree.Element(f"{W}p")
    properties = etree.SubElement(thin, f"{W}pPr")
    if breaks:
        etree.SubElement(properties, f"{W}pageBreakBefore")
    spacing = {"before": "0", "after": "0", "line": "20", "lineRule": "exact"}
    etree.SubElement(properties, f"{W}spacing", {f"{W}{key}": value for key, value in spacing.items()})
    mark = etree.SubElement(properties, f"{W}rPr")
    etree.SubElement(mark, f"{W}sz").set(f"{W}val", "2")
    element.addprevious(thin)
    return thin


def _split_table(row: etree._Element) -> etree._Element:
    """Divide a table before a row; returns the paragraph that begins the new page."""
    table = row.getparent()
    assert table is not None
    follower = etree.Element(f"{W}tbl")
    for name in ("tblPr", "tblGrid"):
        part = table.find(f"{W}{name}")
        if part is not None:
            follower.append(copy.deepcopy(part))
    headers = _header_rows(table)
    if row not in headers:
        follower.extend(copy.deepcopy(headers))
    _begin_merges_anew(row)
    following = [row, *row.itersiblings(f"{W}tr")]
    follower.extend(following)
    table.addnext(follower)
    return _insert_thin(follower, breaks=True)


def _begin_merges_anew(row: etree._Element) -> None:
    """A vertically merged cell that goes on into this row starts again here, with its text."""
    for column, cell in enumerate(row.findall(f"{W}tc")):
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        if merge is None or merge.get(f"{W}val") == "restart":
            continue
        merge.set(f"{W}val", "restart")
        source = _merge_start(row, column)
        if source is not None:
            for paragraph in cell.findall(f"{W}p"):
                cell.remove(paragraph)
            cell.extend([copy.deepcopy(paragraph) for paragraph in source.findall(f"{W}p")])


def _merge_start(row: etree._Element, column: int) -> etree._Element | None:
    for above in row.itersiblings(f"{W}tr", preceding=True):
        cells: Sequence[etree._Element] = above.findall(f"{W}tc")
        if column < len(cells):
            merge = cells[column].find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val") == "restart":
                return cells[column]
    return None
