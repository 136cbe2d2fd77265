"""Composes the 公文 of a draft: the office's usual elements where the draft has none, texts and tables attached."""

from __future__ import annotations

from datetime import date

from ssj_docs.documents.drafts.draft_entry import DraftEntry
from ssj_docs.documents.drafts.draft_file import FRONT, AttachmentSource, DraftText, decoded
from ssj_docs.documents.drafts.text_and_tables import has_several, split_table, text_and_tables
from ssj_docs.documents.text.wording import break_title, parse_body
from ssj_docs.facts.paper_context import full_name
from ssj_docs.ground.chinese_words import chinese_date
from ssj_docs.ground.errors import DataError, NotFoundError
from ssj_docs.ground.remedies import Remedy, do
from ssj_docs.model.document import Attachment, OfficialDocument, Table
from ssj_docs.model.office import Office


def attachment_of(source: AttachmentSource, draft: DraftText, plan: Table | None) -> Attachment:
    """The attachment with its text or table.

    Raises: NotFoundError if its file is missing; DataError if it names nothing, or a path outside the draft's folder.
    """
    if source.table == "plan":
        if plan is None:
            raise DataError(
                f"附件《{source.title}》要附计划表，但该年度还没有导入计划", Remedy("先", do("import", kind="plan"))
            )
        return Attachment(source.title, table=plan, label=source.label)
    text = source.text
    if source.file:
        text = FRONT.sub("", decoded(_file(source.file, draft), source.file))
    if not text.strip():
        raise DataError(f"附件《{source.title}》没有内容", "用“文件:”指明文本文件，或用“表格: plan”附计划表")
    if has_several(text):
        blocks = text_and_tables(f"{text}\n{source.note}")
        return Attachment(source.title, blocks, None, source.to, tuple(source.signature), source.date, source.label)
    before, table, after = split_table(text)
    if table is not None:
        note = "\n".join(part for part in (after, source.note) if part)
        wide = table.landscape if source.landscape is None else source.landscape
        table = Table(table.columns, table.rows, note=note, landscape=wide)
    return Attachment(
        source.title, tuple(parse_body(before)), table, source.to, tuple(source.signature), source.date, source.label
    )


def _file(name: str, draft: DraftText) -> bytes:
    folder = draft.path.parent.resolve()
    if not (folder / name).resolve().is_relative_to(folder):
        raise DataError(f"附件文件“{name}”不在拟稿所在文件夹内", "把文件放进同一文件夹")
    if name not in draft.files:
        raise NotFoundError(f"没有找到附件文件 {name}", "检查文件名，或先把附件写好")
    return draft.files[name]


def _red_header(office: Office, department: str, letter: bool) -> str:
    """发文机关标志 of the office, or of the department that signs; a letter's has no 文件."""
    if department:
        return full_name(office, department) + ("" if letter else "文件")
    return office.name if letter else office.red_header


def compose(entry: DraftEntry) -> OfficialDocument:
    """Compose the document of a draft, with its serial left open.

    Raises: DataError, NotFoundError for what the draft lacks.
    """
    draft, office, kind, day = entry.draft, entry.office, entry.kind, entry.day
    head = draft.head
    blocks = text_and_tables(draft.body)
    if not blocks:
        raise DataError(f"{draft.path.name} 没有正文", "在第二个 --- 之后写正文，一段一行")
    printed = head.print_date if head.print_date is not None else day
    author = full_name(office, head.department) if head.department else office.printer
    printer = author if head.printer is None else head.printer
    if isinstance(printed, date) and printed < day:
        raise DataError(f"{draft.path.name} 的印发日期早于成文日期", "印发日期应当等于或晚于成文日期")
    letter = (head.format or kind.format) == "letter"
    header = tuple(head.red_header) if head.red_header is not None else (_red_header(office, head.department, letter),)
    usual = (full_name(office, head.department),) if head.department else office.signature
    title = tuple(head.title) if len(head.title) > 1 else tuple(break_title(head.title[0]))
    return OfficialDocument(
        kind=kind.id,
        genre=kind.genre,
        red_header=header,
        number=entry.number,
        title=title,
        blocks=blocks,
        addressees=head.to.rstrip("：: "),
        signers=tuple(head.signers),
        copy_number=head.copy_number,
        classification=head.classification,
        urgency=head.urgency,
        attachments=tuple(attachment_of(a, draft, entry.plans.get(a.year or day.year)) for a in head.attachments),
        list_attachments=head.list_attachments,
        signature=usual if head.signature is None else tuple(head.signature),
        seal_for=("" if head.department else office.seal_for) if head.seal_for is None else head.seal_for,
        sealed=head.sealed,
        date=chinese_date(day),
        note=head.note,
        contact=head.contact or ("" if head.department else office.contact),
        cc=head.cc,
        printer=printer,
        print_date=chinese_date(printed) if isinstance(printed, date) and printer else "",
        format="letter" if letter else "document",
        disclosure=head.disclosure,
        frame=kind.template if letter == (kind.format == "letter") else "",
    )
