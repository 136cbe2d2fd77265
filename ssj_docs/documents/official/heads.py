"""版头 of a 公文 as a flow: 发文机关标志 with what is above and below it (GB/T 9704-2012 7.2, 10.1).

Distances are those of the standard. What LibreOffice adds or takes away is corrected here and in `parts` only (calibrated
on 7.4: an exact line puts the base line at 80 % of its height; a Chinese character is 88 % above it, 12 % below).
"""

from __future__ import annotations

from collections.abc import Sequence

from ssj_docs.documents.official.flow import (
    CELL,
    LINE,
    TEXT_WIDTH,
    TWIPS_PER_MM,
    Cell,
    Flow,
    Grid,
    Paragraph,
    Shape,
    Span,
    line,
)
from ssj_docs.documents.text.wording import break_title, text_width
from ssj_docs.model.document import OfficialDocument

_POINT = 20
_MARK_TOP = 72.0  # 37 mm 天头 + 35 mm (7.2.4)
_LETTER_MARK_TOP = 30.0  # (10.1)
#: 空二行: 20.78 by GB/T 33476.2, 22.1 on a typed grid; this is within 1 mm of both
TWO_LINES = 21.4
_INK_TOP = 0.86  # top of a 小标宋 character above its base line, in its size
#: sizes of a mark of many offices as shares of the usual one, largest first
_SHARES = (1.0, 0.85, 0.7, 0.6, 0.5)


def heads(document: OfficialDocument, text_top: float) -> tuple[list[Flow], ...]:
    """版头 in its possible sizes, largest first; in the 文件式 the mark shrinks if it leaves too little text.

    Args:
        document: the document.
        text_top: where the text area begins, in mm from the edge of the page.
    """
    if document.format == "letter":
        return (_letter_head(document),)
    return tuple(_head(document, text_top, share) for share in _SHARES)


def _head(document: OfficialDocument, text_top: float, share: float) -> list[Flow]:
    """版头 of the 文件式: 份号, 密级, 紧急程度, 发文机关标志, 发文字号 with 签发人, red rule.

    Args:
        document: the document.
        text_top: where the text area begins, in mm from the edge of the page.
        share: of the usual size, for the mark of many offices.
    """
    corner = _corner(document)
    flow: list[Flow] = [line(style, text) for style, text in corner]
    free = (_MARK_TOP - text_top) * TWIPS_PER_MM - LINE * len(corner)
    names, joint = mark_lines(document.red_header)
    size, scale = _mark_size(names, TEXT_WIDTH - (5 * 20 * 26 if joint else 0))
    if joint:
        size = round(size * share * 2) / 2
    pitch = round(size * 1.3) * _POINT
    before = round(free - 0.8 * pitch + _INK_TOP * size * _POINT)
    if joint:
        flow += _joint_mark(names, size, pitch, before)
    else:
        flow += [
            line(
                "GwMark",
                text,
                before=before if number == 0 else 0,
                half_points=round(size * 2),
                line=pitch,
                scale=scale,
                keep_next=True,
            )
            for number, text in enumerate(names)
        ]
    below_mark = 0.2 * pitch - 0.12 * size * _POINT
    gap = round(TWO_LINES * TWIPS_PER_MM - below_mark - above(16))
    return flow + _number_rows(document, gap)


def _corner(document: OfficialDocument) -> list[tuple[str, str]]:
    """份号, 密级, 紧急程度 from the top, each with its style (7.2.1 to 7.2.3)."""
    rows = (
        ("GwCornerMark", document.copy_number),
        ("GwSecrecy", document.classification),
        ("GwSecrecy", document.urgency),
    )
    return [(style, text) for style, text in rows if text]


def above(size: float, pitch: int = LINE) -> float:
    """Twips between the top of a line and the top of its characters."""
    return 0.8 * pitch - 0.88 * size * _POINT


def mark_lines(red_header: Sequence[str]) -> tuple[list[str], bool]:
    """Lines of the mark, and whether it is a joint one: several names, then a separate 文件 (7.2.4)."""
    names = [text for text in red_header if text.strip()]
    if len(names) > 2 and names[-1].strip() == "文件":
        return names, True
    if len(names) == 2 and names[-1].strip() == "文件":
        return ["".join(names)], False
    if len(names) == 1 and text_width(names[0]) > 18:
        return list(break_title(names[0], text_width(names[0]) / 2 + 3)), False
    return names, False


def _mark_size(names: Sequence[str], width: int) -> tuple[float, int | None]:
    """The size in points that fills the line, at most 54; below 24 the characters are narrowed instead."""
    longest = max((text_width(name) for name in names), default=1.0)
    size = width / _POINT / longest * 0.98
    if size >= 24:
        return min(54.0, int(size * 2) / 2), None
    return 24.0, max(40, int(size / 24 * 100))


def _joint_mark(names: Sequence[str], size: float, pitch: int, before: int) -> list[Flow]:
    """Names of a joint issue below each other, spread to one width; 文件 to their right, centred (7.2.4)."""
    setting = {"half_points": round(size * 2), "line": pitch}
    column = round(max(text_width(name) for name in names[:-1]) * size * _POINT * 1.04)
    column = min(column, TEXT_WIDTH - round(2.4 * size * _POINT))
    left = Cell(tuple(line("GwMark", name, align="distribute", **setting) for name in names[:-1]))
    right = Cell((line("GwMark", names[-1], align="right", **setting),))
    spacer = line("GwAnchor", "", line=max(20, before))
    return [spacer, Grid((column, round(2.4 * size * _POINT)), ((left, right),), ruled=False)]


def _number_rows(document: OfficialDocument, gap: int) -> list[Flow]:
    """发文字号, with 签发人 to its right for 上行文: two names per row, the last row beside the number (7.2.5, 7.2.6)."""
    if not document.signers:
        return [line("GwNumber", document.number, before=gap, rule=7, keep_next=True)]
    pairs = [document.signers[i : i + 2] for i in range(0, len(document.signers), 2)]
    widest = max(sum(text_width(name) for name in pair) + (1 if len(pair) > 1 else 0) for pair in pairs)
    start = round((27 - 4 - widest) * CELL)
    rows: list[Flow] = []
    for row, pair in enumerate(pairs):
        last = row == len(pairs) - 1
        spans = [Span(document.number if last else ""), Span("\t")]
        spans.append(Span("签发人：" if row == 0 else "\t"))
        spans += [Span(("　" if place else "") + name, "GwSigner") for place, name in enumerate(pair)]
        rows.append(
            Paragraph(
                "GwNumber",
                tuple(span for span in spans if span.text),
                before=gap if row == 0 else 0,
                first=CELL,
                align="left",
                tabs=((start, "left"), (start + 4 * CELL, "left")),
                rule=7 if last else None,
                keep_next=True,
            )
        )
    return rows


def _letter_head(document: OfficialDocument) -> list[Flow]:
    """版头 of a 信函: mark 30 mm from the edge, red double rules of 170 mm, number on the right (10.1)."""
    names, _ = mark_lines(document.red_header)
    names = ["".join(names[:-1])] if len(names) > 1 and names[-1] == "文件" else names
    size, scale = _mark_size(names, TEXT_WIDTH)
    size = min(size, 40.0)
    pitch = round(size * 1.3)
    mm = 25.4 / 72
    top = _LETTER_MARK_TOP - (0.8 * pitch - _INK_TOP * size) * mm
    height = pitch * len(names) * mm
    mark = tuple(line("GwMark", t, half_points=round(size * 2), line=pitch * _POINT, scale=scale) for t in names)
    rule = top + height - (0.2 * pitch - 0.12 * size) * mm + 4.0
    shapes = (
        Shape(20.0, top, 170.0, height, paragraphs=mark, anchor="t"),
        Shape(20.0, rule, 170.0, 0.7, "FF0000"),
        Shape(20.0, rule + 1.0, 170.0, 0.25, "FF0000"),
        Shape(20.0, 277.0 - 0.95, 170.0, 0.25, "FF0000"),
        Shape(20.0, 277.0 - 0.7, 170.0, 0.7, "FF0000"),
    )
    return [Paragraph("GwAnchor", shapes=shapes), *_letter_lines(document, rule + 1.25)]


def _letter_lines(document: OfficialDocument, below: float) -> list[Flow]:
    """份号, 密级, 紧急程度 on the left and 发文字号 on the right, 7/8 of a character below the rule (10.1)."""
    text_top = 33.6
    corner = _corner(document)
    before = round((below + 5.54 * 7 / 8 - text_top) * TWIPS_PER_MM - above(16)) - 20
    first = Paragraph(
        "GwNumber",
        (Span(corner[0][1], corner[0][0]) if corner else Span(""), Span("\t" + document.number)),
        before=max(0, before),
        align="left",
        tabs=((TEXT_WIDTH, "right"),),
    )
    return [first, *(line(style, text) for style, text in corner[1:])]
