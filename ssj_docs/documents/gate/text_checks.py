"""What the text of a paper shows by itself: places left open, personal data, sums that do not add up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ssj_docs.documents.gate.manuscript import Line, Manuscript, Objection
from ssj_docs.ground.personal_data import HIDDEN, cut_restricted
from ssj_docs.model.document import Table

#: words that a draft text or a clerk leaves for somebody to replace
_OPEN = re.compile(
    r"[（(〔【\[]\s*(?:请[^（）()〔〕【】\[\]]{0,30}填写|待填写?|待补充|此处填写)[^（）()〔〕【】\[\]]{0,40}[）)〕】\]]"
)
#: a gap to write in; in an attachment it may be a blank form
_GAP = re.compile(r"[_＿]{3,}|(?<![A-Za-z])[X×ＸxX]{2,}(?![A-Za-z0-9])|〔\s*〕|(?<!\d)\s{2,}年\s+月\s+日")
_ROWS_OF_SUMS = ("合计", "总计", "共计")


def unfilled(paper: Manuscript) -> Iterator[Objection]:
    """（请填写…） anywhere; gaps of the main text; elements without which a letter cannot be sent."""
    for line in paper.lines:
        if found := _OPEN.search(line.text):
            yield paper.told("stop", "还没有填写", "填上实际内容，或删去这一处", line=line, value=found[0])
        elif line.part != "attachment" and (found := _GAP.search(line.text)):
            yield paper.told(
                "ask", "像是留空待填的地方", "填上实际内容；本来就这样写的，写明理由", line=line, value=found[0].strip()
            )
    for name in paper.blanks:
        yield paper.told("stop", f"“{name}”是空的", "补上这一项", field=name)
    document = paper.document
    if document and document.format == "letter" and not document.addressees:
        yield paper.told("stop", "函没有写明主送机关", "在“主送:”后面写上接收单位", field="主送")


def personal(paper: Manuscript) -> Iterator[Objection]:
    """Restricted personal data in a paper that says it is public: a mobile number may be meant, anything else is not."""
    if not paper.public:
        return
    for line in paper.lines:
        cut = cut_restricted(line.text)
        if HIDDEN not in cut:
            continue
        pieces = [line.text[part.start() : part.end()] for part in re.finditer(f"{HIDDEN}+", cut)]
        mobile = all(
            re.sub(r"\D", "", piece).removeprefix("86").startswith("1") and len(re.sub(r"\D", "", piece)) < 14
            for piece in pieces
        )
        remedy = "删去或改为单位电话；确需公开的，写明理由" if mobile else "删去，或改为不公开（附注和公开属性）"
        yield paper.told(
            "ask" if mobile else "stop", f"要公开的文件里有{'手机号码' if mobile else '个人信息'}", remedy, line=line
        )


def sums(paper: Manuscript) -> Iterator[Objection]:
    """A row of totals against the rows above it, in each table of the text."""
    if paper.document is None:
        return
    attached = paper.document.attachments
    blocks = [*paper.document.blocks, *(block for one in attached for block in one.blocks)]
    for table in (*(block.table for block in blocks), *(one.table for one in attached)):
        if table is not None:
            yield from _totals(paper, table)


def _totals(paper: Manuscript, table: Table) -> Iterator[Objection]:
    if not table.rows or not any(table.rows[-1][0].strip().startswith(word) for word in _ROWS_OF_SUMS):
        return
    *rows, last = table.rows
    for column, name in enumerate(table.columns):
        total, parts = _number(last[column]), [_number(row[column]) for row in rows]
        if total is None or any(part is None for part in parts):
            continue
        counted = sum(part for part in parts if part is not None)
        if counted != total:
            yield paper.told(
                "stop",
                f"“{name}”一栏合计写 {total:g}，各行相加是 {counted:g}",
                "核对各行和合计",
                line=_row_line(paper, last),
                field=name,
            )


def _number(cell: str) -> float | None:
    text = cell.strip().replace(",", "")
    if not text:
        return 0.0
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _row_line(paper: Manuscript, row: Sequence[str]) -> Line | None:
    cells = [cell.strip() for cell in row]
    return next(
        (line for line in paper.lines if [c.strip() for c in line.text.split("\t")][: len(cells)] == cells), None
    )
