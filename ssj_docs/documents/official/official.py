"""公文 laid out to GB/T 9704-2012 as a docx: 文件式 and 信函格式.

The frame (page, styles, footers) is a template that an office may replace by name; the parts are made by
`official_parts`, written by `official_writer`. The same document and template give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ssj_docs.documents.official.charts import chart_height
from ssj_docs.documents.official.flow import LINE, TWIPS_PER_MM, ChartBox, Flow, Paragraph, SectionEnd, joined, line
from ssj_docs.documents.official.page_estimate import PageEnd, estimate_ends, line_starts
from ssj_docs.documents.official.parts import attachment_note, body, head, imprint, letter_head, signature, title
from ssj_docs.documents.official.tables import table_flow
from ssj_docs.documents.official.writer import open_frame, write_document
from ssj_docs.documents.text.wording import NOT_FIRST, NOT_LAST, break_title
from ssj_docs.model.document import Attachment, OfficialDocument

TEMPLATES = {"document": "gongwen.docx", "letter": "gongwen_letter.docx"}
STYLES = (
    "GwCornerMark",
    "GwSecrecy",
    "GwMark",
    "GwNumber",
    "GwSigner",
    "GwTitle",
    "GwAddressee",
    "GwBody",
    "GwHeading1",
    "GwHeading2",
    "GwHeading3",
    "GwHeading4",
    "GwChapter",
    "GwArticle",
    "GwTableTitle",
    "GwAttachmentNote",
    "GwSignature",
    "GwDate",
    "GwNote",
    "GwAttachmentLabel",
    "GwAttachmentTitle",
    "GwImprint",
    "GwTableHead",
    "GwTableCell",
    "GwAnchor",
)
_SHIPPED = Path(__file__).resolve().parents[3] / "templates"
#: lines kept free between the text and the 版记, for what the estimate may be wrong by
_RESERVE = LINE
#: free lines above a sealed signature and between two rows of signers, the usual first (see `signature`)
_SPACINGS = ((2, 3.5), (1, 3.5), (1, 3.1))
#: lines of a paragraph that goes to the next page as a whole
_SHORT = 4


def official_template(document: OfficialDocument, templates: Path | None = None) -> Path:
    """The frame for this document: the office's own of that name, or else the shipped one."""
    name = TEMPLATES[document.format]
    own = templates / name if templates else None
    return own if own and own.is_file() else _SHIPPED / name


def render_official(document: OfficialDocument, templates: Path | None = None) -> bytes:
    """Lay out a document.

    Args:
        document: the elements; every text is printed as it is.
        templates: the office's template folder (workspace/templates); None for the shipped frames only.

    Returns:
        The docx.

    Raises:
        DataError: the office's own template lacks a style, a marker or the page setup.
    """
    path = official_template(document, templates)
    frame = open_frame(path.read_bytes(), path.name, STYLES)
    top, bottom = frame.text_area()
    height = round((bottom - top) * TWIPS_PER_MM)
    sheet = Sheet(frame.lines, height)
    first = letter_head(document) if document.format == "letter" else _head(document, top, sheet)
    main = _main_part(document, first, sheet)
    attachments, landscape_end = _attachments(document.attachments, labelled=document.list_attachments)
    flows = {"版头": first, "主体": main, "附件": attachments, "版记": []}
    shapes = imprint(document)
    if not shapes:
        return write_document(frame, flows, SectionEnd(landscape=landscape_end))
    whole = joined((first, main, attachments, [SectionEnd(landscape=landscape_end)]))
    end = estimate_ends(whole, frame.lines, height)[-2]
    box = (262.0 - min(shape.top for shape in shapes)) * TWIPS_PER_MM
    if not landscape_end and _fits(document, end, height - box - _RESERVE):
        return write_document(frame, flows, SectionEnd(shapes=shapes))
    flows["版记"] = [SectionEnd(landscape=landscape_end)]
    if document.format == "letter":
        return write_document(frame, flows, SectionEnd(numbered=False, shapes=shapes))
    if end.page % 2 == 0:  # a blank page by name: LibreOffice leaves out those that evenPage inserts
        flows["版记"].append(SectionEnd(numbered=False))
    return write_document(frame, flows, SectionEnd(start="evenPage", numbered=False, shapes=shapes))


def _fits(document: OfficialDocument, end: PageEnd, room: float) -> bool:
    """The 版记 goes below the text if that ends on an even page with room (a letter's on any page)."""
    return (document.format == "letter" or end.page % 2 == 0) and end.used <= room


@dataclass(frozen=True)
class Sheet:
    """What the page estimate needs: exact line heights by style and the height of the text area, in twips."""

    pitches: Mapping[str, int]
    height: int


def _head(document: OfficialDocument, top: float, sheet: Sheet) -> list[Flow]:
    """版头 with the mark as large as lets the first page show two lines of text (7.3.3)."""
    for share in (1.0, 0.85, 0.7, 0.6, 0.5):
        made = head(document, top, share)
        end = estimate_ends([*made, *title(document)], sheet.pitches, sheet.height)[-1]
        if end.page == 1 and end.used + 2 * LINE <= sheet.height:
            break
    return made


def _main_part(document: OfficialDocument, first: Sequence[Flow], sheet: Sheet) -> list[Flow]:
    """标题 to 附注, so that the signature is never alone on a page (7.3.5.4: no 此页无正文)."""
    text = body(document.blocks, before=LINE if not document.addressees else 0)
    if document.contact:
        text.append(line("GwBody", document.contact))
    notes = attachment_note(document)
    if len(notes) > _SHORT:  # a long list goes over the page like text, and its last name stays with the signature
        text, notes = [*text, *notes], []
    notes = [replace(note, keep_next=True) for note in notes]
    opening = [*first, *title(document)]
    if not text:
        return [*title(document), *notes, *signature(document)]
    spacings = _SPACINGS if document.sealed else _SPACINGS[:1]
    for gap, apart in spacings:
        closing = [*notes, *signature(document, gap, apart)]
        ends = estimate_ends([*opening, *text, *closing], sheet.pitches, sheet.height)
        last = len(opening) + len(text) - 1
        if ends[last].page == ends[-1].page:
            whole = ends[last].used > ends[last - 1].used and ends[last - 1].page == ends[last].page
            return [*title(document), *_kept(text, together=whole and len(text) > 1), *closing]
    text = _divided(text)
    for gap, apart in spacings:
        closing = [*notes, *signature(document, gap, apart)]
        ends = estimate_ends([*opening, *text, *closing], sheet.pitches, sheet.height)
        if ends[len(opening) + len(text) - 1].page == ends[-1].page:
            break
    return [*title(document), *text, *closing]


def _kept(text: Sequence[Paragraph], *, together: bool) -> list[Paragraph]:
    """The text with its last paragraph kept with the signature if it is on one page anyway."""
    return [*text[:-1], replace(text[-1], keep_next=together)]


def _divided(text: Sequence[Paragraph]) -> list[Paragraph]:
    """The text whose end must go to the next page with the signature.

    A short last paragraph goes as a whole, if the first page keeps other text (7.3.3). Of a long one, or the only one, the
    last lines go: LibreOffice takes only whole paragraphs along, so it is written as two that read as one. A text of a
    single line is spaced out to two (7.3.5.4: 调整字距).
    """
    last = text[-1]
    starts = line_starts(last)
    if len(starts) <= _SHORT and not all(paragraph.keep_next for paragraph in text[:-1]):
        return [*text[:-1], replace(last, keep_next=True)]
    cut = starts[max(-2, 1 - len(starts))] if len(starts) > 1 else _end_cut(last.text)
    spread = replace(last, align="distribute") if len(starts) == 1 else last
    upper, lower, seen = [], [], 0
    for span in last.spans:
        split = min(max(cut - seen, 0), len(span.text))
        upper.append(replace(span, text=span.text[:split]))
        lower.append(replace(span, text=span.text[split:]))
        seen += len(span.text)
    head_part = replace(spread, spans=tuple(span for span in upper if span.text))
    tail_part = replace(last, spans=tuple(span for span in lower if span.text), before=0, first=0, keep_next=True)
    return [*text[:-1], head_part, tail_part]


def _end_cut(text: str) -> int:
    """Where the last words of a single line begin that go to the next page: about a third of it."""
    cut = max(1, len(text) * 2 // 3)
    while cut > 1 and (text[cut] in NOT_FIRST or text[cut - 1] in NOT_LAST):
        cut -= 1
    return cut


def _attachments(attachments: Sequence[Attachment], *, labelled: bool) -> tuple[list[Flow], bool]:
    """附件, each from a new page; those with a wide table in a landscape section of their own (7.3.7, 7.6).

    Returns:
        The flow, and whether it ends in landscape.
    """
    flow: list[Flow] = []
    landscape = False
    for number, attachment in enumerate(attachments, 1):
        wide = attachment.table is not None and attachment.table.landscape
        turned = wide or landscape  # one section each: LibreOffice misplaces the turned number after a page break
        if turned:
            flow.append(SectionEnd(landscape=landscape))
            landscape = wide
        label = f"附件{number}" if len(attachments) > 1 else "附件"
        flow += _attachment(attachment, attachment.label or (label if labelled else ""), new_page=not turned)
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
    if paragraphs and closing and attachment.table is None:
        paragraphs = _kept(paragraphs, together=len(line_starts(paragraphs[-1])) <= _SHORT)
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
