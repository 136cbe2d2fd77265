"""公文 as data: the 18 elements of GB/T 33480-2016, the issued document, the number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Table:
    """A table attached to a document: column names, rows of text, and spans as (row, column, rows, columns)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    header_rows: tuple[tuple[str, ...], ...] = ()
    spans: tuple[tuple[int, int, int, int], ...] = ()
    widths_mm: tuple[float, ...] = ()
    note: str = ""
    landscape: bool = False


@dataclass(frozen=True)
class Block:
    """One paragraph or table of a body.

    Attributes:
        level: 0 plain text · 1 ``一、`` · 2 ``（一）`` · 3 ``1.`` · 4 ``（1）`` · 5 chapter (第一章) · 6 article (第一条)
            · 7 table title line.
        text: the paragraph as written, marker included.
        table: a table between paragraphs, which has no text of its own.
        heading: length in characters of the part set in the heading font (the whole text if it is a heading alone).
    """

    level: int
    text: str
    heading: int = 0
    table: Table | None = None


@dataclass(frozen=True)
class BarChart:
    """A chart of bars beside each other: a value of each series for each label; None where there is none.

    Attributes:
        title: printed above it, with what is counted. labels: down its side, or along its foot if ``upright``.
        series: (name, one value a label). percent: the axis goes from 0 to 100.
    """

    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    percent: bool = False
    upright: bool = False


@dataclass(frozen=True)
class Attachment:
    """附件: a text, charts or a table, with the title that 附件说明 repeats; ``label`` as printed if not counted here."""

    title: str
    blocks: tuple[Block, ...] = ()
    table: Table | None = None
    addressees: str = ""
    signature: tuple[str, ...] = ()
    date: str = ""
    label: str = ""
    charts: tuple[BarChart, ...] = ()


@dataclass(frozen=True)
class OfficialDocument:
    """公文 with the elements of GB/T 9704-2012 / GB/T 33480-2016. None or empty means: not present.

    Attributes:
        kind: document kind of catalogue.toml. genre: 文种 (通知, 函, …).
        red_header: 发文机关标志, one line an element. number: 发文字号. signers: 签发人 (上行文 only).
        copy_number 份号 · classification 密级和保密期限 · urgency 紧急程度.
        title: lines as broken by the author. addressees: 主送机关 without colon. blocks: 正文.
        attachments: 附件. list_attachments: print 附件说明.
        signature: 署名 lines. seal_for: 代章 body ("" = none). sealed: leaves room for the seal. date: 成文日期 as text.
        note: 附注. contact: contact line. cc: 抄送. printer 印发机关 · print_date 印发日期 (already with 印发).
        format: ``document`` (文件式) or ``letter`` (信函格式). disclosure: 公开属性.
        frame: file name of the template it is laid out on, empty for that of its format.
    """

    kind: str
    genre: str
    red_header: tuple[str, ...]
    number: str
    title: tuple[str, ...]
    blocks: tuple[Block, ...]
    addressees: str = ""
    signers: tuple[str, ...] = ()
    copy_number: str = ""
    classification: str = ""
    urgency: str = ""
    attachments: tuple[Attachment, ...] = ()
    list_attachments: bool = True
    signature: tuple[str, ...] = ()
    seal_for: str = ""
    sealed: bool = True
    date: str = ""
    note: str = ""
    contact: str = ""
    cc: str = ""
    printer: str = ""
    print_date: str = ""
    format: Literal["document", "letter"] = "document"
    disclosure: str = ""
    frame: str = ""


@dataclass(frozen=True)
class DocumentNumber:
    """发文字号, canonical form ``代字〔YYYY〕N号`` with U+3014/3015 (GB/T 9704-2012 7.2.5)."""

    series: str
    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.series}〔{self.year}〕{self.serial}号"


_NUMBER = re.compile(
    r"^(?P<series>[^\d〔﹝\[【（(„]{1,20}?)\s*[〔﹝\[【（(„〈]?\s*(?P<year>(?:19|20)\d{2})\s*[〕﹞\]】）)‟”〉]?\s*第?\s*0*(?P<serial>[1-9]\d{0,5})\s*号$"
)


def parse_number(text: str) -> DocumentNumber | None:
    """Read a document number in any bracket style seen in the field (DOMAIN §1.5); None if it is not one."""
    folded = "".join(chr(ord(c) - 0xFEE0) if "０" <= c <= "９" else c for c in text.strip())
    match = _NUMBER.match(re.sub(r"\s+", "", folded)) or _NUMBER.match(folded)
    if not match:
        return None
    return DocumentNumber(match["series"].strip(), int(match["year"]), int(match["serial"]))


@dataclass(frozen=True)
class IssuedDocument:
    """成文: a row of the register of issued documents and forms.

    Attributes:
        id: stable id, ``<kind>-<key>``; kind: catalogue kind; title; number: as printed or empty for unnumbered forms.
        task / case: what it belongs to, or empty. department: canonical name of the issuing body, or empty.
        date: 成文日期. path: relative to the workspace. sha256: of the docx. pdf_path / pdf_sha256: if converted.
        pages: pages of the paper if known. content_digest: SHA-256 of template and data, the same for the same paper.
        version: 1 for the first issue, then counting. current: False once a newer version was issued.
    """

    id: str
    kind: str
    title: str
    number: str = ""
    task: str = ""
    case: str = ""
    department: str = ""
    date: date | None = None
    path: str = ""
    sha256: str = ""
    pdf_path: str = ""
    pdf_sha256: str = ""
    pages: int | None = None
    content_digest: str = ""
    version: int = 1
    current: bool = True
