"""The queue of pages to read: resumable, one transaction per page; a page that fails does not stop the others.

The table `page_texts` is both the queue and its result. Pages are read outside any transaction, so that a long read does
not lock the database. After a crash only the page being read is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from archive.cases.case_file import local_item
from archive.cases.catalogue import ArchiveItem, load_item, load_items
from archive.comparing.comparison import Comparison
from archive.comparing.issued_render import IssuedPage, issued_page
from archive.files.page_probe import PageOpener
from archive.ocr.engine import OcrEngine
from archive.text.page_text import HandForm, PageText, read_page_text
from ssj_docs.database.schema import archive_items, page_texts
from ssj_docs.database.schema import issued as issued_table
from ssj_docs.documents.forms.form_layout import form_layout
from ssj_docs.ground.errors import MissingProgramError, SsjError
from ssj_docs.ground.library_words import in_chinese
from ssj_docs.ground.personal_data import without_restricted
from ssj_docs.office.workspace import Workspace

_READABLE = ("application/pdf", "application/ofd", "image/jpeg", "image/png", "image/tiff", "image/bmp")
#: note of a page being read, and how many crashes mark it as failed
_ATTEMPT = "第几次读取："
_MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class ReadReport:
    """The result of a run of the queue.

    Attributes:
        read: number of pages read.
        failed: number of pages that could not be read.
        waiting: number of pages still queued.
        altered: (case, item, page) of scans that differ from the issued page.
        doubtful: (case, item, page, places in words) of scans for which that cannot be told.
        guessed: number of unfiled pages read to guess their case.
    """

    read: int
    failed: int
    waiting: int
    altered: tuple[tuple[str, str, int], ...] = ()
    guessed: int = 0
    doubtful: tuple[tuple[str, str, int, str], ...] = ()


def queue_item(connection: Connection, item: ArchiveItem) -> int:
    """Queue the pages of a filed PDF, OFD or image that were not read from these bytes yet. Return how many."""
    if item.state != "filed" or item.main.media not in _READABLE or not item.pages:
        return 0
    t = page_texts.c
    here = and_(t.case == item.case, t.item == item.item)
    connection.execute(delete(page_texts).where(here, t.source != item.sha256))
    known = set(connection.execute(select(t.page).where(here)).scalars())
    fresh = [page for page in range(1, item.pages + 1) if page not in known]
    if fresh:
        connection.execute(insert(page_texts), [_queued(item, page) for page in fresh])
    return len(fresh)


def queue_unread(connection: Connection) -> int:
    """Queue every page of every filed PDF, OFD and image that is not in the table yet. Return how many."""
    pages = select(func.count()).where(
        page_texts.c.case == archive_items.c.case,
        page_texts.c.item == archive_items.c.item,
        page_texts.c.source == archive_items.c.sha256,
    )
    behind = connection.execute(
        select(archive_items.c.case, archive_items.c.item).where(
            archive_items.c.state == "filed", archive_items.c.pages > pages.scalar_subquery()
        )
    ).all()
    wanted = {(row.case, row.item) for row in behind}
    items = load_items(connection, cases=sorted({case for case, _ in wanted})) if wanted else []
    return sum(queue_item(connection, item) for item in items if (item.case, item.item) in wanted)


def queue_failed_again(connection: Connection) -> int:
    """Queue failed pages again, for example after OCR was installed. Return how many."""
    t = page_texts.c
    return connection.execute(update(page_texts).where(t.state == "failed").values(state="queued", note="")).rowcount


def count_waiting(connection: Connection) -> int:
    """The number of queued pages."""
    return int(connection.execute(select(func.count()).where(page_texts.c.state == "queued")).scalar_one())


def read_waiting(
    workspace: Workspace,
    *,
    limit: int | None = None,
    engine: OcrEngine | None = None,
    progress: Callable[[Sequence[tuple[str, str, int]]], Iterable[tuple[str, str, int]]] = iter,
) -> ReadReport:
    """Queue unread pages, then read queued pages until none is left or ``limit`` is reached.

    Args:
        workspace: where the archive is.
        limit: the maximum number of pages in this run.
        engine: the OCR engine; None uses the process's.
        progress: wraps the list of pages to show progress.

    Raises:
        MissingProgramError: the OCR models are missing; the pages stay in the queue.
    """
    with workspace.transaction() as connection:
        queue_unread(connection)
    t = page_texts.c
    with workspace.read() as connection:
        query = select(t.case, t.item, t.page).where(t.state == "queued").order_by(t.case, t.item, t.page)
        pages = [(row.case, row.item, row.page) for row in connection.execute(query.limit(limit))]
    read = failed = 0
    altered: list[tuple[str, str, int]] = []
    doubtful: list[tuple[str, str, int, str]] = []
    with _OpenItem(workspace) as opened:
        for case, number, page in progress(pages):
            text = _read_one(workspace, opened, (case, number, page), engine)
            if text is None:
                failed += 1
                continue
            read += 1
            if text.comparison and text.comparison.confirmed is False:
                altered.append((case, number, page))
            elif text.comparison and text.comparison.confirmed is None:
                doubtful.append((case, number, page, text.comparison.doubts()))
    with workspace.read() as connection:
        return ReadReport(read, failed, count_waiting(connection), tuple(altered), doubtful=tuple(doubtful))


def _read_one(
    workspace: Workspace, opened: _OpenItem, place: tuple[str, str, int], engine: OcrEngine | None
) -> PageText | None:
    """Read one page and save it. If it cannot be read, save the reason and return None."""
    page = place[2]
    item, issued, forms = opened.item(*place[:2])
    read_at = workspace.now.isoformat()
    with workspace.transaction() as connection:
        if not _begin(connection, item, page, read_at=read_at):
            return None
    try:
        file, opener = opened.file(item), opened.opener.open
        text = read_page_text(file, page, issued=issued.get(page), form=forms.get(page), engine=engine, opener=opener)
    except MissingProgramError:
        with workspace.transaction() as connection:
            _replace(connection, item, page, _queued(item, page))
        raise
    except (SsjError, OSError, ValueError, RuntimeError) as error:
        note = error.message if isinstance(error, SsjError) else f"读取时出错：{in_chinese(error)}"
        with workspace.transaction() as connection:
            mark_failed(connection, item, page, note, read_at=read_at)
        return None
    with workspace.transaction() as connection:
        save_page_text(connection, item, text, read_at=read_at)
        if text.comparison and text.comparison.confirmed is False:
            detail: dict[str, object] = {"page": page, **_differences(text)}
            workspace.log(connection, "发现改动", f"{item.case}/{item.item}", detail, digest=item.sha256)
    return text


def save_page_text(connection: Connection, item: ArchiveItem, text: PageText, *, read_at: str) -> None:
    """Save the text of a page, replacing an earlier one."""
    values = {
        "state": "done",
        "origin": text.origin,
        "confidence": text.confidence,
        "text": text.text,
        "boxes": [list(box) for box in text.boxes],
        "width": text.width,
        "height": text.height,
        "comparison": _seen(text),
        "source": item.sha256,
        "note": "",
        "read_at": read_at,
    }
    _replace(connection, item, text.page, values)


def _seen(text: PageText) -> dict[str, object] | None:
    """How the scan agrees with what was issued, and what was filled in on it; None if neither was looked at."""
    if text.comparison is None and text.filled is None:
        return None
    compared = (text.comparison or Comparison(None, 0.0)).as_json()
    return compared if text.filled is None else {**compared, "boxes": [box.as_json() for box in text.filled]}


def mark_failed(connection: Connection, item: ArchiveItem, page: int, note: str, *, read_at: str) -> None:
    """Record that a page could not be read, and why."""
    _replace(connection, item, page, {**_queued(item, page), "state": "failed", "note": note, "read_at": read_at})


def issued_pages(
    workspace: Workspace, connection: Connection, item: ArchiveItem
) -> tuple[dict[int, IssuedPage], dict[int, HandForm]]:
    """For each page of a scanned item the issued page it is a copy of, if that was issued as PDF, and the form's geometry."""
    if not item.issued or item.origin != "scan":
        return {}, {}
    found = connection.execute(select(issued_table).where(issued_table.c.id == item.issued)).mappings().first()
    if found is None:
        return {}, {}
    row = {str(key): value for key, value in found.items()}
    numbers = list(item.source.get("form_pages") or range(1, (item.pages or 0) + 1))
    return _as_printed(workspace, row["pdf_path"], row["pages"], numbers), _as_form(workspace, row, numbers)


def _as_printed(workspace: Workspace, path: str, pages: int | None, numbers: Sequence[int]) -> dict[int, IssuedPage]:
    if not path or not workspace.path(path).is_file():
        return {}
    data = workspace.path(path).read_bytes()
    try:
        return {at: issued_page(data, number) for at, number in enumerate(numbers, 1) if number <= (pages or number)}
    except SsjError:
        return {}  # the scan is then read without comparison


def _as_form(workspace: Workspace, row: Mapping[str, Any], numbers: Sequence[int]) -> dict[int, HandForm]:
    kind, path = workspace.kinds.get(row["kind"]), workspace.path(row["path"])
    if kind is None or not kind.boxes or not path.is_file():
        return {}
    try:
        pages = form_layout(path.read_bytes())
    except SsjError:
        return {}
    return {at: HandForm(pages[n - 1], kind.boxes) for at, n in enumerate(numbers, 1) if n <= len(pages)}


class _OpenItem:
    """The item being read: opens its issued pages once, and holds the child that opens its pages."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.opener = PageOpener()
        self._key: tuple[str, str] = ("", "")
        self._item: ArchiveItem
        self._issued: dict[int, IssuedPage] = {}
        self._forms: dict[int, HandForm] = {}
        self._lent = ExitStack()
        self._file: tuple[ArchiveItem, Path] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lent.close()
        self.opener.__exit__(kind, error, trace)

    def item(self, case: str, number: str) -> tuple[ArchiveItem, dict[int, IssuedPage], dict[int, HandForm]]:
        """The item, its issued pages and their geometry."""
        if self._key != (case, number):
            with self._workspace.read() as connection:
                self._item = load_item(connection, case, number)
                self._issued, self._forms = issued_pages(self._workspace, connection, self._item)
            self._key = (case, number)
        return self._item, self._issued, self._forms

    def file(self, item: ArchiveItem) -> Path:
        """The item's file, until another item's is asked for."""
        if self._file is None or self._file[0] != item:
            self._lent.close()
            self._file = None
            self._file = item, self._lent.enter_context(local_item(self._workspace, item))
        return self._file[1]


def _begin(connection: Connection, item: ArchiveItem, page: int, *, read_at: str) -> bool:
    """Count the attempt. Return False, and mark the page as failed, if reading it crashed too often."""
    t = page_texts.c
    here = and_(t.case == item.case, t.item == item.item, t.page == page)
    note = str(connection.execute(select(t.note).where(here)).scalar() or "")
    attempts = int(note.removeprefix(_ATTEMPT)) if note.startswith(_ATTEMPT) else 0
    if attempts >= _MOST_ATTEMPTS:
        told = f"读取本页 {attempts} 次都没有完成，可再次读取，或人工阅读原件。"
        mark_failed(connection, item, page, told, read_at=read_at)
        return False
    connection.execute(update(page_texts).where(here).values(note=f"{_ATTEMPT}{attempts + 1}"))
    return True


def _queued(item: ArchiveItem, page: int) -> dict[str, object]:
    return {
        "case": item.case,
        "item": item.item,
        "page": page,
        "state": "queued",
        "origin": "",
        "confidence": 0.0,
        "text": "",
        "boxes": [],
        "width": 0.0,
        "height": 0.0,
        "comparison": None,
        "source": item.sha256,
        "note": "",
        "read_at": "",
    }


def _replace(connection: Connection, item: ArchiveItem, page: int, values: Mapping[str, object]) -> None:
    t = page_texts.c
    connection.execute(delete(page_texts).where(t.case == item.case, t.item == item.item, t.page == page))
    connection.execute(insert(page_texts), [{**values, "case": item.case, "item": item.item, "page": page}])


def _differences(text: PageText) -> dict[str, object]:
    """The differences without other text and personal data, because many people read the journal and it is never deleted."""
    if text.comparison is None:
        return {}
    return {
        "altered": [
            [without_restricted(mark.place), without_restricted(mark.issued), without_restricted(mark.found)]
            for mark in text.comparison.altered
        ],
        "missing": [
            [without_restricted(mark.place), without_restricted(mark.issued)] for mark in text.comparison.missing
        ],
    }
