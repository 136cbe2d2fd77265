"""Previews of drafts: the page as it would be issued, as pictures, measured; the last ones kept in memory."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass

from ssj_docs.documents.drafts.draft_file import DraftText
from ssj_docs.documents.issue import preview_document
from ssj_docs.documents.official.official import render_official
from ssj_docs.documents.paging.glyph_check import check_document
from ssj_docs.documents.pdf.warm_convert import WarmConverter
from ssj_docs.ground.errors import MissingProgramError, NotFoundError, SsjError
from ssj_docs.ground.problems import Problem
from ssj_docs.model.document import OfficialDocument
from ssj_docs.office.workspace import Workspace
from web.cache.pictures import Pictures, Sheets

_KEPT = 24
#: people who may wait for a preview at once; more would keep the server's threads from everybody else
_WAITING = 6
LEVELS = {1: "一、", 2: "（一）", 3: "1.", 4: "（1）", 5: "章", 6: "条"}


class PreviewsBusyError(SsjError):
    """Too many wait for a preview already."""

    exit_code = 4

    def __init__(self) -> None:
        super().__init__("正在为别人排版", "过几秒再预览；保存和印发不受影响")


@dataclass(frozen=True)
class Preview:
    """A draft laid out.

    Attributes:
        id: to fetch the pictures by. owner: who asked. document: its elements. levels: how many headings of each level.
        sheets: pictures and what was measured; None without LibreOffice, ``why`` says so then. told: warnings.
    """

    id: str
    owner: str
    document: OfficialDocument
    levels: tuple[tuple[str, int], ...]
    told: tuple[Problem, ...]
    sheets: Sheets | None = None
    why: str = ""


class Previews:
    """Makes and keeps previews; may be asked from any thread, and makes one at a time."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures, self._converter = pictures, WarmConverter()
        self._turn, self._lock, self._queue = threading.Lock(), threading.Lock(), threading.BoundedSemaphore(_WAITING)
        self._kept: OrderedDict[tuple[str, str], Preview] = OrderedDict()

    def warm(self) -> None:
        """Somebody opened a draft: have LibreOffice started."""
        self._converter.warm()

    def make(self, workspace: Workspace, draft: DraftText, owner: str) -> Preview:
        """Lay out, convert and measure (but for the number, which is not taken yet).

        Raises: DataError, NotFoundError as issuing would; PreviewsBusyError.
        """
        if not self._queue.acquire(blocking=False):
            raise PreviewsBusyError
        try:
            return self._made(workspace, draft, owner)
        finally:
            self._queue.release()

    def _made(self, workspace: Workspace, draft: DraftText, owner: str) -> Preview:
        document = preview_document(workspace, draft)
        told = check_document(document, draft.source)
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
            made = Preview(secrets.token_urlsafe(12), owner, document, levels, told, sheets, why)
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return made

    def picture(self, preview: str, owner: str, page: int) -> bytes:
        """A page of a preview, from 1, for the one who asked for it. Raises: NotFoundError."""
        with self._lock:
            found = next((one for (who, _), one in self._kept.items() if who == owner and one.id == preview), None)
        if found is None or found.sheets is None or not 1 <= page <= len(found.sheets.pictures):
            raise NotFoundError("这份预览已不在", "请重新预览")
        return found.sheets.pictures[page - 1]

    def close(self) -> None:
        """End the converter."""
        self._converter.close()
