"""Examines a received file in limited children: its type, structure, pages and signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archive.files.pdf_guard import FileType, PdfReport, examine_pdf, file_type
from archive.receiving.page_reading import PageReaders
from archive.receiving.scan_quality_words import quality_notices
from archive.receiving.stack import PageReading
from archive.signatures.check import SCAN, UNSIGNED, SignatureReport, adopted_trust, check_signatures
from ssj_docs.ground.remedies import Advice, Remedy, do
from ssj_docs.office.workspace import Workspace

#: codes of faults that only a person can judge
BY_HAND = Remedy(do("file_by_hand", receipt="", case="", kind=""))
#: signature seals of OFD use SM2 and SM3, which no available library computes
OFD_SIGNED = SignatureReport(
    "undetermined", "ofd_seal", "OFD 电子签章（多用 SM2、SM3 算法）本机没有可用的验证程序，不能作结论"
)


@dataclass(frozen=True)
class Notice:
    """A message for the clerk: code, Chinese sentence, remedy, and the pages concerned."""

    code: str
    message: str
    remedy: Advice = ""
    pages: tuple[int, ...] = ()
    severity: str = "warning"


@dataclass(frozen=True)
class Examined:
    """The result of examining a file.

    Attributes:
        path: its staged copy.
        type: by its first bytes.
        pages: the number of pages, 0 if unknown.
        readings: one for each page; empty if the pages must not be read.
        signed: whether it has digital signatures.
        signature: the verdict on them, also for a scan or an unsigned file.
        scan: whether every page is a picture.
        notices: faults of the file and of single pages.
    """

    path: Path
    type: FileType
    pages: int = 0
    readings: tuple[PageReading, ...] = ()
    signed: bool = False
    signature: SignatureReport = UNSIGNED
    scan: bool = False
    notices: tuple[Notice, ...] = field(default=())


def examine(
    workspace: Workspace, path: Path, readers: PageReaders, done: Callable[[int, int], None] | None = None
) -> Examined:
    """Examine a staged file.

    Args:
        path: the copy; it is only read.
        readers: the children to use.
        done: called with (pages read, total pages).
    """
    kind = file_type(path)
    if kind == "image":
        readings = readers.read_image(path)
        notices = (*_unreadable(readings), *_page_notices(readings))
        return Examined(path, kind, len(readings), tuple(readings), signature=SCAN, scan=True, notices=notices)
    if kind == "ofd":
        return _examine_ofd(path, readers)
    if kind != "pdf":
        return Examined(path, kind, notices=_type_notices(kind))
    return _examine_pdf(workspace, path, readers, done)


def _examine_ofd(path: Path, readers: PageReaders) -> Examined:
    """Pages and text of a GB/T 33190 file; without page codes and without checking signatures."""
    outcome = readers.children.run("examine_ofd", {"path": str(path)})
    told = next((message for message in outcome.messages if "pages" in message), None)
    if told is None:
        notice = Notice("broken", "OFD 文件不能读取（损坏、加密或过大），原样保存", BY_HAND, severity="error")
        return Examined(path, "ofd", notices=(notice,))
    readings = tuple(PageReading(number, text=page["text"]) for number, page in enumerate(told["pages"], 1))
    notices = [Notice("ofd", f"OFD 版式文件，{len(readings)} 页，原样保存，文字可以检索", BY_HAND)]
    signature = OFD_SIGNED if told["signed"] else UNSIGNED
    if told["signed"]:
        notices.append(Notice("signature", f"电子签名：{OFD_SIGNED.reason}", "请用 OFD 阅读软件验章"))
    return Examined(path, "ofd", len(readings), readings, bool(told["signed"]), signature, notices=tuple(notices))


def _examine_pdf(
    workspace: Workspace, path: Path, readers: PageReaders, done: Callable[[int, int], None] | None
) -> Examined:
    report = examine_pdf(path, readers.children)
    readings: list[PageReading] = []
    if report.readable:
        count = 0

        def tell(number: int) -> None:
            nonlocal count
            count += number
            if done:
                done(count, report.pages)

        readings = readers.read_pdf(path, report.pages, tell)
    scan = bool(readings) and all(r.scan_dpi > 0 for r in readings if not r.fault)
    signature = SCAN if scan else UNSIGNED
    if report.signed:
        signature = check_signatures(path, adopted_trust(workspace), workspace.now, readers.signing)
    notices = [*_pdf_notices(report), *_unreadable(readings), *_page_notices(readings)]
    if report.signed and signature.verdict != "passed":
        severity = "error" if signature.verdict == "failed" else "warning"
        notices.append(Notice("signature", f"电子签名：{signature.reason}", "请核实来源", severity=severity))
    return Examined(path, "pdf", report.pages, tuple(readings), report.signed, signature, scan, tuple(notices))


def _pdf_notices(report: PdfReport) -> list[Notice]:
    hard = not report.readable
    return [
        Notice(code, message, remedy, severity="error" if hard else "warning")
        for code, (message, remedy) in zip(report.faults or {}, report.messages, strict=True)
    ]


def _type_notices(kind: FileType) -> tuple[Notice, ...]:
    if kind == "empty":
        return (Notice("empty", "文件是空的，没有收", "请重新扫描或复制", severity="error"),)
    return (Notice("unknown", "不是 PDF、OFD 或图像，原样保存", BY_HAND),)


def _unreadable(readings: list[PageReading]) -> list[Notice]:
    reasons: dict[str, list[int]] = {}
    for reading in readings:
        if reading.fault:
            reasons.setdefault(reading.fault, []).append(reading.page)
    return [
        Notice("page_unreadable", reason, "请重新扫描这些页", tuple(pages), "error")
        for reason, pages in reasons.items()
    ]


def _page_notices(readings: list[PageReading]) -> list[Notice]:
    return [
        Notice(code, message, remedy, pages)
        for code, message, remedy, pages in quality_notices([(r.page, r.quality, r.scan_dpi) for r in readings])
    ]
