"""The flow of a 公文: paragraphs, tables and section breaks in order, independent of XML.

Page estimate and writer read the same flow, so that what is measured is what is written. Lengths are twips (1/20 pt), the
unit of docx; `CELL` is one character of 3号 on the grid of 28, `LINE` one line of 22.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ssj_docs.model.document import BarChart

CELL = 315  # 15.75 pt: 3号 less a quarter of a point
LINE = 592  # 29.6 pt
TEXT_WIDTH = 8845  # 156 mm
TWIPS_PER_MM = 1440 / 25.4
TEXT_BOTTOM = 262.0  # mm from the upper edge of the page

Align = Literal["left", "right", "center", "both", "distribute"]


@dataclass(frozen=True)
class Span:
    """A piece of text and the style whose font it takes ("" = that of its paragraph)."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph.

    Attributes:
        style: style id of the template.
        spans: its text.
        before: space above, in twips.
        keep_next: it stays with the next paragraph.
        new_page: it starts a page.
        left, right, first: indents (first may be negative); None for the style's.
        align: None for the style's.
        tabs: (position, kind).
        half_points, scale, line: override size, width in per cent, and exact line height.
        rule: a red rule below, at this many points.
        shapes: drawings anchored here (see `official_shapes`).
    """

    style: str
    spans: tuple[Span, ...] = ()
    before: int = 0
    keep_next: bool = False
    new_page: bool = False
    left: int | None = None
    right: int | None = None
    first: int | None = None
    align: Align | None = None
    tabs: tuple[tuple[int, str], ...] = ()
    half_points: int | None = None
    scale: int | None = None
    line: int | None = None
    rule: int | None = None
    shapes: tuple[Shape, ...] = ()

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Cell:
    """A cell of a laid-out table; ``rows`` and ``columns`` are its spans, 0 rows for a cell covered from above."""

    paragraphs: tuple[Paragraph, ...]
    columns: int = 1
    rows: int = 1
    vertical: Literal["top", "center", "bottom"] = "center"


@dataclass(frozen=True)
class Grid:
    """A table: column widths in twips, rows of cells, number of rows repeated on each page; ruled or without lines."""

    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int = 0
    ruled: bool = True
    keep_together: bool = False
    left: int = 0


@dataclass(frozen=True)
class Shape:
    """A rectangle at a fixed place of the page, in mm: a filled rule, or a box of text aligned to its lower edge."""

    left: float
    top: float
    width: float
    height: float
    fill: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    anchor: Literal["t", "b"] = "b"


@dataclass(frozen=True)
class ChartBox:
    """A native chart across the text, in a paragraph of its own: its data, and its height in twips."""

    chart: BarChart
    height: int


@dataclass(frozen=True)
class SectionEnd:
    """The end of a section: portrait or landscape, how it begins, whether its pages have numbers."""

    landscape: bool = False
    start: Literal["nextPage", "evenPage"] = "nextPage"
    numbered: bool = True
    shapes: tuple[Shape, ...] = ()


Flow = Paragraph | Grid | ChartBox | SectionEnd


@dataclass(frozen=True)
class Parts:
    """The parts of a 公文, before its page breaks are known.

    Attributes:
        letter, sealed: as in the document.
        heads: 版头 in different sizes, the usual first.
        title: 标题 and 主送机关.
        text: 正文.
        notes: 附件说明.
        closings: 署名, 成文日期 and 附注 with different spacing, the usual first.
        attachments: 附件.
        turned: whether they end in landscape.
        imprint: 版记.
    """

    letter: bool
    heads: tuple[list[Flow], ...]
    title: list[Flow]
    text: list[Flow]
    notes: list[Paragraph]
    closings: tuple[list[Flow], ...]
    imprint: tuple[Shape, ...]
    attachments: list[Flow]
    turned: bool


def line(style: str, text: str, **settings: int | bool | str | None) -> Paragraph:
    """A paragraph with one span."""
    return Paragraph(style, (Span(text),) if text else (), **settings)  # type: ignore[arg-type]
