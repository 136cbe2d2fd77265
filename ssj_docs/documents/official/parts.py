"""The parts of a 公文 as a flow: 版头, 主体, 署名 and 成文日期, 版记 (GB/T 9704-2012 7.2 to 7.4, 10.1).

Distances are those of the standard. What LibreOffice adds or takes away is corrected here only (calibrated on 7.4: an exact
line puts the base line at 80 % of its height; a Chinese character is 88 % above it, 12 % below).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ssj_docs.documents.official.charts import chart_height
from ssj_docs.documents.official.flow import (
    CELL,
    LINE,
    TEXT_BOTTOM,
    TEXT_WIDTH,
    TWIPS_PER_MM,
    Cell,
    ChartBox,
    Flow,
    Grid,
    Paragraph,
    Parts,
    SectionEnd,
    Shape,
    Span,
    line,
)
from ssj_docs.documents.official.heads import TWO_LINES, above, heads, mark_lines
from ssj_docs.documents.official.pages import SHORT, kept, line_starts, spreads
from ssj_docs.documents.official.tables import table_flow
from ssj_docs.documents.text.wording import break_title, printed_width, text_width
from ssj_docs.model.document import Attachment, Block, OfficialDocument

#: free lines above a sealed signature and between two rows of signers; the usual values first (see `signature`)
_SPACINGS = ((2, 3.5), (1, 3.5), (1, 3.1))
_LONG_WORD = re.compile(r"[0-9A-Za-z]{9,}")
_TEXT_LEFT = 28.0
_IMPRINT_PITCH = 28 * 25.4 / 72  # exact lines of 28 pt, mm
_BLOCK_STYLES = {
    1: "GwHeading1",
    2: "GwHeading2",
    3: "GwHeading3",
    4: "GwHeading4",
    5: "GwChapter",
    6: "GwArticle",
    7: "GwTableTitle",
}


def make_parts(document: OfficialDocument, text_top: float) -> Parts:
    """All parts of a document; ``text_top``: where the text area begins, mm from the edge of the page."""
    made_heads = heads(document, text_top)
    text = body(document.blocks, before=LINE if not document.addressees else 0)
    if document.contact:
        text.append(line("GwBody", document.contact))
    notes = attachment_note(document)
    if len(notes) > SHORT:  # a long list goes over the page like text, and its last name stays with the signature
        text, notes = [*text, *notes], []
    spacings = _SPACINGS if document.sealed else _SPACINGS[:1]
    return Parts(
        document.format == "letter",
        made_heads,
        title(document),
        text,
        [replace(note, keep_next=True) for note in notes],
        tuple(signature(document, gap, apart) for gap, apart in spacings),
        imprint(document),
        *attachments(document),
    )


def title(document: OfficialDocument) -> list[Flow]:
    """标题 two lines below the element above it, then 主送机关 one line below (7.3.1, 7.3.2)."""
    lines = break_title(document.title[0]) if len(document.title) == 1 else document.title
    gap = round(TWO_LINES * TWIPS_PER_MM - above(22)) - (0 if document.format == "document" else round(0.2 * LINE))
    flow: list[Flow] = [line("GwTitle", "\n".join(lines), before=gap, keep_next=True)]
    if document.addressees:
        text = document.addressees
        closed = text if text.endswith(("：", ":")) else text + "："
        flow.append(line("GwAddressee", closed, before=LINE, keep_next=True))
    return flow


def body(blocks: Sequence[Block], *, before: int = 0) -> list[Flow]:
    """正文: each paragraph in the style of its level; a run-in heading has its own font only for its part."""
    made: list[Flow] = []
    for number, block in enumerate(blocks):
        if block.table is not None:  # the anchors keep table and text apart, and hold what follows
            made += [line("GwAnchor", "", before=before if number == 0 else 120, keep_next=True)]
            made += [*table_flow(replace(block.table, landscape=False)), line("GwAnchor", "")]
            continue
        style = _BLOCK_STYLES.get(block.level, "GwBody")
        whole = block.heading >= len(block.text)
        above = before if number == 0 else 0
        if block.level in (5, 7) or (whole and block.level):
            made.append(line(style, block.text, before=above, keep_next=number + 1 < len(blocks)))
            continue
        spans = (Span(block.text[: block.heading], style), Span(block.text[block.heading :]))
        text = Paragraph("GwBody", tuple(span for span in spans if span.text), before=above)
        made.append(replace(text, align="left") if _has_long_word(block.text) and spreads(text) else text)
    return made


def _has_long_word(text: str) -> bool:
    """A code or number of more than eight letters and digits, which cannot be split at the end of a line."""
    return _LONG_WORD.search(text) is not None


def attachment_note(document: OfficialDocument) -> list[Paragraph]:
    """附件说明: one line below the body, with hanging indent, no mark at the end (7.3.4)."""
    titles = [attachment.title for attachment in document.attachments]
    if not titles or not document.list_attachments:
        return []
    if len(titles) == 1:
        return [line("GwAttachmentNote", f"附件：{titles[0]}", before=LINE, left=5 * CELL, first=-3 * CELL)]
    made: list[Paragraph] = []
    for number, name in enumerate(titles, 1):
        digits = round((0.5 * len(str(number)) + 0.3) * CELL)
        text, hang = (f"附件：{number}.{name}", digits + 3 * CELL) if number == 1 else (f"{number}.{name}", digits)
        above = LINE if number == 1 else 0
        made.append(line("GwAttachmentNote", text, before=above, left=5 * CELL + digits, first=-hang))
    return made


def signature(document: OfficialDocument, gap: int = 2, apart: float = 3.5) -> list[Flow]:
    """署名 and 成文日期 (7.3.5), then 附注 (7.3.6); kept together.

    Args:
        document: the document.
        gap: free lines above a sealed signature: 2, or 1 if the page is short; the seal of 42 mm still begins within one
            line of the text.
        apart: lines between two rows of signers; at 3.1 their seals do not quite touch.
    """
    given = [name for name in document.signature if name.strip()]
    names = list(_name_lines(given))
    if document.seal_for:
        seal = document.seal_for
        names.append(seal if "代章" in seal else f"{seal}（代章）")
    joint = mark_lines(document.red_header)[1] and len(names) == len(document.red_header) - 1
    if joint and document.sealed:
        flow = _joint_signature(names, document.date, gap, apart)
    elif document.sealed:
        flow = _sealed(names, document.date, gap)
    else:
        flow = _unsealed(names, document.date)
    if document.note:
        note = document.note if document.note.startswith(("（", "(")) else f"（{document.note}）"
        flow.append(line("GwNote", note))
    if isinstance(flow[-1], Paragraph):
        flow[-1] = replace(flow[-1], keep_next=False)
    return flow


def _sealed(names: Sequence[str], date: str, gap: int) -> list[Flow]:
    """The date four characters from the right, names centred on it; free lines above leave room for the seal."""
    wide = printed_width(date)
    longest = max((text_width(name) for name in names), default=0.0)
    axis = max(4 + wide / 2, longest / 2)  # a name too long to be centred there moves the axis inwards
    spare = 80  # twips on both sides, so that rounding does not break the longest name
    left = max(0, TEXT_WIDTH - round(2 * axis * CELL) - spare)
    flow: list[Flow] = [
        line(
            "GwSignature",
            name,
            before=gap * LINE if number == 0 else 0,
            left=left,
            right=-spare,
            align="center",
            keep_next=True,
        )
        for number, name in enumerate(names)
    ]
    right = round((axis - wide / 2) * CELL)
    flow.append(line("GwDate", date, before=0 if names else gap * LINE, right=right, align="right", keep_next=True))
    return flow


def _name_lines(names: Sequence[str]) -> Sequence[str]:
    """A name too long to leave room beside it is broken as a title is."""
    if len(names) == 1 and text_width(names[0]) > 20:
        return break_title(names[0], text_width(names[0]) / 2 + 5)
    return names


def _unsealed(names: Sequence[str], date: str) -> list[Flow]:
    """署名 two characters from the right; the date begins two characters after the name above it (7.3.5.2)."""
    wide = printed_width(date)
    last = text_width(names[-1]) if names else 0.0
    right_date = last - wide
    right_name = 2.0
    if right_date < 2:
        right_date, right_name = 2.0, max(2.0, 4 + wide - last)
    flow: list[Flow] = [
        line(
            "GwSignature",
            name,
            before=LINE if number == 0 else 0,
            right=round(right_name * CELL),
            align="right",
            keep_next=True,
        )
        for number, name in enumerate(names)
    ]
    right = round(right_date * CELL) if names else 4 * CELL
    flow.append(line("GwDate", date, before=0 if names else LINE, right=right, align="right", keep_next=True))
    return flow


def _joint_signature(names: Sequence[str], date: str, gap: int, apart: float) -> list[Flow]:
    """Signers in rows of at most three, each wide enough for a seal of 42 mm; the date under the last (7.3.5.1)."""
    longest = max(text_width(name) for name in names)
    columns = min(3 if longest <= 9 else 2, len(names))
    last = round(2 * (4 + printed_width(date) / 2) * CELL) if columns == 2 else TEXT_WIDTH // columns
    widths = (*[(TEXT_WIDTH - last) // max(1, columns - 1)] * (columns - 1), last)
    rows: list[tuple[Cell, ...]] = []
    for start in range(0, len(names), columns):
        group = names[start : start + columns]
        above = gap * LINE if start == 0 else round(apart * LINE)
        cells = [Cell((_centred(name, above),), vertical="bottom") for name in group]
        blank = [Cell((_centred("", 0),)) for _ in range(columns - len(group))]
        rows.append((*blank, *cells))
    rows.append((*(Cell((_centred("", 0),)) for _ in range(columns - 1)), Cell((_centred(date, 0, "GwDate"),))))
    return [Grid(widths, tuple(rows), ruled=False, keep_together=True)]


def _centred(text: str, before: int, style: str = "GwSignature") -> Paragraph:
    return line(style, text, before=before, align="center", keep_next=True)


def imprint(document: OfficialDocument) -> tuple[Shape, ...]:
    """版记: 抄送, 印发机关 and 印发日期 between rules, its last rule on the lower edge of the text (7.4).

    That of a letter has neither rules nor 印发机关 (10.1). Empty if there is nothing to print.
    """
    edge = 280  # one character of 4号
    columns = (TEXT_WIDTH - 2 * edge) / edge
    rows: list[tuple[Paragraph, int]] = []
    if document.cc:
        text = document.cc if document.cc.startswith(("抄送", "主送")) else f"抄送：{document.cc}"
        text = text if text.endswith(("。", ".")) else text + "。"
        hang = 3 if "：" in text[:3] else 0
        paragraph = line("GwImprint", text, left=edge * (1 + hang), right=edge, first=-edge * hang, align="left")
        rows.append((paragraph, _wrapped(text, columns, hang)))
    letter = document.format == "letter"
    if not letter and (document.printer or document.print_date):
        date = document.print_date
        date = date if not date or date.endswith("印发") else date + "印发"
        wanted = text_width(document.printer + date) + 1
        scale = None if wanted <= columns - 0.5 else max(50, int(100 * (columns - 0.5) / wanted))
        paragraph = Paragraph(
            "GwImprint",
            (Span(f"{document.printer}\t{date}"),),
            left=edge,
            right=edge,
            align="left",
            tabs=((TEXT_WIDTH - edge, "right"),),
            scale=scale,
        )
        rows.append((paragraph, 1))
    return _imprint_shapes(rows, ruled=not letter)


def _imprint_shapes(rows: Sequence[tuple[Paragraph, int]], *, ruled: bool) -> tuple[Shape, ...]:
    """Boxes of text on top of each other, with rules of 0.35 mm outside and 0.25 mm between (7.4.1)."""
    shapes: list[Shape] = []
    bottom = TEXT_BOTTOM
    for place, (paragraph, lines) in enumerate(reversed(rows)):
        if ruled:
            weight = 0.35 if place == 0 else 0.25
            shapes.append(Shape(_TEXT_LEFT, bottom - weight, 156.0, weight, "000000"))
            bottom -= weight
        height = lines * _IMPRINT_PITCH
        shapes.append(
            Shape(_TEXT_LEFT, bottom - height - 0.6, 156.0, height + 0.3, paragraphs=(paragraph,), anchor="t")
        )
        bottom -= height
    if ruled and rows:
        shapes.append(Shape(_TEXT_LEFT, bottom - 0.35, 156.0, 0.35, "000000"))
    return tuple(reversed(shapes))


def _wrapped(text: str, width: float, hang: float) -> int:
    """Lines of a hanging paragraph; rather too many than too few."""
    used, lines = 0.0, 1
    for character in text:
        step = text_width(character)
        if used + step > width:
            lines += 1
            used = hang
        used += step
    return lines


# --- attachments --------------------------------------------------------------------------------------------------------
def attachments(document: OfficialDocument) -> tuple[list[Flow], bool]:
    """附件, each on a new page; those with a wide table in a landscape section of their own (7.3.7, 7.6).

    Returns:
        The flow, and whether it ends in landscape.
    """
    flow: list[Flow] = []
    landscape = False
    for number, attachment in enumerate(document.attachments, 1):
        wide = attachment.table is not None and attachment.table.landscape
        turned = wide or landscape  # one section each: LibreOffice misplaces the turned number after a page break
        if turned:
            flow.append(SectionEnd(landscape=landscape))
            landscape = wide
        label = f"附件{number}" if len(document.attachments) > 1 else "附件"
        flow += _attachment(
            attachment, attachment.label or (label if document.list_attachments else ""), new_page=not turned
        )
    return flow, landscape


def _attachment(attachment: Attachment, label: str, *, new_page: bool) -> list[Flow]:
    """Label on the first line, title on the third, then the text or the table."""
    flow: list[Flow] = []
    if label:
        flow.append(line("GwAttachmentLabel", label, new_page=new_page, keep_next=True))
    wide = attachment.table is not None and attachment.table.landscape
    lines = break_title(attachment.title, 28 if wide else 20)
    flow.append(
        line("GwAttachmentTitle", "\n".join(lines), before=LINE, new_page=new_page and not label, keep_next=True)
    )
    if attachment.addressees:
        text = attachment.addressees
        flow.append(line("GwAddressee", text if text.endswith(("：", ":")) else text + "：", before=LINE))
    paragraphs = body(attachment.blocks, before=0 if attachment.addressees else LINE)
    closing = _attachment_signature(attachment)
    last = paragraphs[-1] if paragraphs else None
    if isinstance(last, Paragraph) and closing and attachment.table is None:
        paragraphs = kept(paragraphs, together=len(line_starts(last)) <= SHORT)
    flow += paragraphs
    flow += [ChartBox(chart, chart_height(chart)) for chart in attachment.charts]
    if attachment.table is not None:
        flow.append(line("GwAnchor", "", before=300, keep_next=True))
        flow += table_flow(attachment.table)
    return flow + closing


def _attachment_signature(attachment: Attachment) -> list[Flow]:
    """署名 and date of an attached text, unsealed."""
    made: list[Flow] = [
        line("GwSignature", name, before=LINE if number == 0 else 0, right=630, align="right", keep_next=True)
        for number, name in enumerate(attachment.signature)
    ]
    if attachment.date:
        made.append(line("GwDate", attachment.date, before=0 if made else LINE, right=630, align="right"))
    if made and isinstance(made[-1], Paragraph):
        made[-1] = replace(made[-1], keep_next=False)
    return made
