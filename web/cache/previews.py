"""Previews of drafts: pictures of the pages as they would be issued, with the layout measured; recent ones are cached."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass

from archive.files.file_words import office_words
from ssj_docs.documents.drafts.draft_file import DraftText
from ssj_docs.documents.issue import preview_document
from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.paging.glyph_check import check_document
from ssj_docs.documents.pdf.warm_convert import WarmConverter
from ssj_docs.ground.errors import MissingProgramError, NotFoundError, SsjError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.document import OfficialDocument
from ssj_docs.office.workspace import Workspace
from web.cache.file_words import restricted_in
from web.cache.pictures import Pictures, Sheets

_KEPT = 24
#: how many requests may wait for a preview; more would take up the server's threads
_WAITING = 6
LEVELS = {1: "一、", 2: "（一）", 3: "1.", 4: "（1）", 5: "章", 6: "条"}


class PreviewsBusyError(SsjError):
    """Too many previews are waiting already."""

    exit_code = 4

    def __init__(self) -> None:
        super().__init__("正在为别人排版", "过几秒再预览；保存和印发不受影响")


@dataclass(frozen=True)
class Preview:
    """A draft laid out.

    Attributes:
        id: used to fetch the pictures.
        owner: the user who asked for it.
        document: the elements of the document.
        levels: the number of headings of each level.
        sheets: pictures and layout, or None without LibreOffice.
        why: why there are no pictures.
        told: warnings.
        restricted: whether it contains restricted personal data.
    """

    id: str
    owner: str
    document: OfficialDocument
    levels: tuple[tuple[str, int], ...]
    told: tuple[Problem, ...]
    sheets: Sheets | None = None
    why: str = ""
    restricted: bool = False


def _gone() -> NotFoundError:
    return NotFoundError("这份预览已不在", "请重新预览")


class Previews:
    """Creates and caches previews, one at a time; may be called from any thread."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures, self._converter = pictures, WarmConverter()
        self._turn, self._lock, self._queue = threading.Lock(), threading.Lock(), threading.BoundedSemaphore(_WAITING)
        self._kept: OrderedDict[tuple[str, str], Preview] = OrderedDict()

    def warm(self) -> None:
        """Start LibreOffice in advance, because somebody opened a draft."""
        self._converter.warm()

    def make(self, workspace: Workspace, draft: DraftText, owner: str) -> Preview:
        """Lay out a draft, convert it and measure the layout. The number is left open because none is taken yet.

        Raises: DataError and NotFoundError as issuing would; PreviewsBusyError.
        """
        if not self._queue.acquire(blocking=False):
            raise PreviewsBusyError
        try:
            return self._made(workspace, draft, owner)
        finally:
            self._queue.release()

    def _made(self, workspace: Workspace, draft: DraftText, owner: str) -> Preview:
        document = preview_document(workspace, draft)
        told = check_document(document, draft.path.name)
        docx = render_official(document, workspace.templates)
        key = (owner, hashlib.sha256(docx).hexdigest())
        with self._turn:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            found = Counter(block.level for block in document.blocks)
            levels = tuple((name, found[level]) for level, name in LEVELS.items() if found[level])
            sheets, why = None, ""
            try:
                sheets = self._pictures.sheets(self._converter.convert(docx), ("number", "rule"))
            except MissingProgramError as failure:
                why = failure.message
            held = restricted_in(office_words(docx), workspace.office.contact).anywhere
            made = Preview(secrets.token_urlsafe(12), owner, document, levels, told, sheets, why, held)
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made

    def find(self, preview: str, owner: str) -> Preview:
        """Return a preview to its owner. Raises: NotFoundError."""
        with self._lock:
            found = next((one for (who, _), one in self._kept.items() if who == owner and one.id == preview), None)
        if found is None:
            raise _gone()
        return found

    def picture(self, preview: str, owner: str, page: int) -> bytes:
        """A page of a preview, from 1. Raises: NotFoundError."""
        sheets = self.find(preview, owner).sheets
        if sheets is None or not 1 <= page <= len(sheets.pictures):
            raise _gone()
        return sheets.pictures[page - 1]

    def close(self) -> None:
        """Stop the converter."""
        self._converter.close()
