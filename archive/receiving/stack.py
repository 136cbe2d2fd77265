"""Sorts a stack of scanned pages by the codes on them. Pure functions: the same readings give the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ssj_docs.documents.forms.page_code import CodeFault, PageCode

Decoder = Callable[[str], PageCode | CodeFault]

#: share of dark pixels below which a page holds only a few words
_LITTLE_INK = 0.004


@dataclass(frozen=True)
class PageReading:
    """What a limited child found on one page.

    Attributes:
        page: its number in the file, from 1.
        codes: (text, degrees clockwise to turn the page upright) of each QR code.
        quality: see `archive.files.scan_quality.ScanQuality`, as JSON.
        width, height: in millimetres.
        scan_dpi: 0 if the page is not a scan.
        text: of the text layer.
        fault: why the page could not be read; empty if it could.
    """

    page: int
    codes: tuple[tuple[str, int], ...] = ()
    quality: Mapping[str, Any] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0
    scan_dpi: float = 0.0
    text: str = ""
    fault: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing is printed or written on it."""
        return bool(self.quality.get("blank")) and not self.codes


@dataclass(frozen=True)
class PlacedPage:
    """Page ``form_page`` of a form is page ``page`` of the file and must be turned by ``turn`` degrees."""

    form_page: int
    page: int
    turn: int


@dataclass(frozen=True)
class StackForm:
    """The pages of one issued paper found in a stack, in the form's order.

    Attributes:
        code: the code of any of its pages.
        pages: those found.
        missing: form pages that are not in the stack.
    """

    code: PageCode
    pages: tuple[PlacedPage, ...]
    missing: tuple[int, ...]

    @property
    def file_pages(self) -> tuple[int, ...]:
        """The pages of the file, in the form's order."""
        return tuple(placed.page for placed in self.pages)


@dataclass(frozen=True)
class OddPage:
    """A page that belongs to no form.

    ``reason`` is ``uncoded``, ``foreign``, ``forged``, ``double``, ``ambiguous`` (codes of several papers on one page) or
    ``unreadable``; ``first`` is the page that a double repeats.
    """

    page: int
    reason: str
    message: str
    first: int = 0


@dataclass(frozen=True)
class StackPlan:
    """How the pages of a file are to be filed. Every page is in exactly one of forms, blanks and odd."""

    total: int
    forms: tuple[StackForm, ...]
    blanks: tuple[int, ...]
    odd: tuple[OddPage, ...]

    @property
    def whole(self) -> bool:
        """Whether the file is one form, upright and in order (blank backs allowed), so that it is filed unchanged."""
        if len(self.forms) != 1 or self.odd:
            return False
        pages = self.forms[0].pages
        return list(self.forms[0].file_pages) == sorted(self.forms[0].file_pages) and not any(p.turn for p in pages)


def plan_stack(readings: Sequence[PageReading], decode: Decoder) -> StackPlan:
    """Sort the pages of a file into forms. If a page of a form is there twice, the first is used and the other reported.

    Args:
        readings: one for each page.
        decode: checks the text of a code with the office's key.
    """
    placed: dict[tuple[str, str, int, str], dict[int, PlacedPage]] = {}
    codes: dict[tuple[str, str, int, str], PageCode] = {}
    blanks, odd = [], []
    for reading in readings:
        verdict = _verdict(reading, decode)
        if isinstance(verdict, OddPage):
            odd.append(verdict)
        elif verdict is None:
            blanks.append(reading.page)
        else:
            code, turn = verdict
            pages = placed.setdefault(code.form, {})
            codes.setdefault(code.form, code)
            if code.page in pages:
                first = pages[code.page].page
                message = f"与第 {first} 页重复（案卷 {code.subject} 的 {code.kind} 第 {code.page} 页）"
                odd.append(OddPage(reading.page, "double", message, first))
            else:
                pages[code.page] = PlacedPage(code.page, reading.page, turn)
    forms = tuple(_form(codes[key], pages.values()) for key, pages in placed.items())
    return StackPlan(len(readings), forms, tuple(blanks), tuple(odd))


def _verdict(reading: PageReading, decode: Decoder) -> tuple[PageCode, int] | OddPage | None:
    """The valid code of a page with its turn, or why there is none; None for a blank page."""
    if reading.fault:
        return OddPage(reading.page, "unreadable", reading.fault)
    judged = [(decode(text), turn) for text, turn in reading.codes]
    ours = [(code, turn) for code, turn in judged if isinstance(code, PageCode)]
    faults = [code for code, _ in judged if isinstance(code, CodeFault) and code.fault != "not_ours"]
    if len({(code.form, code.page) for code, _ in ours}) > 1:
        papers = "、".join(f"{code.subject} {code.kind} 第 {code.page} 页" for code, _ in ours)
        return OddPage(reading.page, "ambiguous", f"同一页上有几张文书的二维码：{papers}")
    if faults:
        worst = next((fault for fault in faults if fault.fault == "forged"), faults[0])
        return OddPage(reading.page, worst.fault, worst.message)
    if ours:
        return ours[0]
    if reading.blank and not reading.text.strip():
        return None
    little = float(reading.quality.get("ink") or 1.0) < _LITTLE_INK
    note = "，字迹很少，可能是前一页的背面（签收、批注），请与前一页一起看" if little and reading.page > 1 else ""
    return OddPage(reading.page, "uncoded", f"页上没有本单位的二维码{note}")


def _form(code: PageCode, pages: Iterable[PlacedPage]) -> StackForm:
    ordered = tuple(sorted(pages, key=lambda placed: placed.form_page))
    found = {placed.form_page for placed in ordered}
    return StackForm(code, ordered, tuple(n for n in range(1, code.pages + 1) if n not in found))


def page_ranges(pages: Iterable[int]) -> str:
    """Format pages for people: ``1-3、7``."""
    ordered = sorted(set(pages))
    parts: list[str] = []
    start = previous = None
    for page in [*ordered, None]:
        if start is not None and (page is None or previous is None or page != previous + 1):
            parts.append(str(start) if start == previous else f"{start}-{previous}")
            start = None
        if start is None:
            start = page
        previous = page
    return "、".join(parts)
