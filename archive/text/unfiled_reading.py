"""Reads pages that wait for a person to file them: their words show who may see them, and suggest a case.

It runs together with reading archived pages, after receiving (DESIGN invariant 3). The text is stored with the page, so
that no page is read twice; until then it is unknown whether it holds personal data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from archive.cases import receipts
from archive.cases.receipts import Receipt, ReceivedPage
from archive.files.page_probe import PageOpener
from archive.ocr.engine import OcrEngine
from archive.receiving.filing import keep_pages_record, kept_file
from archive.receiving.page_guess import KnownCases, guess, known_cases
from archive.text.page_text import read_page_text
from ssj_docs.ground.errors import MissingProgramError, SsjError
from ssj_docs.ground.personal_data import holds_restricted, without_restricted
from ssj_docs.office.workspace import Workspace

#: reasons for which a page may belong to any case; forged and duplicate pages are excluded
_REASONS = ("uncoded", "unreadable", "unknown_case", "whole_only", "no_kind")
_READ = "页上文字"
_SHOWN = 30
#: file types whose pages can be opened
_TYPES = ("pdf", "image")
#: pages of a file that waits as a whole that are read; a longer one counts as holding personal data
_MOST = 50


def guess_unfiled(workspace: Workspace, *, limit: int | None = None, engine: OcrEngine | None = None) -> int:
    """Read unfiled pages and record whether they hold personal data and which cases their words suggest.

    Args:
        limit: the maximum number of pages.
        engine: the OCR engine; None uses the process's.

    Returns: the number of pages read. Raises: MissingProgramError if OCR is needed and missing; nothing is lost.
    """
    with workspace.read() as connection:
        waiting = [
            (receipt, page)
            for receipt, pages in receipts.unfiled_pages(connection)
            for page in pages
            if receipt.object and receipt.type in _TYPES and page.personal is None
        ]
        known = known_cases(connection) if waiting else None
    if known is None:
        return 0
    done: dict[str, tuple[Receipt, list[ReceivedPage]]] = {}
    with PageOpener() as opener:
        for receipt, page in waiting[:limit]:
            numbers = [page.page] if page.page else range(1, receipt.pages + 1)
            texts = [_text(workspace, receipt, number, opener, engine) for number in numbers[:_MOST]]
            read = replace(page, personal=_personal(texts, len(numbers)))
            guessed = page.page and page.reason in _REASONS and _READ not in page.message
            done.setdefault(receipt.sha256, (receipt, []))[1].append(
                _told(read, texts[0] or "", known) if guessed else read
            )
    for receipt, pages in done.values():
        _note(workspace, receipt, pages)
    return sum(len(pages) for _, pages in done.values())


def _personal(texts: Sequence[str | None], pages: int) -> bool:
    """True if personal data stands there, or may: what could not be read is not known."""
    return len(texts) < max(pages, 1) or any(text is None or holds_restricted(text, misread=True) for text in texts)


def _text(
    workspace: Workspace, receipt: Receipt, page: int, opener: PageOpener, engine: OcrEngine | None
) -> str | None:
    """What a page says; None if it cannot be read."""
    try:
        with kept_file(workspace, receipt) as file:
            return read_page_text(file, page, engine=engine, opener=opener.open).text
    except MissingProgramError:
        raise
    except (SsjError, OSError, ValueError, RuntimeError):
        return None


def _told(page: ReceivedPage, text: str, known: KnownCases) -> ReceivedPage:
    """The page with the beginning of its text, and with guesses from the text before those from neighbouring pages."""
    plain = " ".join(without_restricted(text).split())
    words = f"{_READ}：“{plain[:_SHOWN]}{'…' if len(plain) > _SHOWN else ''}”" if plain else f"{_READ}不能读取"
    found = {entry["case"]: entry for entry in guess(text, known)}
    guesses: list[Mapping[str, str]] = [*found.values(), *(held for held in page.guesses if held["case"] not in found)]
    return replace(page, message=f"{page.message}；{words}", guesses=tuple(guesses))


def _note(workspace: Workspace, receipt: Receipt, pages: list[ReceivedPage]) -> None:
    """Save results for pages that are still unfiled."""
    with workspace.transaction() as connection:
        held = {page.page: page for page in receipts.load_pages(connection, receipt.sha256)}
        still = [page for page in pages if page.page in held and held[page.page].state == "unfiled"]
        receipts.save_pages(connection, receipt.sha256, still)
        keep_pages_record(workspace, connection, receipt)
        detail: dict[str, object] = {"pages": [page.page for page in still]}
        workspace.log(connection, "receive.read", receipt.name, detail, digest=receipt.sha256)
